"""Everybody who plays, as the directory of a trial system lists them."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from deploy.simulator.city import City, Json, Person
from shared.contracts.codes import Role

ECONOMY = "econ_it"
"""The kind of the unit that gets what enterprises suggest about the economy in general."""


class Cast:
    """Everybody who plays, by what they may do; read once from the directory."""

    def __init__(self, people: Mapping[Role, Sequence[Person]], directory: Mapping[str, Any]):
        self._people = people
        self._directory = directory

    @classmethod
    async def read(cls, city: City) -> "Cast":
        """Read the directory of a trial system."""
        roles: Sequence[Role] = (
            "dispatcher", "clerk", "unit_head", "station_head", "station_staff", "liaison",
            "committee_head", "city_office", "leader",
        )  # fmt: skip
        answers = [await city.list_open("/router/v1/people", role=role) for role in roles]
        people = {
            role: [Person(it["person_id"], it["name"], it["grants"]) for it in answer["people"]]
            for role, answer in zip(roles, answers, strict=True)
        }
        deputies = (await city.list_open("/router/v1/deputies"))["people"]
        directory: dict[str, Any] = {"deputies": deputies}
        if people["dispatcher"]:
            for kind in ("divisions", "organs", "units", "stations", "matters"):
                path = f"/router/v1/directory/{kind}"
                directory[kind] = (await city.get(people["dispatcher"][0], path))[kind]
        return cls(people, directory)

    @cached_property
    def stations(self) -> dict[str, str]:
        """The stations' codes with the division of each."""
        lines = self._directory.get("stations", ())
        return {one["code"]: one["division_code"] for one in lines}

    def station(self, code: str) -> str:
        """Give the id of a station."""
        return next(str(one["id"]) for one in self._directory["stations"] if one["code"] == code)

    def policies(self, matter: str) -> list[str]:
        """List the policies that an item about a matter concerns."""
        found = (one for one in self._directory.get("matters", ()) if one["code"] == matter)
        return next((list(one.get("policy_codes", ())) for one in found), [])

    @cached_property
    def counties(self) -> list[str]:
        return self._of_level("county")

    @cached_property
    def city(self) -> str:
        (grant,) = self._people["city_office"][0].grants
        return grant["division_code"]

    def _of_level(self, level: str) -> list[str]:
        lines = self._directory.get("divisions", ())
        return sorted(one["division_code"] for one in lines if one["level"] == level)

    @cached_property
    def _dispatchers(self) -> dict[str, Person]:
        return {
            grant["division_code"]: person
            for person in self._people["dispatcher"]
            for grant in person.grants
        }

    def dispatcher(self, division: str, level: str) -> Person:
        """Find who gives out items at a level at or above a division."""
        return self._dispatchers[self.above(division, level)]

    def filer(self, division: str) -> str:
        return self.above(division, "county")

    def above(self, division: str, level: str) -> str:
        """Name the division of a level at or above a division."""
        at = self._divisions[division]
        while at["level"] != level:
            at = self._divisions[at["parent_code"]]
        return str(at["division_code"])

    def name(self, division: str) -> str:
        return str(self._divisions[division]["name"])

    @cached_property
    def _divisions(self) -> dict[str, Json]:
        return {one["division_code"]: one for one in self._directory["divisions"]}

    @cached_property
    def _in_units(self) -> dict[tuple[str, str], Person]:
        return {
            (grant["role"], grant["unit_id"]): person
            for role in ("clerk", "unit_head")
            for person in self._people[role]
            for grant in person.grants
        }

    def clerk(self, unit: str) -> Person | None:
        """Find the clerk of a unit; an outside unit has none here."""
        return self._in_units.get(("clerk", unit))

    def head(self, unit: str) -> Person:
        return self._in_units["unit_head", unit]

    def at(self, role: Role, division: str) -> Person:
        return next(
            person
            for person in self._people[role]
            if any(grant["division_code"] == division for grant in person.grants)
        )

    @cached_property
    def _units(self) -> dict[str, Json]:
        return {unit["id"]: unit for unit in self._directory["units"]}

    def another_unit(self, unit: str) -> str | None:
        """Name another unit of the same place and level, None where there is none."""
        here = self._units[unit]
        others = [
            (one["kind_code"], key)
            for key, one in self._units.items()
            if one["division_code"] == here["division_code"] and key != unit and self.clerk(key)
        ]
        return min(others)[1] if others else None

    def first_office(self, division: str) -> str:
        """Give the unit of a division that a trial system's door names first."""
        found = [
            (one["kind_code"] != ECONOMY, one["short_name"], key)
            for key, one in self._units.items()
            if one["division_code"] == division and self.clerk(key)
        ]
        return min(found)[-1]

    def unit(self, division: str, kind: str) -> str:
        return next(
            key
            for key, one in self._units.items()
            if (one["division_code"], one["kind_code"]) == (division, kind)
        )

    @cached_property
    def _by_place(self) -> dict[str, list[Json]]:
        places: dict[str, list[Json]] = {}
        for one in self._directory["deputies"]:
            places.setdefault(one["division_code"], []).append(one)
        return places

    def deputies(self, division: str, n: int, *, street_rep: bool) -> list[Json]:
        """Name who took part in an activity: so many deputies, maybe a street representative."""
        here = sorted(self._by_place.get(division, ()), key=lambda one: str(one["person_id"]))
        deputies = [one for one in here if one["is_deputy"]][:n]
        reps = [one for one in here if not one["is_deputy"]][:1] if street_rep else []
        return [
            {key: one[key] for key in ("person_id", "is_deputy", "is_street_rep")}
            for one in (*deputies, *reps)
        ]

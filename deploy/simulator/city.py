"""The city as a program meets it: its directory, its people's sessions, and answers that count."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from http import HTTPStatus
from http.cookies import SimpleCookie
from typing import Any

import httpx

from shared.contracts.words import Role

Json = dict[str, Any]
SERVICES = ("intake", "router", "tracker", "reporting")
SESSION_SECONDS = 600
REST_SECONDS = 120.0
LOOK_SECONDS = 0.03
AT_ONCE = 16
TRIES = 20


class Unexpected(Exception):
    """A service answered otherwise than the play expected: the play stops with both."""

    def __init__(self, when: datetime, answer: httpx.Response) -> None:
        request = answer.request
        super().__init__(
            f"{when:%Y-%m-%d %H:%M}: {request.method} {request.url}\n"
            f"{request.content.decode(errors='replace')}\n"
            f"→ {answer.status_code} {answer.text}"
        )


class NoRest(Exception):
    """A service does not come to rest."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who acts."""

    person_id: str
    name: str
    grants: Sequence[Mapping[str, str]]


class City:
    """Asks and acts as anybody; any answer but the expected ones stops the play."""

    def __init__(self, http: httpx.AsyncClient, clock: Callable[[], datetime]) -> None:
        self.http, self._clock = http, clock
        self._tokens: dict[str, tuple[float, str]] = {}
        self._places = asyncio.Semaphore(AT_ONCE)

    async def get(self, by: Person, path: str, **query: str) -> Json:
        """Ask something as a person."""
        return await self._ask(by, "GET", path, params=query)

    async def act(self, by: Person, path: str, body: Json | None = None) -> Json:
        """Do something as a person."""
        return await self._ask(by, "POST", path, json=body or {})

    async def list_open(self, path: str, **query: str) -> Json:
        """Ask what a trial system tells everyone."""
        return self.expect(await self.sent(lambda: self.http.get(path, params=query)))

    def expect(self, answer: httpx.Response, *statuses: int) -> Json:
        """Read an answer; raises Unexpected unless it has one of these statuses, by default 200."""
        if answer.status_code not in (statuses or (HTTPStatus.OK,)):
            raise Unexpected(self._clock(), answer)
        content: Json = answer.json() if answer.content else {}
        return content

    async def sent(self, send: Callable[[], Any]) -> httpx.Response:
        """Send a request, again while the service says it is busy for a moment (503)."""
        async with self._places:
            for _ in range(TRIES):
                answer: httpx.Response = await send()
                if answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
                    break
                await asyncio.sleep(float(answer.headers.get("retry-after", 1)))
        return answer

    async def answers(self, by: Person, path: str) -> bool:
        """Tell whether a service knows this person already."""
        return (await self._send(by, "GET", path)).is_success

    async def _ask(self, by: Person, method: str, path: str, **content: Any) -> Json:
        return self.expect(await self._send(by, method, path, **content))

    async def _send(self, by: Person, method: str, path: str, **content: Any) -> httpx.Response:
        head = {"Cookie": await self._token(by), "Sec-Fetch-Site": "same-origin"}
        return await self.sent(lambda: self.http.request(method, path, headers=head, **content))

    async def _token(self, by: Person) -> str:
        """Sign in, or go on with a session that lives for some minutes more."""
        now = self._clock().timestamp()
        began, token = self._tokens.get(by.person_id, (0.0, ""))
        if not began <= now < began + SESSION_SECONDS:
            body = {"person_id": by.person_id}
            answer = await self.sent(lambda: self.http.post("/router/v1/session", json=body))
            self.expect(answer, HTTPStatus.NO_CONTENT)
            ((name, cookie),) = SimpleCookie(answer.headers["set-cookie"]).items()
            token = f"{name}={cookie.value}"
            self._tokens[by.person_id] = (now, token)
        return token

    async def rest(self) -> None:
        """Wait until all services are idle and did nothing between two looks; raises NoRest."""
        give_up = time.monotonic() + REST_SECONDS
        before: list[Json] = []
        while True:
            looks = await asyncio.gather(*(self._idle(name) for name in SERVICES))
            if all(look["idle"] for look in looks) and looks == before:
                return
            if time.monotonic() > give_up:
                restless = [n for n, look in zip(SERVICES, looks, strict=True) if not look["idle"]]
                raise NoRest(f"{self._clock():%Y-%m-%d %H:%M}: {', '.join(restless)}: not idle")
            before = list(looks)
            await asyncio.sleep(LOOK_SECONDS)

    async def _idle(self, service: str) -> Json:
        return self.expect(await self.http.get(f"/{service}/health/idle"))


class Cast:
    """Everybody who plays, by what they may do; read once from the directory."""

    def __init__(self, people: Mapping[Role, Sequence[Person]], directory: Mapping[str, Any]):
        self._people = people
        self._directory = directory

    @classmethod
    async def read(cls, city: City) -> "Cast":
        """Read the directory of a trial system."""
        roles: Sequence[Role] = (
            "dispatcher", "clerk", "unit_head", "station_head", "liaison", "committee_head",
            "city_office", "leader",
        )  # fmt: skip
        answers = [await city.list_open("/router/v1/people", role=role) for role in roles]
        people = {
            role: [Person(**line) for line in answer["people"]]
            for role, answer in zip(roles, answers, strict=True)
        }
        deputies = (await city.list_open("/router/v1/deputies"))["people"]
        directory: dict[str, Any] = {"deputies": deputies}
        if people["dispatcher"]:
            for kind in ("divisions", "organs", "units", "stations"):
                path = f"/router/v1/directory/{kind}"
                directory[kind] = (await city.get(people["dispatcher"][0], path))[kind]
        return cls(people, directory)

    @cached_property
    def stations(self) -> dict[str, str]:
        """The stations' codes with the division of each."""
        lines = self._directory.get("stations", ())
        return {one["code"]: one["division_code"] for one in lines}

    @cached_property
    def counties(self) -> list[str]:
        """The codes of the counties."""
        return self._of_level("county")

    @cached_property
    def city(self) -> str:
        """The city's code: the one that has people."""
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
        """Find who gives out items at a level above a division (codes nest: 3310 04 103)."""
        length = {"township": 9, "county": 6}.get(level, 0)
        return self._dispatchers[division[:length] if length else self.city]

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
        """Find the head of a unit."""
        return self._in_units["unit_head", unit]

    def station_head(self, division: str) -> Person:
        """Find the head of a division's station."""
        return self._at("station_head", division)

    def at(self, role: Role, division: str) -> Person:
        """Find who has a role in a division."""
        return self._at(role, division)

    def _at(self, role: Role, division: str) -> Person:
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

    def unit(self, division: str, kind: str) -> str:
        """Name the unit of a kind in a division."""
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

"""Turns the tables of a city into its directory."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.router.domain.entries import PutEntry
from services.router.domain.importing import yes_of
from services.router.domain.routing import OFFICE_KIND, OUTSIDE_KIND
from shared.contracts.router import (
    DirectoryCalendarDay,
    DirectoryDivision,
    DirectoryLevel,
    DirectoryMatter,
    DirectoryOrgan,
    DirectoryUnit,
)
from shared.ids import named_id

Line = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Tables:
    """The sound lines of a city's files; levels by their code."""

    levels: Mapping[str, Line]
    divisions: Sequence[Line]
    departments: Sequence[Line]
    absent: Sequence[Line]
    matters: Sequence[Line]
    calendar: Sequence[Line]

    def level(self, division: Line) -> str:
        """Give the level of a division, which names a line of the levels."""
        return self.levels[division["level"]]["level"]


def seed(tables: Tables, now: datetime) -> list[PutEntry]:
    """Make levels, divisions, organs, units, matters and days of one city and what is above it.

    Raises ValueError where `city_of` finds none.
    """
    city = city_of(tables)
    if city is None:
        raise ValueError("the tables hold no city with divisions below it")
    divisions = _tree(tables, city["code"])
    stamp = _Stamp(now, city, tables)
    made = [*stamp.levels(), *map(stamp.division, divisions)]
    made += [stamp.organ(one) for one in divisions if tables.level(one) != "functional_area"]
    made += stamp.units(divisions)
    made += [stamp.matter(line) for line in tables.matters]
    made += [stamp.day(line) for line in tables.calendar]
    return made


def city_of(tables: Tables) -> Line | None:
    """Find the only city that has divisions below it; None where there is not exactly one."""
    parents = {line["parent_code"] for line in tables.divisions}
    cities = [
        line
        for line in tables.divisions
        if tables.level(line) == "city" and line["code"] in parents
    ]
    return cities[0] if len(cities) == 1 else None


def _tree(tables: Tables, city_code: str) -> list[Line]:
    """Take the city with all above and below it, upper levels first."""
    lines = {line["code"]: line for line in tables.divisions}
    above: list[Line] = []
    code = city_code
    while code in lines:
        above.insert(0, lines[code])
        code = lines[code]["parent_code"]
    below: list[Line] = []
    parents = {city_code}
    while parents:
        found = [line for line in lines.values() if line["parent_code"] in parents]
        below += found
        parents = {line["code"] for line in found}
    return above + below


class _Stamp:
    """Writes entries of one city, all with the same time."""

    def __init__(self, now: datetime, city: Line, tables: Tables) -> None:
        self._now, self._tables = now, tables
        self._city, self._city_code = city["name"], city["code"]

    def _origin(self, division_code: str) -> dict[str, object]:
        return {"occurred_at": self._now, "actor": "seed", "division_code": division_code}

    def levels(self) -> Iterator[PutEntry]:
        for line in {one["level"]: one for one in self._tables.levels.values()}.values():
            event = DirectoryLevel.model_validate(
                self._origin(self._city_code)
                | {key: line[key] for key in ("level", "name_zh", "name_en")}
            )
            yield PutEntry(named_id("level", event.level), event)

    def day(self, line: Line) -> PutEntry:
        event = DirectoryCalendarDay.model_validate(
            self._origin(self._city_code)
            | {"day": line["day"], "is_workday": yes_of(line, "is_workday"), "note": line["note"]}
        )
        return PutEntry(named_id("calendar_day", line["day"]), event)

    def division(self, line: Line) -> PutEntry:
        event = DirectoryDivision.model_validate(
            self._origin(line["code"])
            | {
                "name": line["name"],
                "level": self._tables.level(line),
                "parent_code": line["parent_code"] or None,
            }
        )
        return PutEntry(named_id("division", line["code"]), event)

    def organ(self, line: Line) -> PutEntry:
        level = self._tables.levels[line["level"]]
        event = DirectoryOrgan.model_validate(
            self._origin(line["code"])
            | {"name": level["organ_zh"].format(name=line["name"]), "level": level["level"]}
        )
        return PutEntry(named_id("organ", line["code"]), event)

    def units(self, divisions: Sequence[Line]) -> Iterator[PutEntry]:
        absent = {(line["kind_code"], line["division_code"]) for line in self._tables.absent}
        for division in divisions:
            yield from self._office(division)
            for kind in self._tables.departments:
                if (kind["kind_code"], division["code"]) not in absent:
                    yield from self._unit(division, kind)
            if self._tables.level(division) == "province":
                name = f"{division['name']}级有关单位"
                yield self._put_unit(division, {"kind_code": OUTSIDE_KIND}, name, name)

    def _office(self, division: Line) -> Iterator[PutEntry]:
        """Name the one office of a township or street."""
        if self._tables.level(division) == "township":
            full = self._tables.levels[division["level"]]["office_zh"].format(name=division["name"])
            brief = full.replace("人民政府", "政府")
            yield self._put_unit(division, {"kind_code": OFFICE_KIND}, full, brief)

    def _unit(self, division: Line, kind: Line) -> Iterable[PutEntry]:
        """Name the office of a kind in a division, if there is one."""
        outside = "{" not in kind["name_city_zh"]
        match self._tables.level(division):
            case "county" if _names_its_place(kind["name_zh"]):
                district = division["name"].endswith("区") and kind["name_district_zh"]
                return [self._named(division, kind, district or kind["name_zh"])]
            case "city" if not outside:
                return [self._named(division, kind, kind["name_city_zh"])]
            case "province" if outside:
                return [self._named(division, kind, kind["name_city_zh"])]
        return []

    def _named(self, division: Line, kind: Line, pattern: str) -> PutEntry:
        name = division["name"]
        full = pattern.format(
            division=name, short=_short(name), city=self._city, city_short=_short(self._city)
        )
        level = self._tables.level(division)
        if level not in ("county", "city"):
            return self._put_unit(division, kind, full, full)
        shorts = parts(kind["short_zh"])
        if shorts:
            brief = name[-1] + shorts[-1 if level == "city" else 0]
        else:
            brief = _brief(full, name, self._city)
        return self._put_unit(division, kind, full, brief)

    def _put_unit(self, division: Line, kind: Line, full: str, brief: str) -> PutEntry:
        event = DirectoryUnit.model_validate(
            self._origin(division["code"])
            | {
                "name": full,
                "short_name": brief,
                "kind_code": kind["kind_code"],
                "level": self._tables.level(division),
                "vertical": "vertical" in kind and yes_of(kind, "vertical"),
                "external": self._tables.level(division) == "province",
            }
        )
        return PutEntry(named_id("unit", f"{division['code']}:{kind['kind_code']}"), event)

    def matter(self, line: Line) -> PutEntry:
        event = DirectoryMatter.model_validate(
            self._origin(self._city_code)
            | {
                "code": line["matter_code"],
                "name_zh": line["name_zh"],
                "name_en": line["name_en"],
                "parent": line["parent"],
                "authority_level": line["authority_level"],
                "lead_kind": line["lead_kind"],
                "co_kinds": parts(line["co_kinds"]),
                "seed_words": parts(line["seed_words_zh"]),
                "policy_codes": parts(line["policy_codes"]),
                "urgent": yes_of(line, "urgent"),
                "limit_wd": line["typical_limit_wd"],
            }
        )
        return PutEntry(named_id("matter", line["matter_code"]), event)


def _names_its_place(pattern: str) -> bool:
    """Tell whether a county has this office itself: else one house of the city serves all."""
    return "{division}" in pattern or "{short}" in pattern


def _short(name: str) -> str:
    return name[:-1] if name[-1] in "省市县区" else name


def _brief(full: str, place: str, city: str) -> str:
    """Say an office as its place says it: 市财政局, 区财政局, 公安局路桥分局."""
    brief = (full if place == city else full.rpartition(city)[2]).removeprefix("中共")
    return place[-1] + brief.removeprefix(place) if brief.startswith(place) else brief


def parts(cell: str) -> tuple[str, ...]:
    """Take a cell of several words apart at its semicolons."""
    return tuple(part for part in cell.split(";") if part)

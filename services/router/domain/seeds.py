"""Turns the shipped tables into the directory of one city."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.router.domain.entries import PutEntry
from services.router.domain.routing import OUTSIDE_KIND
from shared.contracts.router import (
    DirectoryDivision,
    DirectoryMatter,
    DirectoryOrgan,
    DirectoryUnit,
)
from shared.errors import NotFound
from shared.ids import named_id

Line = Mapping[str, str]
_OFFICE_KIND = "township_gov"
_ORGAN_NAMES = {
    "county": "{name}人大常委会代表工委",
    "city": "{name}人大常委会代表工委",
    "province": "{name}人大常委会代表工委",
}


@dataclass(frozen=True, slots=True)
class Tables:
    """The lines of the shipped CSV files."""

    divisions: Sequence[Line]
    areas: Sequence[Line]
    departments: Sequence[Line]
    absent: Sequence[Line]
    matters: Sequence[Line]


def seed(tables: Tables, city_code: str, now: datetime) -> list[PutEntry]:
    """Make divisions, organs, units and matters of one city and what stands above it.

    Raises NotFound for a city the tables do not know.
    """
    divisions = _tree(tables, city_code)
    city = next((one for one in divisions if one["code"] == city_code), None)
    if city is None or city["level"] != "city":
        raise NotFound(
            "unknown_city",
            f"没有这个市：{city_code}。",
            f"No such city: {city_code}.",
            todo_zh="请用区划表里的代码，如331000。",
            todo_en="Use a code of the table of divisions, such as 331000.",
        )
    stamp = _Stamp(now, city)
    made = [*map(stamp.division, divisions)]
    made += [stamp.organ(one) for one in divisions if one["level"] != "functional_area"]
    made += stamp.units(divisions, tables)
    made += [stamp.matter(line) for line in tables.matters]
    return made


def _tree(tables: Tables, city_code: str) -> list[Line]:
    """Take the city with all above and below it, upper levels first."""
    lines = {line["code"]: line for line in [*tables.divisions, *tables.areas]}
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

    def __init__(self, now: datetime, city: Line) -> None:
        self._now = now
        self._city, self._city_code = city["name"], city["code"]

    def _origin(self, division_code: str) -> dict[str, object]:
        return {"occurred_at": self._now, "actor": "seed", "division_code": division_code}

    def division(self, line: Line) -> PutEntry:
        event = DirectoryDivision.model_validate(
            self._origin(line["code"])
            | {
                "name": line["name"],
                "level": line["level"],
                "parent_code": line["parent_code"] or None,
            }
        )
        return PutEntry(named_id("division", line["code"]), event)

    def organ(self, line: Line) -> PutEntry:
        pattern = _ORGAN_NAMES.get(line["level"]) or (
            "{name}人大工委" if is_street(line["code"]) else "{name}人大主席团"
        )
        event = DirectoryOrgan.model_validate(
            self._origin(line["code"])
            | {"name": pattern.format(name=line["name"]), "level": line["level"]}
        )
        return PutEntry(named_id("organ", line["code"]), event)

    def units(self, divisions: Sequence[Line], tables: Tables) -> Iterator[PutEntry]:
        absent = {(line["kind_code"], line["division_code"]) for line in tables.absent}
        for division in divisions:
            for kind in tables.departments:
                if (kind["kind_code"], division["code"]) not in absent:
                    yield from self._unit(division, kind)
            if division["level"] == "province":
                name = f"{division['name']}级有关单位"
                yield self._put_unit(division, {"kind_code": OUTSIDE_KIND}, name, name)

    def _unit(self, division: Line, kind: Line) -> Iterable[PutEntry]:
        """Name the office of a kind in a division, if there is one."""
        level, code = division["level"], kind["kind_code"]
        if code == _OFFICE_KIND:
            return self._township_office(division, kind)
        outside = "{" not in kind["name_city_zh"]
        match level:
            case "county" if _names_its_place(kind["name_zh"]):
                district = division["name"].endswith("区") and kind["name_district_zh"]
                return [self._named(division, kind, district or kind["name_zh"])]
            case "city" if not outside:
                return [self._named(division, kind, kind["name_city_zh"])]
            case "province" if outside:
                return [self._named(division, kind, kind["name_city_zh"])]
        return []

    def _township_office(self, division: Line, kind: Line) -> Iterable[PutEntry]:
        if division["level"] != "township":
            return []
        name = division["name"]
        full = f"{name}办事处" if is_street(division["code"]) else f"{name}人民政府"
        return [self._put_unit(division, kind, full, full.replace("人民政府", "政府"))]

    def _named(self, division: Line, kind: Line, pattern: str) -> PutEntry:
        name = division["name"]
        full = pattern.format(
            division=name, short=_short(name), city=self._city, city_short=_short(self._city)
        )
        if division["level"] not in ("county", "city"):
            return self._put_unit(division, kind, full, full)
        shorts = _list(kind["short_zh"])
        if shorts:
            brief = name[-1] + shorts[-1 if division["level"] == "city" else 0]
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
                "level": division["level"],
                "vertical": kind.get("vertical") == "yes",
                "external": division["level"] == "province",
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
                "co_kinds": _list(line["co_kinds"]),
                "seed_words": _list(line["seed_words_zh"]),
                "policy_codes": _list(line["policy_codes"]),
                "urgent": line["urgent"] == "yes",
                "limit_wd": line["typical_limit_wd"],
            }
        )
        return PutEntry(named_id("matter", line["matter_code"]), event)


def is_street(code: str) -> bool:
    """Tell a street (街道) from a town or township: digit 7 of its code is 0 (NBS codes)."""
    return code[6:7] == "0"


def _names_its_place(pattern: str) -> bool:
    """Tell whether a county has this office itself: else one house of the city serves all."""
    return "{division}" in pattern or "{short}" in pattern


def _short(name: str) -> str:
    return name[:-1] if name[-1] in "省市县区" else name


def _brief(full: str, place: str, city: str) -> str:
    """Say an office as its place says it: 市财政局, 区财政局, 公安局路桥分局."""
    brief = (full if place == city else full.rpartition(city)[2]).removeprefix("中共")
    return place[-1] + brief.removeprefix(place) if brief.startswith(place) else brief


def _list(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split(";") if part)

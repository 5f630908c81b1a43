"""The first entries of a directory: those of a city's tables, and invented people for trials."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from services.router.directory.domain.city_files import (
    CalendarRow,
    CityTables,
    DepartmentRow,
    DivisionRow,
    ListedSeedRow,
    MatterRow,
)
from services.router.directory.domain.commands import PutEntry
from services.router.directory.domain.model import OFFICE_KIND, OUTSIDE_KIND, is_street, organ_key
from services.router.directory.domain.role_holders import RolePlace, place_of_role
from shared.calendar import local_day
from shared.contracts import lists
from shared.contracts import router as events
from shared.contracts.codes import Level, Role
from shared.directory.snapshot import Directory, listed_key
from shared.ids import Id, named_id


def seed(tables: CityTables, now: datetime) -> list[PutEntry]:
    """Make all entries of one city, and the divisions, organs and units above it.

    Raises ValueError where there is not exactly one city.
    """
    city = tables.city()
    if city is None:
        raise ValueError("the tables hold no city with divisions below it")
    divisions = _tree(tables, city.code)
    stamp = _Stamp(now, city, tables)
    made = [*stamp.levels(), *map(stamp.division, divisions)]
    made += [stamp.organ(one) for one in divisions if tables.level(one) != "functional_area"]
    made += [put for one in divisions for put in stamp.other_organs(one)]
    made += stamp.units(divisions)
    made += [stamp.listed(lists.DirectoryPolicy, line) for line in tables.policies]
    made += [stamp.listed(lists.DirectoryTheme, line) for line in tables.themes]
    made += [stamp.listed(lists.DirectoryFunction, line) for line in tables.functions]
    made += [stamp.matter(line) for line in tables.matters]
    made += [stamp.day(line) for line in tables.calendar]
    return made


def _tree(tables: CityTables, city_code: str) -> list[DivisionRow]:
    """Take the city with all above and below it, upper levels first."""
    lines = {line.code: line for line in tables.divisions}
    above: list[DivisionRow] = []
    code = city_code
    while code in lines:
        above.insert(0, lines[code])
        code = lines[code].parent_code
    below: list[DivisionRow] = []
    parents = {city_code}
    while parents:
        found = [line for line in lines.values() if line.parent_code in parents]
        below += found
        parents = {line.code for line in found}
    return above + below


class _Stamp:
    """Writes entries of one city, all with the same time."""

    def __init__(self, now: datetime, city: DivisionRow, tables: CityTables) -> None:
        self._now, self._tables = now, tables
        self._city, self._city_code = city.name, city.code

    def _origin(self, division_code: str) -> dict[str, object]:
        return {"occurred_at": self._now, "actor": "seed", "division_code": division_code}

    def levels(self) -> Iterator[PutEntry]:
        for line in {one.level: one for one in self._tables.levels.values()}.values():
            event = events.DirectoryLevel.model_validate(
                self._origin(self._city_code)
                | line.model_dump(include={"level", "name_zh", "name_en"})
            )
            yield PutEntry(named_id("level", event.level), event)

    def day(self, line: CalendarRow) -> PutEntry:
        event = events.DirectoryCalendarDay.model_validate(
            self._origin(self._city_code) | line.model_dump()
        )
        return PutEntry(named_id("calendar_day", line.day.isoformat()), event)

    def division(self, line: DivisionRow) -> PutEntry:
        event = events.DirectoryDivision.model_validate(
            self._origin(line.code)
            | {
                "name": line.name,
                "level": self._tables.level(line),
                "parent_code": line.parent_code or None,
            }
        )
        return PutEntry(named_id("division", line.code), event)

    def organ(self, line: DivisionRow) -> PutEntry:
        level = self._tables.levels[line.level]
        event = events.DirectoryOrgan.model_validate(
            self._origin(line.code)
            | {"name": level.organ_zh.format(name=line.name), "level": level.level}
        )
        return PutEntry(named_id("organ", line.code), event)

    def other_organs(self, line: DivisionRow) -> Iterator[PutEntry]:
        """Name the organs of a division beside the one that dispatches."""
        level = self._tables.level(line)
        for one in (it for it in self._tables.organs if it.level == level):
            event = events.DirectoryOrgan.model_validate(
                self._origin(line.code)
                | one.model_dump(include={"level", "code", "kind"})
                | {"name": one.name_zh.format(name=line.name)}
            )
            yield PutEntry(organ_key(line.code, one.code), event)

    def units(self, divisions: Sequence[DivisionRow]) -> Iterator[PutEntry]:
        absent = {(line.kind_code, line.division_code) for line in self._tables.absent}
        for division in divisions:
            yield from self._office(division)
            for kind in self._tables.departments:
                if (kind.kind_code, division.code) not in absent:
                    yield from self._unit(division, kind)
            if self._tables.level(division) == "province":
                name = f"{division.name}级有关单位"
                yield self._put_unit(division, OUTSIDE_KIND, name, name)

    def _office(self, division: DivisionRow) -> Iterator[PutEntry]:
        """Name the one office of a township or street."""
        if self._tables.level(division) == "township":
            full = self._tables.levels[division.level].office_zh.format(name=division.name)
            brief = full.replace("人民政府", "政府")
            yield self._put_unit(division, OFFICE_KIND, full, brief)

    def _unit(self, division: DivisionRow, kind: DepartmentRow) -> Iterable[PutEntry]:
        """Name the office of a kind in a division, if there is one."""
        outside = "{" not in kind.name_city_zh
        match self._tables.level(division):
            case "county" if _names_its_place(kind.name_zh):
                district = division.name.endswith("区") and kind.name_district_zh
                return [self._named(division, kind, district or kind.name_zh)]
            case "city" if not outside:
                return [self._named(division, kind, kind.name_city_zh)]
            case "province" if outside:
                return [self._named(division, kind, kind.name_city_zh)]
        return []

    def _named(self, division: DivisionRow, kind: DepartmentRow, pattern: str) -> PutEntry:
        name = division.name
        full = pattern.format(
            division=name, short=_short(name), city=self._city, city_short=_short(self._city)
        )
        level = self._tables.level(division)
        if level not in ("county", "city"):
            brief = full
        elif kind.short_zh:
            brief = name[-1] + kind.short_zh[-1 if level == "city" else 0]
        else:
            brief = _brief(full, name, self._city)
        return self._put_unit(division, kind.kind_code, full, brief, vertical=kind.vertical)

    def _put_unit(
        self, division: DivisionRow, kind: str, full: str, brief: str, *, vertical: bool = False
    ) -> PutEntry:
        level = self._tables.level(division)
        event = events.DirectoryUnit.model_validate(
            self._origin(division.code)
            | {
                "name": full,
                "short_name": brief,
                "kind_code": kind,
                "level": level,
                "vertical": vertical,
                "external": level == "province",
            }
        )
        return PutEntry(named_id("unit", f"{division.code}:{kind}"), event)

    def listed(self, model: type[lists.DirectoryListed], line: ListedSeedRow) -> PutEntry:
        event = model.model_validate(self._origin(self._city_code) | line.model_dump())
        return PutEntry(listed_key(model, line.code), event)

    def matter(self, line: MatterRow) -> PutEntry:
        event = events.DirectoryMatter.model_validate(
            self._origin(self._city_code)
            | {
                "code": line.matter_code,
                "name_zh": line.name_zh,
                "name_en": line.name_en,
                "parent": line.parent,
                "authority_level": line.authority_level,
                "lead_kind": line.lead_kind,
                "co_kinds": line.co_kinds,
                "seed_words": line.seed_words_zh,
                "policy_codes": line.policy_codes,
                "urgent": line.urgent,
                "limit_wd": line.typical_limit_wd,
            }
        )
        return PutEntry(named_id("matter", line.matter_code), event)


def _names_its_place(pattern: str) -> bool:
    """Whether a county has this office itself; otherwise the city's serves all."""
    return "{division}" in pattern or "{short}" in pattern


def _short(name: str) -> str:
    return name[:-1] if name[-1] in "省市县区" else name


def _brief(full: str, place: str, city: str) -> str:
    """Shorten a unit's name for use within its place: 市财政局, 区财政局, 公安局路桥分局."""
    brief = (full if place == city else full.rpartition(city)[2]).removeprefix("中共")
    return place[-1] + brief.removeprefix(place) if brief.startswith(place) else brief


SINCE = date(2020, 1, 1)
DEPUTIES_AT_A_STATION = 4
_SURNAMES = (
    "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林罗高郑梁谢宋唐"
    "许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁"
)
_GIVEN = (
    "建国晓燕志强丽华海波雪梅国平秀珍文军玉兰"
    "永康春花卫东佳怡立新慧敏正义美玲家俊婷婷"
    "德明月红振华素芬宏伟亚萍学文小芳成林思远"
)
"""Two characters each."""
_COUNTY_ROLES: tuple[Role, ...] = ("liaison", "committee_head")
_CITY_ROLES: tuple[Role, ...] = (
    "liaison", "committee_head", "city_office", "research_office", "leader", "admin", "ops",
)  # fmt: skip


def demo(directory: Directory, now: datetime) -> Iterator[PutEntry]:
    """Invent a station for every township and holders of every role; always the same ones.

    There are two operators: discarding an event needs a second person.
    """
    cast = _Cast(now)
    city = next(one.division_code for one in directory.divisions() if one.level == "city")
    for division in directory.divisions():
        code = division.division_code
        if not directory.covers(city, code):
            continue
        if organ := directory.organ(code):
            yield cast.officer(f"{code}-dispatcher", code, "dispatcher", organ_id=organ[0])
        for key, unit in directory.units_in(code):
            for role in ("clerk", "unit_head"):
                yield cast.officer(f"{code}-{unit.kind_code}-{role}", code, role, unit_id=key)
        yield from _of_level(cast, division.level, code, directory, now)
        if division.level == "township":
            yield from _station(cast, division)
        if division.level == "county":
            yield from (cast.group(division, trade) for trade in TRADES)
    yield _officer_of_level(cast, f"{city}-ops-2", city, "ops", directory, now)
    yield from _liaisons_of_groups(cast, city, directory)


TRADES = ("制造业", "外贸", "农业")
"""The trades of the groups of deputies that are invented for each county."""


def _liaisons_of_groups(cast: "_Cast", city: str, directory: Directory) -> Iterator[PutEntry]:
    for key, group in directory.organs_in(city):
        if group.kind == "work_group":
            yield cast.officer(f"{city}-{group.code}", city, "liaison", organ_id=key)


def _of_level(
    cast: "_Cast", level: str, code: str, directory: Directory, now: datetime
) -> Iterator[PutEntry]:
    roles: dict[str, tuple[Role, ...]] = {"county": _COUNTY_ROLES, "city": _CITY_ROLES}
    for role in roles.get(level, ()):
        yield _officer_of_level(cast, f"{code}-{role}", code, role, directory, now)


def _officer_of_level(
    cast: "_Cast", person: str, code: str, role: Role, directory: Directory, now: datetime
) -> PutEntry:
    place = place_of_role(role, RolePlace(code), directory, local_day(now))
    return cast.officer(person, code, role, **place)


def _station(cast: "_Cast", division: events.DirectoryDivision) -> Iterator[PutEntry]:
    """Invent a station with its people; the deputies of a street are the county's."""
    code = division.division_code
    station = f"{code}-01"
    key = named_id("station", station)
    yield cast.station(key, station, code, f"{division.name}代表联络站")
    yield cast.officer(f"{station}-head", code, "station_head", station_id=key)
    yield cast.officer(f"{station}-staff", code, "station_staff", station_id=key)
    for n in range(1, DEPUTIES_AT_A_STATION + 1):
        level: Level = "county" if n == 1 or is_street(division) else "township"
        seat = division.parent_code or code if level == "county" else code
        mandate = events.Mandate(level=level, division_code=seat)
        yield cast.person(f"{station}-deputy-{n}", code, mandates=(mandate,), station_id=key)
    yield cast.person(f"{station}-street-rep", code, is_street_rep=True, station_id=key)


def _given(n: int) -> str:
    at = n * 2 % len(_GIVEN)
    return _GIVEN[at : at + 2]


class _Cast:
    """Makes people whose names derive from their codes."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def person(self, code: str, division: str, **more: object) -> PutEntry:
        key = named_id("person", code)
        name = _SURNAMES[key[0] % len(_SURNAMES)] + _given(key[1])
        event = events.DirectoryPerson.model_validate(
            {"occurred_at": self._now, "division_code": division, "actor": "demo"}
            | {"code": code, "name": name}
            | more
        )
        return PutEntry(key, event)

    def officer(self, code: str, division: str, role: Role, **place: Id | None) -> PutEntry:
        grant = events.Grant.model_validate(
            {"role": role, "division_code": division, "valid_from": SINCE, **place}
        )
        return self.person(code, division, grants=(grant,))

    def group(self, county: events.DirectoryDivision, trade: str) -> PutEntry:
        code = f"{county.division_code}-{TRADES.index(trade) + 1}"
        event = lists.DirectoryGroup(
            occurred_at=self._now,
            division_code=county.division_code,
            actor="demo",
            code=code,
            name=f"{county.name}{trade}代表小组",
            category=trade,
        )
        return PutEntry(listed_key(lists.DirectoryGroup, code), event)

    def station(self, key: Id, code: str, division: str, name: str) -> PutEntry:
        event = events.DirectoryStation(
            occurred_at=self._now, division_code=division, actor="demo", code=code, name=name
        )
        return PutEntry(key, event)

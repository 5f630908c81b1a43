"""Invented people and stations, so that a trial system can be played by everyone it needs."""

from collections.abc import Iterator
from datetime import date, datetime

from services.router.directory.domain.entries import PutEntry
from shared.contracts.codes import Level, Role
from shared.contracts.router import DirectoryPerson, DirectoryStation, Grant, Mandate
from shared.directory.snapshot import Directory
from shared.ids import Id, named_id

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

    There are two operators: giving an event up needs a second person.
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
        yield from _of_level(cast, division.level, code, organ[0] if organ else None)
        if division.level == "township":
            yield from _station(cast, code, division.name, division.parent_code or code)
    organ = directory.organ(city)
    yield cast.officer(f"{city}-ops-2", city, "ops", organ_id=organ[0] if organ else None)


def _of_level(cast: "_Cast", level: str, code: str, organ: Id | None) -> Iterator[PutEntry]:
    roles: dict[str, tuple[Role, ...]] = {"county": _COUNTY_ROLES, "city": _CITY_ROLES}
    for role in roles.get(level, ()):
        yield cast.officer(f"{code}-{role}", code, role, organ_id=organ)


def _station(cast: "_Cast", code: str, name: str, county: str) -> Iterator[PutEntry]:
    station = f"{code}-01"
    key = named_id("station", station)
    yield cast.station(key, station, code, f"{name}代表联络站")
    yield cast.officer(f"{station}-head", code, "station_head", station_id=key)
    yield cast.officer(f"{station}-staff", code, "station_staff", station_id=key)
    for n in range(1, DEPUTIES_AT_A_STATION + 1):
        level: Level = "county" if n == 1 else "township"
        seat = county if n == 1 else code
        mandate = Mandate(level=level, division_code=seat)
        yield cast.person(f"{station}-deputy-{n}", code, mandates=(mandate,))
    yield cast.person(f"{station}-street-rep", code, is_street_rep=True)


def _given(n: int) -> str:
    at = n * 2 % len(_GIVEN)
    return _GIVEN[at : at + 2]


class _Cast:
    """Makes people whose names follow from their codes."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def person(self, code: str, division: str, **more: object) -> PutEntry:
        key = named_id("person", code)
        name = _SURNAMES[key[0] % len(_SURNAMES)] + _given(key[1])
        event = DirectoryPerson.model_validate(
            {"occurred_at": self._now, "division_code": division, "actor": "demo"}
            | {"code": code, "name": name}
            | more
        )
        return PutEntry(key, event)

    def officer(self, code: str, division: str, role: Role, **place: Id | None) -> PutEntry:
        grant = Grant.model_validate(
            {"role": role, "division_code": division, "valid_from": SINCE, **place}
        )
        return self.person(code, division, grants=(grant,))

    def station(self, key: Id, code: str, division: str, name: str) -> PutEntry:
        event = DirectoryStation(
            occurred_at=self._now, division_code=division, actor="demo", code=code, name=name
        )
        return PutEntry(key, event)

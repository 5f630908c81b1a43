"""Entries of the directory, as the router writes them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from shared.contracts.envelope import Event
from shared.contracts.router import DirectoryDivision, DirectoryPerson, Grant
from shared.ids import Id, named_id

LONG_AGO = datetime(2022, 1, 1, tzinfo=UTC)
Entry = tuple[Id, Event]
Place = tuple[str, str, str | None]
"""Name, level, and the code of the division above."""
TAIZHOU: dict[str, Place] = {
    "330000": ("浙江省", "province", None),
    "331000": ("台州市", "city", "330000"),
    "331003": ("黄岩区", "county", "331000"),
    "331003101": ("宁溪镇", "township", "331003"),
    "331004": ("路桥区", "county", "331000"),
    "331004102": ("金清镇", "township", "331004"),
    "331004103": ("新桥镇", "township", "331004"),
    "331082": ("临海市", "county", "331000"),
    "331082101": ("白水洋镇", "township", "331082"),
    "331083": ("玉环市", "county", "331000"),
    "331083101": ("坎门镇", "township", "331083"),
}


def with_all_above(*codes: str) -> Mapping[str, Place]:
    """Take divisions and what lies above them out of Taizhou."""
    wanted: set[str | None] = set(codes)
    for code in reversed(TAIZHOU):
        wanted |= {TAIZHOU[code][2]} if code in wanted else set()
    return {code: place for code, place in TAIZHOU.items() if code in wanted}


def divisions(*codes: str) -> list[Entry]:
    return [division(code, *place) for code, place in with_all_above(*codes).items()]


def written(division: str) -> dict[str, Any]:
    return {"occurred_at": LONG_AGO, "division_code": division, "actor": "seed"}


def division(code: str, name: str, level: str, above: str | None, **more: Any) -> Entry:
    values = {"name": name, "level": level, "parent_code": above, **more}
    return named_id("division", code), DirectoryDivision.model_validate(written(code) | values)


def person(key: Id, name: str, home: str, *grants: Grant, **more: Any) -> Entry:
    return key, DirectoryPerson(**written(home), name=name, grants=grants, **more)


@dataclass(frozen=True)
class Officer:
    """A person as a decision sees one."""

    code: str
    name: str
    grants: Sequence[Grant]

    @property
    def leads_as(self) -> Mapping[str, Collection[str]]:
        led = [one.division_code for one in self.grants if one.role == "leader"]
        return {self.code: led} if led else {}


def grant(role: str, division: str, **place: Any) -> Grant:
    """Make a right since 2022."""
    values = {"role": role, "division_code": division, "valid_from": date(2022, 1, 1)}
    return Grant.model_validate(values | place)

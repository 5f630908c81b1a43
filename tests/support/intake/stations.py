"""A small directory with two counties, stations and people, for tests around stations."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import httpx

from deploy.simulator.station import Json, StationClient
from shared.contracts.envelope import Event
from shared.contracts.router import (
    DirectoryStation,
    Mandate,
)
from shared.directory.snapshot import Directory
from shared.ids import Id, named_id
from tests.support.entries import division, grant, person

AT = datetime(2022, 7, 1, tzinfo=UTC)
TOWNSHIP, COUNTY, CITY, OTHER_TOWNSHIP = "331004103", "331004", "331000", "331003101"
STATION, SUB_POINT, OTHER_STATION = (
    named_id("station", code) for code in ("XQ01", "XQ01-1", "NC01")
)
HEAD, OTHER_HEAD, DEPUTY, STREET_REP = (
    named_id("person", name) for name in ("head", "other head", "deputy", "street rep")
)
CREDIT_CODE = "91331004MA2A00001N"
"""A code with the right check character (the last one changed is wrong)."""

_DIVISIONS: tuple[tuple[str, str, str, str | None], ...] = (
    ("330000", "浙江省", "province", None),
    (CITY, "台州市", "city", "330000"),
    (COUNTY, "路桥区", "county", CITY),
    (TOWNSHIP, "新桥镇", "township", COUNTY),
    ("331003", "黄岩区", "county", CITY),
    (OTHER_TOWNSHIP, "宁溪镇", "township", "331003"),
)


def entries() -> Sequence[tuple[Id, Event]]:
    divisions = [division(*row) for row in _DIVISIONS]
    stations = [
        (STATION, _station("XQ01", TOWNSHIP)),
        (SUB_POINT, _station("XQ01-1", TOWNSHIP, STATION)),
        (OTHER_STATION, _station("NC01", OTHER_TOWNSHIP)),
    ]
    deputy = (Mandate(level="township", division_code=TOWNSHIP),)
    people = [
        person(HEAD, "站长", TOWNSHIP, grant("station_head", TOWNSHIP, station_id=STATION)),
        person(
            OTHER_HEAD, "别站站长", TOWNSHIP,
            grant("station_head", TOWNSHIP, station_id=OTHER_STATION),
        ),
        person(DEPUTY, "代表", TOWNSHIP, mandates=deputy),
        person(STREET_REP, "选民代表", TOWNSHIP),
    ]  # fmt: skip
    return [*divisions, *stations, *people]


def small_directory() -> Directory:
    return Directory().changed(
        (key, event.type, event.model_dump_json(exclude_none=True)) for key, event in entries()
    )


def closed(**ends: Any) -> Directory:
    """Give the small directory with the main station closing, and its sub-point with it."""
    known = small_directory()
    stations = ((key, known.station(key)) for key in (STATION, SUB_POINT))
    closing = [(key, one.model_copy(update=ends)) for key, one in stations if one is not None]
    return known.changed((key, one.type, one.model_dump_json()) for key, one in closing)


def _station(code: str, division: str, parent: Id | None = None) -> DirectoryStation:
    return DirectoryStation(
        occurred_at=AT, division_code=division, actor="t", code=code, name=code, parent_id=parent
    )


async def submit_batch(station: StationClient, items: Sequence[Json]) -> httpx.Response:
    return await station.send("POST", "/intake/v1/items/batch", {"items": list(items)})

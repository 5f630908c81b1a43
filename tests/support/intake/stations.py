"""A small directory with two counties, stations and people, for tests around stations."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import httpx

from deploy.simulator.station import Json, StationClient
from shared.contracts.codes import Level
from shared.contracts.envelope import Event
from shared.contracts.lists import (
    DirectoryFunction,
    DirectoryGroup,
    DirectoryListed,
    DirectoryPolicy,
    DirectoryTheme,
)
from shared.contracts.router import DirectoryOrgan, DirectoryStation, Mandate
from shared.directory.snapshot import Directory, listed_key
from shared.ids import Id, named_id, new_id, to_text
from tests.support.entries import divisions, grant, person
from tests.support.places import with_entries

AT = datetime(2022, 7, 1, tzinfo=UTC)
TOWNSHIP, COUNTY, CITY, OTHER_TOWNSHIP = "331004103", "331004", "331000", "331003101"
STATION, SUB_POINT, OTHER_STATION = (
    named_id("station", code) for code in ("XQ01", "XQ01-1", "NC01")
)
HEAD, OTHER_HEAD, DEPUTY, STREET_REP = (
    named_id("person", name) for name in ("head", "other head", "deputy", "street rep")
)
ORGAN, COUNTY_ORGAN, CITY_ORGAN = (named_id("organ", code) for code in (TOWNSHIP, COUNTY, CITY))
CREDIT_CODE = "91331004MA2A00001N"
"""A code with the right check character (the last one changed is wrong)."""


def entries() -> Sequence[tuple[Id, Event]]:
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
        person(DEPUTY, "代表", TOWNSHIP, mandates=deputy, station_id=STATION),
        person(STREET_REP, "选民代表", TOWNSHIP, is_street_rep=True, station_id=STATION),
    ]  # fmt: skip
    organs = [
        (ORGAN, _organ("新桥镇人大", TOWNSHIP, "township")),
        (COUNTY_ORGAN, _organ("路桥区代表工委", COUNTY, "county")),
        (CITY_ORGAN, _organ("台州市代表工委", CITY, "city")),
    ]
    policies = [
        _policy("GJ-01", "加大增值税留抵退税力度", CITY),
        _policy("GJ-24", "降低市场主体用水用电用网等成本", CITY),
        _policy("LQ-1", "本区设备奖补", COUNTY, valid_to=date(2022, 6, 30)),
        _policy("HY-1", "别区的奖补", "331003"),
        *(_policy(f"TZ-{n}", f"本市措施{n}", CITY) for n in range(1, 5)),
    ]
    lists = [
        _listed(DirectoryTheme, "LFLC", "六访六促", CITY),
        _listed(DirectoryTheme, "OLD", "去年的主题", CITY, valid_to=date(2022, 6, 30)),
        _listed(DirectoryFunction, "contact", "联", CITY),
        _listed(DirectoryGroup, "LQ-1", "路桥区制造业代表小组", COUNTY),
        _listed(DirectoryGroup, "HY-1", "黄岩区外贸代表小组", "331003"),
    ]
    return [*divisions(TOWNSHIP, OTHER_TOWNSHIP), *organs, *stations, *people, *policies, *lists]


def small_directory() -> Directory:
    return with_entries(Directory(), *entries())


def closed(**ends: Any) -> Directory:
    """Give the small directory with the main station closing, and its sub-point with it."""
    known = small_directory()
    stations = ((key, known.station(key)) for key in (STATION, SUB_POINT))
    closing = [(key, one.model_copy(update=ends)) for key, one in stations if one is not None]
    return with_entries(known, *closing)


def _listed(
    model: type[DirectoryListed], code: str, name: str, division: str, **more: Any
) -> tuple[Id, DirectoryListed]:
    values = {"occurred_at": AT, "division_code": division, "actor": "t"}
    entry = model.model_validate(values | {"code": code, "name": name} | more)
    return listed_key(model, code), entry


def _policy(code: str, name: str, division: str, **more: Any) -> tuple[Id, DirectoryPolicy]:
    values = {"occurred_at": AT, "division_code": division, "actor": "t", "level": "city"}
    policy = DirectoryPolicy.model_validate(values | {"code": code, "name": name} | more)
    return listed_key(DirectoryPolicy, code), policy


def _station(code: str, division: str, parent: Id | None = None) -> DirectoryStation:
    return DirectoryStation(
        occurred_at=AT, division_code=division, actor="t", code=code, name=code, parent_id=parent
    )


def item_body(
    division: str,
    when: datetime,
    title: str = "夜间停电",
    body: str = "园区夜间经常停电，影响三家企业生产。",
    **more: Any,
) -> dict[str, Any]:
    """What a station sends to submit an item that came up at this time."""
    return {
        "id": to_text(new_id(when)),
        "title": title,
        "body": body,
        "division_code": division,
        "occurred_at": when.isoformat(),
        "item_type": "problem",
        "source_kind": "enterprise",
        **more,
    }


def _organ(name: str, division: str, level: Level) -> DirectoryOrgan:
    return DirectoryOrgan(occurred_at=AT, division_code=division, actor="t", name=name, level=level)


async def submit_batch(station: StationClient, items: Sequence[Json]) -> httpx.Response:
    return await station.send("POST", "/intake/v1/items/batch", {"items": list(items)})

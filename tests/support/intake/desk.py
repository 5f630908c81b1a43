"""Intake on a real database: a small directory, stations with keys, a client for each."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
from joserfc.jwk import OKPKey

from deploy.simulator.station import Json, StationClient
from services.intake import app, store
from services.intake.domain.station_keys import new_key
from services.intake.settings import IntakeSettings
from shared.contracts.codes import Role
from shared.contracts.envelope import Event
from shared.ids import Id, from_text, named_id, new_id, to_text
from shared.service import mounted
from tests.support.entries import grant, person
from tests.support.environment import settings_of
from tests.support.intake import stations
from tests.support.officers import Officers

URL = "http://intake.test"
Intake = Callable[..., Awaitable[tuple[int, str]]]
"""Runs a command `jianyi intake …`: its exit code and everything it printed."""
HEADS = HEAD_ID, OTHER_HEAD_ID = to_text(stations.HEAD), to_text(stations.OTHER_HEAD)
UNIT, OTHER_UNIT = named_id("unit", "power"), named_id("unit", "economy")
STATIONS = ("XQ01", "XQ01-1", "NC01", "GHOST")
"""The main station, its sub-point, one of another county, and one the directory does not list."""

TABLES = (
    "item",
    "item_text",
    "proposer",
    "activity",
    "activity_text",
    "attendance",
    "position",
    "outbox",
    "outbox_pending",
)
"""What an act of a station can write."""


def fresh_id() -> str:
    return to_text(new_id(datetime.now(UTC)))


def an_item(**changes: Any) -> dict[str, Any]:
    """Make up an item that is sound but for the changes; `...` leaves a field out."""
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    sound = stations.item_body(stations.TOWNSHIP, an_hour_ago, id=fresh_id())
    return {name: value for name, value in (sound | changes).items() if value is not ...}


def an_activity(**changes: Any) -> dict[str, Any]:
    """Make up an activity that is sound but for the changes."""
    day = (date.today() - timedelta(days=2)).isoformat()  # noqa: DTZ011  two days ago anywhere
    sound = {
        "id": fresh_id(),
        "kind": "research",
        "place_division": stations.TOWNSHIP,
        "first_day": day,
        "last_day": day,
        "enterprises": [stations.CREDIT_CODE],
        "attendance": [
            {"person_id": to_text(stations.DEPUTY), "is_deputy": True},
            {"person_id": to_text(stations.STREET_REP), "is_deputy": False, "is_street_rep": True},
        ],
    }
    return {name: value for name, value in (sound | changes).items() if value is not ...}


def settings_for(dsn: str, **more: Any) -> IntakeSettings:
    often: dict[str, Any] = {"INTAKE_STATION_REQUESTS_PER_MINUTE": 1_000_000}
    return settings_of(IntakeSettings, dsn, **often | more)


class HeadedStation(StationClient):
    """A station's app on which the heads of the small directory also have keys of their own."""

    heads: Mapping[str, StationClient]

    async def act(
        self, item_id: str, act: str, body: Json, person: str | None = None
    ) -> httpx.Response:
        """Do this to an item with the station's key, or with that of a head."""
        if person is not None:
            return await self.heads[person].act(item_id, act, body)
        return await super().act(item_id, act, body)


@dataclass
class Desk(Officers):
    settings: IntakeSettings
    keys: dict[str, tuple[str, OKPKey]] = field(default_factory=dict)
    head_keys: dict[tuple[str, str], OKPKey] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.service = app.build(self.settings)
        self.transport = httpx.ASGITransport(mounted([self.service]))

    async def enter_keys(self) -> None:
        async with self.service.db.begin() as tx:
            for code in STATIONS:
                key, private = new_key(code)
                await store.add_key(tx, key)
                self.keys[code] = (key.kid, OKPKey.import_key(dict(private)))
            for code in STATIONS[:3]:
                for head in HEADS:
                    key, private = new_key(code, from_text(head))
                    await store.add_key(tx, key)
                    self.head_keys[code, head] = OKPKey.import_key(dict(private))

    @asynccontextmanager
    async def station(
        self, code: str = "XQ01", *, ahead: timedelta = timedelta()
    ) -> AsyncIterator[HeadedStation]:
        _, key = self.keys[code]

        def now() -> datetime:
            return datetime.now(UTC) + ahead

        async with httpx.AsyncClient(transport=self.transport, base_url=URL) as http:
            station = HeadedStation(http, code, key, now)
            station.heads = {
                head: StationClient(http, at, own, now)
                for (at, head), own in self.head_keys.items()
                if at == code
            }
            yield station

    async def send_signed(self, path: str, body: bytes, token: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=self.transport, base_url=URL) as client:
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            return await client.post(path, content=body, headers=headers)

    async def stored(self) -> Mapping[str, int]:
        return await self.count(*TABLES)


OFFICERS: Mapping[str, tuple[Role, str, dict[str, Id]]] = {
    "clerk": ("clerk", stations.COUNTY, {"unit_id": UNIT}),
    "unit_head": ("unit_head", stations.COUNTY, {"unit_id": UNIT}),
    "other_clerk": ("clerk", stations.COUNTY, {"unit_id": OTHER_UNIT}),
    "township": ("dispatcher", stations.TOWNSHIP, {"organ_id": stations.ORGAN}),
    "dispatcher": ("dispatcher", stations.COUNTY, {"organ_id": stations.COUNTY_ORGAN}),
    "committee": ("committee_head", stations.COUNTY, {"organ_id": stations.COUNTY_ORGAN}),
    "leader": ("leader", stations.COUNTY, {}),
    "liaison": ("liaison", stations.COUNTY, {}),
    "city": ("committee_head", stations.CITY, {"organ_id": stations.CITY_ORGAN}),
    "city_office": ("city_office", stations.CITY, {}),
    "research": ("research_office", stations.CITY, {}),
    "neighbour": ("dispatcher", "331003", {}),
    "neighbour_committee": ("committee_head", "331003", {}),
    "station_head": ("station_head", stations.TOWNSHIP, {"station_id": stations.STATION}),
    "station_staff": ("station_staff", stations.TOWNSHIP, {"station_id": stations.STATION}),
    "other_station": (
        "station_head",
        stations.OTHER_TOWNSHIP,
        {"station_id": stations.OTHER_STATION},
    ),
    "admin": ("admin", stations.CITY, {}),
    "county_admin": ("admin", stations.COUNTY, {}),
    "ops": ("ops", stations.CITY, {}),
}
"""One officer of every role, with the division and place of the right."""


def officers() -> list[tuple[Id, Event]]:
    return [
        person(named_id("person", who), who, code, grant(role, code, **place))
        for who, (role, code, place) in OFFICERS.items()
    ]


async def block(desk: Desk, item_id: str) -> None:
    """Block an item as a dead letter does."""
    await desk.sql(
        "INSERT INTO position (topic, key, seq, event_id, blocked) "
        "VALUES ('router.assignment.v1', $1::text::uuid, 1, $1::text::uuid, true)",
        item_id,
    )


@asynccontextmanager
async def open_desk(settings: IntakeSettings, **more: Any) -> AsyncIterator[Desk]:
    """Open an intake driven by hand, with its stations' keys and the small directory."""
    desk = Desk(settings, **more)
    await desk.migrate()
    session_key = desk.session_key(
        {"occurred_at": stations.AT, "division_code": stations.CITY, "actor": "t"}
    )
    async with desk.by_hand([*stations.entries(), *officers(), session_key]):
        await desk.enter_keys()
        yield desk

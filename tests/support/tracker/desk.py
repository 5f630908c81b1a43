"""A tracker on real servers with the small directory of Luqiao, its officers and their time."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from services.tracker import app
from services.tracker.consumers import SearchIndexer
from services.tracker.settings import TrackerSettings
from shared.contracts import router
from shared.contracts.envelope import Event
from shared.ids import Id, named_id, to_text
from tests.support.entries import Entry, divisions, grant, person, written
from tests.support.environment import settings_of
from tests.support.timed import Timed
from tests.support.tracker.play import ITEM, LEADER, ORGAN, OTHER, STATION, TASK, TOWN, UNIT, UPPER

PEOPLE: Mapping[str, tuple[str, dict[str, Any]]] = {
    "clerk": ("clerk", {"unit_id": UNIT}),
    "head": ("unit_head", {"unit_id": UNIT}),
    "co_clerk": ("clerk", {"unit_id": OTHER}),
    "dispatcher": ("dispatcher", {"organ_id": ORGAN}),
    "committee_head": ("committee_head", {"organ_id": ORGAN}),
    "leader": ("leader", {"organ_id": UPPER}),
    "liaison": ("liaison", {"organ_id": ORGAN}),
    "operator": ("ops", {}),
    "second_operator": ("ops", {}),
    "station_head": ("station_head", {"station_id": STATION}),
    "station_staff": ("station_staff", {"station_id": STATION}),
    "township": ("dispatcher", {"organ_id": TOWN}),
    "deputy": ("deputy", {}),
    "stranger": ("clerk", {"unit_id": named_id("unit", "tax")}),
}
CODES: Mapping[object, str] = {UPPER: "331000", TOWN: "331004102", STATION: "331004102"}
NAMES = {"clerk": "周明远", "head": "何立群", "dispatcher": "林晓岚", "leader": "李主任",
         "operator": "值班运维", "second_operator": "高立新"}  # fmt: skip


def person_id(who: str) -> Id:
    """Name a person's key; the leader's is the one the plays know."""
    return LEADER if who == "leader" else named_id("person", who)


def _places() -> list[tuple[Id, Event]]:
    county = written("331004")
    return [
        *divisions("331004102"),
        (ORGAN, router.DirectoryOrgan(**county, name="区人大代表工委", level="county")),
        (UPPER, router.DirectoryOrgan(**written("331000"), name="市人大代表工委", level="city")),
        (
            TOWN,
            router.DirectoryOrgan(**written("331004102"), name="镇人大主席团", level="township"),
        ),
        (UNIT, _unit("区供电公司", "power")),
        (OTHER, _unit("区经信局", "economy")),
        (STATION, router.DirectoryStation(**written("331004102"), code="JQ01", name="金清镇总站")),
        (
            named_id("matter", "power"),
            router.DirectoryMatter(
                **county,
                code="power",
                name_zh="用电增容",
                name_en="Power supply",
                parent="energy",
                authority_level="county",
                lead_kind="power",
            ),
        ),
    ]


def _unit(name: str, kind: str) -> router.DirectoryUnit:
    values = written("331004") | {"name": name, "short_name": name, "kind_code": kind}
    return router.DirectoryUnit(**values, level="county")


def _people() -> list[tuple[Id, Event]]:
    return [_person(who, role, place) for who, (role, place) in PEOPLE.items()]


def _person(who: str, role: str, place: dict[str, Any]) -> Entry:
    code = CODES.get(place.get("organ_id") or place.get("station_id"), "331004")
    return person(person_id(who), NAMES.get(who, who), code, grant(role, code, **place))


@dataclass
class Desk(Timed):
    settings: TrackerSettings = field(init=False)

    def __post_init__(self) -> None:
        moved: dict[str, Any] = {"JIANYI_MOVED_TIME": True}
        self.settings = settings_of(TrackerSettings, self.dsn, self.bootstrap, **moved)
        self.service = app.build(self.settings)

    def person(self, who: str) -> Id:
        return person_id(who)

    def directory(self) -> Sequence[tuple[Id, Event]]:
        return [*_places(), *_people(), self.session_key(written("331000"))]

    async def hear(self, *events: Event, key: Id = ITEM) -> None:
        await super().hear(*events, key=key)

    async def index(self) -> None:
        """Make searchable what was heard."""
        for part in self.service.messaging.parts:
            assert isinstance(part, SearchIndexer)
            while await part.round():
                pass

    async def tick(self, when: str, key: Id = ITEM) -> None:
        """Move time and let the clocks of a case fire."""
        await self.move(when)
        await self.fire("case", key)

    async def act(self, who: str, name: str, body: Any = None) -> httpx.Response:
        path = f"/v1/items/{to_text(ITEM)}/tasks/{to_text(TASK)}/{name}"
        return await self.post(who, path, body)


@asynccontextmanager
async def open_desk(dsn: str, when: str) -> AsyncIterator[Desk]:
    desk = Desk(dsn)
    await desk.prepare(when)
    async with desk.by_hand(desk.directory()):
        yield desk

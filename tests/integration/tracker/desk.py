"""A tracker on real servers with the small directory of Luqiao, its officers and their time."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from deploy.local.clock import allow_moved_time, move_to
from services.tracker import app
from services.tracker.settings import TrackerSettings
from shared.contracts.envelope import Event
from shared.contracts.router import (
    DirectoryDivision,
    DirectoryMatter,
    DirectoryOrgan,
    DirectoryPerson,
    DirectorySessionKey,
    DirectoryStation,
    DirectoryUnit,
    Grant,
)
from shared.ids import Id, named_id, to_text
from shared.messaging.fold import Due
from shared.service import migrate_service, mounted
from shared.web.session import COOKIE, Session, issue, new_private_key
from tests.support.hearing import Hearing
from tests.unit.tracker.play import ITEM, LEADER, ORGAN, OTHER, STATION, TASK, UNIT, UPPER, at

MIGRATIONS = Path(app.__file__).with_name("migrations")
LONG_AGO = datetime(2022, 1, 1, tzinfo=UTC)
PEOPLE: Mapping[str, tuple[str, dict[str, Any]]] = {
    "clerk": ("clerk", {"unit_id": UNIT}),
    "head": ("unit_head", {"unit_id": UNIT}),
    "co_clerk": ("clerk", {"unit_id": OTHER}),
    "dispatcher": ("dispatcher", {"organ_id": ORGAN}),
    "leader": ("leader", {"organ_id": UPPER}),
    "liaison": ("liaison", {"organ_id": ORGAN}),
    "operator": ("ops", {}),
    "second_operator": ("ops", {}),
    "stranger": ("clerk", {"unit_id": named_id("unit", "tax")}),
}
NAMES = {"clerk": "周明远", "head": "何立群", "dispatcher": "林晓岚", "leader": "李主任",
         "operator": "值班运维", "second_operator": "高立新"}  # fmt: skip


def person_id(who: str) -> Id:
    """Name a person's key; the leader's is the one the plays know."""
    return LEADER if who == "leader" else named_id("person", who)


def directory(public_pem: str) -> Sequence[tuple[Id, Event]]:
    """List the entries of the small directory."""
    return [*_places(), *_people(), _session_key(public_pem)]


def _said(code: str) -> dict[str, Any]:
    return {"occurred_at": LONG_AGO, "division_code": code, "actor": "seed"}


def _places() -> list[tuple[Id, Event]]:
    divisions: Sequence[tuple[str, str, Any, str | None]] = (
        ("330000", "浙江省", "province", None),
        ("331000", "台州市", "city", "330000"),
        ("331004", "路桥区", "county", "331000"),
        ("331004102", "金清镇", "township", "331004"),
    )
    county = _said("331004")
    return [
        *(
            (
                named_id("division", code),
                DirectoryDivision(**_said(code), name=name, level=level, parent_code=above),
            )
            for code, name, level, above in divisions
        ),
        (ORGAN, DirectoryOrgan(**county, name="区人大代表工委", level="county")),
        (UPPER, DirectoryOrgan(**_said("331000"), name="市人大代表工委", level="city")),
        (UNIT, _unit("区供电公司", "power")),
        (OTHER, _unit("区经信局", "economy")),
        (STATION, DirectoryStation(**_said("331004102"), code="JQ01", name="金清镇总站")),
        (
            named_id("matter", "power"),
            DirectoryMatter(
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


def _unit(name: str, kind: str) -> DirectoryUnit:
    said = _said("331004")
    return DirectoryUnit(**said, name=name, short_name=name, kind_code=kind, level="county")


def _people() -> list[tuple[Id, Event]]:
    return [(person_id(who), _person(who, role, place)) for who, (role, place) in PEOPLE.items()]


def _person(who: str, role: Any, place: dict[str, Any]) -> DirectoryPerson:
    code = "331000" if place.get("organ_id") == UPPER else "331004"
    grant = Grant(role=role, division_code=code, valid_from=date(2022, 1, 1), **place)
    return DirectoryPerson(**_said(code), name=NAMES.get(who, who), grants=(grant,))


def _session_key(public_pem: str) -> tuple[Id, Event]:
    event = DirectorySessionKey(**_said("331000"), kid="k1", public_pem=public_pem)
    return named_id("session_key", "k1"), event


@dataclass
class Desk(Hearing):
    """A running tracker and the hands of its officers."""

    dsn: str
    key: Any = field(default_factory=new_private_key)

    def __post_init__(self) -> None:
        self.settings = TrackerSettings.model_validate(
            {
                "DATABASE_URL": SecretStr(self.dsn),
                "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap,
                "JIANYI_ENV": "development",
                "JIANYI_MOVED_TIME": True,
            }
        )
        self.service = app.build(self.settings)

    @property
    def public_pem(self) -> str:
        """The key every service trusts."""
        return str(self.key.as_pem(private=False).decode())

    async def prepare(self, when: str) -> None:
        """Make the schema and set the clock."""
        await migrate_service(self.settings, "tracker", MIGRATIONS)
        await allow_moved_time(self.dsn)
        await self.move(when)

    async def move(self, when: str) -> None:
        """Move time to an instant in Shanghai."""
        await move_to(self.dsn, at(when))

    async def hear(self, *events: Event, key: Id = ITEM) -> None:
        """Hear events in one set, as if Kafka had brought them."""
        await self.hear_all([(key, event) for event in events])

    async def tick(self, when: str, key: Id = ITEM) -> None:
        """Move time and let the clocks of a case fire."""
        await self.move(when)
        case = self.service.messaging.folds[0]
        await self.service.messaging.loop.apply([(case, Due(key))])

    async def client(self, who: str) -> httpx.AsyncClient:
        """Sign a person in; a JSON client of the whole address."""
        async with self.service.db.begin() as tx:
            now = tx.now
        token = issue(Session(person_id(who), person_id(who), now), self.key, now)
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(mounted([self.service])),
            base_url="https://jianyi.test",
            headers={"Origin": "https://jianyi.test"},
            cookies={COOKIE: token},
        )

    async def get(self, who: str, path: str) -> httpx.Response:
        """Read as a person."""
        async with await self.client(who) as client:
            return await client.get(f"/tracker{path}")

    async def post(self, who: str, path: str, body: Any = None) -> httpx.Response:
        """Act as a person, in JSON."""
        async with await self.client(who) as client:
            return await client.post(f"/tracker{path}", json=body)

    async def act(self, who: str, name: str, body: Any = None) -> httpx.Response:
        """Act on the lead's task of the item."""
        path = f"/v1/items/{to_text(ITEM)}/tasks/{to_text(TASK)}/{name}"
        return await self.post(who, path, body)

    async def page(self, who: str, path: str, lang: str = "zh") -> httpx.Response:
        """Open a page as a browser would."""
        async with await self.client(who) as client:
            return await client.get(
                f"/tracker{path}", headers={"Accept": "text/html"}, params={"lang": lang}
            )

    async def send(self, who: str, path: str, form: Mapping[str, str]) -> httpx.Response:
        """Send a form as a browser would."""
        async with await self.client(who) as client:
            return await client.post(
                f"/tracker{path}", data=dict(form), headers={"Accept": "text/html"}
            )


@asynccontextmanager
async def open_desk(dsn: str, when: str) -> AsyncIterator[Desk]:
    """Open a tracker driven by hand: acts run, events are heard when the test says so."""
    desk = Desk(dsn)
    await desk.prepare(when)
    await desk.service.db.open()
    acting = asyncio.create_task(desk.service.messaging.acts.run())
    await desk.hear_all(directory(desk.public_pem))
    await desk.service.copy.refresh()
    try:
        yield desk
    finally:
        acting.cancel()
        with suppress(asyncio.CancelledError):
            await acting
        await desk.service.db.close()

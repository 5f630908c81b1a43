"""A router on real servers with the shipped directory, its dispatchers and their browsers."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx

from services.router import app
from services.router.settings import RouterSettings
from shared.contracts.envelope import Event
from shared.contracts.router import DirectoryPerson, DirectoryStation, Grant
from shared.ids import Id, named_id, new_id, to_text
from shared.service import mounted
from shared.web.csrf import FORM_COOKIE
from shared.web.session import read_private_key
from tests.support.environment import settings_of
from tests.support.officers import BROWSER, Officers
from tests.support.router import play

URL = "https://jianyi.test"
PEOPLE: Mapping[str, tuple[dict[str, Any], ...]] = {
    "township": ({"role": "dispatcher", "organ_id": play.organ(play.TOWNSHIP)},),
    "county": ({"role": "dispatcher", "organ_id": play.organ(play.COUNTY)},),
    "city": ({"role": "dispatcher", "organ_id": play.organ(play.CITY)},),
    "elsewhere": ({"role": "dispatcher", "organ_id": play.organ("331003")},),
    "clerk": ({"role": "clerk", "unit_id": play.unit(play.COUNTY, "finance")},),
    "former": (
        {"role": "dispatcher", "organ_id": play.organ(play.COUNTY), "valid_to": date(2022, 7, 1)},
    ),
    "nobody": (),
}


def person_id(who: str) -> Id:
    return named_id("person", who)


def people() -> Sequence[tuple[Id, Event]]:
    found: list[tuple[Id, Event]] = []
    for who, rights in PEOPLE.items():
        grants = tuple(
            Grant.model_validate(
                {"division_code": play.COUNTY, "valid_from": date(2022, 1, 1)} | one
            )
            for one in rights
        )
        person = DirectoryPerson(**play.emitted_by("seed", play.COUNTY), name=who, grants=grants)
        found.append((person_id(who), person))
    station = DirectoryStation(**play.emitted_by("seed"), code="JQ01", name="金清镇总站")
    return [*found, (named_id("station", "JQ01"), station)]


def settings_for(dsn: str, folder: Path, **more: Any) -> RouterSettings:
    """Make the settings of a development system; a test signs in more often than people do."""
    usual: dict[str, Any] = {
        "session_key_file": folder / "session.pem",
        "seal_key_file": folder / "seal.keys",
        "sign_ins_per_minute": 100_000,
    }
    return settings_of(RouterSettings, dsn, **usual | more)


@dataclass
class Desk(Officers):
    settings: RouterSettings

    def __post_init__(self) -> None:
        self.bootstrap = self.settings.kafka_bootstrap_servers
        self.service = app.build(self.settings)
        self.key = read_private_key(self.settings.session_key_file.read_bytes())

    def directory(self) -> Sequence[tuple[Id, Event]]:
        shipped = [(put.key, put.entry) for put in play.ENTRIES]
        return [*shipped, *people(), self.session_key(play.emitted_by("router", play.CITY))]

    def stranger(self) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(mounted([self.service]))
        return httpx.AsyncClient(
            transport=transport, base_url=URL, headers={"Origin": URL},
            cookies={FORM_COOKIE: BROWSER},
        )  # fmt: skip

    async def act(self, who: str, key: Id, name: str, body: Any = None) -> httpx.Response:
        return await self.post(who, f"/v1/items/{to_text(key)}/{name}", body)

    async def queue(self, who: str) -> list[Any]:
        answer = await self.get(who, "/v1/queue?limit=500")
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    async def line(self, who: str, key: Id) -> Any:
        return next((x for x in await self.queue(who) if x["item_id"] == to_text(key)), None)

    async def item(self, *events: Event) -> Id:
        """Hear of a new item: by default submitted, read and accepted in the township."""
        key = new_id(datetime.now(UTC))
        received = events or (play.submitted(), play.text(), play.accepted())
        await self.hear_all([(key, event) for event in received])
        return key

    async def item_at_county(self) -> Id:
        key = await self.item()
        up = await self.act("township", key, "escalate", {"reason": "超出本级权限"})
        assert up.status_code == 200, up.text
        return key

    async def stored(self) -> Mapping[str, int]:
        return await self.count("item", "task", "reason", "entry", "outbox", "outbox_pending")


@asynccontextmanager
async def open_desk(settings: RouterSettings) -> AsyncIterator[Desk]:
    desk = Desk(settings=settings)
    await desk.migrate()
    async with desk.by_hand(desk.directory()):
        yield desk

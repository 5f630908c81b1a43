"""A small city kept by hand: its entries put as the router's own, its officers and their pages."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx

from services.router.directory.domain.commands import PutEntry
from services.router.directory.domain.model import read_entry
from shared.contracts.envelope import EVERYWHERE, Event
from shared.contracts.router import DirectoryPerson, DirectoryStation, Grant, Mandate, StandIn
from shared.contracts.topics import ROUTER_DIRECTORY
from shared.ids import Id, named_id, to_text
from shared.messaging.subject import Applied
from tests.support.router.desk import Desk, settings_for
from tests.support.router.play import CITY, COUNTY, TOWNSHIP, emitted_by, organ, unit

STATION = named_id("station", "JQ01")
POINT = named_id("station", "JQ02")
SINCE = date(2022, 1, 1)
FINANCE = unit(COUNTY, "finance")


def grant(role: str, division: str = COUNTY, **more: Any) -> Grant:
    """Make a right since 2022."""
    return Grant.model_validate(
        {"role": role, "division_code": division, "valid_from": SINCE} | more
    )


def person(code: str, name: str, *grants: Grant, home: str = COUNTY, **more: Any) -> Any:
    key = named_id("person", code)
    event = DirectoryPerson(**emitted_by("seed", home), code=code, name=name, grants=grants, **more)
    return key, event


def people() -> list[tuple[Id, Event]]:
    station = emitted_by("seed", TOWNSHIP)
    return [
        person("admin", "管理员甲", grant("admin", CITY, organ_id=organ(CITY)), home=CITY),
        person("first", "系统管理员", grant("admin", EVERYWHERE), home=EVERYWHERE),
        person("county-admin", "管理员乙", grant("admin", organ_id=organ(COUNTY))),
        person("other-admin", "管理员丙", grant("admin", "331003"), home="331003"),
        person("dispatcher", "林交办", grant("dispatcher", organ_id=organ(COUNTY))),
        person("clerk", "周明远", grant("clerk", unit_id=FINANCE)),
        person("head", "何立群", grant("unit_head", unit_id=FINANCE)),
        person("ops", "运维甲", grant("ops", CITY), home=CITY),
        person(
            "stand-in", "吴代理", home=COUNTY,
            stands_in_for=(StandIn(person_id=named_id("person", "clerk"), valid_from=SINCE),),
        ),
        person("liaison", "联系员"),
        person(
            "leader", "郑领导", home=TOWNSHIP, is_leadership=True, station_id=STATION,
            liaison_id=named_id("person", "liaison"),
            mandates=(
                Mandate(level="township", division_code=TOWNSHIP),
                Mandate(level="county", division_code=COUNTY),
            ),
        ),
        person("station-head", "站长甲", grant("station_head", TOWNSHIP, station_id=STATION),
               home=TOWNSHIP),
        (STATION, DirectoryStation(**station, code="JQ01", name="金清镇总站")),
        (POINT, DirectoryStation(**station, code="JQ02", name="金清港联络点", parent_id=STATION)),
    ]  # fmt: skip


class DirectoryDesk(Desk):
    """A router whose directory is its own: what is put there is heard when the test says so."""

    def directory(self) -> Sequence[tuple[Id, Event]]:
        """List nothing to be heard: all is put first."""
        return ()

    async def put(self, entries: Sequence[tuple[Id, Event]]) -> None:
        """Put entries as the commands would, and hear what was said."""
        subject = self.service.messaging.subjects[1]
        puts = [(subject, PutEntry(key, entry)) for key, entry in entries]
        for done in await self.service.messaging.loop.apply(puts):
            assert isinstance(done, Applied), done
        await self.follow()

    async def follow(self) -> None:
        """Hear what the router has said of its directory since the last time."""
        seqs = {key: seq for (topic, key), seq in self.seqs.items()
                if topic == ROUTER_DIRECTORY.name}  # fmt: skip
        rows = await self.sql(
            "SELECT key, seq, type, payload FROM outbox WHERE topic = $1 ORDER BY seq",
            ROUTER_DIRECTORY.name,
        )
        new = [row for row in rows if row["seq"] > seqs.get(row["key"], 0)]
        await self.hear_all([(row["key"], read_entry(row["type"], row["payload"])) for row in new])
        await self.service.copy.refresh()


@asynccontextmanager
async def open_directory(dsn: str, folder: Path) -> AsyncIterator[DirectoryDesk]:
    desk = DirectoryDesk(settings=settings_for(dsn, folder))
    await desk.migrate()
    async with desk.by_hand(()):
        await desk.put([*Desk.directory(desk), *people()])
        yield desk


async def new_person(desk: DirectoryDesk, code: str, *grants: Grant, **more: Any) -> Id:
    """Enter somebody of the county; gives their key."""
    key, event = person(code, f"某人{code}", *grants, **more)
    await desk.put([(key, event)])
    return Id(key)


async def basis(desk: DirectoryDesk, key: Id) -> int:
    answer = await desk.get("admin", f"/v1/directory/entries/{to_text(key)}")
    assert answer.status_code == 200, answer.text
    return int(answer.json()["basis"])


async def edit(
    desk: DirectoryDesk, key: Id, do: str, who: str = "county-admin", **body: Any
) -> httpx.Response:
    """Let an administrator change an entry by JSON on the state it is in, and hear of it."""
    sent = {"basis": await basis(desk, key)} | body | {"do": do}
    done = await desk.post(who, f"/v1/directory/entries/{to_text(key)}", sent)
    await desk.follow()
    return done


async def dismiss(desk: DirectoryDesk, key: Id) -> None:
    """End the first right of a person; the router does not hear of it yet."""
    done = await desk.post(
        "admin",
        f"/v1/directory/entries/{to_text(key)}",
        {"basis": 1, "do": "end_grant", "which": 0, "last_day": "2026-01-01"},
    )
    assert done.status_code == 200, done.text


async def form_of(desk: DirectoryDesk, key: Id, **values: str) -> httpx.Response:
    return await desk.send("county-admin", f"/directory/entries/{to_text(key)}", values)

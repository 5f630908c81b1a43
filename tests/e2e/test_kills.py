"""Every process killed in turn under load: nothing is lost, doubled, invented or out of order."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from deploy.local.servers import Servers
from tests.checker.checker import check, read_history
from tests.support.history import HistoryFile
from tests.support.nemesis import VICTIMS, Nemesis
from tests.support.players import Officers, Station
from tests.support.system import System, seeded_system

TOWNSHIPS = ("331002001", "331003001", "331004001", "331081001")
BATCH, PAUSE_SECONDS = 24, 1.0
"""So many items a station sends at once, and how long it rests then."""
EVERY = 100
"""One item of so many is taken by officers to its end."""
AUTOMATIC = {"INTAKE_AUTO_ACCEPT": "true", "ROUTER_AUTO_DISPATCH": "true"}


@dataclass
class Play:
    stations: Sequence[Station]
    officers: Officers
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for station in self.stations:
                group.create_task(self._post(station, group))

    async def _post(self, station: Station, group: asyncio.TaskGroup) -> None:
        """Post again and again, and give one item of so many into officers' hands."""
        followed = 0
        while not self.enough.is_set():
            await station.post(BATCH)
            for item in list(station.taken.values())[followed * EVERY :: EVERY]:
                group.create_task(self._follow(item, station))
                followed += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(self.enough.wait(), PAUSE_SECONDS)

    async def _follow(self, item: str, station: Station) -> None:
        await self.officers.handle(item, station.division[:6])
        await station.rate(item)

    @property
    def taken(self) -> int:
        return sum(len(station.taken) for station in self.stations)


@pytest.fixture
async def restored(servers: Servers) -> AsyncIterator[Servers]:
    """The servers, both running again afterwards whatever the test did."""
    yield servers
    await servers.start()


@pytest.fixture
async def http(system: System) -> AsyncIterator[httpx.AsyncClient]:
    """Connections of all players; a path alone is intake's."""
    async with httpx.AsyncClient(base_url=system.urls["intake"], timeout=30) as client:
        yield client


@pytest.fixture
async def system(dsn: str, bootstrap: str, tmp_path: Path) -> AsyncIterator[System]:
    """Four processes that accept and dispatch by themselves, with a seeded city."""
    async with seeded_system(dsn, bootstrap, tmp_path, AUTOMATIC) as system:
        yield system


@pytest.mark.timeout(3 * 3600)
@pytest.mark.parametrize(
    ("rounds", "items"), [(1, 5_000), pytest.param(12, 60_000, marks=pytest.mark.proof)]
)
async def test_killing_every_process_in_turn_loses_doubles_and_invents_nothing(
    system: System,
    restored: Servers,
    http: httpx.AsyncClient,
    tmp_path: Path,
    rounds: int,
    items: int,
) -> None:
    history = HistoryFile(tmp_path / "history.jsonl")
    stations = await asyncio.gather(
        *(asyncio.to_thread(Station.open, system, place, history, http) for place in TOWNSHIPS)
    )
    officers = Officers(system.urls["router"], system.urls["tracker"], history, http)
    await officers.meet()
    play, nemesis = Play(stations, officers), Nemesis(system, restored)
    async with asyncio.TaskGroup() as group:
        group.create_task(play.run())
        for turn in range(rounds):
            for victim in random.Random(turn).sample(VICTIMS, len(VICTIMS)):
                await nemesis.strike(victim)
        while play.taken < items:  # noqa: ASYNC110  players set no event
            await asyncio.sleep(0.1)
        play.enough.set()
    await system.wait_idle(600)
    assert system.ended() == [], "a process ended by itself"
    history.close()
    found = await check(system.dsn, system.bootstrap, read_history(history.file))
    assert found.faults == []
    assert found.items >= items
    assert len(nemesis.recoveries) == rounds * len(VICTIMS)

"""A process one of whose loops stands still says so: it is neither live nor ready."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from shared.clock import Clock
from shared.db.pool import Database
from shared.directory import DirectoryCopy
from shared.messaging import heartbeat
from shared.messaging.broker import Cluster
from shared.messaging.messaging import Messaging
from shared.service import operations_routes
from tests.support.eventually import eventually
from tests.support.ledger import SERVICE, LedgerSubject, Note
from tests.support.servers import NO_KAFKA


@pytest.fixture
def messaging(monkeypatch: pytest.MonkeyPatch) -> Messaging:
    """All loops of a process, each of which waits for ever in the middle of its first round."""

    async def hang(*_: object) -> None:
        await asyncio.Event().wait()

    db = Database("", SERVICE, Clock())
    made = Messaging(SERVICE, db, [LedgerSubject()], Cluster(NO_KAFKA))
    monkeypatch.setattr(made.loop, "apply", hang)
    monkeypatch.setattr(made._relay, "round", hang)
    monkeypatch.setattr(made._clocks, "fire", hang)
    monkeypatch.setattr(made.reader.subscription._broker, "start", hang)
    return made


@pytest.fixture
async def client(messaging: Messaging) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(operations_routes(messaging, DirectoryCopy(messaging.db), development=False))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://jianyi.test") as opened:
        yield opened


async def test_every_loop_that_stands_still_is_named(
    messaging: Messaging, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = asyncio.create_task(messaging.run())
    asking = asyncio.create_task(messaging.act(messaging.subjects[0], Note(bytes(16), "x")))
    assert (await client.get("/health/live")).json() == {"status": "ok", "troubles": []}
    monkeypatch.setattr(heartbeat, "STILL_SECONDS", 0.0)

    async def live() -> set[str]:
        answer = await client.get("/health/live")
        troubles = set(answer.json()["troubles"])
        assert answer.status_code == (503 if troubles else 200)
        return troubles if len(troubles) == 4 else set()

    assert await eventually(live, 5) == {
        "relay_stands_still",
        "clocks_stands_still",
        "reader_stands_still",
        "commands_0_stands_still",
    }
    ready = await client.get("/health/ready")
    assert ready.status_code == 503
    assert "relay_stands_still" in ready.json()["troubles"]
    for task in (running, asking):
        task.cancel()
    await asyncio.wait((running, asking))

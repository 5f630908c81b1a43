"""The relay's waiting: woken by what is said, ended by a cancel, also when both come at once."""

import asyncio
from contextlib import suppress

import pytest

from shared.clock import Clock
from shared.db.pool import Database
from shared.messaging.broker import Cluster
from shared.messaging.loop import Loop
from shared.messaging.metrics import Metrics
from shared.messaging.relay import Relay
from tests.support.eventually import eventually


async def test_a_relay_that_is_woken_and_stopped_at_once_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = Loop("tracker", Database("", "tracker", Clock()), Metrics("tracker"))
    relay = Relay(loop, Cluster("127.0.0.1:1"))
    rounds = 0

    async def nothing_to_send() -> int:
        nonlocal rounds
        rounds += 1
        return 0

    monkeypatch.setattr(relay, "round", nothing_to_send)
    running = asyncio.create_task(relay.run())

    async def waits() -> bool:
        return rounds > 0

    await eventually(waits)
    loop.emitted.set()
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait([running], timeout=5)
    ended = running.done()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert ended

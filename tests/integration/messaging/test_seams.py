"""A process killed at any seam loses nothing and does nothing twice; one that is stuck ends."""

import asyncio
import signal
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from shared.contracts.topics import TRACKER_CASE
from shared.ids import Id
from shared.messaging.loop import FaultPoint
from tests.support.eventually import eventually
from tests.support.ledger import emitted, escalated, item
from tests.support.ledger_process import SEAMS, ledger_process
from tests.support.ledger_service import Ledger, open_ledger
from tests.support.small_disk import fill, small_disk
from tests.support.topic_log import orders, publish, read_topic

__all__ = ["small_disk"]

KEYS = 500
TURNS = (1, 2, 3)


async def ended(child: "subprocess.Popen[bytes]") -> int:
    """Wait for a process' end and give its exit code."""
    return await asyncio.to_thread(child.wait, 60)


async def is_done(ledger: Ledger, events: int) -> bool:
    """Tell whether so many events were said and sent."""
    (row,) = await ledger.sql(
        "SELECT (SELECT count(*) FROM outbox) AS said, (SELECT count(*) FROM outbox_pending) AS due"
    )
    return (row["said"], row["due"]) == (events, 0)


@pytest.mark.parametrize("seam", SEAMS)
async def test_a_kill_at_a_seam_loses_nothing_and_does_nothing_twice(
    ledger_dsn: str, bootstrap: str, new_key: Callable[[], Id], seam: FaultPoint
) -> None:
    keys = [new_key() for _ in range(KEYS)]
    await publish(bootstrap, [emitted(key, seq, item()) for seq in TURNS for key in keys])
    with ledger_process(ledger_dsn, bootstrap, seam, "2") as child:
        assert await ended(child) == -signal.SIGKILL
    async with open_ledger(ledger_dsn) as ledger:
        with ledger_process(ledger_dsn, bootstrap):
            await eventually(lambda: is_done(ledger, KEYS * len(TURNS)), 60)
        rows = await ledger.sql("SELECT items, seq FROM ledger")
        assert [(row["items"], row["seq"]) for row in rows] == [(3, 3)] * KEYS
        assert await ledger.letters() == []
    received = await read_topic(bootstrap, TRACKER_CASE.name)
    assert orders(received) == {key: list(TURNS) for key in keys}
    if seam == "after_send":
        assert len(received) > KEYS * len(TURNS), "the kill came too early: nothing was sent twice"


async def test_a_process_that_hangs_while_the_database_answers_is_ended(
    ledger_dsn: str, bootstrap: str, key: Id
) -> None:
    await publish(bootstrap, [emitted(key, 1, item())])
    with ledger_process(ledger_dsn, bootstrap, "hang") as child:
        # A batch in hand counts as read, so what shows that nothing moves is what came after it.
        assert child.poll() is None
        await tell_until_ended(bootstrap, key, child)
        assert child.returncode == 75


async def tell_until_ended(bootstrap: str, key: Id, child: "subprocess.Popen[bytes]") -> None:
    """Go on telling until the process is gone."""
    seq = 1

    async def is_gone() -> bool:
        nonlocal seq
        seq += 1
        await publish(bootstrap, [emitted(key, seq, item())])
        return child.poll() is not None

    await eventually(is_gone, 30)


async def test_a_process_whose_log_disk_is_full_works_on_and_logs_again_once_it_is_freed(
    ledger_dsn: str, bootstrap: str, new_key: Callable[[], Id], small_disk: Path
) -> None:
    """Each of these logs: an event that cannot be applied, with its traceback."""
    log = small_disk / "services.log"
    filler = fill(small_disk)
    with ledger_process(ledger_dsn, bootstrap, "log", str(log)):
        async with open_ledger(ledger_dsn) as ledger:
            for n in (1, 2, 3):
                poison = emitted(new_key(), 1, escalated("poison"))
                await publish(bootstrap, [poison, emitted(new_key(), 1, item())])
                await eventually(partial(are_applied, ledger, n))
            filler.unlink()
            await publish(bootstrap, [emitted(new_key(), 1, escalated("poison"))])
            assert await eventually(lambda: has_logged(log))


async def are_applied(ledger: Ledger, n: int) -> bool:
    """Tell whether so many subjects have their item and as many wait for a person."""
    rows = await ledger.sql("SELECT items FROM ledger WHERE items = 1")
    return len(rows) == len(await ledger.letters()) == n


async def has_logged(log: Path) -> bool:
    """Tell whether the lines lost and an event that waits are in the log."""
    told = await asyncio.to_thread(lambda: log.read_text() if log.exists() else "")
    return "log.lines_lost" in told and "event.dead_lettered" in told.splitlines()[-1]


async def test_an_error_that_escapes_the_loop_ends_the_process(
    ledger_dsn: str, bootstrap: str, key: Id
) -> None:
    """The framework would swallow it and skip the batch."""
    await publish(bootstrap, [emitted(key, 1, item())])
    with ledger_process(ledger_dsn, bootstrap, "bug") as child:
        assert await ended(child) == 70

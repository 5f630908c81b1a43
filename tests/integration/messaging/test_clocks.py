"""A clock fires once, when it is due, and never for a subject under repair."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from shared.contracts.topics import INTAKE_ITEM
from shared.ids import Id
from shared.messaging import outages
from shared.messaging.messaging import Clocks
from shared.messaging.subject import ClockDue
from tests.support.eventually import eventually
from tests.support.ledger import SERVICE, Note, emitted, escalated, item
from tests.support.ledger_service import Ledger, open_ledger

NewKey = Callable[[], Id]


async def set_clocks(ledger: Ledger, keys: Sequence[Id], due: str) -> None:
    """Make subjects whose clock is due at an interval from now."""
    await ledger.do(*(Note(key, words="start") for key in keys))
    await ledger.sql("UPDATE ledger SET due_at = now() + $1::text::interval", due)


async def fire_all(ledger: Ledger) -> None:
    clocks = Clocks(ledger.loop, [ledger.subject])
    while await clocks.fire(ledger.subject):
        pass


async def test_four_processes_fire_each_clock_once(ledger_dsn: str, new_key: NewKey) -> None:
    keys = [new_key() for _ in range(1_200)]
    async with open_ledger(ledger_dsn) as one, open_ledger(ledger_dsn) as two:
        await set_clocks(one, keys, "-1 s")
        await asyncio.gather(*(fire_all(each) for each in (one, two, one, two)))
        assert {row["fired"] for row in await one.sql("SELECT fired FROM ledger")} == {1}
        assert await one.outbox(keys[0]) == [1, 2]
        assert await one.letters() == []


async def test_a_clock_fires_once_and_not_before_it_is_due(ledger: Ledger, key: Id) -> None:
    """Between reading what is due and locking it another may have fired it."""
    await set_clocks(ledger, [key], "1 hour")
    await fire_all(ledger)
    assert (await ledger.row(key))["fired"] == 0
    await ledger.sql("UPDATE ledger SET due_at = now() - interval '1 s'")
    await ledger.do(ClockDue(key))
    await ledger.do(ClockDue(key), ClockDue(key))
    assert (await ledger.row(key))["fired"] == 1


async def test_a_subject_that_is_locked_is_passed_over_and_fired_later(
    ledger: Ledger, new_key: NewKey
) -> None:
    busy, free = new_key(), new_key()
    await set_clocks(ledger, [busy, free], "-1 s")
    async with ledger.db.begin() as tx:
        await tx.fetch("SELECT 1 FROM ledger WHERE key = $1 FOR UPDATE", busy)
        await Clocks(ledger.loop, [ledger.subject]).fire(ledger.subject)
        assert (await ledger.row(free))["fired"] == 1
        assert (await ledger.row(busy))["fired"] == 0
    await fire_all(ledger)
    assert (await ledger.row(busy))["fired"] == 1


async def test_clocks_of_a_blocked_subject_wait_for_its_release(ledger: Ledger, key: Id) -> None:
    await set_clocks(ledger, [key], "-1 s")
    await ledger.hear(emitted(key, 2, item()))
    await ledger.do(ClockDue(key))
    await fire_all(ledger)
    assert (await ledger.row(key))["fired"] == 0
    await ledger.hear(emitted(key, 1, item()))
    await ledger.messaging.repairs.release(INTAKE_ITEM.name, key, "op", "the event came")
    await fire_all(ledger)
    assert (await ledger.row(key))["fired"] == 1


async def test_a_clock_that_cannot_fire_parks_its_subject(ledger: Ledger, new_key: NewKey) -> None:
    """Each of several that cannot fire can be released."""
    *stuck, fine = sorted(new_key() for _ in range(4))
    await ledger.do(*(Note(key, words="stuck") for key in stuck), Note(fine, words="fine"))
    await ledger.sql("UPDATE ledger SET due_at = now() - interval '1 s'")
    await fire_all(ledger)
    assert (await ledger.row(fine))["fired"] == 1
    await ledger.do(Note(stuck[0], words="mended"))
    assert (await ledger.row(stuck[0]))["note"] == "stuck", "acts wait too"
    await ledger.sql("UPDATE ledger SET note = ''")
    for key in stuck:
        assert await ledger.letters(key) == [(None, "clock")]
        assert await ledger.messaging.repairs.release(f"{SERVICE}.clock", key, "op", "mended") == 0
    await fire_all(ledger)
    assert {row["fired"] for row in await ledger.sql("SELECT fired FROM ledger")} == {1}


async def test_clocks_acts_and_events_on_the_same_subjects_do_not_lock_each_other_out(
    ledger_dsn: str, new_key: NewKey
) -> None:
    keys = [new_key() for _ in range(200)]
    async with open_ledger(ledger_dsn) as one, open_ledger(ledger_dsn) as two:
        await set_clocks(one, keys, "-1 s")
        await asyncio.gather(
            fire_all(one),
            fire_all(two),
            one.hear(*(emitted(key, 1, item()) for key in keys)),
            two.hear(*(emitted(key, 1, escalated()) for key in reversed(keys))),
            two.do(*(Note(key, words="more") for key in reversed(keys))),
        )
        await fire_all(one)
        rows = await one.sql("SELECT items, assignments, acts, fired, seq FROM ledger")
        assert {tuple(row) for row in rows} == {(1, 1, 2, 1, 5)}


async def test_a_running_process_fires_clocks(ledger_dsn: str, bootstrap: str, key: Id) -> None:
    async with open_ledger(ledger_dsn, bootstrap) as ledger, ledger.running():
        await set_clocks(ledger, [key], "0.3 s")
        await eventually(lambda: ledger.sql("SELECT FROM ledger WHERE fired = 1"), 10)


async def test_a_time_in_which_no_process_was_alive_is_kept_as_an_outage(ledger: Ledger) -> None:
    async def listed() -> list[tuple[datetime, datetime]]:
        async with ledger.db.begin() as tx:
            await outages.record(tx)
            return await outages.list_outages(tx, tx.now - timedelta(days=1))

    assert await listed() == []
    await ledger.sql(
        "UPDATE pulse SET real_at = real_at - interval '29 min', at = at - '1 d'::interval"
    )
    assert await listed() == [], "a clock moved on is no outage"
    await ledger.sql(
        "UPDATE pulse SET real_at = real_at - '2 h'::interval, at = at - '2 h'::interval"
    )
    ((began, ended),) = await listed()
    assert timedelta(hours=2) <= ended - began < timedelta(hours=3)
    assert len(await listed()) == 1

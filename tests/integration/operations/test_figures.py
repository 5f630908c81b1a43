"""The figures an operator watches follow what lies in the tables."""

import time
from collections.abc import Callable

import pytest
from prometheus_client import generate_latest

from shared.ids import Id
from shared.messaging.metrics import Metrics
from shared.messaging.subject import Applied, DatabaseMetric
from shared.observability.logging import correlated
from tests.integration.messaging.conftest import ledger_dsn, migrated, new_key
from tests.support.ledger import LedgerSubject, Note, emitted, escalated, item
from tests.support.ledger_service import Ledger, open_ledger

__all__ = ["ledger_dsn", "migrated", "new_key"]

NOTES = DatabaseMetric(
    "notes", "按备注", "Subjects by note.", "SELECT count(*) AS value, note AS label FROM ledger "
    "WHERE $1 > 'epoch'::timestamptz GROUP BY note", "note",
)  # fmt: skip


class _Counted(LedgerSubject):
    figures = (NOTES,)


def told(ledger: Ledger) -> list[str]:
    return generate_latest(ledger.messaging.metrics.registry).decode().splitlines()


async def test_what_waits_and_is_parked_is_told(ledger_dsn: str, new_key: Callable[[], Id]) -> None:
    async with open_ledger(ledger_dsn) as ledger:
        await ledger.hear(emitted(new_key(), 1, item()), emitted(new_key(), 1, escalated("poison")))
        await ledger.messaging.measure()
        figures = told(ledger)
    assert "tracker_blocked_keys 1.0" in figures
    assert "tracker_outbox_pending_events 1.0" in figures
    assert 'tracker_dead_letters_total{reason="decide"} 1.0' in figures
    (age,) = [it for it in figures if it.startswith("tracker_outbox_oldest_pending_seconds ")]
    assert 0 < float(age.split()[1]) < 60


class _Aged(LedgerSubject):
    """A ledger whose figure is an age."""

    figures = (
        DatabaseMetric("oldest_seconds", "最久", "Age.",
                       "SELECT extract(epoch FROM $1::timestamptz - '2100-01-01') AS value"),
    )  # fmt: skip


async def test_after_the_clock_was_moved_back_no_age_is_negative(
    ledger_dsn: str, new_key: Callable[[], Id]
) -> None:
    async with open_ledger(ledger_dsn, subject=_Aged()) as ledger:
        await ledger.do(Note(new_key(), words="blue"))
        await ledger.tamper("UPDATE outbox_pending SET recorded_at = '2100-01-01'")
        await ledger.tamper("UPDATE relay SET since = '2100-01-01'")
        measured = await ledger.messaging.measure()
        assert (float(measured.pending_seconds), float(measured.relay_seconds)) == (0.0, 0.0)
        assert "tracker_oldest_seconds 0.0" in told(ledger)


async def test_a_services_own_figures_are_read_once_a_minute(
    ledger_dsn: str, new_key: Callable[[], Id], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_ledger(ledger_dsn, subject=_Counted()) as ledger:
        await ledger.do(Note(new_key(), words="blue"), Note(new_key(), words="blue"))
        await ledger.messaging.measure()
        assert 'tracker_notes{note="blue"} 2.0' in told(ledger)
        await ledger.sql("UPDATE ledger SET note = 'red'")
        await ledger.messaging.measure()
        assert 'tracker_notes{note="blue"} 2.0' in told(ledger)
        later = time.monotonic() + 61
        monkeypatch.setattr(time, "monotonic", lambda: later)
        await ledger.messaging.measure()
        assert 'tracker_notes{note="red"} 2.0' in told(ledger)
        assert not any("blue" in line for line in told(ledger))


async def test_events_carry_the_id_of_their_request(
    ledger_dsn: str, new_key: Callable[[], Id]
) -> None:
    asked_under = new_key()
    async with open_ledger(ledger_dsn) as ledger, ledger.running():
        with correlated(asked_under):
            done = await ledger.messaging.act(ledger.subject, Note(new_key(), words="blue"))
    assert isinstance(done, Applied)
    assert [envelope.correlation_id for envelope in done.emitted] == [asked_under]


def test_two_services_share_no_figure() -> None:
    here, there = Metrics("intake"), Metrics("intake", _Counted.figures)
    here.forks.set(1)
    assert b"intake_forks 0.0" in generate_latest(there.registry)

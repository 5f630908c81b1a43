"""Sessions: how long they last, and what of their end must still be told."""

from datetime import UTC, datetime, timedelta

import pytest

from services.router.directory.domain.commands import decide
from services.router.directory.domain.model import EntryRow
from services.router.directory.domain.rights import EntryContext
from services.router.identity.domain.sessions import SessionLimits, SessionRow, end_sessions
from shared.contracts.router import DirectoryEndedSessions
from shared.directory import Directory
from shared.ids import Id, new_id, to_text
from shared.messaging.subject import State

NOW = datetime(2022, 9, 19, 1, 40, tzinfo=UTC)
LIMITS = SessionLimits(timedelta(minutes=30), timedelta(hours=8))
PERSON, ADMIN = new_id(NOW), new_id(NOW)
ONE, OTHER = new_id(NOW), new_id(NOW)
CONTEXT = EntryContext(NOW, NOW.date(), Directory())


def _row(begun: datetime, renewed: datetime) -> SessionRow:
    return SessionRow(
        sid=ONE, person=PERSON, way="trial", begun_at=begun, renewed_at=renewed, proved_at=begun,
        address="127.0.0.1", program="",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("begun", "renewed", "still"),
    [
        (timedelta(0), timedelta(0), True),
        (timedelta(minutes=29), timedelta(minutes=29), True),
        (timedelta(minutes=30), timedelta(minutes=30), False),
        (timedelta(hours=7, minutes=59), timedelta(0), True),
        (timedelta(hours=8), timedelta(0), False),
    ],
)
def test_a_session_lasts_while_it_is_used_and_a_working_day_at_most(
    begun: timedelta, renewed: timedelta, still: bool
) -> None:
    assert LIMITS.is_alive(_row(NOW - begun, NOW - renewed), NOW) is still


def ended(*ends: tuple[timedelta, Id | None]) -> DirectoryEndedSessions:
    """End sessions one after another, or all of a person; gives what the last end says."""
    state = State(EntryRow(key=PERSON))
    for after, sid in ends:
        sids = [] if sid is None else [sid]
        act = end_sessions(PERSON, to_text(ADMIN), NOW + after, *sids, all_of_them=sid is None)
        state, (said,) = decide(state, act, CONTEXT)
    assert isinstance(said, DirectoryEndedSessions)
    return said


def test_each_session_that_ended_is_told_as_long_as_its_token_may_live() -> None:
    ends = [(timedelta(0), ONE), (timedelta(minutes=14), OTHER)]
    assert [one.sid for one in ended(*ends).sessions] == [ONE, OTHER]
    said = ended(*ends, (timedelta(minutes=15), ADMIN))
    assert ([one.sid for one in said.sessions], said.before) == ([OTHER, ADMIN], None)


def test_what_ended_all_is_kept_beside_what_ends_later() -> None:
    every = (timedelta(0), None)
    assert ended(every).before == NOW
    assert ended(every, (timedelta(minutes=1), ONE)).before == NOW
    assert ended(every, (timedelta(minutes=16), ONE)).before is None

"""Sessions: how long they last, and how their end reaches every service."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime, Field

from services.router.directory.domain.commands import EntryCommand
from services.router.directory.domain.model import EntryRow
from services.router.directory.domain.rights import EntryContext
from shared.contracts.envelope import EVERYWHERE, Event, Key
from shared.contracts.router import TOKEN_LIVES, DirectoryEndedSessions, EndedSession
from shared.ids import Id, named_id, to_text
from shared.messaging.subject import Row

Way = Literal["trial", "password", "oidc"]
"""How a person proved who they are; `trial` proves nothing."""
PROVIDER_LASTS = timedelta(minutes=10)
"""The time a browser may spend at the provider."""
NEVER = datetime.fromtimestamp(0, UTC)
SKEW = timedelta(minutes=1)
"""By how much the provider's clock may be ahead of ours."""


class AtProvider(Row):
    """A browser that was sent to the provider: what the answer must match, and where to go then.

    The browser has `state`; only this service has `verifier` (RFC 7636).
    """

    state: str
    nonce: str
    verifier: str = Field(repr=False)
    next: str
    begun_at: AwareDatetime


class SessionRow(Row):
    """One browser a person is signed in with.

    Its network `address` and `program` (user agent) are for its owner to recognise it by.
    """

    sid: Key
    person: Key
    way: Way
    begun_at: AwareDatetime
    renewed_at: AwareDatetime
    proved_at: AwareDatetime
    address: str
    program: str


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """Longest time a session may stay unused (`idle`) and last altogether (`total`)."""

    idle: timedelta
    total: timedelta

    def is_alive(self, row: SessionRow, now: datetime) -> bool:
        return now < row.renewed_at + self.idle and now < row.begun_at + self.total


@dataclass(frozen=True, slots=True)
class EndSessions(EntryCommand):
    """End these sessions of a person in all services; `all_of_them` names none."""

    person_id: Id
    by: str
    at: datetime
    sids: tuple[Id, ...] = ()
    all_of_them: bool = False

    def entry_after(self, row: EntryRow, _context: EntryContext) -> Event:
        return ended(row.event if row.type else None, self)


def end_sessions(
    person_id: Id, by: str, at: datetime, *sids: Id, all_of_them: bool = False
) -> EndSessions:
    """Create the command for the person's one entry; `by` is the actor as events name it."""
    key = named_id("ended_sessions", to_text(person_id))
    return EndSessions(key, person_id, by, at, sids, all_of_them)


def ended(before: Event | None, command: EndSessions) -> DirectoryEndedSessions:
    """Add the sessions that end now to those that ended before and may still have live tokens."""
    old = before if isinstance(before, DirectoryEndedSessions) else None
    oldest = command.at - TOKEN_LIVES
    recent = [one for one in old.sessions if one.ended_at > oldest] if old else []
    all_before = old.before if old and old.before and old.before > oldest else None
    return DirectoryEndedSessions(
        occurred_at=command.at,
        division_code=EVERYWHERE,
        actor=command.by,
        person_id=command.person_id,
        before=command.at if command.all_of_them else all_before,
        sessions=(*recent, *(EndedSession(sid=sid, ended_at=command.at) for sid in command.sids)),
    )


def proved_at(auth_time: object, now: datetime) -> datetime:
    """Read when somebody authenticated; NEVER for a claim that is missing or cannot be true."""
    if isinstance(auth_time, bool) or not isinstance(auth_time, int | float):
        return NEVER
    if not 0 < auth_time <= (now + SKEW).timestamp():
        return NEVER
    return min(datetime.fromtimestamp(auth_time, UTC), now)

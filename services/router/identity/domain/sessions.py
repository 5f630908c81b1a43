"""Who is signed in: how long a session lasts, and how its end reaches every service."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime, Field

from services.router.directory.domain.commands import EntryCommand
from services.router.directory.domain.context import DecisionContext
from services.router.directory.domain.model import EntryRow
from shared.contracts.envelope import EVERYWHERE, Event, Key
from shared.contracts.router import TOKEN_LIVES, DirectoryEndedSessions, EndedSession
from shared.ids import Id, named_id, to_text
from shared.messaging.subject import Row

Way = Literal["trial", "password", "oidc"]
"""How somebody proved who they are; `trial` is no proof at all."""
PROVIDER_LASTS = timedelta(minutes=10)
"""So long somebody may take at the provider's pages."""


class AtProvider(Row):
    """A browser that was sent to the provider: what its answer must fit, and where to go then.

    `state` is known to the browser too; `verifier` (RFC 7636) to nobody but us.
    """

    state: str
    nonce: str
    verifier: str = Field(repr=False)
    next: str
    begun_at: AwareDatetime


class SessionRow(Row):
    """One browser somebody is signed in with.

    `address` is where it came from, `program` how the browser calls itself: for its owner to know
    it by. `proved_at` is when they last proved who they are.
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
class Lasting:
    """How long a session lasts without being used, and at most."""

    idle: timedelta
    longest: timedelta

    def still(self, row: SessionRow, now: datetime) -> bool:
        """Tell whether a session is not over yet."""
        return now < row.renewed_at + self.idle and now < row.begun_at + self.longest


@dataclass(frozen=True, slots=True)
class EndSessions(EntryCommand):
    """Let no service believe these sessions of a person any more; `all_of_them` names none."""

    person_id: Id
    by: str
    at: datetime
    sids: tuple[Id, ...] = ()
    all_of_them: bool = False

    def entry_after(self, row: EntryRow, _context: DecisionContext) -> Event:
        return ended(row.event if row.type else None, self)


def end_sessions(
    person_id: Id, by: str, at: datetime, *sids: Id, all_of_them: bool = False
) -> EndSessions:
    """Make the act: there is one entry a person; `by` is who ends them, as events name them."""
    key = named_id("ended_sessions", to_text(person_id))
    return EndSessions(key, person_id, by, at, sids, all_of_them)


def ended(before: Event | None, act: EndSessions) -> DirectoryEndedSessions:
    """Add what ends now to what ended before, unless no token of it can live any more."""
    old = before if isinstance(before, DirectoryEndedSessions) else None
    oldest = act.at - TOKEN_LIVES
    kept = [one for one in old.sessions if one.ended_at > oldest] if old else []
    all_before = old.before if old and old.before and old.before > oldest else None
    return DirectoryEndedSessions(
        occurred_at=act.at,
        division_code=EVERYWHERE,
        actor=act.by,
        person_id=act.person_id,
        before=act.at if act.all_of_them else all_before,
        sessions=(*kept, *(EndedSession(sid=sid, ended_at=act.at) for sid in act.sids)),
    )

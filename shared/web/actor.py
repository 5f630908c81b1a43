"""The current user, with their grants today, and the actions an endpoint declares for them."""

from collections.abc import Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie

from shared.calendar import local_day
from shared.contracts.router import Grant
from shared.db.pool import Database
from shared.directory import DirectoryCopy, grants_of
from shared.directory.credentials import credentials_hold
from shared.directory.rights import leads_as
from shared.ids import Id, to_text
from shared.rights import Action, require_door
from shared.web.i18n import TODAY
from shared.web.session import (
    COOKIE,
    PROOF_LASTS,
    ProofOutdated,
    Session,
    SessionExpired,
    SessionKeys,
    read_session,
)

E = TypeVar("E", bound=Callable[..., Any])
_DECLARED = "declared_actions"


def requires(*actions: Action) -> Callable[[E], E]:
    """Declare the actions of an endpoint; several when its address selects one."""

    def declare(endpoint: E) -> E:
        setattr(endpoint, _DECLARED, actions)
        return endpoint

    return declare


def required_action(endpoint: Any) -> tuple[Action, ...]:
    """Return the declared actions; empty when none are."""
    actions: tuple[Action, ...] = getattr(endpoint, _DECLARED, ())
    return actions


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person and what they may be today."""

    person_id: Id
    name: str
    grants: tuple[Grant, ...]
    session: Session
    proved_lately: bool = True
    leads_as: Mapping[str, Collection[str]] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """The opaque reference events carry for this person."""
        return to_text(self.person_id)

    @property
    def only_operates(self) -> bool:
        """Whether this person runs the system and has no part in its work."""
        return bool(self.grants) and all(grant.role == "ops" for grant in self.grants)

    @property
    def is_only_deputy(self) -> bool:
        """Whether this person has no part in the work but that of a deputy."""
        return bool(self.grants) and all(grant.role == "deputy" for grant in self.grants)


CurrentActor = Callable[..., Coroutine[Any, Any, Actor]]
"""A dependency of an endpoint that gives who asks."""

SESSION = APIKeyCookie(
    name=COOKIE,
    scheme_name="session",
    description="The session of an officer who signed in at /router/sign-in.",
    auto_error=False,
)
"""How the interfaces' documents say it; the cookie itself is read by `read_session`."""


def current_actor(db: Database, copy: DirectoryCopy) -> CurrentActor:
    """Dependency that authenticates the user and checks the endpoint's declared actions.

    It raises SessionExpired, and Forbidden if the user's roles allow none of those actions.
    """

    async def actor(
        request: Request, _cookie: Annotated[str | None, Security(SESSION)] = None
    ) -> Actor:
        pems = copy.snapshot.session_pems()
        if not pems:
            raise SessionExpired
        async with db.connection() as connection:
            now = await db.clock.read(connection)
        session = read_session(request, SessionKeys(pems[:2]), now)
        person = copy.snapshot.person(session.person)
        if person is None or copy.has_ended(session.person, session.sid, session.login_at):
            raise SessionExpired
        today = local_day(now)
        TODAY.set(today)
        if session.by_password and not credentials_hold(copy.snapshot, session.person, today):
            raise SessionExpired
        grants = grants_of(copy.snapshot, session.person, today)
        leads = leads_as(copy.snapshot, session.person, today)
        lately = now < session.proved_at + PROOF_LASTS
        found = Actor(session.person, person.name, grants, session, lately, leads)
        require_door(found, required_action(request.scope["endpoint"]))
        return found

    return actor


def just_proved(officer: CurrentActor) -> CurrentActor:
    """Dependency of actions that require recent re-authentication; it raises ProofOutdated."""

    async def actor(found: Annotated[Actor, Depends(officer)]) -> Actor:
        if not found.proved_lately:
            raise ProofOutdated
        return found

    return actor

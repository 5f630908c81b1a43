"""Sessions: begun at a door, renewed while a page is in use, ended in all services."""

from collections.abc import Sequence
from datetime import datetime
from ipaddress import ip_address
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from services.router import store
from services.router.directory.domain.context import DecisionContext
from services.router.directory.domain.model import Entry
from services.router.identity.domain.sessions import Lasting, SessionRow, Way, end_sessions
from shared.errors import NotFound
from shared.ids import Id, new_id, to_text
from shared.messaging.messaging import Messaging
from shared.messaging.subject import Subject
from shared.rights import Action
from shared.text import _
from shared.web.actor import Actor, CurrentActor
from shared.web.middleware import SIGN_IN
from shared.web.permissions import requires
from shared.web.session import (
    COOKIE,
    Session,
    SessionExpired,
    Signer,
    clear_session,
    set_session,
)

LONGEST_PROGRAM = 200


class Sessions:
    """Begins, renews and ends sessions; what ends is said on the directory's topic."""

    def __init__(
        self,
        messaging: Messaging,
        entries: Subject[Entry, DecisionContext],
        signer: Signer,
        lasting: Lasting,
    ) -> None:
        self._messaging, self._entries = messaging, entries
        self._signer, self.lasting = signer, lasting

    async def begin(
        self,
        request: Request,
        response: Response,
        person: Id,
        way: Way,
        proved_at: datetime | None = None,
    ) -> None:
        """Sign a person in with this browser; who they are was proved now, or as said."""
        async with self._messaging.db.begin() as tx:
            row = SessionRow(
                sid=new_id(tx.now),
                person=person,
                way=way,
                begun_at=tx.now,
                renewed_at=tx.now,
                proved_at=min(proved_at or tx.now, tx.now),
                address=address_of(request),
                program=request.headers.get("user-agent", "")[:LONGEST_PROGRAM],
            )
            await store.drop_idle_sessions(tx, tx.now - self.lasting.idle)
            await store.put_session(tx, row)
        set_session(response, self._token(row))

    def _token(self, row: SessionRow) -> str:
        proved_at = row.renewed_at if row.way == "trial" else row.proved_at  # it asks for no proof
        session = Session(row.person, row.sid, row.begun_at, proved_at)
        return self._signer.token(session, row.renewed_at)

    async def prove(self, by: Actor, response: Response) -> None:
        """Note that a person proved anew who they are; raises SessionExpired."""
        async with self._messaging.db.begin() as tx:
            row = await store.lock_session(tx, by.session.sid)
            if row is None or not self.lasting.still(row, tx.now):
                raise SessionExpired
            row = row.model_copy(update={"renewed_at": tx.now, "proved_at": tx.now})
            await store.put_session(tx, row)
        set_session(response, self._token(row))

    async def renew(self, request: Request, response: Response) -> None:
        """Let a session last on; raises SessionExpired when it ended or was not used for long."""
        async with self._messaging.db.begin() as tx:
            row = await store.lock_session(tx, self._signed(request, tx.now).sid)
            if row is None or not self.lasting.still(row, tx.now):
                raise SessionExpired
            row = row.model_copy(update={"renewed_at": tx.now})
            await store.put_session(tx, row)
        set_session(response, self._token(row))

    async def revive(self, request: Request, response: Response) -> bool:
        """Renew a session whose token ran out; tells whether it could be.

        One that has not run out was refused for another reason, and would be again.
        """
        async with self._messaging.db.begin() as tx:
            now = tx.now
        try:
            if now < self._signed(request, now).runs_out_at:
                return False
            await self.renew(request, response)
        except SessionExpired:
            return False
        return True

    def _signed(self, request: Request, now: datetime) -> Session:
        return self._signer.signed(request.cookies.get(COOKIE, ""), now, self.lasting.longest)

    async def end(self, person: Id, by: Id, sid: Id | None = None) -> None:
        """End one session of a person, or all, in every service."""
        async with self._messaging.db.begin() as tx:
            await store.drop_sessions(tx, person, sid)
            now = tx.now
        named = () if sid is None else (sid,)
        act = end_sessions(person, to_text(by), now, *named, all_of_them=sid is None)
        await self._messaging.act(self._entries, act)

    async def end_others(self, by: Actor) -> None:
        """End all sessions of a person but the one they ask with."""
        async with self._messaging.db.begin() as tx:
            rows = await store.list_sessions(tx, by.person_id)
            others = [row.sid for row in rows if row.sid != by.session.sid]
            for sid in others:
                await store.drop_sessions(tx, by.person_id, sid)
            now = tx.now
        if others:
            act = end_sessions(by.person_id, by.code, now, *others)
            await self._messaging.act(self._entries, act)

    async def end_trial(self) -> None:
        """End what the trial's door began, in every service: elsewhere it proves nothing."""
        async with self._messaging.db.begin() as tx:
            rows = await store.list_trial_sessions(tx)
        for row in rows:
            await self.end(row.person, row.person, row.sid)

    async def end_here(self, request: Request, response: Response) -> None:
        """End this browser's session, if there is one."""
        async with self._messaging.db.begin() as tx:
            now = tx.now
        clear_session(response)
        try:
            session = self._signed(request, now)
        except SessionExpired:
            return
        await self.end(session.person, session.person, session.sid)


def address_of(request: Request) -> str:
    """Tell where a request came from."""
    return request.client.host if request.client else ""


def is_here(request: Request) -> bool:
    """Tell whether a request came from this very machine."""
    try:
        return ip_address(address_of(request)).is_loopback
    except ValueError:
        return False


def only_on_this_machine(request: Request) -> None:
    """Refuse whoever asks from another machine, as if there were nothing here."""
    if not is_here(request):
        raise NotFound(
            "not_found",
            _("没有这个地址。"),
            _("请从首页进入。"),
        )


def routes(sessions: Sessions, officer: CurrentActor) -> Sequence[APIRouter]:
    """Make the addresses by which a session goes on and ends."""
    return [_pages(sessions, Depends(officer)), _programs(sessions)]


def _pages(sessions: Sessions, who: Any) -> APIRouter:
    web = APIRouter(include_in_schema=False)

    @web.post("/renew", status_code=204)
    @requires(Action.PUBLIC)
    async def renew(request: Request, response: Response) -> None:
        await sessions.renew(request, response)

    @web.post("/leave")
    @requires(Action.PUBLIC)
    async def leave(request: Request) -> Response:
        response = RedirectResponse(SIGN_IN, 303)
        await sessions.end_here(request, response)
        return response

    @web.post("/leave/everywhere")
    @requires(Action.PUBLIC)
    async def leave_everywhere(by: Annotated[Actor, who]) -> Response:
        await sessions.end(by.person_id, by.person_id)
        response = RedirectResponse(SIGN_IN, 303)
        clear_session(response)
        return response

    return web


def _programs(sessions: Sessions) -> APIRouter:
    api = APIRouter(prefix="/v1")

    @api.delete("/session", status_code=204)
    @requires(Action.PUBLIC)
    async def sign_out(request: Request, response: Response) -> None:
        """End the session of this browser."""
        await sessions.end_here(request, response)

    return api

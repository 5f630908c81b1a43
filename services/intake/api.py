"""What stations ask and officers look at; every answer is a sentence."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ValidationError

from services.intake import store
from services.intake.domain.bodies import (
    ITEM,
    AcceptBody,
    ActivityBody,
    BatchBody,
    ItemBody,
    MergeBody,
    RatingBody,
    RejectBody,
    ResubmitBody,
    ReturnBody,
    TransferBody,
)
from services.intake.domain.commands import Signer, StationCommand, Target
from services.intake.domain.contact import Vault
from services.intake.domain.model import OPEN, Activity, Item, ItemState
from services.intake.domain.number import number, series_of
from services.intake.domain.refusals import DecisionContext, not_found
from services.intake.domain.rights import row_scope_of, with_points
from services.intake.domain.source_access import Look, LookBody
from services.intake.domain.views import (
    ItemView,
    LookView,
    SourceView,
    item_view,
    look_view,
    source_view,
)
from shared.directory import DirectoryCopy
from shared.errors import Problem, Unavailable
from shared.ids import Id, to_text
from shared.messaging.messaging import Messaging
from shared.messaging.subject import Applied, Command, Subject
from shared.rights import Action, RowScope
from shared.web.actor import Actor, CurrentActor, just_proved
from shared.web.i18n import english
from shared.web.permissions import requires
from shared.web.problems import as_body, invalid
from shared.web.validation import field_errors

CREATED, OK = 201, 200
_AGAIN: dict[int | str, dict[str, Any]] = {
    OK: {"description": "It was here already", "model": dict}
}
Answer = dict[str, Any]
Done = Applied[Item] | Problem


@dataclass
class Desk:
    """Does what stations ask; with `auto_accept` an item is numbered as it comes in."""

    messaging: Messaging
    items: Subject[Item, DecisionContext]
    activities: Subject[Activity, DecisionContext]
    copy: DirectoryCopy
    vault: Vault
    auto_accept: bool
    looks_per_hour: int

    def __post_init__(self) -> None:
        self._in_flight: set[Id] = set()

    @asynccontextmanager
    async def _alone(self, keys: Iterable[Id]) -> AsyncIterator[frozenset[Id]]:
        """Claim these items but for those whose twin is on its way; gives what was claimed."""
        mine = frozenset(keys) - self._in_flight
        self._in_flight |= mine
        try:
            yield mine
        finally:
            self._in_flight -= mine

    async def submit(self, signer: Signer, bodies: Sequence[ItemBody]) -> list[Done]:
        """Take items in, committed together; each is done or refused on its own.

        One whose twin is on its way is told to come again.
        """
        numbers = await self._numbers(signer, len(bodies)) if self.auto_accept else ()
        firms = await self._firms(bodies)
        acts = [
            body.act(
                signer,
                self._sealed(signer, body),
                numbers[index] if numbers else "",
                firms.get(body.enterprise_code or "", ""),
            )
            for index, body in enumerate(bodies)
        ]
        async with self._alone(act.key for act in acts) as mine:
            done = await asyncio.gather(
                *(self._submit(act, alone=act.key in mine) for act in acts), return_exceptions=True
            )
        return [_done(result) for result in done]

    def _sealed(self, signer: Signer, body: ItemBody) -> str:
        return self.vault.seal(body.key(signer), body.contact) if body.contact else ""

    async def _firms(self, bodies: Sequence[ItemBody]) -> dict[str, str]:
        """Name the firms that are to stay unnamed, by their code."""
        codes = [one.enterprise_code for one in bodies if one.confidential and one.enterprise_code]
        if not codes:
            return {}
        async with self.messaging.db.begin() as tx:
            return await store.name_firms(tx, codes)

    async def _submit(self, act: Command, *, alone: bool) -> Applied[Item]:
        if not alone:
            raise Unavailable("in_flight", retry_after=1)
        return await self.messaging.act(self.items, act)

    async def _numbers(self, signer: Signer, n: int) -> Sequence[str]:
        async with self.messaging.db.begin() as tx:
            series = series_of(self.copy.snapshot, signer.division_code, tx.now)
            first = await store.draw_numbers(tx, series, n)
        return [number(series, running) for running in range(first, first + n)]

    async def accept(self, key: Id, signer: Signer, body: AcceptBody) -> Answer:
        """Accept an item under the next number of its county."""
        (drawn,) = await self._numbers(signer, 1)
        return await self.act(body.act(key, signer, drawn))

    async def merge(self, key: Id, signer: Signer, body: MergeBody) -> Answer:
        """Merge an item into another of the same station."""
        standing = await self.find(signer, body.into.bytes)
        is_open = standing.item.state in OPEN and not standing.progress.is_closed
        into = Target(body.into.bytes, standing.item.enterprise_id, is_open)
        return await self.act(body.act(key, signer, into))

    async def act(self, act: StationCommand) -> Answer:
        """Do an act on an item that is there; raises Refused."""
        await self.find(act.signer, act.key)
        applied = await self.messaging.act(self.items, act)
        row = applied.state.row
        return {
            "item_id": to_text(row.key),
            "state": row.state,
            "number": row.number or None,
            "seen": applied.seen or None,
        }

    async def find(self, signer: Signer, key: Id) -> store.Standing:
        """Find an item of this station or one of its sub-points; raises NotFound."""
        async with self.messaging.db.begin_as(self.sight(signer)) as tx:
            standing = (await store.read_items(tx, [key])).get(key)
        if standing is None or standing.item.station_id not in self.stations(signer):
            raise not_found()
        return standing

    def stations(self, signer: Signer) -> list[Id]:
        """List the station and its sub-points."""
        return with_points(signer.station_id, self.copy.snapshot)

    def sight(self, signer: Signer) -> RowScope:
        """Say which rows a station may read: those of its items."""
        return RowScope(codes={}, keys={"stations": self.stations(signer)})


def _done(result: Applied[Item] | BaseException) -> Done:
    """Let a problem be an answer; a bug goes up."""
    if isinstance(result, BaseException) and not isinstance(result, Problem):
        raise result
    return result


def _taken(client_id: UUID, applied: Applied[Item]) -> Answer:
    row = applied.state.row
    return {
        "id": str(client_id),
        "item_id": to_text(row.key),
        "state": row.state,
        "number": row.number or None,
    }


def _line(body: ItemBody, done: Done) -> Answer:
    """Answer one item of a batch: what became of it, or its problem."""
    if isinstance(done, Problem):
        return {"id": str(body.id), **as_body(done, done.status, english("intake"))}
    return {"status": CREATED if done.emitted else OK, **_taken(body.id, done)}


def routes(
    desk: Desk, station: Callable[[Request], Awaitable[Signer]], officer: CurrentActor
) -> Sequence[APIRouter]:
    """Make the endpoints below `/v1`: stations sign theirs, officers have a session."""
    who = Depends(station)
    return _submitting(desk, who), _deciding(desk, who), _asking(desk, who), _looking(desk, officer)


def _submitting(desk: Desk, who: Any) -> APIRouter:
    api = APIRouter(prefix="/v1")

    @api.post("/items", status_code=CREATED, responses=_AGAIN)
    @requires(Action.ITEM_SUBMIT)
    async def submit(signer: Annotated[Signer, who], body: ItemBody, response: Response) -> Answer:
        """Take one item in: 201 when new, 200 when it was here already."""
        (done,) = await desk.submit(signer, [body])
        if isinstance(done, Problem):
            raise done
        response.status_code = CREATED if done.emitted else OK
        return _taken(body.id, done)

    @api.post("/items/batch")
    @requires(Action.ITEM_SUBMIT)
    async def submit_batch(signer: Annotated[Signer, who], body: BatchBody) -> Answer:
        """Take up to 200 items in; each has its own answer, at its own place."""
        read = [_read_item(index, one) for index, one in enumerate(body.items)]
        sound = [one for one in read if isinstance(one, ItemBody)]
        lines = map(_line, sound, await desk.submit(signer, sound) if sound else ())
        return {"results": [next(lines) if isinstance(one, ItemBody) else one for one in read]}

    @api.post("/activities", status_code=CREATED, responses=_AGAIN)
    @requires(Action.ACTIVITY_HOLD)
    async def hold(
        signer: Annotated[Signer, who], body: ActivityBody, response: Response
    ) -> Answer:
        """Take an activity in: 201 when new, 200 when it was here already."""
        applied = await desk.messaging.act(desk.activities, body.act(signer))
        response.status_code = CREATED if applied.emitted else OK
        return {"activity_id": to_text(applied.state.row.key)}

    return api


def _read_item(index: int, content: Any) -> ItemBody | Answer:
    try:
        return ITEM.validate_python(content, strict=False)
    except ValidationError as error:
        errors = [
            {**one, "loc": ("body", "items", index, *one["loc"])}
            for one in error.errors(include_url=False, include_input=False)
        ]
        problem = invalid(field_errors(errors))
        given = content.get("id") if isinstance(content, dict) else None
        told = given[:36] if isinstance(given, str) and given.isprintable() else None
        return {"id": told} | as_body(problem, problem.status, english("intake"))


def _deciding(desk: Desk, who: Any) -> APIRouter:
    api = APIRouter(prefix="/v1/items/{item_id}")

    @api.post("/accept")
    @requires(Action.ITEM_ACCEPT)
    async def accept(item_id: UUID, signer: Annotated[Signer, who], body: AcceptBody) -> Answer:
        return await desk.accept(item_id.bytes, signer, body)

    @api.post("/return")
    @requires(Action.ITEM_RETURN)
    async def return_(item_id: UUID, signer: Annotated[Signer, who], body: ReturnBody) -> Answer:
        return await desk.act(body.act(item_id.bytes, signer))

    @api.post("/resubmit")
    @requires(Action.ITEM_RESUBMIT)
    async def resubmit(item_id: UUID, signer: Annotated[Signer, who], body: ResubmitBody) -> Answer:
        return await desk.act(body.act(item_id.bytes, signer))

    @api.post("/reject")
    @requires(Action.ITEM_REJECT)
    async def reject(item_id: UUID, signer: Annotated[Signer, who], body: RejectBody) -> Answer:
        return await desk.act(body.act(item_id.bytes, signer))

    @api.post("/transfer")
    @requires(Action.ITEM_TRANSFER)
    async def transfer(item_id: UUID, signer: Annotated[Signer, who], body: TransferBody) -> Answer:
        return await desk.act(body.act(item_id.bytes, signer))

    @api.post("/merge")
    @requires(Action.ITEM_MERGE)
    async def merge(item_id: UUID, signer: Annotated[Signer, who], body: MergeBody) -> Answer:
        return await desk.merge(item_id.bytes, signer, body)

    @api.post("/rating")
    @requires(Action.ITEM_RATE)
    async def rate(item_id: UUID, signer: Annotated[Signer, who], body: RatingBody) -> Answer:
        return await desk.act(body.act(item_id.bytes, signer))

    return api


def _asking(desk: Desk, who: Any) -> APIRouter:
    api = APIRouter(prefix="/v1/items")

    @api.get("")
    @requires(Action.ITEM_READ)
    async def list_items(
        signer: Annotated[Signer, who],
        state: ItemState | None = None,
        before: UUID | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> dict[str, list[ItemView]]:
        """List the station's items, the newest first; `before` is the last `item_id` seen."""
        last = before.bytes if before else store.NEWEST
        async with desk.messaging.db.begin_as(desk.sight(signer)) as tx:
            found = await store.list_items(tx, desk.stations(signer), state or "", last, limit)
        return {"items": [item_view(one.item, one.progress) for one in found]}

    @api.get("/{item_id}")
    @requires(Action.ITEM_READ)
    async def show(item_id: UUID, signer: Annotated[Signer, who]) -> ItemView:
        """Show how an item stands."""
        standing = await desk.find(signer, item_id.bytes)
        return item_view(standing.item, standing.progress)

    return api


def _looking(desk: Desk, officer: CurrentActor) -> APIRouter:
    api = APIRouter(prefix="/v1/items/{item_id}/access-log")
    who, proved = Depends(officer), Depends(just_proved(officer))

    @api.post("")
    @requires(Action.SOURCE_READ)
    async def look(item_id: UUID, by: Annotated[Actor, proved], body: LookBody) -> SourceView:
        """Show an officer who raised an item; the look is logged with its reason."""
        look = Look(item_id.bytes, by, body)
        async with desk.messaging.db.begin_as(row_scope_of(by, desk.copy.snapshot)) as tx:
            source = await store.look_at(
                tx, look, desk.copy.snapshot, desk.vault, desk.looks_per_hour
            )
        return source_view(source)

    @api.get("")
    @requires(Action.SOURCE_READ)
    async def looks(item_id: UUID, by: Annotated[Actor, who]) -> dict[str, list[LookView]]:
        """List who looked at an item's source, the newest first."""
        async with desk.messaging.db.begin_as(row_scope_of(by, desk.copy.snapshot)) as tx:
            await store.find_source(tx, item_id.bytes, by, desk.copy.snapshot)
            found = await store.list_looks(tx, item_id.bytes)
        return {"looks": [look_view(one) for one in found]}

    return api

"""JSON interface of items: keys of stations sign their requests, people have a session."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Protocol
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, ValidationError

from services.intake.actions.act_specs import ACTS
from services.intake.actions.links import LinkActions, LinkBody
from services.intake.actions.officers import OfficerActions
from services.intake.actions.reply_specs import RATING
from services.intake.actions.stations import StationActions
from services.intake.domain.asker import Asker, Station
from services.intake.domain.commands import (
    BatchBody,
    ItemBasis,
    ItemBody,
    MaskBody,
)
from services.intake.domain.model import Item, ItemState
from services.intake.domain.source_access import SourceAccessBody, SourceView
from services.intake.store import TrackedItem
from shared.contracts.codes import ItemType, Outcome, RatingResult
from shared.contracts.intake import ItemSubmitted, MemberWords
from shared.contracts.topics import INTAKE_ITEM
from shared.errors import Problem
from shared.features.access_log.rows import AccessRow
from shared.ids import Id, to_text
from shared.messaging.subject import Applied
from shared.rights import Action
from shared.web.act_spec import Target, add_endpoint
from shared.web.actor import Actor, CurrentActor, just_proved, requires
from shared.web.i18n import english
from shared.web.links import PROPOSER
from shared.web.problems import as_body, invalid
from shared.web.validation import field_errors

CREATED, OK = 201, 200
_STATION = "Code of the station, needed by a person with roles at several stations."
Answer = dict[str, Any]


class CurrentAsker(Protocol):
    """A dependency that gives who asks, and the class of its routes."""

    @property
    def route(self) -> type[APIRoute]:
        """The class of routes that know who asks before the body is parsed."""
        ...

    async def __call__(self, request: Request) -> Asker:
        """Give who asks."""
        ...


def routes(
    stations: StationActions,
    officers: OfficerActions,
    given: LinkActions,
    asker: CurrentAsker,
    officer: CurrentActor,
) -> Sequence[APIRouter]:
    """All endpoints below `/v1`."""
    return (
        _submission(stations, asker),
        _acts(stations, asker),
        _links(given, asker),
        _items(stations, asker),
        _source_access(officers, officer),
    )


def _station(actions: StationActions, asker: CurrentAsker, action: Action) -> Any:
    """Build the dependency that gives the station at which something new is entered."""

    def station(
        by: Annotated[Asker, Depends(asker)],
        station: Annotated[str | None, Query(max_length=40, description=_STATION)] = None,
    ) -> Station:
        return actions.station_of(by, action, station)

    return Depends(station)


def _submission(actions: StationActions, asker: CurrentAsker) -> APIRouter:
    api, who = APIRouter(prefix="/v1", route_class=asker.route), Depends(asker)
    at = _station(actions, asker, Action.ITEM_SUBMIT)

    @api.post(
        "/items", status_code=CREATED, response_model=SubmittedAnswer,
        responses={OK: {"description": "Already received", "model": SubmittedAnswer}},
    )  # fmt: skip
    @requires(Action.ITEM_SUBMIT)
    async def submit(
        by: Annotated[Asker, who],
        station: Annotated[Station, at],
        body: ItemBody,
        response: Response,
    ) -> Answer:
        """Submit an item: 201 if created, 200 if already received."""
        (result,) = await actions.submit(by, station, [body])
        if isinstance(result, Problem):
            raise result
        response.status_code = _status(result)
        return _submitted(body.id, result)

    @api.post("/items/batch")
    @requires(Action.ITEM_SUBMIT)
    async def submit_batch(
        by: Annotated[Asker, who],
        station: Annotated[Station, at],
        body: BatchBody,
    ) -> Answer:
        """Submit up to 200 items; the answers are in the same order."""
        read = [_read_item(index, one) for index, one in enumerate(body.items)]
        sound = [one for one in read if isinstance(one, ItemBody)]
        results = await actions.submit(by, station, sound) if sound else ()
        answers = map(_batch_answer, sound, results)
        return {"results": [next(answers) if isinstance(one, ItemBody) else one for one in read]}

    return api


def _read_item(index: int, content: Any) -> ItemBody | Answer:
    try:
        return ItemBody.model_validate(content, strict=False)
    except ValidationError as error:
        errors = [
            {**one, "loc": ("body", "items", index, *one["loc"])}
            for one in error.errors(include_url=False, include_input=False)
        ]
        problem = invalid(field_errors(errors))
        sent = content.get("id") if isinstance(content, dict) else None
        client_id = sent[:36] if isinstance(sent, str) and sent.isprintable() else None
        return {"id": client_id} | as_body(problem, problem.status, english("intake"))


def _submitted(client_id: UUID, applied: Applied[Item]) -> Answer:
    return {"id": str(client_id), **_item_answer(applied)}


def _batch_answer(body: ItemBody, result: Applied[Item] | Problem) -> Answer:
    if isinstance(result, Problem):
        return {"id": str(body.id), **as_body(result, result.status, english("intake"))}
    return {"status": _status(result), **_submitted(body.id, result)}


def _status(result: Applied[Item]) -> int:
    is_new = any(one.type == ItemSubmitted.type for one in result.emitted)
    return CREATED if is_new else OK


def _item_answer(applied: Applied[Item]) -> Answer:
    row = applied.state.row
    return {
        "item_id": to_text(row.key),
        "state": row.state,
        "number": row.number or None,
        "basis": _basis(row.seq),
    }


def _basis(seq: int) -> dict[str, Any]:
    return {"topic": INTAKE_ITEM.name, "seq": seq}


def _target(item_id: UUID) -> Target:
    return (item_id.bytes,)


def _acts(actions: StationActions, asker: CurrentAsker) -> APIRouter:
    api = APIRouter(prefix="/v1", route_class=asker.route)

    async def perform(command: Any, _asker: Asker) -> ActAnswer:
        applied = await actions.act(command)
        return ActAnswer(**_item_answer(applied), seen=applied.seen or None)

    for spec in (*ACTS, RATING):
        add_endpoint(api, "/items/{item_id}", spec, _target, asker, perform)

    @api.post("/items/{item_id}/preview")
    @requires(Action.ITEM_ACCEPT)
    async def preview(
        item_id: UUID, by: Annotated[Asker, Depends(asker)], body: MaskBody
    ) -> OutgoingView:
        """Show the head what leaves intake when the item is accepted with these masks."""
        return OutgoingView(**await actions.preview(by, item_id.bytes, body.mask))

    return api


def _links(actions: LinkActions, asker: CurrentAsker) -> APIRouter:
    api = APIRouter(prefix="/v1", route_class=asker.route)

    @api.post("/items/{item_id}/link")
    @requires(Action.LINK_GIVE)
    async def give(
        item_id: UUID, by: Annotated[Asker, Depends(asker)], body: LinkBody
    ) -> LinkAnswer:
        """Give a proposer a new link, shown this once, or with `renew` false only end it."""
        secret = await actions.give(by, item_id.bytes, body)
        return LinkAnswer(path=f"{PROPOSER}{secret}" if secret else None)

    return api


class ItemAnswer(BaseModel):
    """An item as it is now; `number` once it is accepted."""

    model_config = ConfigDict(frozen=True)

    item_id: str
    state: ItemState
    number: str | None
    basis: ItemBasis


class SubmittedAnswer(ItemAnswer):
    """An item that was received; `id` is the app's own."""

    id: str


class ActAnswer(ItemAnswer):
    """An item after an act; `seen` leads a page of another service to what the act changed."""

    seen: str | None


class LinkAnswer(BaseModel):
    """The new link's path, shown this once; none if the earlier one was only ended."""

    path: str | None


class OutgoingView(BaseModel):
    """The words of an item as other services receive them; `members` were merged into it.

    `name_unknown`: the source is confidential, and its enterprise not given or not registered, so
    the name is not masked. The head masks it or confirms that it does not occur.
    """

    model_config = ConfigDict(frozen=True)

    name_unknown: bool
    title: str
    body: str
    supplements: tuple[str, ...]
    decision_note: str
    members: tuple[MemberWords, ...]


class ItemView(BaseModel):
    """An item and its progress; `outcome`, `rating` and the texts are those of the last reply.

    An act on the item rests on its `basis`. `reply_no` counts the replies. An `erased` item has no
    text left. An item merged into another shows the progress of that one; `members` were merged
    into this one. `rating_refused` is why the last rating did not count, a code of the tracker.
    `clock_ahead`: the device's clock was fast and the item counts as raised when it was received.
    `entered_by_proxy`: staff entered it for its proposers. `solved_by` is the unit or the station
    that solved it on the spot. `policy_codes` are the policies it concerns.
    """

    model_config = ConfigDict(frozen=True)

    item_id: str
    basis: ItemBasis
    id: str | None
    state: str
    number: str | None
    reason: str | None
    division_code: str
    item_type: ItemType
    policy_codes: list[str]
    occurred_at: datetime | None
    clock_ahead: bool
    entered_by_proxy: bool
    solved_by: str | None
    received_at: datetime | None
    accepted_at: datetime | None
    merged_into: str | None
    members: list[str]
    dispatch_no: int
    owner_level: str | None
    lead_unit: str | None
    reply_no: int
    outcome: Outcome | None
    promised_on: date | None
    rating: RatingResult | None
    rating_until: datetime | None
    rating_refused: str | None
    is_closed: bool
    reply_plain: str
    reply_text: str
    erased: bool


def item_view(tracked: TrackedItem) -> ItemView:
    item, progress = tracked.item, tracked.progress
    texts = {
        "item_id": to_text(item.key),
        "basis": _basis(item.seq),
        "id": _text(item.client_id),
        "number": item.number or None,
        "reason": item.reason or None,
        "merged_into": _text(item.merged_into),
        "members": [to_text(key) for key in item.members],
        "rating_refused": progress.rating_refused or None,
        "owner_level": progress.owner_level or None,
        "solved_by": _text(item.solved_by),
        "lead_unit": _text(progress.lead_unit),
        "erased": item.erased_at is not None,
    }
    return ItemView.model_validate(item.model_dump() | progress.model_dump() | texts)


def _text(key: Id | None) -> str | None:
    return None if key is None else to_text(key)


def _items(actions: StationActions, asker: CurrentAsker) -> APIRouter:
    api, who = APIRouter(prefix="/v1/items", route_class=asker.route), Depends(asker)

    @api.get("")
    @requires(Action.ITEM_READ)
    async def list_items(
        by: Annotated[Asker, who],
        state: ItemState | None = None,
        before: UUID | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> dict[str, list[ItemView]]:
        """List the items of the asker's stations, newest first.

        `before` is the last `item_id` received.
        """
        last = before.bytes if before else None
        found = await actions.list_items(by, state or "", last, limit)
        return {"items": [item_view(one) for one in found]}

    @api.get("/{item_id}")
    @requires(Action.ITEM_READ)
    async def show(item_id: UUID, by: Annotated[Asker, who]) -> ItemView:
        """Show an item and its progress."""
        return item_view(await actions.find(by, item_id.bytes))

    return api


class SourceAccessView(BaseModel):
    """One access to an item's source: who, when, which fields, why."""

    model_config = ConfigDict(frozen=True)

    accessed_at: datetime
    person_id: str
    fields: tuple[str, ...]
    reason: str
    words: str


def _access_view(row: AccessRow) -> SourceAccessView:
    return SourceAccessView.model_validate(row.model_dump() | {"person_id": row.actor})


def _source_access(actions: OfficerActions, officer: CurrentActor) -> APIRouter:
    api = APIRouter(prefix="/v1/items/{item_id}/source-access")
    who, proved = Depends(officer), Depends(just_proved(officer))

    @api.post("")
    @requires(Action.SOURCE_READ)
    async def view(
        item_id: UUID, by: Annotated[Actor, proved], body: SourceAccessBody
    ) -> SourceView:
        """Show who raised an item; the access is logged with its reason."""
        return await actions.view_source(by, item_id.bytes, body)

    @api.get("")
    @requires(Action.SOURCE_READ)
    async def list_accesses(
        item_id: UUID, by: Annotated[Actor, who]
    ) -> dict[str, list[SourceAccessView]]:
        """List the accesses to an item's source, newest first."""
        _source, _view, accesses = await actions.read_source(by, item_id.bytes)
        return {"accesses": [_access_view(one) for one in accesses]}

    return api

"""What dispatchers decide, the directory to read."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from services.router import store
from services.router.directory.domain.commands import AnyEdit, Edit, EditEntry
from services.router.directory.domain.context import DecisionContext as EntryContext
from services.router.directory.domain.model import Entry
from services.router.directory.domain.refusals import not_there
from services.router.directory.domain.rights import admin_scope, reader
from services.router.routing.domain.bodies import (
    DispatchBody,
    EscalateBody,
    ObjectionBody,
    RehomeBody,
)
from services.router.routing.domain.commands import Decision, DecisionContext
from services.router.routing.domain.model import Item
from services.router.routing.domain.rights import organs_of, row_scope_of
from services.router.routing.domain.routing_table import RoutingTable
from services.router.routing.domain.views import QueueLine, queue_line
from shared.calendar import local_day
from shared.contracts.codes import Role
from shared.directory import DirectoryCopy
from shared.ids import Id, to_text
from shared.messaging.messaging import Messaging
from shared.messaging.subject import Applied, Subject
from shared.rights import Action
from shared.web.actor import Actor, CurrentActor, just_proved
from shared.web.permissions import requires

MOST = 500
Kind = Literal["divisions", "organs", "units", "stations", "matters"]
_TYPES: dict[Kind, str] = {
    "divisions": "directory.division",
    "organs": "directory.organ",
    "units": "directory.unit",
    "stations": "directory.station",
    "matters": "directory.matter",
}


class Desk:
    """Does what dispatchers ask."""

    def __init__(
        self,
        messaging: Messaging,
        items: Subject[Item, DecisionContext],
        entries: Subject[Entry, EntryContext],
        copy: DirectoryCopy,
    ) -> None:
        self.messaging, self.copy = messaging, copy
        self._items, self._entries = items, entries

    async def act(self, act: Decision, by: Actor) -> dict[str, Any]:
        """Do an act on an item the asker gives out; raises Refused."""
        async with self.messaging.db.begin_as(row_scope_of(by, self.copy.snapshot)) as tx:
            await store.get_visible_item(tx, act.key, by)
        return _answer(await self.messaging.act(self._items, act))

    async def edit(self, key: Id, edit: Edit, by: Actor) -> dict[str, Any]:
        """Change an entry of the directory; raises Refused."""
        act = EditEntry(key, edit, admin_scope(by))
        applied = await self.messaging.act(self._entries, act)
        basis = applied.state.row.text_seq
        return {"entry_id": to_text(key), "basis": basis, "seen": applied.seen or None}

    async def entry(self, key: Id, by: Actor) -> dict[str, Any]:
        """Read an entry with the basis its edits rest on; raises NotFound."""
        async with self.messaging.db.begin() as tx:
            row = await store.read_entry(tx, key)
        who = reader(by)
        if row is None or not who.may(self.copy.snapshot, row.event.division_code):
            raise not_there()
        shown = row.event.model_dump(mode="json", exclude_none=True)
        return {"entry_id": to_text(key), "type": row.type, "basis": row.text_seq, "entry": shown}

    async def queue(self, by: Actor, limit: int) -> list[QueueLine]:
        """List what waits for this person's organs."""
        async with self.messaging.db.begin_as(row_scope_of(by, self.copy.snapshot)) as tx:
            items = await store.list_queue(tx, organs_of(by), limit)
            table = RoutingTable(self.copy.snapshot, local_day(tx.now))
        return [queue_line(item, table) for item in items]


def _answer(applied: Applied[Item]) -> dict[str, Any]:
    row = applied.state.row
    return {
        "item_id": to_text(row.key),
        "dispatch_no": row.dispatch_no,
        "level": row.level,
        "seen": applied.seen or None,
    }


def routes(desk: Desk, officer: CurrentActor) -> Sequence[APIRouter]:
    """Make the JSON endpoints below `/v1`."""
    return [_deciding(desk, officer), _directory(desk.copy, officer), _editing(desk, officer)]


def _deciding(desk: Desk, officer: CurrentActor) -> APIRouter:
    api = APIRouter(prefix="/v1")
    who = Depends(officer)

    @api.get("/queue")
    @requires(Action.ASSIGNMENT_READ)
    async def queue(
        by: Annotated[Actor, who], limit: Annotated[int, Query(ge=1, le=MOST)] = 100
    ) -> dict[str, list[QueueLine]]:
        """List the items that wait for my organs, the longest waiting first."""
        return {"items": await desk.queue(by, limit)}

    @api.post("/items/{item_id}/dispatch")
    @requires(Action.ASSIGNMENT_DISPATCH)
    async def dispatch(
        item_id: UUID, by: Annotated[Actor, who], body: DispatchBody
    ) -> dict[str, Any]:
        """Give an item out."""
        return await desk.act(body.act(item_id.bytes, by.person_id, organs_of(by)), by)

    @api.post("/items/{item_id}/escalate")
    @requires(Action.ASSIGNMENT_ESCALATE)
    async def escalate(
        item_id: UUID, by: Annotated[Actor, who], body: EscalateBody
    ) -> dict[str, Any]:
        """Send an item one level up."""
        return await desk.act(body.act(item_id.bytes, by.person_id, organs_of(by)), by)

    @api.post("/items/{item_id}/objection")
    @requires(Action.ASSIGNMENT_DECIDE)
    async def objection(
        item_id: UUID, by: Annotated[Actor, who], body: ObjectionBody
    ) -> dict[str, Any]:
        """Decide a unit's objection."""
        return await desk.act(body.act(item_id.bytes, by.person_id, organs_of(by)), by)

    @api.post("/items/{item_id}/rehome")
    @requires(Action.ASSIGNMENT_REHOME)
    async def rehome(item_id: UUID, by: Annotated[Actor, who], body: RehomeBody) -> dict[str, Any]:
        """Choose who goes on with the task of an abolished unit."""
        return await desk.act(body.act(item_id.bytes, by.person_id, organs_of(by)), by)

    return api


def _directory(copy: DirectoryCopy, officer: CurrentActor) -> APIRouter:
    api = APIRouter(prefix="/v1/directory", dependencies=[Depends(officer)])

    @api.get("/{kind}")
    @requires(Action.DIRECTORY_READ)
    async def entries(kind: Kind, division: str = "") -> dict[str, list[dict[str, Any]]]:
        """List one kind of the directory's entries, of one division if it is named."""
        found = copy.snapshot.entries.get(_TYPES[kind], {})
        return {
            kind: [
                {"id": to_text(key), **event.model_dump(mode="json", exclude_none=True)}
                for key, event in found.items()
                if division in ("", event.division_code)
            ]
        }

    return api


def _editing(desk: Desk, officer: CurrentActor) -> APIRouter:
    api = APIRouter(prefix="/v1/directory/entries")
    who, proved = Depends(officer), Depends(just_proved(officer))

    @api.get("/{entry_id}")
    @requires(Action.PEOPLE_READ)
    async def entry(by: Annotated[Actor, who], entry_id: UUID) -> dict[str, Any]:
        """Read one entry, and the `basis` to send with an edit of it."""
        return await desk.entry(entry_id.bytes, by)

    @api.post("/{entry_id}")
    @requires(Action.DIRECTORY_EDIT)
    async def edit(by: Annotated[Actor, proved], entry_id: UUID, body: AnyEdit) -> dict[str, Any]:
        """Change one entry of the directory; `do` says how."""
        return await desk.edit(entry_id.bytes, body, by)

    return api


def trial_routes(copy: DirectoryCopy, here: Callable[[Request], None]) -> APIRouter:
    """Make what exists on a trial system only: whom one may be; `here` refuses other machines."""
    api = APIRouter(prefix="/v1", dependencies=[Depends(here)])

    @api.get("/people")
    @requires(Action.PUBLIC)
    async def people(role: Role, division: str | None = None) -> dict[str, list[dict[str, Any]]]:
        """List the holders of a role."""
        found = copy.snapshot.people_with(role, division=division)
        return {"people": [person_line(key, person.name, person.grants) for key, person in found]}

    @api.get("/deputies")
    @requires(Action.PUBLIC)
    async def deputies(division: str = "") -> dict[str, list[dict[str, Any]]]:
        """List people with a mandate, of one division if it is named."""
        return {"people": _deputies(copy, division)}

    return api


def person_line(key: Id, name: str, grants: Sequence[Any]) -> dict[str, Any]:
    """Show a person with what they may do."""
    shown = [_with_text_ids(grant.model_dump(mode="python", exclude_none=True)) for grant in grants]
    return {"person_id": to_text(key), "name": name, "grants": shown}


def _with_text_ids(grant: dict[str, Any]) -> dict[str, Any]:
    return {n: to_text(v) if isinstance(v, bytes) else str(v) for n, v in grant.items()}


def _deputies(copy: DirectoryCopy, division: str) -> list[dict[str, Any]]:
    people = copy.snapshot.people
    return [
        {
            **person_line(key, person.name, person.grants),
            "division_code": person.division_code,
            "is_deputy": bool(person.mandates),
            "is_street_rep": person.is_street_rep,
        }
        for key, person in people.read(people.bodies)
        if (person.mandates or person.is_street_rep) and division in ("", person.division_code)
    ]

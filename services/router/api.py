"""What dispatchers decide, the directory to read."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends

from services.router import store
from services.router.directory.domain.admin_scope import admin_scope, reader
from services.router.directory.domain.edit import Edit
from services.router.directory.domain.edits import AnyEdit
from services.router.directory.domain.entries import EditEntry, Entry, EntryContext
from services.router.directory.domain.refusals import not_there
from shared.directory import DirectoryCopy
from shared.ids import Id, to_text
from shared.messaging.messaging import Messaging
from shared.messaging.subject import Subject
from shared.rights import Action
from shared.web.actor import Actor, CurrentActor, just_proved
from shared.web.permissions import requires

Kind = Literal["divisions", "organs", "units", "stations", "matters"]
_TYPES: dict[Kind, str] = {
    "divisions": "directory.division",
    "organs": "directory.organ",
    "units": "directory.unit",
    "stations": "directory.station",
    "matters": "directory.matter",
}


class Desk:
    """Edits and reads entries."""

    def __init__(
        self,
        messaging: Messaging,
        entries: Subject[Entry, EntryContext],
        copy: DirectoryCopy,
    ) -> None:
        self.messaging, self.copy = messaging, copy
        self._entries = entries

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


def routes(desk: Desk, officer: CurrentActor) -> Sequence[APIRouter]:
    """Make the JSON endpoints below `/v1`."""
    return [_directory(desk.copy, officer), _editing(desk, officer)]


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

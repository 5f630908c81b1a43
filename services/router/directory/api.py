"""JSON endpoints of the directory: lists, one entry, edits."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends

from services.router.directory.actions import DirectoryActions
from services.router.directory.domain.edits import AnyEdit
from services.router.directory.domain.lists import LISTS, ListKind
from shared.ids import to_text
from shared.rights import Action
from shared.web.actor import Actor, CurrentActor, just_proved, requires

Kind = Literal["divisions", "organs", "units", "stations", "matters", ListKind]
_TYPES: Mapping[Kind, str] = {
    "divisions": "directory.division",
    "organs": "directory.organ",
    "units": "directory.unit",
    "stations": "directory.station",
    "matters": "directory.matter",
    **{kind: model.type for kind, model in LISTS.items()},
}


def routes(actions: DirectoryActions, officer: CurrentActor) -> APIRouter:
    api = APIRouter(prefix="/v1/directory")
    who, proved = Depends(officer), Depends(just_proved(officer))

    @api.get("/{kind}", dependencies=[who])
    @requires(Action.DIRECTORY_READ)
    async def entries(kind: Kind, division: str = "") -> dict[str, list[dict[str, Any]]]:
        """List one kind of the directory's entries, of one division if it is named."""
        found = actions.copy.snapshot.entries.get(_TYPES[kind], {})
        return {
            kind: [
                {"id": to_text(key), **event.model_dump(mode="json", exclude_none=True)}
                for key, event in found.items()
                if division in ("", event.division_code)
            ]
        }

    @api.get("/entries/{entry_id}")
    @requires(Action.PEOPLE_READ)
    async def entry(by: Annotated[Actor, who], entry_id: UUID) -> dict[str, Any]:
        """Read one entry, and the `basis` to send with an edit of it."""
        row = await actions.entry(entry_id.bytes, by)
        shown = row.event.model_dump(mode="json", exclude_none=True)
        key = to_text(row.key)
        return {"entry_id": key, "type": row.type, "basis": row.text_seq, "entry": shown}

    @api.post("/entries/{entry_id}")
    @requires(Action.DIRECTORY_EDIT)
    async def edit(by: Annotated[Actor, proved], entry_id: UUID, body: AnyEdit) -> dict[str, Any]:
        """Change one entry of the directory; `do` names the change."""
        applied = await actions.edit(entry_id.bytes, body, by)
        row = applied.state.row
        return {"entry_id": to_text(row.key), "basis": row.text_seq, "seen": applied.seen or None}

    return api

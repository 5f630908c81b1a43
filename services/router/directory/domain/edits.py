"""What an administrator changes in the directory: one entry at a time, on the state they saw."""

from typing import Annotated, get_args

from pydantic import Field

from services.router.directory.domain.edit import Edit, EditContext
from services.router.directory.domain.edits_people import AddGrant, AddStandIn, EndGrant, EndStandIn
from services.router.directory.domain.edits_places import (
    ChangeStation,
    EndDivision,
    EndStation,
    EndUnit,
    RenameDivision,
    RenameOrgan,
    RenameUnit,
)
from services.router.directory.domain.refusals import not_there
from shared.contracts.envelope import Event
from shared.ids import Id

AnyEdit = Annotated[
    AddGrant
    | EndGrant
    | AddStandIn
    | EndStandIn
    | RenameUnit
    | EndUnit
    | RenameDivision
    | EndDivision
    | RenameOrgan
    | ChangeStation
    | EndStation,
    Field(discriminator="do"),
]
EDITS: dict[str, type[Edit]] = {
    name: one
    for one in get_args(get_args(AnyEdit)[0])
    for name in get_args(one.model_fields["do"].annotation)
}
"""The edits by their `do`."""


def edited(key: Id, entry: Event | None, edit: Edit, kept: EditContext) -> Event:
    """Give the entry as an edit leaves it; raises Refused."""
    if entry is None or not isinstance(entry, edit.of):
        raise not_there()
    kept.require_place(entry.division_code)
    stamps = {"occurred_at": kept.now, "actor": kept.keeper.actor}
    return entry.model_copy(update=edit.changes(key, entry, kept) | stamps)

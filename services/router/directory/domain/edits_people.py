"""What an administrator changes of a person: rights given and ended, standing in for another."""

from datetime import date
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from services.router.directory.domain.edit import Edit, EditContext
from services.router.directory.domain.refusals import (
    ends_before_it_begins,
    has_ended_already,
    holds_already,
    no_place_for_role,
    no_such_part,
    no_such_person,
    not_own_rights,
    not_there,
    would_go_round,
)
from services.router.directory.domain.role_holders import state_of
from services.router.directory.domain.role_places import NoPlace, RolePlace, place_of_role
from shared.contracts.codes import Role
from shared.contracts.envelope import DivisionCode, Event
from shared.contracts.router import DirectoryPerson, Grant, StandIn
from shared.directory.rights import would_circle
from shared.ids import Id, to_text

Which = Annotated[int, Field(ge=0, lt=1000)]


class AddGrant(Edit):
    """Give a person a role in an organ, a unit, a station or a division."""

    do: Literal["add_grant"]
    of: ClassVar[type[Event]] = DirectoryPerson
    role: Role
    division_code: DivisionCode
    unit_id: UUID | None = None
    station_id: UUID | None = None
    valid_from: date
    valid_to: date | None = None

    def changes(self, key: Id, entry: DirectoryPerson, kept: EditContext) -> dict[str, Any]:
        """Add the right, in the place its role needs."""
        _require_other(key, kept)
        kept.require_place(self.division_code)
        grant = Grant(
            role=self.role,
            division_code=self.division_code,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            **_place(self, kept),
        )
        _require_order(grant)
        same = grant.model_dump(exclude={"valid_from", "valid_to"})
        for one in entry.grants:
            there = one.model_dump(exclude={"valid_from", "valid_to"})
            if there == same and state_of(one, kept.today) != "over":
                raise holds_already()
        return {"grants": (*entry.grants, grant)}


def _place(edit: AddGrant, kept: EditContext) -> dict[str, Id | None]:
    """Find the organ, unit or station a role is held in; raises Refused."""
    unit = edit.unit_id.bytes if edit.unit_id else None
    station = edit.station_id.bytes if edit.station_id else None
    place = RolePlace(edit.division_code, unit, station)
    try:
        return place_of_role(edit.role, place, kept.directory, kept.today)
    except NoPlace as wrong:
        raise (has_ended_already() if wrong.why == "ended" else no_place_for_role()) from None


class EndGrant(Edit):
    """Let a right of a person end; `which` is its place in the entry, from 0."""

    do: Literal["end_grant"]
    of: ClassVar[type[Event]] = DirectoryPerson
    which: Which
    last_day: date

    def changes(self, key: Id, entry: DirectoryPerson, kept: EditContext) -> dict[str, Any]:
        """Set the last day of the right; who may not give it may not end it."""
        _require_other(key, kept)
        grants = _ended(entry.grants, self.which, self.last_day)
        if not kept.keeper.may(kept.directory, grants[self.which].division_code):
            raise not_there()
        return {"grants": grants}


class AddStandIn(Edit):
    """Let a person stand in for another and hold that person's rights meanwhile."""

    do: Literal["add_stand_in"]
    of: ClassVar[type[Event]] = DirectoryPerson
    person_id: UUID
    valid_from: date
    valid_to: date | None = None

    def changes(self, key: Id, entry: DirectoryPerson, kept: EditContext) -> dict[str, Any]:
        """Add the standing in, unless it would lead back to the person."""
        _require_other(key, kept)
        other = kept.directory.person(self.person_id.bytes)
        if other is None or not kept.keeper.may(kept.directory, other.division_code):
            raise no_such_person()
        for grant in other.grants:
            kept.require_place(grant.division_code)
        if would_circle(kept.directory, key, self.person_id.bytes, kept.today):
            raise would_go_round(entry.name, other.name)
        link = StandIn(
            person_id=self.person_id.bytes, valid_from=self.valid_from, valid_to=self.valid_to
        )
        _require_order(link)
        for one in entry.stands_in_for:
            if one.person_id == link.person_id and state_of(one, kept.today) != "over":
                raise holds_already()
        return {"stands_in_for": (*entry.stands_in_for, link)}


class EndStandIn(Edit):
    """Let a standing in end; `which` is its place in the entry, from 0."""

    do: Literal["end_stand_in"]
    of: ClassVar[type[Event]] = DirectoryPerson
    which: Which
    last_day: date

    def changes(self, key: Id, entry: DirectoryPerson, kept: EditContext) -> dict[str, Any]:
        """Set the last day of the standing in."""
        _require_other(key, kept)
        return {"stands_in_for": _ended(entry.stands_in_for, self.which, self.last_day)}


def _require_other(key: Id, kept: EditContext) -> None:
    """See that nobody gives rights to themself."""
    if to_text(key) == kept.keeper.actor:
        raise not_own_rights()


def _require_order(one: Grant | StandIn) -> None:
    if one.valid_to is not None and one.valid_to < one.valid_from:
        raise ends_before_it_begins()


def _ended(parts: tuple[Any, ...], which: int, last_day: date) -> tuple[Any, ...]:
    """Set the last day of one part of a list; raises Invalid."""
    if which >= len(parts):
        raise no_such_part()
    part = parts[which].model_copy(update={"valid_to": last_day})
    _require_order(part)
    return (*parts[:which], part, *parts[which + 1 :])

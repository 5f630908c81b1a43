"""Edits of a person's rights: roles, and for whom they stand in."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from services.router.directory.domain import refusals
from services.router.directory.domain.commands import Edit
from services.router.directory.domain.rights import EditContext, are_own, reaches
from services.router.directory.domain.role_holders import (
    NoPlace,
    RolePlace,
    place_of_role,
    state_of,
)
from shared.contracts.codes import Role
from shared.contracts.dates import Day
from shared.contracts.envelope import DivisionCode, Event
from shared.contracts.router import DirectoryPerson, Grant, StandIn
from shared.directory.rights import would_circle
from shared.ids import Id

Which = Annotated[int, Field(ge=0, lt=1000)]
"""The position of a right or stand-in within its entry."""


class AddGrant(Edit):
    """Give a person a role in an organ, a unit, a station or a division."""

    do: Literal["add_grant"]
    of: ClassVar[type[Event]] = DirectoryPerson
    role: Role
    division_code: DivisionCode
    unit_id: UUID | None = None
    station_id: UUID | None = None
    organ_id: UUID | None = None
    valid_from: Day
    valid_to: Day | None = None

    def changes(self, key: Id, entry: DirectoryPerson, context: EditContext) -> dict[str, Any]:
        _require_other(key, context)
        context.require_place(self.division_code)
        parts = self.unit_id, self.station_id, self.organ_id
        place = RolePlace(self.division_code, *(one.bytes if one else None for one in parts))
        grant = Grant(
            role=self.role,
            division_code=self.division_code,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            **_place(self.role, place, context),
        )
        context.require_may_give(grant)
        _require_order(grant)
        same = grant.model_dump(exclude={"valid_from", "valid_to"})
        context.require_gain(key, grant)
        for one in entry.grants:
            there = one.model_dump(exclude={"valid_from", "valid_to"})
            if there == same and state_of(one, context.today) != "over":
                raise refusals.holds_already()
        return {"grants": (*entry.grants, grant)}


def _place(role: Role, place: RolePlace, context: EditContext) -> dict[str, Id | None]:
    """Find the organ, unit or station of a role; raises Refused."""
    try:
        return place_of_role(role, place, context.directory, context.today)
    except NoPlace as wrong:
        raise (
            refusals.has_ended_already() if wrong.why == "ended" else refusals.no_place_for_role()
        ) from None


class EndGrant(Edit):
    """End a right of a person; `which` is its position in the entry, from 0."""

    do: Literal["end_grant"]
    of: ClassVar[type[Event]] = DirectoryPerson
    which: Which
    last_day: Day

    def changes(self, key: Id, entry: DirectoryPerson, context: EditContext) -> dict[str, Any]:
        _require_other(key, context)
        grants = _ended(entry.grants, self.which, self.last_day)
        grant = grants[self.which]
        context.require_place(grant.division_code)
        if _lasts_longer(grants, entry.grants, self.which):
            parts = grant.unit_id, grant.station_id, grant.organ_id
            _place(grant.role, RolePlace(grant.division_code, *parts), context)
            context.require_may_give(grant)
            context.require_gain(key, grant)
        return {"grants": grants}


class AddStandIn(Edit):
    """Let a person stand in for another, with that person's rights."""

    do: Literal["add_stand_in"]
    of: ClassVar[type[Event]] = DirectoryPerson
    person_id: UUID
    valid_from: Day
    valid_to: Day | None = None

    def changes(self, key: Id, entry: DirectoryPerson, context: EditContext) -> dict[str, Any]:
        _require_other(key, context)
        other = context.directory.person(self.person_id.bytes)
        if other is None:
            raise refusals.no_such_person()
        _require_reach(self.person_id.bytes, context)
        if would_circle(context.directory, key, self.person_id.bytes, context.today):
            raise refusals.would_go_round(entry.name, other.name)
        link = StandIn(
            person_id=self.person_id.bytes, valid_from=self.valid_from, valid_to=self.valid_to
        )
        _require_order(link)
        context.require_gain(key, link)
        for one in entry.stands_in_for:
            if one.person_id == link.person_id and state_of(one, context.today) != "over":
                raise refusals.holds_already()
        return {"stands_in_for": (*entry.stands_in_for, link)}


class EndStandIn(Edit):
    """End a stand-in; `which` is its position in the entry, from 0."""

    do: Literal["end_stand_in"]
    of: ClassVar[type[Event]] = DirectoryPerson
    which: Which
    last_day: Day

    def changes(self, key: Id, entry: DirectoryPerson, context: EditContext) -> dict[str, Any]:
        _require_other(key, context)
        links = _ended(entry.stands_in_for, self.which, self.last_day)
        if _lasts_longer(links, entry.stands_in_for, self.which):
            _require_reach(links[self.which].person_id, context)
            context.require_gain(key, links[self.which])
        return {"stands_in_for": links}


def _require_other(key: Id, context: EditContext) -> None:
    """Check that nobody changes their own rights, also by standing in; raises Forbidden."""
    if are_own(context.scope, context.directory, key, context.today):
        raise refusals.not_own_rights()


def _require_reach(key: Id, context: EditContext) -> None:
    """Check that the author may give every right of a person; raises Invalid."""
    if not reaches(context.scope, context.directory, key, context.today):
        raise refusals.no_such_person()


def _lasts_longer(after: Sequence[Any], before: Sequence[Any], which: int) -> bool:
    """Whether a later last day gives a right anew."""
    return outlives(after[which].valid_to, before[which].valid_to)


def _require_order(one: Grant | StandIn) -> None:
    if one.valid_to is not None and one.valid_to < one.valid_from:
        raise refusals.ends_before_it_begins()


def _ended(parts: tuple[Any, ...], which: int, last_day: date) -> tuple[Any, ...]:
    """Set the last day of one part of a list; raises Invalid."""
    if which >= len(parts):
        raise refusals.no_such_part()
    part = parts[which].model_copy(update={"valid_to": last_day})
    _require_order(part)
    return (*parts[:which], part, *parts[which + 1 :])


def outlives(last: date | None, other: date | None) -> bool:
    """Whether one last day lies after another; None is without end."""
    return other is not None and (last is None or last > other)

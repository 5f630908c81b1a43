"""Edits of an entry that an administrator may ask for."""

from datetime import date, timedelta
from typing import Annotated, Any, ClassVar, Literal, get_args
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo
from pydantic_core import PydanticCustomError

from services.router.directory.domain import refusals
from services.router.directory.domain.commands import Edit
from services.router.directory.domain.grant_edits import (
    AddGrant,
    AddStandIn,
    EndGrant,
    EndStandIn,
    outlives,
)
from services.router.directory.domain.model import DISPATCHING, UnitNames, is_namesake
from services.router.directory.domain.rights import EditContext, why_not_moved
from services.router.directory.domain.role_holders import of_organ
from shared.contracts.dates import Day
from shared.contracts.envelope import DivisionCode, Event
from shared.contracts.lists import DirectoryListed
from shared.contracts.router import (
    DirectoryDivision,
    DirectoryOrgan,
    DirectoryStation,
    DirectoryUnit,
)
from shared.directory.succession import Ending, has_ended, was_taken_over
from shared.ids import Id
from shared.text import CleanText, Reason

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), CleanText
]
Remark = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100), CleanText]
EndReason = Annotated[Reason, StringConstraints(max_length=200)]


def _stated(value: bool, info: ValidationInfo) -> bool:
    """Check that whoever names no successor says that there is none."""
    heirs = [info.data[name] for name in ("successor_id", "successor_code") if name in info.data]
    if heirs and value == bool(heirs[0]):
        zh = "请选择由谁接续，或者勾选没有接续的，只选一样。"
        en = "Either choose a successor or tick that there is none."
        raise PydanticCustomError("no_successor", "no successor", {"zh": zh, "en": en})
    return value


WithoutSuccessor = Annotated[bool, Field(validate_default=True), AfterValidator(_stated)]
FARTHEST_BACK, FARTHEST_AHEAD = timedelta(366), timedelta(5 * 365 + 1)
"""How far from today the last day of an entry may lie."""


class RenameUnit(Edit):
    do: Literal["rename_unit"]
    of: ClassVar[type[Event]] = DirectoryUnit
    name: Name
    short_name: Name

    def changes(self, key: Id, entry: DirectoryUnit, context: EditContext) -> dict[str, Any]:
        names = {"name": self.name, "short_name": self.short_name}
        _require_own_names(key, entry.model_copy(update=names), context)
        return names


class EndUnit(Edit):
    """Abolish a unit; without a successor dispatchers reassign each open task."""

    do: Literal["end_unit"]
    of: ClassVar[type[Event]] = DirectoryUnit
    last_day: Day
    successor_id: UUID | None = None
    without_successor: WithoutSuccessor = False
    reason: EndReason

    def changes(self, key: Id, entry: DirectoryUnit, context: EditContext) -> dict[str, Any]:
        _require_end(entry, self.last_day, context)
        heir = self.successor_id.bytes if self.successor_id else None
        if heir is not None:
            unit = context.directory.unit(heir)
            if unit is None or heir == key or unit.valid_to is not None:
                raise refusals.not_a_successor()
            context.require_place(unit.division_code)
        return {"valid_to": self.last_day, "successor_id": heir, "end_reason": self.reason}


class RenameDivision(Edit):
    """Rename a division; its code stays."""

    do: Literal["rename_division"]
    of: ClassVar[type[Event]] = DirectoryDivision
    name: Name

    def changes(self, _key: Id, _entry: DirectoryDivision, _context: EditContext) -> dict[str, Any]:
        return {"name": self.name}


class EndDivision(Edit):
    """Abolish a division, or merge it into another of its level."""

    do: Literal["end_division"]
    of: ClassVar[type[Event]] = DirectoryDivision
    last_day: Day
    successor_code: DivisionCode | None = None
    without_successor: WithoutSuccessor = False
    reason: EndReason

    def changes(self, _key: Id, entry: DirectoryDivision, context: EditContext) -> dict[str, Any]:
        _require_end(entry, self.last_day, context)
        if self.successor_code is not None:
            context.require_place(self.successor_code)
            heir = context.directory.division(self.successor_code)
            same = self.successor_code == entry.division_code
            if heir is None or same or heir.valid_to is not None or heir.level != entry.level:
                raise refusals.not_a_successor()
            context.require_change(heir)
        return {
            "valid_to": self.last_day,
            "successor_code": self.successor_code,
            "end_reason": self.reason,
        }


class RenameOrgan(Edit):
    do: Literal["rename_organ"]
    of: ClassVar[type[Event]] = DirectoryOrgan
    name: Name

    def changes(self, key: Id, entry: DirectoryOrgan, context: EditContext) -> dict[str, Any]:
        others = context.directory.organs_in(entry.division_code)
        if is_namesake(self.name, key, others):
            raise refusals.same_organ_name(self.name)
        return {"name": self.name}


class EndOrgan(Edit):
    """End an organ in which nobody holds a role any more; never the one that dispatches."""

    do: Literal["end_organ"]
    of: ClassVar[type[Event]] = DirectoryOrgan
    last_day: Day
    reason: EndReason

    def changes(self, key: Id, entry: DirectoryOrgan, context: EditContext) -> dict[str, Any]:
        if entry.kind == DISPATCHING:
            raise refusals.dispatching_organ_stays()
        _require_end(entry, self.last_day, context)
        for one in of_organ(context.directory, key, context.today):
            if one.state != "over" and outlives(one.grant.valid_to, self.last_day):
                raise refusals.still_has_holders(one.person.name)
        return {"valid_to": self.last_day, "end_reason": self.reason}


class ChangeStation(Edit):
    """Rename a station, or move it to another division."""

    do: Literal["change_station"]
    of: ClassVar[type[Event]] = DirectoryStation
    name: Name
    division_code: DivisionCode

    def changes(self, key: Id, entry: DirectoryStation, context: EditContext) -> dict[str, Any]:
        context.require_place(self.division_code)
        scope, directory = context.scope, context.directory
        if why_not := why_not_moved(scope, directory, key, entry, self.division_code):
            raise why_not
        return {"name": self.name, "division_code": self.division_code}


class EndStation(Edit):
    """Close a station; its items stay, its successor receives new ones."""

    do: Literal["end_station"]
    of: ClassVar[type[Event]] = DirectoryStation
    last_day: Day
    successor_id: UUID | None = None
    without_successor: WithoutSuccessor = False
    reason: EndReason

    def changes(self, key: Id, entry: DirectoryStation, context: EditContext) -> dict[str, Any]:
        _require_end(entry, self.last_day, context)
        heir = self.successor_id.bytes if self.successor_id else None
        if heir is not None:
            station = context.directory.station(heir)
            if station is None or heir == key or station.valid_to is not None:
                raise refusals.not_a_successor()
            context.require_place(station.division_code)
        _require_main(entry, self.last_day, context)
        points = [one for one in context.directory.stations().values() if one.parent_id == key]
        for point in points:
            if outlives(point.valid_to, self.last_day):
                raise refusals.still_has_points(point.name)
        return {"valid_to": self.last_day, "successor_id": heir, "end_reason": self.reason}


class ChangeListed(Edit):
    """Change what an entry of a list is called; its code stays."""

    do: Literal["change_listed"]
    of: ClassVar[type[Event]] = DirectoryListed
    name: Name
    category: Remark = ""
    source: Remark = ""

    def changes(self, _key: Id, _entry: DirectoryListed, _context: EditContext) -> dict[str, Any]:
        return self.model_dump(include={"name", "category", "source"})


class EndListed(Edit):
    """Let nobody choose an entry of a list after its last day."""

    do: Literal["end_listed"]
    of: ClassVar[type[Event]] = DirectoryListed
    last_day: Day
    reason: EndReason

    def changes(self, _key: Id, entry: DirectoryListed, context: EditContext) -> dict[str, Any]:
        _require_end(entry, self.last_day, context)
        return {"valid_to": self.last_day, "end_reason": self.reason}


class CancelEnd(Edit):
    """Let an entry go on that has ended by mistake or is about to end.

    Once its successor has taken over it stays ended.
    """

    do: Literal["cancel_end"]
    of: ClassVar[Any] = Ending

    def changes(self, key: Id, entry: Any, context: EditContext) -> dict[str, Any]:
        if isinstance(entry, DirectoryListed | DirectoryOrgan):
            return {"valid_to": None, "end_reason": ""}
        if was_taken_over(entry, context.today):
            raise refusals.has_ended_already()
        if isinstance(entry, DirectoryStation):
            _require_main(entry, None, context)
        if isinstance(entry, DirectoryUnit):
            _require_own_names(key, entry, context)
        heir = "successor_code" if isinstance(entry, DirectoryDivision) else "successor_id"
        return {"valid_to": None, heir: None, "end_reason": ""}


def _require_own_names(key: Id, unit: DirectoryUnit, context: EditContext) -> None:
    """Check that no other unit of the division bears one of its names; raises Conflict."""
    others = UnitNames(context.directory.units_in(unit.division_code))
    if name := others.namesake(key, unit):
        raise refusals.same_unit_name(name)


def _require_end(entry: Any, last_day: date, context: EditContext) -> None:
    """Check that an entry has not ended and that its last day is plausible; raises Refused."""
    if has_ended(entry, context.today):
        raise refusals.has_ended_already()
    first, last = context.today - FARTHEST_BACK, context.today + FARTHEST_AHEAD
    if not first <= last_day <= last:
        raise refusals.last_day_too_far(first, last)


def _require_main(point: DirectoryStation, last_day: date | None, context: EditContext) -> None:
    """Check that a sub-point does not stay open longer than its main station; raises Conflict."""
    main = context.directory.station(point.parent_id) if point.parent_id else None
    if main is not None and outlives(last_day, main.valid_to):
        raise refusals.outlives_main(main.name)


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
    | EndOrgan
    | ChangeStation
    | EndStation
    | ChangeListed
    | EndListed
    | CancelEnd,
    Field(discriminator="do"),
]
EDITS: dict[str, type[Edit]] = {
    name: one
    for one in get_args(get_args(AnyEdit)[0])
    for name in get_args(one.model_fields["do"].annotation)
}
"""The edits by their `do`."""

"""What an administrator changes of a place: its name, where it belongs, that it ends."""

from datetime import date
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from services.router.directory.domain.edit import Edit, EditContext
from services.router.directory.domain.refusals import (
    has_ended_already,
    not_a_successor,
    outlives_main,
    still_has_points,
)
from shared.clean_text import CleanText
from shared.contracts.envelope import DivisionCode, Event
from shared.contracts.router import (
    DirectoryDivision,
    DirectoryOrgan,
    DirectoryStation,
    DirectoryUnit,
)
from shared.directory.succession import has_ended
from shared.ids import Id

Stripped = Annotated[str, StringConstraints(strip_whitespace=True), CleanText]
Name = Annotated[Stripped, Field(min_length=1, max_length=100)]
Reason = Annotated[Stripped, Field(max_length=200)]


class RenameUnit(Edit):
    """Give a unit another name."""

    do: Literal["rename_unit"]
    of: ClassVar[type[Event]] = DirectoryUnit
    name: Name
    short_name: Name

    def changes(self, _key: Id, _entry: DirectoryUnit, _kept: EditContext) -> dict[str, Any]:
        """Set both names."""
        return {"name": self.name, "short_name": self.short_name}


class EndUnit(Edit):
    """Abolish a unit; without a successor the dispatchers say who goes on with each open task."""

    do: Literal["end_unit"]
    of: ClassVar[type[Event]] = DirectoryUnit
    last_day: date
    successor_id: UUID | None = None
    reason: Reason = ""

    def changes(self, key: Id, entry: DirectoryUnit, kept: EditContext) -> dict[str, Any]:
        """Set the last day and who goes on; it may be corrected until that day is over."""
        if has_ended(entry, kept.today):
            raise has_ended_already()
        heir = self.successor_id.bytes if self.successor_id else None
        if heir is not None:
            unit = kept.directory.unit(heir)
            if unit is None or heir == key or unit.valid_to is not None:
                raise not_a_successor()
            kept.require_place(unit.division_code)
        return {"valid_to": self.last_day, "successor_id": heir, "end_reason": self.reason}


class RenameDivision(Edit):
    """Give a division another name; its code stays."""

    do: Literal["rename_division"]
    of: ClassVar[type[Event]] = DirectoryDivision
    name: Name

    def changes(self, _key: Id, _entry: DirectoryDivision, _kept: EditContext) -> dict[str, Any]:
        """Set the name."""
        return {"name": self.name}


class EndDivision(Edit):
    """Let a division end, or go into another of its level."""

    do: Literal["end_division"]
    of: ClassVar[type[Event]] = DirectoryDivision
    last_day: date
    successor_code: DivisionCode | None = None
    reason: Reason = ""

    def changes(self, _key: Id, entry: DirectoryDivision, kept: EditContext) -> dict[str, Any]:
        """Set the last day and what it goes into; it may be corrected until that day is over."""
        if has_ended(entry, kept.today):
            raise has_ended_already()
        if self.successor_code is not None:
            kept.require_place(self.successor_code)
            heir = kept.directory.division(self.successor_code)
            same = self.successor_code == entry.division_code
            if heir is None or same or heir.valid_to is not None or heir.level != entry.level:
                raise not_a_successor()
        return {
            "valid_to": self.last_day,
            "successor_code": self.successor_code,
            "end_reason": self.reason,
        }


class RenameOrgan(Edit):
    """Give the organ of a division another name."""

    do: Literal["rename_organ"]
    of: ClassVar[type[Event]] = DirectoryOrgan
    name: Name

    def changes(self, _key: Id, _entry: DirectoryOrgan, _kept: EditContext) -> dict[str, Any]:
        """Set the name."""
        return {"name": self.name}


class ChangeStation(Edit):
    """Give a station another name, or let it belong to another division."""

    do: Literal["change_station"]
    of: ClassVar[type[Event]] = DirectoryStation
    name: Name
    division_code: DivisionCode

    def changes(self, _key: Id, _entry: DirectoryStation, kept: EditContext) -> dict[str, Any]:
        """Set name and division."""
        kept.require_place(self.division_code)
        return {"name": self.name, "division_code": self.division_code}


class EndStation(Edit):
    """Close a station; what it took in stays, and the successor takes in what is new."""

    do: Literal["end_station"]
    of: ClassVar[type[Event]] = DirectoryStation
    last_day: date
    successor_id: UUID | None = None
    reason: Reason = ""

    def changes(self, key: Id, entry: DirectoryStation, kept: EditContext) -> dict[str, Any]:
        """Set the last day and who goes on; it may be corrected until that day is over.

        No sub-point is there longer than its main station.
        """
        if has_ended(entry, kept.today):
            raise has_ended_already()
        heir = self.successor_id.bytes if self.successor_id else None
        if heir is not None:
            station = kept.directory.station(heir)
            if station is None or heir == key or station.valid_to is not None:
                raise not_a_successor()
            kept.require_place(station.division_code)
        main = kept.directory.station(entry.parent_id) if entry.parent_id else None
        if main is not None and _outlives(self.last_day, main.valid_to):
            raise outlives_main(main.name)
        points = [one for one in kept.directory.stations().values() if one.parent_id == key]
        for point in points:
            if _outlives(point.valid_to, self.last_day):
                raise still_has_points(point.name)
        return {"valid_to": self.last_day, "successor_id": heir, "end_reason": self.reason}


def _outlives(last: date | None, other: date | None) -> bool:
    """Tell whether one last day lies after another; None is without end."""
    return other is not None and (last is None or last > other)

"""What officers may know of an item: see it at all, and look at who raised it."""

from collections.abc import Mapping
from typing import Protocol

from services.intake.domain.rows import ItemRow, ProgressRow
from shared.contracts.router import Grant
from shared.contracts.words import Role
from shared.directory.snapshot import Directory
from shared.errors import NotFound
from shared.ids import Id

_UNIT: frozenset[Role] = frozenset({"clerk", "unit_head"})
_STATION: frozenset[Role] = frozenset({"station_head", "station_staff"})
_DECIDES: frozenset[Role] = frozenset({"dispatcher", "committee_head", "leader"})
_SUPERVISES: frozenset[Role] = frozenset({"admin", "committee_head"})
_OWNED: Mapping[str, frozenset[str]] = {
    "city": frozenset({"city", "province"}),
    "province": frozenset({"province"}),
}
"""From these levels only items that came up to them are looked into; others are de-identified."""


class Asker(Protocol):
    """A signed-in person with the grants in force today."""

    @property
    def person_id(self) -> Id:
        """Who asks."""

    @property
    def grants(self) -> tuple[Grant, ...]:
        """The rights in force."""


def handles(by: Asker, progress: ProgressRow) -> bool:
    """Tell whether a unit of the asker has a part of the item."""
    units = {task.unit_id for task in progress.tasks}
    return any(grant.role in _UNIT and grant.unit_id in units for grant in by.grants)


def may_look(by: Asker, item: ItemRow, progress: ProgressRow, directory: Directory) -> bool:
    """Tell whether the asker may know who raised an item.

    Of a confidential one nobody of a unit that handles it, whatever else they are.
    """
    if handles(by, progress):
        return not item.confidential
    return any(
        _of_station(grant, item, directory) or _decides(grant, item, progress, directory)
        for grant in by.grants
    )


def _of_station(grant: Grant, item: ItemRow, directory: Directory) -> bool:
    station = directory.station(item.station_id) if item.station_id else None
    at = {item.station_id, station.parent_id if station else None} - {None}
    return grant.role in _STATION and grant.station_id in at


def _decides(grant: Grant, item: ItemRow, progress: ProgressRow, directory: Directory) -> bool:
    if grant.role not in _DECIDES or not directory.covers(grant.division_code, item.division_code):
        return False
    division = directory.division(grant.division_code)
    owned = _OWNED.get(division.level) if division else frozenset()
    return owned is None or progress.owner_level in owned


def overseen(by: Asker, directory: Directory) -> list[str]:
    """List the divisions whose looks at sources the asker supervises."""
    above = [grant.division_code for grant in by.grants if grant.role in _SUPERVISES]
    codes = [division.division_code for division in directory.divisions()]
    return [code for code in codes if any(directory.covers(one, code) for one in above)]


def not_seen() -> NotFound:
    """Refuse to tell of what is not there, or not the asker's to see."""
    return NotFound(
        "not_found",
        "您的身份看不到这件事的来源。",
        "Your role cannot see who raised this matter.",
        todo_zh="需要请联系交办机关或本地系统管理员。",
        todo_en="If you need it, call the organ that gave it out, or your administrator.",
    )

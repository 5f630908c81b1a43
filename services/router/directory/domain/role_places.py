"""Where a role may be held: one rule for the form, the tables and the command line."""

from datetime import date
from typing import Literal, NamedTuple

from services.router.directory.domain.role_holders import ORGAN_ROLES, STATION_ROLES, UNIT_ROLES
from shared.contracts.codes import Role
from shared.contracts.router import DirectoryStation, DirectoryUnit, Grant
from shared.directory.snapshot import Directory
from shared.directory.succession import has_ended
from shared.ids import Id


class RolePlace(NamedTuple):
    """What the officer or the line names: a division, and a unit or a station in it."""

    division_code: str
    unit_id: Id | None = None
    station_id: Id | None = None


class NoPlace(Exception):
    """The role cannot be held there: which part of the place is wrong, and why."""

    def __init__(
        self,
        part: Literal["division", "unit", "station"],
        why: Literal["missing", "elsewhere", "ended", "unused"],
    ) -> None:
        super().__init__(f"{part}: {why}")
        self.part, self.why = part, why


def place_of_role(
    role: Role, place: RolePlace, directory: Directory, today: date
) -> dict[str, Id | None]:
    """Give the organ, unit or station of a grant; raises NoPlace.

    A unit or station must lie in exactly this division and not have ended. All other roles are
    held in the division, or in its organ if it has one.
    """
    if role in UNIT_ROLES:
        unit = directory.unit(place.unit_id) if place.unit_id else None
        _require(unit, "unit", place, today)
        return {"unit_id": place.unit_id}
    if role in STATION_ROLES:
        station = directory.station(place.station_id) if place.station_id else None
        _require(station, "station", place, today)
        return {"station_id": place.station_id}
    if place.unit_id or place.station_id:
        raise NoPlace("unit" if place.unit_id else "station", "unused")
    organ = directory.organ(place.division_code)
    if organ is None and role in ORGAN_ROLES:
        raise NoPlace("division", "missing")
    return {"organ_id": organ[0] if organ else None}


def _require(
    entry: DirectoryUnit | DirectoryStation | None,
    part: Literal["unit", "station"],
    place: RolePlace,
    today: date,
) -> None:
    if entry is None:
        raise NoPlace(part, "missing")
    if entry.division_code != place.division_code:
        raise NoPlace(part, "elsewhere")
    if has_ended(entry, today):
        raise NoPlace(part, "ended")


def holds_as_long(held: Grant, grant: Grant) -> bool:
    """Tell whether a grant gives nothing beyond one that is held, in the same place."""
    dates = {"valid_from", "valid_to"}
    return (
        held.model_dump(exclude=dates) == grant.model_dump(exclude=dates)
        and held.valid_from <= grant.valid_from
        and (held.valid_to is None or (grant.valid_to or date.max) <= held.valid_to)
    )

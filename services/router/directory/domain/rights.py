"""Rights over the directory: who edits which part of it, and who reads its people."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.router.directory.domain.refusals import (
    division_above,
    gained_by_stand_in,
    main_elsewhere,
    not_given_here,
    not_there,
    station_apart,
)
from services.router.directory.domain.role_holders import stand_ins_of
from shared.contracts.envelope import EVERYWHERE, Event
from shared.contracts.router import (
    DirectoryDivision,
    DirectoryPerson,
    DirectoryStation,
    Grant,
    StandIn,
)
from shared.directory.credentials import may_be_given, rights_through
from shared.directory.rights import stood_in_for
from shared.directory.snapshot import Directory
from shared.errors import Refused
from shared.ids import Id, to_text
from shared.rights import Action, Holder, Relation, held


@dataclass(frozen=True, slots=True)
class AdminScope:
    """A person and the divisions in or below which they may act; None is everywhere."""

    actor: str = "import"
    places: Sequence[str] | None = None

    @property
    def is_everywhere(self) -> bool:
        return self.places is None or EVERYWHERE in self.places

    def may(self, directory: Directory, code: str) -> bool:
        """Whether a division lies in this area."""
        return self.places is None or any(directory.covers(one, code) for one in self.places)

    def may_change(self, directory: Directory, entry: Event) -> bool:
        """Whether they may change an entry; of a division, whether the one above is in this area.

        A division without one above is changed by who administers everywhere.
        """
        if isinstance(entry, DirectoryDivision):
            return self.may(directory, entry.parent_code or EVERYWHERE)
        return self.may(directory, entry.division_code)

    def may_give(self, directory: Directory, grant: Grant) -> bool:
        """Whether they may grant a right to anybody."""
        return self.places is None or may_be_given(directory, grant, self.places)


COMMAND_LINE = AdminScope()


def admin_scope(by: Holder) -> AdminScope:
    """Return the area whose entries a person may edit."""
    return _scope(by, Action.DIRECTORY_EDIT)


def reader(by: Holder) -> AdminScope:
    """Return the area whose people a person may see."""
    return _scope(by, Action.PEOPLE_READ)


def account_scope(by: Holder) -> AdminScope:
    """Return the area whose people's accounts a person may manage."""
    return _scope(by, Action.ACCOUNT_MANAGE)


def _scope(by: Holder, action: Action) -> AdminScope:
    places = [grant.division_code for grant in held(by, action, Relation.SUBTREE)]
    return AdminScope(by.code, places)


def reaches(scope: AdminScope, directory: Directory, key: Id, today: date) -> bool:
    """Whether a person lies in an area, and every right they have or will have can be given there.

    The rights of everyone they stand in for count, through the whole chain.
    """
    people = _chain(directory, key, today)
    return all(scope.may(directory, person.division_code) for person in people) and all(
        scope.may_give(directory, grant) for grant in rights_through(directory, key, today)
    )


def _chain(directory: Directory, key: Id, today: date) -> Sequence[DirectoryPerson]:
    chain = stood_in_for(directory, key, today, later=True)
    return [person for one in chain if (person := directory.person(one))]


def are_own(scope: AdminScope, directory: Directory, key: Id, today: date) -> bool:
    """Whether a person's rights are the administrator's own, also by standing in."""
    own = (key, *stand_ins_of(directory, key, today))
    return scope.actor in map(to_text, own)


def carries_on(
    directory: Directory, key: Id, gained: Iterable[Grant | StandIn], today: date
) -> DirectoryPerson | None:
    """Find who, standing in for a person, would get a right that nobody let them have.

    Whoever lets somebody stand in can give what lies in that person's own division, but perhaps
    not what the principal gains later.
    """
    for one in gained:
        rights = (
            [one] if isinstance(one, Grant) else rights_through(directory, one.person_id, today)
        )
        for person in stand_ins_of(directory, key, max(today, one.valid_from)).values():
            theirs = AdminScope(places=(person.division_code,))
            if not all(theirs.may_give(directory, right) for right in rights):
                return person
    return None


class StationTree:
    """The stations of the directory, and of the lines of a table read so far, which come first."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._made: dict[Id, DirectoryStation] = {}
        self._points: dict[Id, list[Id]] = {}

    def get(self, key: Id) -> DirectoryStation | None:
        return self._made.get(key) or self._directory.station(key)

    def put(self, key: Id, station: DirectoryStation) -> None:
        """Add what the first line of a station makes of it."""
        if key not in self._made:
            self._made[key] = station
            if station.parent_id:
                self._points.setdefault(station.parent_id, []).append(key)

    def points(self, key: Id) -> list[DirectoryStation]:
        """List the sub-points of a main station."""
        known = [one for one in self._directory.with_points(key)[1:] if one not in self._made]
        every = (*known, *self._points.get(key, ()))
        return [one for point in every if (one := self.get(point))]


def is_in_one_county(
    directory: Directory, key: Id, station: DirectoryStation, stations: StationTree
) -> bool:
    """Whether a station lies in the county of its main station and of its sub-points.

    The head and staff of a main station see the items of its points. A main station above the
    counties may have points anywhere below its division.
    """
    main = stations.get(station.parent_id) if station.parent_id else None
    links = [(main, station)] if main else []
    return all(
        directory.covers(_county(directory, above.division_code), below.division_code)
        for above, below in (*links, *((station, point) for point in stations.points(key)))
    )


def why_not_moved(
    scope: AdminScope, directory: Directory, key: Id, station: DirectoryStation, code: str
) -> Refused | None:
    """Return why a station may not move to a division.

    It stays in one county with its main station and sub-points, and whoever moves a sub-point
    administers its main station too, whose head and staff would reach farther.
    """
    if code == station.division_code:
        return None
    main = directory.station(station.parent_id) if station.parent_id else None
    if main and not scope.may(directory, main.division_code):
        return main_elsewhere(main.name)
    moved = station.model_copy(update={"division_code": code})
    together = is_in_one_county(directory, key, moved, StationTree(directory))
    return None if together else station_apart()


def _county(directory: Directory, code: str) -> str:
    """Find the county of a division; of one above the counties, itself."""
    above = directory.ancestors(code)
    return next((one.division_code for one in above if one.level == "county"), code)


@dataclass(frozen=True, slots=True)
class EntryContext:
    """The instant and the directory around an entry."""

    now: datetime
    today: date
    directory: Directory


@dataclass(frozen=True, slots=True)
class EditContext(EntryContext):
    """The same for an edit, with the area of its author."""

    scope: AdminScope

    def require_place(self, code: str) -> None:
        """Check that a division is in the author's area; raises NotFound, as for an unknown one."""
        if self.directory.division(code) is None or not self.scope.may(self.directory, code):
            raise not_there()

    def require_change(self, entry: Event) -> None:
        """Check that the author may change an entry; raises NotFound and Forbidden."""
        self.require_place(entry.division_code)
        if not self.scope.may_change(self.directory, entry):
            raise division_above()

    def require_gain(self, key: Id, gained: Grant | StandIn) -> None:
        """Check that nobody gets a right by standing in unnoticed; raises Conflict."""
        if other := carries_on(self.directory, key, [gained], self.today):
            raise gained_by_stand_in(other.name)

    def require_may_give(self, grant: Grant) -> None:
        """Check that the author may give a right; raises NotFound and Forbidden."""
        self.require_place(grant.division_code)
        if not self.scope.may_give(self.directory, grant):
            raise not_given_here()

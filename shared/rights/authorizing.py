"""May this person do this to that? A pure answer out of the table."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from shared.contracts.router import Grant
from shared.ids import Id
from shared.rights.actions import Action
from shared.rights.refusals import not_yours
from shared.rights.table import RIGHTS, Relation


class Holder(Protocol):
    """Somebody with the grants in force today (`shared.directory.grants_of`)."""

    @property
    def code(self) -> str:
        """The opaque reference events carry."""

    @property
    def codes(self) -> Collection[str]:
        """Their own reference, and those of whom they stand in for today."""

    @property
    def grants(self) -> Sequence[Grant]:
        """The rights in force."""


@dataclass(frozen=True, slots=True)
class Resource:
    """Where a thing lies; what is left out nobody is related to.

    `division` is its own, `within` that one and all above it. `stations` are its station and the
    main station above; `units` handle it, `organ` gives it out, `leader` (a person's code) leads
    its supervision, and whoever stands in for that person does. Of a report `receiver` is the
    division it goes to; of a county's form `lines` are the divisions it is the sum of.
    """

    division: str = ""
    within: Collection[str] = ()
    stations: Collection[Id | None] = ()
    units: Collection[Id] = ()
    organ: Id | None = None
    leader: str = ""
    receiver: str = ""
    lines: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Allowed:
    """Yes, and by which grant; None when no right is needed."""

    grant: Grant | None = None


@dataclass(frozen=True, slots=True)
class Denied:
    """No: none of their roles does this, or it is not theirs."""

    reason: Literal["not_their_role", "not_theirs"]


def authorize(by: Holder, action: Action, resource: Resource) -> Allowed | Denied:
    """Decide by the table; what does not stand there is denied."""
    if action is Action.PUBLIC:
        return Allowed()
    of_role = False
    for grant in by.grants:
        for relation, actions in RIGHTS[grant.role].items():
            if action in actions:
                of_role = True
                if _is_related(relation, grant, by, resource):
                    return Allowed(grant)
    return Denied("not_theirs" if of_role else "not_their_role")


def _is_related(relation: Relation, grant: Grant, by: Holder, to: Resource) -> bool:  # noqa: C901, PLR0911  one line a relation
    match relation:
        case Relation.ANYWHERE:
            return True
        case Relation.STATION:
            return grant.station_id is not None and grant.station_id in to.stations
        case Relation.UNIT:
            return grant.unit_id is not None and grant.unit_id in to.units
        case Relation.ORGAN:
            return grant.organ_id is not None and grant.organ_id == to.organ
        case Relation.OWN:
            return grant.division_code == to.division
        case Relation.SUBTREE:
            return grant.division_code in to.within
        case Relation.LINE:
            return grant.division_code in to.lines
        case Relation.RECEIVER:
            return grant.division_code == to.receiver
        case Relation.SUPERVISED:
            return to.leader in by.codes


def held(by: Holder, action: Action, relation: Relation) -> list[Grant]:
    """List the grants that give an action by a relation: where a list has to look."""
    return [grant for grant in by.grants if action in RIGHTS[grant.role].get(relation, frozenset())]


def may(by: Holder, action: Action, resource: Resource) -> bool:
    """Tell whether this is theirs to do."""
    return isinstance(authorize(by, action, resource), Allowed)


def may_ever(by: Holder, action: Action) -> bool:
    """Tell whether any of their roles does this to something."""
    return authorize(by, action, Resource()) != Denied("not_their_role")


def require(by: Holder, action: Action, resource: Resource) -> None:
    """Raise Forbidden, saying who may, unless this is theirs to do."""
    if not may(by, action, resource):
        raise not_yours(action)


def require_door(by: Holder, actions: Iterable[Action]) -> None:
    """Let somebody in whose roles may do one of these to something; raises Forbidden.

    The answer is the same whatever the address names, so it tells nothing of what is there.
    """
    wanted = tuple(actions)
    if not any(may_ever(by, one) for one in wanted):
        raise not_yours(*wanted[:1])

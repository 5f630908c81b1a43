"""Who may see a case: its units, and the organs above the place where it began."""

from collections.abc import Collection, Sequence

from services.tracker.domain.acts import Asker
from services.tracker.domain.duties import organ, unit
from services.tracker.domain.rows import Case
from shared.contracts.words import Role
from shared.errors import NotFound
from shared.ids import Id

_UNIT_ROLES: tuple[Role, ...] = ("clerk", "unit_head")
_ORGAN_ROLES: tuple[Role, ...] = (
    "dispatcher",
    "committee_head",
    "liaison",
    "city_office",
    "leader",
)


def units_of(by: Asker) -> list[Id]:
    """List the units a person works for."""
    return [g.unit_id for g in by.grants if g.unit_id and g.role in _UNIT_ROLES]


def organs_of(by: Asker) -> list[Id]:
    """List the organs whose items a person gives out or oversees."""
    roles = ("dispatcher", "committee_head", "leader")
    return [g.organ_id for g in by.grants if g.organ_id and g.role in roles]


def dispatches_for(by: Asker) -> list[Id]:
    """List the organs a person gives items out for."""
    return [g.organ_id for g in by.grants if g.organ_id and g.role == "dispatcher"]


def divisions_of(by: Asker) -> list[str]:
    """List the divisions whose cases a person oversees."""
    return [g.division_code for g in by.grants if g.role in _ORGAN_ROLES]


def debtors_of(by: Asker) -> list[str]:
    """Name the debtors whose duties this person fulfils."""
    return [*(unit(key) for key in units_of(by)), *(organ(key) for key in dispatches_for(by))]


def check_sight(case: Case | None, by: Asker, above: Collection[str]) -> Case:
    """Return a case the asker may see; `above` are the divisions it lies in.

    Raises NotFound with the same words whether it is not there or not theirs to see.
    """
    if case is not None:
        if any(task.unit_id in units_of(by) for task in case.tasks.values()):
            return case
        if not frozenset(above).isdisjoint(divisions_of(by)):
            return case
        if case.row.dispatcher_organ in organs_of(by):
            return case
    raise NotFound(
        "not_found",
        "您的身份看不到这件事。",
        "Your role cannot see this matter.",
        todo_zh="需要请联系本地系统管理员；刚提交的，请稍后再看。",
        todo_en="If you need it, call your administrator; if it is new, look again in a moment.",
    )


def filers_of(by: Asker) -> Sequence[str]:
    """List the divisions whose monthly report a person sees to."""
    roles = ("liaison", "committee_head", "city_office", "dispatcher")
    return [g.division_code for g in by.grants if g.role in roles]

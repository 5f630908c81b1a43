"""Rights to see a case: of its units, the organ that dispatched it, those above its division."""

from collections.abc import Collection, Sequence

from services.tracker.domain.duties import organ, proposer, unit
from services.tracker.domain.model import Case
from shared.directory.snapshot import Directory
from shared.errors import NotFound
from shared.ids import Id
from shared.rights import Action, Holder, Relation, Resource, RowScope, held, may
from shared.text import _


def units_of(by: Holder) -> list[Id]:
    return [g.unit_id for g in held(by, Action.CASE_READ, Relation.UNIT) if g.unit_id]


def organs_of(by: Holder) -> list[Id]:
    return [g.organ_id for g in held(by, Action.CASE_SUPERVISE, Relation.ORGAN) if g.organ_id]


def dispatches_for(by: Holder) -> list[Id]:
    return [g.organ_id for g in held(by, Action.ASSIGNMENT_READ, Relation.ORGAN) if g.organ_id]


def divisions_of(by: Holder) -> list[str]:
    return [g.division_code for g in held(by, Action.CASE_READ, Relation.SUBTREE)]


def debtors_of(by: Holder) -> list[str]:
    """The debtors whose duties this person fulfils."""
    return [*(unit(key) for key in units_of(by)), *(organ(key) for key in dispatches_for(by))]


def filers_of(by: Holder) -> Sequence[str]:
    """The divisions whose monthly report this person handles."""
    return [g.division_code for g in held(by, Action.REPORT_OPEN, Relation.SUBTREE)]


def place_of(case: Case, within: Collection[str] = ()) -> Resource:
    """`within` holds the codes of the case's division and of those above it."""
    row = case.row
    return Resource(
        division=row.division,
        within=within,
        units={task.unit_id for task in case.tasks.values()},
        organ=row.dispatcher_organ,
        leader=row.leader,
    )


def row_scope_of(by: Holder, directory: Directory) -> RowScope:
    """The rows an officer may read: those of the cases `require_visible` would return."""
    organs = held(by, Action.CASE_READ, Relation.ORGAN)
    leads = held(by, Action.CASE_READ, Relation.SUPERVISED)
    return RowScope(
        codes={
            "divisions": [code for above in divisions_of(by) for code in directory.below(above)],
            "leaders": sorted(by.codes) if leads else [],
            "debtors": [*debtors_of(by), *(proposer(key) for key in units_of(by))],
            "filers": filers_of(by),
        },
        keys={
            "organs": [grant.organ_id for grant in organs if grant.organ_id],
            "units": units_of(by),
        },
    )


def require_visible(case: Case | None, by: Holder, within: Collection[str]) -> Case:
    """Return a case the officer may see.

    Raises the same NotFound whether it does not exist or is not theirs to see.
    """
    if case is not None and may(by, Action.CASE_READ, place_of(case, within)):
        return case
    raise NotFound(
        "not_found",
        _("您的身份看不到这件事。"),
        _("需要请联系本地系统管理员；刚提交的，请稍后再看。"),
    )

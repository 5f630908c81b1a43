"""Rights to see a case (units, dispatching organ, divisions above), and whose turn a report is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from services.tracker.domain.duties import (
    objector,
    organ,
    proposer,
    station,
    station_staff,
    supervisor,
    unit,
    unit_head,
)
from services.tracker.domain.mirrors import ReportRow
from services.tracker.domain.model import Case
from shared.contracts.codes import ReportStage
from shared.directory.rights import grants_of, insight, insights_of
from shared.directory.snapshot import Directory
from shared.errors import NotFound
from shared.ids import Id
from shared.rights import Action, Holder, Relation, Resource, RowScope, held, may
from shared.text import _


def units_of(by: Holder, action: Action = Action.CASE_READ) -> list[Id]:
    return [g.unit_id for g in held(by, action, Relation.UNIT) if g.unit_id]


def organs_of(by: Holder) -> list[Id]:
    return [g.organ_id for g in held(by, Action.CASE_SUPERVISE, Relation.ORGAN) if g.organ_id]


def dispatches_for(by: Holder) -> list[Id]:
    return [g.organ_id for g in held(by, Action.ASSIGNMENT_READ, Relation.ORGAN) if g.organ_id]


def divisions_of(by: Holder) -> list[str]:
    return [g.division_code for g in held(by, Action.CASE_READ, Relation.SUBTREE)]


def stations_of(by: Holder, action: Action, directory: Directory) -> list[Id]:
    """The stations, with their sub-points, at which this person may do something."""
    grants = held(by, action, Relation.STATION)
    return [key for g in grants if g.station_id for key in directory.with_points(g.station_id)]


def debtors_of(by: Holder, directory: Directory) -> list[str]:
    """The debtors whose duties this person fulfils."""
    return [
        *(unit(key) for key in units_of(by, Action.CASE_SIGN)),
        *(unit_head(key) for key in units_of(by, Action.CASE_SIGN_OFF)),
        *(organ(key) for key in dispatches_for(by)),
        *(supervisor(key) for key in organs_of(by)),
        *(station(key) for key in stations_of(by, Action.ITEM_ACCEPT, directory)),
        *(station_staff(key) for key in stations_of(by, Action.ITEM_RESUBMIT, directory)),
    ]


class Waiting(NamedTuple):
    """For the list of what is awaited: ids of organs, `leads_of`, debtors (`organ:…`)."""

    organs: Sequence[Id]
    leads: Sequence[str]
    watched: Sequence[str]


def waits(by: Holder) -> bool:
    """Whether this person may wait for others in cases: of an organ, of a unit or leading some."""
    return waits_as_organ(by) or bool(units_of(by))


def waits_as_organ(by: Holder) -> bool:
    """Whether this person waits in cases given out, sent up or led, not as of a unit."""
    return bool(organs_of(by) or by.leads_as)


def waiting_of(by: Holder) -> Waiting:
    return Waiting(organs_of(by), leads_of(by), watched_by(by))


def leads_of(by: Holder) -> list[str]:
    """`leader division`, as row security reads it: whose supervisions they lead, and where."""
    return [f"{leader} {code}" for leader, codes in by.leads_as.items() for code in codes]


def watched_by(by: Holder) -> list[str]:
    """The dispatchers of the organs at which this person supervises but does not dispatch."""
    dispatches = dispatches_for(by)
    return [organ(key) for key in organs_of(by) if key not in dispatches]


def awaited_by(by: Holder) -> list[str]:
    """The debtors this person of a unit waits for: proposers, and the unit's clerk or head.

    While an objection of the unit is decided, the unit itself waits.
    """
    signs, sends = units_of(by, Action.CASE_SIGN), units_of(by, Action.CASE_SIGN_OFF)
    return [
        *(debtor(key) for key in units_of(by) for debtor in (proposer, objector)),
        *(unit(key) for key in sends if key not in signs),
        *(unit_head(key) for key in signs if key not in sends),
    ]


def codes_of(by: Holder, directory: Directory) -> list[str]:
    """The divisions whose cases this person may read."""
    return list({code for above in divisions_of(by) for code in directory.below(above)})


def filers_of(by: Holder, directory: Directory) -> Sequence[str]:
    """The divisions whose monthly report concerns this person, their own first.

    Of a township it is the county's, in which it is a line; of a city all counties' as well.
    """
    own, below = list[str](), list[str]()
    for grant in held(by, Action.REPORT_OPEN, Relation.SUBTREE):
        above = directory.ancestors(grant.division_code)
        own += [one.division_code for one in above if one.level in ("county", "city")][:1]
        below += directory.below(grant.division_code)
    return list(dict.fromkeys((*own, *below)))


def place_of(case: Case, directory: Directory | None = None) -> Resource:
    """Without a directory the divisions above the case and its stations are left out."""
    row = case.row
    return Resource(
        division=row.division,
        within=directory.within(row.division) if directory else (),
        stations=directory.with_main(row.station_id) if directory else (),
        units={task.unit_id for task in case.tasks.values()},
        organ=row.dispatcher_organ,
        leader=row.leader,
    )


def may_lead(directory: Directory, person_id: Id, division: str, today: date) -> bool:
    """Whether a person is a leader in office of a division or of one above it."""
    return any(
        one.role == "leader" and directory.covers(one.division_code, division)
        for one in grants_of(directory, person_id, today)
    )


def may_read_texts(case: Case, by: Holder, directory: Directory) -> bool:
    """Whether an officer may read what people wrote in a case, not only how far it is."""
    row = case.row
    within = insight(row.division, row.owner_level or "", directory)
    return may(by, Action.CASE_READ, replace(place_of(case, directory), within=within))


def reads_all_texts(by: Holder, directory: Directory) -> bool:
    """Whether no case of their divisions is one of which they see only how far it is."""
    return set(codes_of(by, directory)) <= set(insights_of(by, Action.CASE_READ, directory))


def row_scope_of(by: Holder, directory: Directory) -> RowScope:
    """The rows an officer may read: those of the cases that `require_visible` returns."""
    organs = held(by, Action.CASE_READ, Relation.ORGAN)
    return RowScope(
        codes={
            "divisions": codes_of(by, directory),
            "texts": insights_of(by, Action.CASE_READ, directory),
            "leads": leads_of(by),
            "debtors": [*debtors_of(by, directory), *awaited_by(by)],
            "filers": filers_of(by, directory),
        },
        keys={
            "organs": [grant.organ_id for grant in organs if grant.organ_id],
            "units": units_of(by),
            "stations": stations_of(by, Action.CASE_READ, directory),
        },
    )


def require_visible(case: Case | None, by: Holder, directory: Directory) -> Case:
    """Return a case the officer may see.

    Raises the same NotFound whether it does not exist or is not visible to them.
    """
    if case is not None and may(by, Action.CASE_READ, place_of(case, directory)):
        return case
    raise NotFound(
        "not_found",
        _("您的身份看不到这件事。"),
        _("需要请联系本地系统管理员；刚提交的，请稍后再看。"),
    )


_NEXT: Mapping[ReportStage, Action] = {
    "drafted": Action.REPORT_CHECK,
    "returned": Action.REPORT_CHECK,
    "checked": Action.REPORT_CONFIRM,
    "outdated": Action.REPORT_CONFIRM,
    "confirmed": Action.REPORT_SUBMIT,
    "submitted": Action.REPORT_RECEIVE,
}
_SECOND = (Action.REPORT_CONFIRM, Action.REPORT_SUBMIT)
"""The steps that another person takes than the step before."""
_NEVER = date.max


class ReportDuty(NamedTuple):
    """A report, and the step of it that this person can take now, if there is one."""

    report: ReportRow
    step: Action | None


def report_duties(
    reports: Sequence[ReportRow], by: Holder, directory: Directory
) -> list[ReportDuty]:
    """Pair each report with what this person can do about it now.

    Check, confirm and submit need two people. A report waits while an earlier one of the same
    filer is not received.
    """
    return [ReportDuty(one, _step(one, reports, by, directory)) for one in reports]


def _step(
    report: ReportRow, reports: Sequence[ReportRow], by: Holder, directory: Directory
) -> Action | None:
    step = _NEXT.get(report.stage)
    done_by = report.confirmed_by if report.stage == "confirmed" else report.checked_by
    if step is None or (step in _SECOND and by.code == done_by):
        return None
    if step is Action.REPORT_SUBMIT and any(_precedes(one, report) for one in reports):
        return None
    above = directory.ancestors(report.filer)
    receiver = next((one.division_code for one in above if one.level == "city"), "")
    here = Resource(division=report.filer, receiver=receiver)
    return step if may(by, step, here) else None


def _precedes(one: ReportRow, report: ReportRow) -> bool:
    is_earlier = (one.period_end or _NEVER) < (report.period_end or _NEVER)
    return one.filer == report.filer and is_earlier and one.stage != "received"


def foremost_report(duties: Sequence[ReportDuty], own: str) -> ReportDuty | None:
    """The oldest report this person can act on; else the oldest of their `own` not received."""
    of_own = [duty for duty in duties if duty.report.filer == own]
    still_open = [duty for duty in of_own if duty.report.stage != "received"]
    for found in ([duty for duty in duties if duty.step], still_open, of_own[-1:]):
        if found:
            return found[0]
    return None

"""Who sees which form, and whose each step of a report is."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from services.reporting.domain.filers import Filer, Filers
from services.reporting.domain.refusals import NoReport
from services.reporting.domain.reports import Step
from shared.contracts.router import Grant
from shared.directory.snapshot import Directory
from shared.rights import Action, Holder, Resource, RowScope, may

ACTIONS: Mapping[Step, Action] = {
    "check": Action.REPORT_CHECK,
    "confirm": Action.REPORT_CONFIRM,
    "submit": Action.REPORT_SUBMIT,
    "receive": Action.REPORT_RECEIVE,
    "return": Action.REPORT_RETURN,
}


def step_place(code: str, receiver: str) -> Resource:
    """Say whose the steps of a filer's report are: its own, or of the city that receives it."""
    return Resource(division=code, receiver=receiver)


def place_of(filer: Filer, filers: Filers, directory: Directory) -> Resource:
    """Say where a filer's report lies; the divisions of a county see the form they are part of."""
    return replace(
        step_place(filer.code, filers.receiver),
        within=directory.within(filer.code),
        lines=() if filer.is_city else filer.divisions,
    )


def see_form(code: str, by: Holder, filers: Filers, directory: Directory) -> Filer:
    """Give the filer whose form somebody may see; raises NoReport for any other code."""
    filer = filers.get(code)
    if filer is None or not may(by, Action.REPORT_READ, place_of(filer, filers, directory)):
        raise NoReport
    return filer


def line_of(code: str, directory: Directory) -> Resource:
    """Say where one division's line lies."""
    return Resource(division=code, within=directory.within(code))


def row_scope_of(by: Holder, filers: Filers, directory: Directory) -> RowScope:
    """Say which rows somebody may read: of the forms they see, and the facts they may open."""
    forms = (one for one in filers if may(by, Action.REPORT_READ, place_of(one, filers, directory)))
    lines = (code for one in filers for code in one.divisions)
    return RowScope(
        codes={
            "forms": [one.code for one in forms],
            "lines": [c for c in lines if may(by, Action.REPORT_OPEN, line_of(c, directory))],
        },
        keys={},
    )


def opens_first(grants: Iterable[Grant], filers: Filers) -> str:
    """Choose the form a person sees first: that of their first place, everyone else the city's.

    Rights in what went into a place come after those in the place itself.
    """
    filed_by = (filers.filer_of.get(grant.division_code, "") for grant in grants)
    return next((code for code in filed_by if code), filers.receiver)

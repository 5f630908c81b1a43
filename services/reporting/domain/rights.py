"""Rights to see a form, to open the facts behind a number and to take a step of a report."""

from collections.abc import Iterable
from dataclasses import replace

from services.reporting.domain.ledger import Filer, Filers
from services.reporting.domain.refusals import no_report
from shared.contracts.router import Grant
from shared.directory.snapshot import Directory
from shared.rights import Action, Holder, Resource, RowScope, may


def report_resource(code: str, receiver: str) -> Resource:
    """Return the resource that the steps of a report act on: the filer's, received by the city."""
    return Resource(division=code, receiver=receiver)


def form_resource(filer: Filer, filers: Filers, directory: Directory) -> Resource:
    """Return the resource of a filer's form; a county's divisions may see the form they are in."""
    return replace(
        report_resource(filer.code, filers.receiver),
        within=directory.within(filer.code),
        lines=() if filer.is_city else filer.divisions,
    )


def line_resource(code: str, directory: Directory) -> Resource:
    return Resource(division=code, within=directory.within(code))


def get_visible_filer(code: str, by: Holder, filers: Filers, directory: Directory) -> Filer:
    """Return the filer if its form is visible to this person; raises NotFound."""
    filer = filers.get(code)
    if filer is None or not may(by, Action.REPORT_READ, form_resource(filer, filers, directory)):
        raise no_report()
    return filer


def row_scope_of(by: Holder, filers: Filers, directory: Directory) -> RowScope:
    """Return the rows a person may read: those of visible forms, and the facts they may open."""
    lines = (code for one in filers for code in one.divisions)
    return RowScope(
        codes={
            "forms": [
                one.code
                for one in filers
                if may(by, Action.REPORT_READ, form_resource(one, filers, directory))
            ],
            "lines": [c for c in lines if may(by, Action.REPORT_OPEN, line_resource(c, directory))],
        },
        keys={},
    )


def default_filer(grants: Iterable[Grant], filers: Filers) -> str:
    """Return the form shown first to a person: that of their first place, otherwise the city's.

    Rights in divisions merged into a place come after those in the place itself.
    """
    filed_by = (filers.filer_of.get(grant.division_code, "") for grant in grants)
    return next((code for code in filed_by if code), filers.receiver)

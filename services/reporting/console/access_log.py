"""The log of who took the trail of a monthly report away."""

from fastapi import APIRouter

from services.reporting.console.view_models import HOME
from services.reporting.domain.rights import line_of
from shared.db.pool import Database
from shared.directory import Directory, DirectoryCopy
from shared.features.access_log.pages import AccessLogPages, AccessLogSource, access_log_routes
from shared.features.access_log.rows import AccessRow
from shared.ids import to_text
from shared.rights import Action, may
from shared.text import _
from shared.web import components as ui
from shared.web.actor import Actor, CurrentActor
from shared.web.console import Console


def find(by: Actor, directory: Directory, row: AccessRow) -> ui.Link:
    """Name whose report it was, and lead to it who may see the form."""
    code = row.division_code
    division = directory.division(code)
    is_seen = may(by, Action.REPORT_READ, line_of(code, directory))
    trail = f"{HOME}reports/{to_text(row.subject)}/trail"
    return ui.Link(division.name if division else code, trail if is_seen else "")


LOG = AccessLogSource(fields={"trail": _("签报记录")}, find=find)


def routes(db: Database, copy: DirectoryCopy, console: Console, officer: CurrentActor) -> APIRouter:
    """Make the page's address."""
    return access_log_routes(AccessLogPages(console, copy, db, LOG), officer)

"""The log of who took the trail of a case away."""

from fastapi import APIRouter

from shared.db.pool import Database
from shared.directory import DirectoryCopy
from shared.features.access_log.pages import (
    AccessLogPages,
    AccessLogSource,
    access_log_routes,
    find_item,
)
from shared.text import _
from shared.web.actor import CurrentActor
from shared.web.console import Console

LOG = AccessLogSource(fields={"trail": _("办理记录")}, find=find_item)


def routes(db: Database, copy: DirectoryCopy, console: Console, officer: CurrentActor) -> APIRouter:
    """Make the page's address."""
    return access_log_routes(AccessLogPages(console, copy, db, LOG), officer)

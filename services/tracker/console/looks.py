"""The log of who took the trail of a case away."""

from fastapi import APIRouter

from shared.db.pool import Database
from shared.directory import DirectoryCopy
from shared.text import _
from shared.web.actor import CurrentActor
from shared.web.console import Console
from shared.web.looks import Log, LookPages, find_item, look_routes

LOG = Log(fields={"trail": _("办理记录")}, find=find_item)


def routes(db: Database, copy: DirectoryCopy, console: Console, officer: CurrentActor) -> APIRouter:
    """Make the page's address."""
    return look_routes(LookPages(console, copy, db, LOG), officer)

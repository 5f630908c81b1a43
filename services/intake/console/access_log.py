"""The log of who looked at the source of an item, or took its trail away."""

from fastapi import APIRouter

from services.intake.console.labels import LOOKED_AT, REASONS
from shared.db.pool import Database
from shared.directory import DirectoryCopy
from shared.features.access_log.pages import (
    AccessLogPages,
    AccessLogSource,
    access_log_routes,
    find_item,
)
from shared.web.actor import CurrentActor
from shared.web.console import Console

LOG = AccessLogSource(fields=LOOKED_AT, find=find_item, reasons=REASONS)


def routes(db: Database, copy: DirectoryCopy, console: Console, officer: CurrentActor) -> APIRouter:
    """Make the page's address."""
    return access_log_routes(AccessLogPages(console, copy, db, LOG), officer)

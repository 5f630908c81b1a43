"""The log of who looked at the source of an item, or took its trail away."""

from fastapi import APIRouter

from services.intake.console.phrases import LOOKED_AT, REASONS
from shared.db.pool import Database
from shared.directory import DirectoryCopy
from shared.web.actor import CurrentActor
from shared.web.console import Console
from shared.web.looks import Log, LookPages, find_item, look_routes

LOG = Log(fields=LOOKED_AT, find=find_item, reasons=REASONS)


def routes(db: Database, copy: DirectoryCopy, console: Console, officer: CurrentActor) -> APIRouter:
    """Make the page's address."""
    return look_routes(LookPages(console, copy, db, LOG), officer)

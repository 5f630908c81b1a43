"""Reporting put together."""

from services.reporting import api
from services.reporting.console import looks, pages, trail
from services.reporting.consumers import activity_fold, item_fold, report_fold
from services.reporting.settings import ReportingSettings
from shared.clock import Clock
from shared.db.pool import Database
from shared.directory import DirectoryCopy, directory_fold
from shared.messaging.cluster import Cluster
from shared.messaging.messaging import Messaging
from shared.service import Service, assemble
from shared.web.actor import current_actor


def build(settings: ReportingSettings | None = None, schema: str = "reporting") -> Service:
    """Build the service from its settings, by default those of the environment.

    Another `schema` than its own is one that is being rebuilt.
    """
    settings = settings or ReportingSettings()
    dsn = settings.database_url.get_secret_value()
    db = Database(dsn, schema, Clock(moved=settings.moved_time))
    copy = DirectoryCopy(db)
    reports = report_fold(copy, settings)
    folds = (item_fold(settings), activity_fold(settings), reports, directory_fold())
    messaging = Messaging("reporting", db, folds, Cluster.told(settings))
    officer = current_actor(db, copy)
    desk = api.Desk(messaging, reports, copy, settings)
    routes = [
        *api.routes(desk, officer),
        pages.routes(pages.Pages(desk, messaging, copy), officer),
        trail.routes(db, copy, pages.CONSOLE, officer),
        looks.routes(db, copy, pages.CONSOLE, officer),
    ]
    return assemble(messaging, pages.CONSOLE, copy, settings, routes)

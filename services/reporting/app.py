"""Reporting put together."""

from services.reporting import api
from services.reporting.console import looks, pages, trail
from services.reporting.consumers import ActivityFold, ItemFold, ReportFold
from services.reporting.settings import ReportingSettings
from shared.directory import DirectoryCopy, DirectoryFold
from shared.messaging.cluster import Cluster
from shared.messaging.messaging import Messaging
from shared.service import Service, assemble, database_of
from shared.web.actor import current_actor


def build(settings: ReportingSettings | None = None, schema: str = "reporting") -> Service:
    """Build the service from its settings, by default those of the environment.

    Another `schema` than its own is one that is being rebuilt.
    """
    settings = settings or ReportingSettings()
    db = database_of(schema, settings)
    copy = DirectoryCopy(db)
    reports = ReportFold(copy, settings)
    folds = (ItemFold(settings), ActivityFold(settings), reports, DirectoryFold())
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

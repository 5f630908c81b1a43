"""Reporting put together."""

from services.reporting import api
from services.reporting.console import access_log, pages, trail
from services.reporting.consumers import ActivitySubject, ItemSubject, ReportSubject
from services.reporting.settings import ReportingSettings
from shared.directory import DirectoryCopy, DirectorySubject
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
    reports = ReportSubject(copy, settings)
    subjects = (ItemSubject(settings), ActivitySubject(settings), reports, DirectorySubject())
    messaging = Messaging("reporting", db, subjects, Cluster.told(settings))
    officer = current_actor(db, copy)
    desk = api.Desk(messaging, reports, copy, settings)
    routes = [
        *api.routes(desk, officer),
        pages.routes(pages.Pages(desk, messaging, copy), officer),
        trail.routes(db, copy, pages.CONSOLE, officer),
        access_log.routes(db, copy, pages.CONSOLE, officer),
    ]
    return assemble(messaging, pages.CONSOLE, copy, settings, routes)

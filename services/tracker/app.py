"""The tracker put together."""

from services.tracker import api
from services.tracker.console import access_log, pages, trail
from services.tracker.consumers import CaseSubject, subjects
from services.tracker.settings import TrackerSettings
from shared.directory import DirectoryCopy
from shared.messaging.cluster import Cluster
from shared.messaging.messaging import Messaging
from shared.service import Service, assemble, database_of
from shared.web.actor import current_actor


def build(settings: TrackerSettings | None = None) -> Service:
    """Build the service from its settings, by default those of the environment."""
    settings = settings or TrackerSettings()
    db = database_of("tracker", settings)
    copy = DirectoryCopy(db)
    cases = CaseSubject(copy, settings.limits)
    messaging = Messaging("tracker", db, subjects(cases), Cluster.told(settings))
    officer = current_actor(db, copy)
    shown = pages.Pages(messaging, cases, copy, settings.letters)
    routes = [
        *api.routes(messaging, cases, copy, officer),
        pages.routes(shown, officer),
        trail.routes(db, copy, pages.CONSOLE, officer),
        access_log.routes(db, copy, pages.CONSOLE, officer),
    ]
    return assemble(messaging, pages.CONSOLE, copy, settings, routes)

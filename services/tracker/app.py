"""Composition root of the tracker."""

from services.tracker import api
from services.tracker.actions import CaseActions
from services.tracker.console import pages, trail
from services.tracker.consumers import CaseSubject, SearchIndexer, subjects
from services.tracker.settings import TrackerSettings
from shared.directory import DirectoryCopy
from shared.features.access_log.pages import (
    AccessLogPages,
    AccessLogSource,
    access_log_routes,
    find_item,
)
from shared.messaging.broker import Cluster
from shared.messaging.messaging import Messaging
from shared.service import Service, assemble, database_of
from shared.text import _
from shared.web.actor import current_actor

ACCESS_LOG = AccessLogSource(fields={"trail": _("办理记录")}, find=find_item)


def build(settings: TrackerSettings | None = None) -> Service:
    """Build the service from its settings, by default those of the environment."""
    settings = settings or TrackerSettings()
    db = database_of("tracker", settings)
    copy = DirectoryCopy(db)
    cases = CaseSubject(copy, settings.limits)
    cluster, indexer = Cluster.from_settings(settings), SearchIndexer(db)
    messaging = Messaging("tracker", db, subjects(cases), cluster, [indexer])
    actions, officer = CaseActions(messaging, cases, copy, settings.limits), current_actor(db, copy)
    routes = [
        api.routes(actions, officer),
        pages.routes(pages.Pages(actions, copy, settings.letters), officer),
        trail.routes(actions, copy, officer),
        access_log_routes(AccessLogPages(pages.CONSOLE, copy, db, ACCESS_LOG), officer),
    ]
    return assemble(messaging, pages.CONSOLE, copy, settings, routes)

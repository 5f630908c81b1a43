"""Composition root of the reporting service."""

from services.reporting import api
from services.reporting.actions import Actions
from services.reporting.console import pages, trail
from services.reporting.consumers import ActivitySubject, ItemSubject, ReportSubject
from services.reporting.settings import ReportingSettings
from shared.directory import DirectoryCopy, DirectorySubject
from shared.messaging.broker import Cluster
from shared.messaging.messaging import Messaging
from shared.service import Service, assemble, database_of
from shared.web.actor import current_actor


def build(settings: ReportingSettings | None = None, schema: str = "reporting") -> Service:
    """Build the service, by default from the settings of the environment.

    Another `schema` is one that is being rebuilt.
    """
    settings = settings or ReportingSettings()
    db = database_of(schema, settings)
    copy = DirectoryCopy(db)
    reports = ReportSubject(copy, settings)
    periods = settings.periods
    subjects = (ItemSubject(periods), ActivitySubject(periods), reports, DirectorySubject())
    messaging = Messaging("reporting", db, subjects, Cluster.from_settings(settings))
    officer = current_actor(db, copy)
    actions = Actions(messaging, reports, copy, settings)
    routes = [
        *api.routes(actions, officer),
        pages.routes(pages.Pages(actions), officer),
        *trail.routes(actions, pages.CONSOLE, officer),
    ]
    checks = (actions.require_same_periods,)
    return assemble(messaging, pages.CONSOLE, copy, settings, routes, start_checks=checks)

"""Intake put together."""

from services.intake.api import Desk, routes
from services.intake.console import access_log, pages, trail
from services.intake.consumers import ActivitySubject, ItemSubject, ProgressSubject
from services.intake.domain.contact import Vault
from services.intake.settings import IntakeSettings
from services.intake.station_auth import StationAuth
from shared.directory import DirectoryCopy, DirectorySubject
from shared.messaging.cluster import Cluster
from shared.messaging.messaging import Messaging
from shared.sealing import seal_of
from shared.service import Service, assemble, database_of
from shared.web.actor import current_actor

BATCH_BYTES = 4 * 1024 * 1024


def build(settings: IntakeSettings | None = None) -> Service:
    """Build the service from its settings, by default those of the environment."""
    settings = settings or IntakeSettings()
    db = database_of("intake", settings)
    copy = DirectoryCopy(db)
    vault = Vault(seal_of(settings.contact_key_file, create=settings.is_development))
    items, activities = ItemSubject(copy, vault), ActivitySubject(copy)
    subjects = (items, activities, ProgressSubject(), DirectorySubject())
    messaging = Messaging("intake", db, subjects, Cluster.told(settings))
    most = settings.looks_per_hour
    desk = Desk(messaging, items, activities, copy, vault, settings.auto_accept, most)
    door, officer = (
        StationAuth(db, copy, settings.station_requests_per_minute),
        current_actor(db, copy),
    )
    return assemble(
        messaging,
        pages.CONSOLE,
        copy,
        settings,
        [
            *routes(desk, door, officer),
            pages.routes(pages.Pages(db, copy, vault, most), officer),
            trail.routes(db, copy, pages.CONSOLE, officer),
            access_log.routes(db, copy, pages.CONSOLE, officer),
        ],
        body_limits={"/intake/v1/items/batch": BATCH_BYTES},
    )

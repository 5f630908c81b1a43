"""Intake put together."""

from pathlib import Path

from services.intake.api import Desk, Door, routes
from services.intake.consumers import activity_fold, item_fold, progress_fold
from services.intake.settings import IntakeSettings
from shared.clock import Clock
from shared.db.pool import Database
from shared.directory import DirectoryCopy, directory_fold
from shared.messaging.messaging import Messaging
from shared.service import Service, assemble
from shared.web.console import Console

BATCH_BYTES = 4 * 1024 * 1024


def build(settings: IntakeSettings | None = None) -> Service:
    """Build the service from its settings, by default those of the environment."""
    settings = settings or IntakeSettings()
    dsn = settings.database_url.get_secret_value()
    db = Database(dsn, "intake", Clock(moved=settings.moved_time))
    copy = DirectoryCopy(db)
    items, activities = item_fold(copy), activity_fold(copy)
    folds = (items, activities, progress_fold(), directory_fold())
    messaging = Messaging("intake", db, folds, settings.kafka_bootstrap_servers)
    desk = Desk(messaging, items, activities, copy, settings.auto_accept)
    return assemble(
        messaging,
        Console(Path(__file__).with_name("templates")),
        copy,
        settings,
        routes(desk, Door(db, copy, settings.station_requests_per_minute)),
        body_limits={"/intake/v1/items/batch": BATCH_BYTES},
    )

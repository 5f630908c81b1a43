"""Composition root of intake."""

from fastapi import APIRouter

from services.intake import notice_store
from services.intake.actions.activities import ActivityActions
from services.intake.actions.attachments import AttachmentActions
from services.intake.actions.deidentified import DeidentifiedActions
from services.intake.actions.deputies import DeputyActions
from services.intake.actions.keys import KeyActions
from services.intake.actions.links import LinkActions
from services.intake.actions.lookups import LookupActions
from services.intake.actions.notices import Notices
from services.intake.actions.officers import OfficerActions
from services.intake.actions.public import PublicActions
from services.intake.actions.register import RegisterActions
from services.intake.actions.stations import StationActions
from services.intake.activity_api import activity_routes
from services.intake.api import routes
from services.intake.asker_auth import AskerAuth
from services.intake.attachment_api import attachment_routes
from services.intake.attachment_folder import folder_of
from services.intake.console import pages, trail
from services.intake.console.activity_pages import ActivityPages, activity_page_routes
from services.intake.console.attachment_pages import (
    AttachmentPages,
    RaisedFilePages,
    attachment_page_routes,
    deputy_file_routes,
    proposer_file_routes,
)
from services.intake.console.batch_pages import BatchPages, batch_routes
from services.intake.console.deputy_pages import DeputyPages, deputy_routes
from services.intake.console.deputy_reports import DeputyReportPages, deputy_report_routes
from services.intake.console.earlier_pages import earlier_routes
from services.intake.console.key_pages import KeyPages, key_routes
from services.intake.console.link_pages import LinkPages, PosterPages, link_routes, tour_routes
from services.intake.console.notice_pages import NoticePages, notice_routes
from services.intake.console.offline_pages import offline_routes
from services.intake.console.proposer_pages import ProposerPages, proposer_routes
from services.intake.console.register_pages import RegisterPages, register_routes
from services.intake.console.report_pages import ReportPages, report_routes
from services.intake.console.station_pages import StationPages, station_routes
from services.intake.console.uploads import FORM_BYTES
from services.intake.consumers import ActivitySubject, ItemSubject, ProgressSubject
from services.intake.domain.contact import Vault
from services.intake.examples import EXAMPLES
from services.intake.lookup_api import lookup_routes
from services.intake.settings import IntakeSettings
from services.intake.station_auth import StationAuth
from shared.directory import DirectoryCopy, DirectorySubject
from shared.features.table_import.files import FORM_BYTES as TABLE_FORM_BYTES
from shared.features.table_import.store import drop_old_uploads
from shared.messaging.broker import Cluster
from shared.messaging.messaging import Messaging
from shared.notices.channels import open_channels
from shared.notices.sender import Sender
from shared.sealing import seal_of
from shared.service import Service, assemble, database_of, hourly
from shared.settings import Limits
from shared.web.actor import CurrentActor, current_actor
from shared.web.links import ENTERPRISES, PROPOSER
from shared.web.rate_limit import DAY, RateLimit, limited

BODY_LIMITS = {
    "/intake/v1/items/batch": 4 * 1024 * 1024,
    "/intake/v1/items/*/attachments": FORM_BYTES,
    "/intake/items/*/attachments": FORM_BYTES,
    "/intake/deputy/items/*/attachments": FORM_BYTES,
    "/intake/new": FORM_BYTES,
    ENTERPRISES: TABLE_FORM_BYTES,
    f"{PROPOSER}*/attachments": FORM_BYTES,
}
"""Bytes that the body of a request may have where 64 KiB are too few."""


def build(settings: IntakeSettings | None = None) -> Service:
    """Build the service from its settings, by default those of the environment."""
    settings = settings or IntakeSettings()
    db = database_of("intake", settings)
    copy = DirectoryCopy(db)
    vault = Vault(seal_of(settings.contact_key_file, create=settings.is_development))
    channels = open_channels(settings)
    items, activities = ItemSubject(copy, vault, channels), ActivitySubject(copy)
    subjects = (items, activities, ProgressSubject(vault, channels), DirectorySubject())
    notices = Notices(db, copy, vault, channels, settings.address)
    senders = [Sender(notices, one) for one in channels]
    messaging = Messaging("intake", db, subjects, Cluster.from_settings(settings), senders)
    stations = StationActions(messaging, items, copy, vault, settings.auto_accept)
    held = ActivityActions(messaging, activities, copy, settings.recent_visit_days)
    lookups, shares = LookupActions(stations), RateLimit(settings.reports_per_network, DAY)
    officers = OfficerActions(db, copy, vault, settings.source_views_per_hour)
    folder = folder_of(settings.attachment_folder, create=settings.is_development)
    files = AttachmentActions(stations, folder)
    officer = current_actor(db, copy)
    asker = AskerAuth(StationAuth(db, copy, settings.station_requests_per_minute), officer)
    public = PublicActions(stations, settings.reports_per_day, shares)
    return assemble(
        messaging,
        pages.CONSOLE,
        copy,
        settings,
        [
            lookup_routes(lookups, asker),
            *routes(stations, officers, LinkActions(stations), asker, officer),
            activity_routes(held, asker),
            *_of_files(files, asker, officer),
            *_office_routes(officers, notices, officer),
            *_of_stations(held, files, lookups, public, settings, officer),
            *_of_deputies(public, held, files, settings.limits, officer),
            *_public_routes(public, files, settings),
        ],
        duties=[hourly(db, files.sweep, notice_store.give_up, drop_old_uploads)],
        examples=EXAMPLES,
        body_limits=BODY_LIMITS,
    )


def _office_routes(
    officers: OfficerActions, notices: Notices, officer: CurrentActor
) -> list[APIRouter]:
    """Pages of officers and administrators, who are at no station."""
    db, copy = officers.db, officers.copy
    return [
        pages.source_routes(officers, officer),
        pages.log_routes(db, copy, officer),
        trail.routes(officers, officer),
        key_routes(KeyPages(KeyActions(db, copy)), officer),
        register_routes(RegisterPages(RegisterActions(db, copy)), officer),
        notice_routes(NoticePages(notices), officer),
    ]


def _public_routes(
    public: PublicActions, files: AttachmentActions, settings: IntakeSettings
) -> list[APIRouter]:
    """Routes for people without an account, whose requests are counted by address."""
    often = limited(RateLimit(settings.public_requests_per_minute))
    rate = RateLimit(settings.reports_per_minute)
    reports = ReportPages(public, rate, asks_email=settings.has_mail)
    proposers = ProposerPages(public, settings.limits)
    return [
        report_routes(reports, often),
        proposer_file_routes(RaisedFilePages(files), proposers, often),
        *proposer_routes(proposers, public, often),
    ]


def _of_stations(
    held: ActivityActions, files: AttachmentActions, lookups: LookupActions,
    public: PublicActions, settings: IntakeSettings, officer: CurrentActor,
) -> list[APIRouter]:  # fmt: skip
    stations = files.stations
    shown = StationPages(stations, held, files, settings.limits, asks_email=settings.has_mail)
    given = LinkPages(LinkActions(stations))
    return [
        link_routes(given, PosterPages(public), officer),
        *([tour_routes(given, officer)] if settings.is_development else []),
        station_routes(shown, officer),
        batch_routes(BatchPages(stations, settings.limits), officer),
        activity_page_routes(ActivityPages(held), officer),
        earlier_routes(lookups, settings.limits, officer),
        offline_routes(),
    ]


def _of_deputies(
    public: PublicActions, held: ActivityActions, files: AttachmentActions, limits: Limits,
    officer: CurrentActor,
) -> list[APIRouter]:  # fmt: skip
    reports = DeputyReportPages(DeidentifiedActions(public.stations, held))
    deputies = DeputyPages(DeputyActions(public, held), limits)
    return [
        deputy_file_routes(RaisedFilePages(files), deputies, officer),
        deputy_routes(deputies, officer),
        deputy_report_routes(reports, officer),
    ]


def _of_files(files: AttachmentActions, asker: AskerAuth, officer: CurrentActor) -> list[APIRouter]:
    return [
        attachment_routes(files, asker),
        attachment_page_routes(AttachmentPages(files), officer),
    ]

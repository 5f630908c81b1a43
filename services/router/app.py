"""Composition root of the router service."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import structlog
import typer
from fastapi import APIRouter

from services.router.consumers import EntrySubject, ItemSubject
from services.router.directory import api as directory_api
from services.router.directory.actions import DirectoryActions
from services.router.directory.console import admin_pages
from services.router.directory.console import routes as directory_routes
from services.router.directory.console.admin_pages import IMPORT, AdminPages
from services.router.directory.console.labels import CONSOLE, TABLES, division_address, place_name
from services.router.directory.console.pages import DirectoryPages
from services.router.identity import api as identity_api
from services.router.identity import store as identity_store
from services.router.identity.actions import Authenticator, Sessions
from services.router.identity.console import (
    account_admin,
    bulk_accounts,
    checklist,
    demo_login,
    my_account,
    sign_in,
    sign_in_log,
)
from services.router.identity.domain.accounts import LockRule, first_account
from services.router.identity.domain.passwords import hashed_one_time, one_time
from services.router.identity.domain.sessions import SessionLimits
from services.router.identity.oidc_client import OidcClient, OidcSettings
from services.router.identity.store import add_account, has_accounts
from services.router.routing import api as routing_api
from services.router.routing import store as routing_store
from services.router.routing.actions import RoutingActions
from services.router.routing.console import pages, trail
from services.router.settings import RouterSettings
from shared.directory import Directory, DirectoryCopy, DirectorySubject
from shared.errors import Unavailable
from shared.features.access_log.pages import (
    AccessLogPages,
    AccessLogSource,
    access_log_routes,
    find_item,
)
from shared.features.access_log.rows import AccessRow
from shared.features.table_import.files import FORM_BYTES
from shared.features.table_import.store import drop_old_uploads
from shared.ids import Id, named_id
from shared.messaging.broker import Cluster
from shared.messaging.loop import AnySubject
from shared.messaging.messaging import Messaging
from shared.sealing import seal_of
from shared.service import Duty, Service, assemble, database_of, hourly
from shared.text import Text, _
from shared.web import components as ui
from shared.web.actor import Actor, CurrentActor, current_actor
from shared.web.rate_limit import RateLimit
from shared.web.session import Signer, new_private_key, read_private_key

log = structlog.get_logger()

RETRY_SECONDS = 1.0


def find_subject(by: Actor, directory: Directory, row: AccessRow) -> ui.Link:
    """Link to the division whose table was downloaded, or to the item."""
    code = row.division_code
    if row.subject != named_id("division", code):
        return find_item(by, directory, row)
    return ui.Link(place_name(directory, code), division_address(code))


ACCESS_LOG = AccessLogSource(
    dict[str, Text](TABLES.items()) | {"trail": _("交办记录")}, find_subject
)


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts that the three slices share."""

    settings: RouterSettings
    messaging: Messaging
    copy: DirectoryCopy
    items: ItemSubject
    entries: EntrySubject
    officer: CurrentActor
    directory: DirectoryActions


def build(settings: RouterSettings | None = None) -> Service:
    """Build the service from its settings, by default those of the environment."""
    settings = settings or RouterSettings()
    db = database_of("router", settings)
    copy = DirectoryCopy(db)
    items, entries = ItemSubject(copy, settings), EntrySubject(copy)
    subjects = (items, entries, DirectorySubject())
    messaging = Messaging("router", db, subjects, Cluster.from_settings(settings))
    officer, directory = current_actor(db, copy), DirectoryActions(messaging, entries, copy)
    parts = Parts(settings, messaging, copy, items, entries, officer, directory)
    sessions = _sessions(parts)
    once: dict[str, Callable[[], Awaitable[None]]] = {
        "first_account": partial(_create_first_account, messaging, entries, settings.first_account),
        "session_key": sessions.publish_key,
    }
    if not settings.is_development:
        once["trial_sessions"] = sessions.end_trial
    return assemble(
        messaging,
        CONSOLE,
        copy,
        settings,
        [*_routing(parts), *_directory(parts), *_identity(parts, sessions)],
        body_limits={IMPORT: FORM_BYTES},
        duties=[
            *(_until_done(*one) for one in once.items()),
            hourly(db, drop_old_uploads, identity_store.drop_old_records),
        ],
    )


def _routing(it: Parts) -> Sequence[APIRouter]:
    db, copy = it.messaging.db, it.copy
    actions = RoutingActions(it.messaging, it.items, copy)
    return [
        routing_api.routes(actions, it.officer),
        pages.routes(pages.Pages(actions, copy, it.settings.limits), it.officer),
        trail.routes(db, actions, copy, CONSOLE, it.officer),
        access_log_routes(AccessLogPages(CONSOLE, copy, db, ACCESS_LOG), it.officer),
    ]


def _directory(it: Parts) -> Sequence[APIRouter]:
    shown = DirectoryPages(it.directory, CONSOLE)
    return [
        directory_api.routes(it.directory, it.officer),
        directory_routes.routes(shown, it.officer),
        *admin_pages.routes(AdminPages(shown), it.officer),
    ]


def _identity(it: Parts, sessions: Sessions) -> Sequence[APIRouter]:
    settings, db, copy, officer = it.settings, it.messaging.db, it.copy, it.officer
    rule = LockRule(
        settings.sign_in_failures,
        settings.sign_in_failures_in_all,
        timedelta(minutes=settings.sign_in_lock_minutes),
    )
    seal = seal_of(settings.seal_key_file, create=settings.is_development)
    accounts = Authenticator(db, copy, rule, seal)
    trial, limit = settings.is_development, RateLimit(settings.sign_ins_per_minute)
    client = _oidc_client(settings)
    provider = client is not None
    entrance = sign_in.SignInPages(accounts, sessions, limit, trial=trial, provider=provider)
    execute = partial(it.messaging.execute_all, it.entries)
    admin = account_admin.AccountPages(db, copy, execute, sessions.limits)
    several = bulk_accounts.BulkAccountPages(db, copy, execute, provider=provider)
    mine = my_account.MyAccountPages(db, copy, accounts, sessions, trial=trial)
    again = my_account.Reauthentication(accounts, sessions, limit, copy, provider=provider)
    routes = [
        identity_api.routes(sessions),
        sign_in.routes(entrance),
        my_account.session_routes(sessions, officer),
        sign_in_log.routes(sign_in_log.SignInLogPages(db, copy), officer),
        bulk_accounts.routes(several, officer),
        account_admin.routes(admin, officer),
        checklist.routes(checklist.ChecklistPage(it.directory, provider=provider), officer),
        my_account.routes(mine, officer),
        my_account.reauthentication_routes(again, officer),
    ]
    if client:
        oidc = sign_in.OidcPages(client, db, copy, sessions, entrance, limit)
        routes.append(sign_in.oidc_routes(oidc))
    if trial:
        here = demo_login.only_on_this_machine
        demo = demo_login.DemoLoginPages(sessions, copy, partial(_count_waiting, it.messaging))
        routes += [demo_login.routes(demo), identity_api.demo_routes(sessions, copy, here)]
    return routes


async def _count_waiting(messaging: Messaging, organ: Id) -> int:
    async with messaging.db.begin() as tx:
        return await routing_store.count_queue(tx, [organ])


def _sessions(it: Parts) -> Sessions:
    settings = it.settings
    limits = SessionLimits(
        timedelta(minutes=settings.session_idle_minutes), timedelta(hours=settings.session_hours)
    )
    signer = _signer(settings.session_key_file, create=settings.is_development)
    return Sessions(it.messaging, it.entries, signer, limits)


def _oidc_client(settings: RouterSettings) -> OidcClient | None:
    """Read our registration at the provider, if there is one; raises FileNotFoundError."""
    if not settings.oidc_issuer or not settings.oidc_client_secret_file:
        return None
    secret = settings.oidc_client_secret_file.read_text(encoding="utf-8").strip()
    redirect = f"{settings.address.rstrip('/')}/router{sign_in.OIDC_RETURN}"
    return OidcClient(
        OidcSettings(
            settings.oidc_issuer, settings.oidc_client_id, secret, settings.oidc_claim, redirect
        )
    )


def _signer(file: Path, *, create: bool) -> Signer:
    """Read the key that signs sessions; a trial system creates its own.

    Raises FileNotFoundError, and ValueError for a file that holds no Ed25519 private key.
    """
    if create and not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(0o600)
        file.write_bytes(new_private_key().as_pem(private=True))
    return Signer(read_private_key(file.read_bytes()))


def _until_done(name: str, work: Callable[[], Awaitable[None]]) -> Duty:
    """Turn one piece of work into a duty that retries until the database is available."""

    async def duty() -> None:
        while True:
            try:
                return await work()
            except Unavailable:
                log.warning(f"{name}.waiting")
                await asyncio.sleep(RETRY_SECONDS)

    return duty


async def _create_first_account(messaging: Messaging, entries: AnySubject, name: str) -> None:
    """Give a new system its administrator, and print the one-time password once."""
    async with messaging.db.begin() as tx:
        if await has_accounts(tx):
            return
        now = tx.now
    password = one_time()
    entry, account = first_account(name, hashed_one_time(password), now)
    await messaging.act(entries, entry)
    async with messaging.db.begin() as tx:
        if await add_account(tx, account):
            typer.echo(
                f"系统管理员账号 administrator's account: {account.name}\n"
                f"一次性密码，只显示这一次 one-time password, shown only once: {password}",
                err=True,
            )

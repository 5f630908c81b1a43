"""The router put together."""

import asyncio
from datetime import timedelta
from pathlib import Path

import structlog
import typer
from fastapi import APIRouter

from services.router import store
from services.router.consumers import EntrySubject, ItemSubject
from services.router.directory import api as directory_api
from services.router.directory.actions import DirectoryActions, Entries
from services.router.directory.console import admin_pages
from services.router.directory.console import pages as directory_pages
from services.router.directory.console.admin_pages import FORM_BYTES, IMPORT, AdminPages
from services.router.directory.console.pages import DirectoryPages
from services.router.directory.console.renderer import CONSOLE
from services.router.directory.domain.commands import PutEntry
from services.router.directory.store import drop_old_uploads
from services.router.identity import sessions
from services.router.identity.authenticator import Authenticator
from services.router.identity.console import demo_door, my_account, oidc, reauthentication, sign_in
from services.router.identity.console.account_admin import routes as managing
from services.router.identity.console.account_admin.pages import AccountPages
from services.router.identity.domain import passwords
from services.router.identity.domain.accounts import LockRule, first_account
from services.router.identity.domain.sessions import Lasting
from services.router.identity.oidc_client import Client, Provider
from services.router.routing import api as routing_api
from services.router.routing.actions import RoutingActions
from services.router.routing.console import access_log, pages, trail
from services.router.settings import RouterSettings
from shared.contracts.envelope import EVERYWHERE
from shared.contracts.router import DirectorySessionKey
from shared.directory import DirectoryCopy, DirectorySubject
from shared.errors import Unavailable
from shared.ids import named_id
from shared.messaging.cluster import Cluster
from shared.messaging.messaging import Messaging
from shared.sealing import seal_of
from shared.service import Duty, Service, assemble, database_of, hourly
from shared.web.actor import CurrentActor, current_actor
from shared.web.rate_limit import RateLimit
from shared.web.session import Signer, new_private_key, read_private_key

log = structlog.get_logger()

RETRY_SECONDS = 1.0


def build(settings: RouterSettings | None = None) -> Service:
    """Build the service from its settings, by default those of the environment."""
    settings = settings or RouterSettings()
    db = database_of("router", settings)
    copy = DirectoryCopy(db)
    items, entries = ItemSubject(copy, settings), EntrySubject(copy)
    subjects = (items, entries, DirectorySubject())
    messaging = Messaging("router", db, subjects, Cluster.told(settings))
    signer = _signer(settings.session_key_file, create=settings.is_development)
    officer = current_actor(db, copy)
    browsers = _browsers(settings, messaging, entries, signer)
    made = [
        *_routing(RoutingActions(messaging, items, copy), settings, officer),
        access_log.routes(db, copy, CONSOLE, officer),
        *_directory(DirectoryActions(messaging, entries, copy), officer),
        *sessions.routes(browsers, officer),
        *_doors(settings, messaging, copy, entries, browsers, officer),
    ]
    once: dict[str, Duty] = {
        "first_account": _first_account(messaging, entries),
        "session_key": _announce(messaging, entries, signer),
    }
    forgetting = hourly(db, drop_old_uploads, store.drop_old_records)
    if settings.is_development:
        at_door = demo_door.Door(messaging, copy, browsers, CONSOLE)
        made += [
            *demo_door.routes(at_door),
            directory_api.trial_routes(copy, sessions.only_on_this_machine),
        ]
    else:
        once["trial_sessions"] = browsers.end_trial
    return assemble(
        messaging,
        CONSOLE,
        copy,
        settings,
        made,
        body_limits={IMPORT: FORM_BYTES},
        duties=[*(_until_done(*one) for one in once.items()), forgetting],
    )


def _routing(
    actions: RoutingActions, settings: RouterSettings, officer: CurrentActor
) -> list[APIRouter]:
    db, copy = actions.messaging.db, actions.copy
    return [
        routing_api.routes(actions, officer),
        *pages.routes(pages.Pages(actions, copy, settings), officer),
        trail.routes(db, actions, copy, CONSOLE, officer),
    ]


def _directory(actions: DirectoryActions, officer: CurrentActor) -> list[APIRouter]:
    console = DirectoryPages(actions, CONSOLE)
    return [
        directory_api.routes(actions, officer),
        directory_pages.routes(console, officer),
        *admin_pages.routes(AdminPages(console), officer),
    ]


def _browsers(
    settings: RouterSettings,
    messaging: Messaging,
    entries: Entries,
    signer: Signer,
) -> sessions.Sessions:
    lasting = Lasting(
        timedelta(minutes=settings.session_idle_minutes), timedelta(hours=settings.session_hours)
    )
    return sessions.Sessions(messaging, entries, signer, lasting)


def _doors(
    settings: RouterSettings,
    messaging: Messaging,
    copy: DirectoryCopy,
    entries: Entries,
    browsers: sessions.Sessions,
    officer: CurrentActor,
) -> list[APIRouter]:
    """Make the ways in that any system has, by password and maybe at a provider, and one's own."""
    lock = timedelta(minutes=settings.sign_in_lock_minutes)
    seal = seal_of(settings.seal_key_file, create=settings.is_development)
    known = Authenticator(messaging, copy, LockRule(settings.sign_in_failures, lock), seal)
    rate_limit, provider = RateLimit(settings.sign_ins_per_minute), _provider(settings)
    doors = sign_in.SignInPages(
        known,
        browsers,
        rate_limit,
        CONSOLE,
        trial=settings.is_development,
        provider=provider is not None,
    )
    mine = my_account.MyAccountPages(
        messaging.db, copy, known, browsers, trial=settings.is_development
    )
    anew = reauthentication.Reauthentication(
        known, browsers, rate_limit, copy, provider=provider is not None
    )
    kept = AccountPages(messaging, copy, entries, known, browsers.lasting)
    made = [
        *sign_in.routes(doors),
        *managing.routes(kept, officer),
        my_account.routes(mine, officer),
        reauthentication.routes(anew, officer),
    ]
    if provider:
        elsewhere = oidc.OidcDoor(provider, messaging.db, copy, browsers, doors, rate_limit)
        made += oidc.routes(elsewhere)
    return made


def _provider(settings: RouterSettings) -> Provider | None:
    """Read what the provider knows us by, if there is one; raises FileNotFoundError."""
    if not settings.oidc_issuer or not settings.oidc_client_secret_file:
        return None
    secret = settings.oidc_client_secret_file.read_text(encoding="utf-8").strip()
    back = f"{settings.address.rstrip('/')}/router{oidc.PATH}"
    return Provider(
        Client(settings.oidc_issuer, settings.oidc_client_id, secret, settings.oidc_claim, back)
    )


def _signer(file: Path, *, create: bool) -> Signer:
    """Read the key sessions are signed with; a trial system makes its own.

    Raises FileNotFoundError, and ValueError for a file that holds no Ed25519 private key.
    """
    if create and not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(0o600)
        file.write_bytes(new_private_key().as_pem(private=True))
    return Signer(read_private_key(file.read_bytes()))


def _until_done(name: str, work: Duty) -> Duty:
    """Make a duty of what is to be done once, as soon as the database lets it."""

    async def duty() -> None:
        while True:
            try:
                return await work()
            except Unavailable:
                log.warning(f"{name}.waiting")
                await asyncio.sleep(RETRY_SECONDS)

    return duty


def _first_account(messaging: Messaging, entries: Entries) -> Duty:
    """Make the work that gives a new system its administrator, and prints the password once."""

    async def put() -> None:
        async with messaging.db.begin() as tx:
            if await store.has_accounts(tx):
                return
            now = tx.now
        password = passwords.one_time()
        entry, account = first_account(passwords.hashed(password), now)
        await messaging.act(entries, entry)
        async with messaging.db.begin() as tx:
            if await store.add_account(tx, account):
                typer.echo(
                    f"系统管理员账号 administrator's account: {account.name}\n"
                    f"一次性密码，只显示这一次 one-time password, shown only now: {password}",
                    err=True,
                )

    return put


def _announce(messaging: Messaging, entries: Entries, signer: Signer) -> Duty:
    """Make the work that puts the public key into the directory, unless it stands there."""

    async def put() -> None:
        async with messaging.db.begin() as tx:
            now = tx.now
        entry = DirectorySessionKey(
            occurred_at=now,
            division_code=EVERYWHERE,
            actor="router",
            kid=signer.kid,
            public_pem=signer.public_pem,
        )
        await messaging.act(entries, PutEntry(named_id("session_key", signer.kid), entry))

    return put

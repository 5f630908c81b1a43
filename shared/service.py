"""A running service: its parts, pages, background duties and life cycle."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
import uvicorn
from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import JSONResponse, RedirectResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import Mount, Route

from shared.clock import Clock, doubling
from shared.contracts.asyncapi import asyncapi
from shared.db.migrate import ACCESS_LOG, DIRECTORY, MESSAGING, RIGHTS, migrate
from shared.db.pool import Database, Tx
from shared.directory import DirectoryCopy
from shared.errors import Unavailable
from shared.features.access_log.store import drop_old_entries
from shared.features.dead_letters import pages as dead_letters
from shared.messaging.messaging import Messaging
from shared.observability.logging import end_process
from shared.rights import Action
from shared.settings import SchemaSettings, SharedSettings
from shared.web.actor import current_actor, requires
from shared.web.console import PATH, Console, icon, static_app
from shared.web.documented import DocumentedApi, Example
from shared.web.http_limits import SERVER
from shared.web.links import SIGN_IN
from shared.web.middleware import SecurityHeaders, install_middleware
from shared.web.problems import DOCUMENTED, ProblemResponses

Check = Callable[[], Awaitable[Sequence[str]]]
"""Check of one thing: returns its problems in plain words, none if it is healthy."""


Figures = Callable[[], Awaitable[CollectorRegistry]]
"""Brings the figures up to date."""


def health_routes(live: Check, ready: Check, figures: Figures) -> APIRouter:
    """Make `/health/live` (restart me if 503), `/health/ready` (send me no one) and `/metrics`."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/health/live")
    @requires(Action.PUBLIC)
    async def is_live() -> JSONResponse:
        return _answer(await live())

    @routes.get("/health/ready")
    @requires(Action.PUBLIC)
    async def is_ready() -> JSONResponse:
        return _answer(await ready())

    @routes.get("/metrics")
    @requires(Action.PUBLIC)
    async def metrics() -> Response:
        return Response(generate_latest(await figures()), media_type=CONTENT_TYPE_LATEST)

    return routes


def _answer(troubles: Sequence[str]) -> JSONResponse:
    status = "unavailable" if troubles else "ok"
    return JSONResponse({"status": status, "troubles": list(troubles)}, 503 if troubles else 200)


log = structlog.get_logger()

Duty = Callable[[], Coroutine[Any, Any, None]]
StartCheck = Callable[[], Awaitable[None]]
"""Raises if the service must not run as it is configured."""
HOUR = 3600.0


@dataclass
class Service:
    """Everything one service is, with no state outside it; four may live in one process."""

    name: str
    db: Database
    messaging: Messaging
    web: FastAPI
    copy: DirectoryCopy
    settle: timedelta
    duties: Sequence[Duty] = field(default_factory=tuple)
    start_checks: Sequence[StartCheck] = field(default_factory=tuple)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["Service"]:
        """Open the database and read the directory for one command; no part runs."""
        await self.db.open()
        try:
            await self.copy.refresh()
            yield self
        finally:
            await self.db.close()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Service"]:
        """Open the pool, waiting for the database, and run all parts until the block ends."""
        await self._open()
        for check in self.start_checks:
            await check()
        work = asyncio.create_task(self._work(), name=self.name)
        work.add_done_callback(self._on_end)
        try:
            yield self
        finally:
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work
            await self.db.close()

    async def _open(self) -> None:
        waits = doubling(0.2, 5.0)
        while True:
            try:
                await self.db.open()
            except Unavailable:
                log.warning("database.waiting", service=self.name)
                await asyncio.sleep(next(waits))
            else:
                return

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.messaging.run())
            for duty in self.duties:
                group.create_task(duty())

    def _on_end(self, work: "asyncio.Task[None]") -> None:
        """End the process when a part dies: a half service is worse than a restart."""
        if not work.cancelled() and work.exception() is not None:
            end_process(70, "service.failed", service=self.name, exc_info=work.exception())


def assemble(  # noqa: PLR0913  the root of composition takes every part
    messaging: Messaging,
    console: Console,
    copy: DirectoryCopy,
    settings: SharedSettings,
    routes: Sequence[APIRouter],
    *,
    duties: Sequence[Duty] = (),
    start_checks: Sequence[StartCheck] = (),
    body_limits: Mapping[str, int] | None = None,
    examples: Mapping[str, Example] | None = None,
) -> Service:
    """Assemble a service: routes, middleware, operators' pages, health, metrics and event contract.

    Called by every service's composition root.
    """
    web = DocumentedApi(
        examples=examples or {},
        title=f"Jianyi {messaging.service}",
        version="1",
        docs_url=None,
        redoc_url=None,
        responses=dict(DOCUMENTED),
    )
    refused = messaging.metrics.refused
    install_middleware(
        web, console, body_limits=body_limits, on_refusal=lambda code: refused.labels(code).inc()
    )
    officer = current_actor(messaging.db, copy)
    settle = timedelta(hours=settings.accounts_settle_hours)
    letters = dead_letters.DeadLetterPages(messaging, console, copy, settle)
    operators = dead_letters.routes(letters, officer)
    ops = operations_routes(messaging, copy, development=settings.is_development)
    for route in (*routes, operators, ops):
        web.include_router(route)
    own = (copy.run, hourly(messaging.db, drop_old_entries, messaging.anchor), *duties)
    return Service(messaging.service, messaging.db, messaging, web, copy, settle, own, start_checks)


def operations_routes(messaging: Messaging, copy: DirectoryCopy, *, development: bool) -> APIRouter:
    """Health, metrics and the event contract; `idle` in development, for simulation."""

    async def live() -> Sequence[str]:
        return [f"{name}_stands_still" for name in messaging.standing_still()]

    async def ready() -> Sequence[str]:
        troubles = list(await live())
        try:
            await messaging.measure()
        except Unavailable as error:
            troubles.append(error.code)
        return troubles

    async def figures() -> CollectorRegistry:
        with contextlib.suppress(Unavailable):  # then only figures held in memory
            await messaging.measure()
        return messaging.metrics.registry

    routes = health_routes(live, ready, figures)

    @routes.get("/asyncapi.json")
    @requires(Action.PUBLIC)
    async def contract() -> dict[str, Any]:
        receives = [topic for subject in messaging.subjects for topic in subject.topics]
        return asyncapi(messaging.service, receives)

    if development:
        _add_idle(routes, messaging, copy)
    return routes


def _add_idle(routes: APIRouter, messaging: Messaging, copy: DirectoryCopy) -> None:
    @routes.get("/health/idle")
    @requires(Action.PUBLIC)
    async def idle() -> dict[str, bool | float]:
        """Tell whether nothing is left to do, and when the last set was applied.

        Directory events are then in memory too. Idle twice with the same last
        set, of all services: nothing happened in between.
        """
        is_idle = await messaging.is_idle() and not await copy.refresh()
        return {"idle": is_idle, "last_set": messaging.loop.progress_at}


def mounted(services: Sequence[Service], *inside: Middleware) -> Starlette:
    """Put services behind one address, each under its own name, as the ingress does.

    Every answer carries the security headers, also one of the middleware `inside` them.
    """

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            for service in services:
                await stack.enter_async_context(service.running())
            spare_collector()
            yield

    app = Starlette(
        routes=[
            *(Route(f"/{service.name}", _first_page) for service in services),
            *(Mount(f"/{service.name}", service.web) for service in services),
            Mount(PATH, static_app()),
            Route("/favicon.ico", icon),
        ],
        middleware=[Middleware(SecurityHeaders), *inside],
        exception_handlers={HTTPException: ProblemResponses(Console(), SIGN_IN).on_http},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # it would redirect to the host the request names
    return app


def spare_collector() -> None:
    """Let the garbage collector skip what exists now, and run seldom.

    Otherwise its full runs walk all modules and models again and again, for a third of the
    processor time of a rebuild.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)


async def _first_page(request: Request) -> RedirectResponse:
    return RedirectResponse(f"{request.url.path}/")


def hourly(db: Database, *works: Callable[[Tx], Awaitable[None]]) -> Duty:
    """Run these at start and every hour; a run is skipped while the database is unavailable.

    Expired data is deleted this way, whether or not there are requests.
    """

    async def duty() -> None:
        while True:
            with contextlib.suppress(Unavailable):
                async with db.begin() as tx:
                    for work in works:
                        await work(tx)
            await asyncio.sleep(HOUR)

    return duty


def serve(service: Service, settings: SharedSettings) -> None:
    """Run one service as its own process until SIGTERM."""
    uvicorn.run(mounted([service]), **server_options(settings))


def server_options(settings: SharedSettings) -> dict[str, Any]:
    """The options of a service's server; behind trusted proxies the last other hop is the client.

    Nobody is trusted by default: uvicorn's own default would believe this machine.
    """
    return SERVER | {
        "host": settings.host,
        "port": settings.port,
        "proxy_headers": bool(settings.trusted_proxies),
        "forwarded_allow_ips": settings.trusted_proxies,
        "loop": "uvloop",
        "timeout_graceful_shutdown": 5,
    }


def database_of(schema: str, settings: SharedSettings, size: int = 10) -> Database:
    """Connection pool of a service for its schema; at most `size` connections."""
    dsn = settings.database_url.get_secret_value()
    return Database(dsn, schema, Clock(moved=settings.moved_time), size)


async def migrate_service(settings: SchemaSettings, name: str, own: Path) -> list[str]:
    return await migrate(settings.database_url.get_secret_value(), name, migrations(own))


def migrations(own: Path) -> Sequence[Path]:
    """List the folders of a service's migrations in their order, its own last."""
    return (RIGHTS, MESSAGING, DIRECTORY, ACCESS_LOG, own)

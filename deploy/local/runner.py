"""`jianyi run`: servers, schemas, seed and the four services on one machine and one port."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import uvicorn
from rich.console import Console
from starlette.applications import Starlette
from starlette.responses import RedirectResponse
from starlette.routing import Route

from deploy.kafka.topics import create_topics
from deploy.local import clock, ports
from deploy.local.servers import Servers
from shared.observability.logging import configure_logging
from shared.service import Service, migrate_service, mounted
from shared.settings import SharedSettings

SERVICES = ("intake", "router", "tracker", "reporting")
ROOT = Path(__file__).parents[2]


def environment(servers: Servers) -> dict[str, str]:
    """What the services of this machine are told: where the servers are, and that it is a trial."""
    return {
        "DATABASE_URL": servers.dsn,
        "KAFKA_BOOTSTRAP_SERVERS": servers.bootstrap,
        "JIANYI_ENV": "development",
        "JIANYI_MOVED_TIME": "true",
        "ROUTER_SESSION_KEY_FILE": str(servers.home / "session-key.pem"),
    }


def embedded() -> dict[str, str]:
    """What commands beside this machine's own system are told; nothing while it does not run."""
    servers = Servers()
    runs = all(server.pid for server in servers.ours)
    return environment(servers) if runs else {}


async def prepare(environ: Mapping[str, str]) -> None:
    """Create topics, schemas and the table of moved time."""
    settings = SharedSettings.model_validate(dict(environ))
    await create_topics(settings.kafka_bootstrap_servers)
    for name in SERVICES:
        await migrate_service(settings, name, ROOT / "services" / name / "migrations")
    await clock.allow_moved_time(environ["DATABASE_URL"])


def build_all() -> list[Service]:
    """Build the four services of one process from the environment."""
    return [import_module(f"services.{name}.app").build() for name in SERVICES]


def one_address(services: list[Service]) -> Starlette:
    """Put the four behind one address whose root is the first page."""
    app = mounted(services)
    app.router.routes.append(Route("/", _first_page))
    return app


async def _first_page(_: object) -> RedirectResponse:
    return RedirectResponse("/tracker/")


def run(*, empty: bool, port: int | None) -> None:
    """Start everything, fill it once unless `empty`, and serve until Ctrl-C."""
    asyncio.run(_run(empty=empty, port=port))


async def _run(*, empty: bool, port: int | None) -> None:
    console = Console(stderr=True)
    servers = Servers()
    with console.status("Starting Kafka and PostgreSQL …"):
        await servers.start()
    try:
        environ = environment(servers)
        os.environ.update(environ)
        with console.status("Preparing topics and schemas …"):
            await prepare(environ)
        chosen = port or ports.choose(servers.home / "port")
        await _serve(console, servers, chosen, empty=empty)
    finally:
        with console.status("Stopping Kafka and PostgreSQL …"):
            await servers.stop()


async def _serve(console: Console, servers: Servers, port: int, *, empty: bool) -> None:
    configure_logging("jianyi")
    config = uvicorn.Config(
        one_address(build_all()),
        host="127.0.0.1",
        port=port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=3,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started and not serving.done():  # noqa: ASYNC110  uvicorn sets no event
        await asyncio.sleep(0.05)
    if server.started:
        url = f"http://127.0.0.1:{port}/"
        await _fill(console, servers, url, empty=empty)
        console.print(f"建议闭环 [bold]{url}[/]   (Ctrl-C ends it; the data stays)")
    await serving


async def _fill(console: Console, servers: Servers, url: str, *, empty: bool) -> None:
    """On the first start, seed the city and play a small month through the public interfaces."""
    filled = servers.home / "filled"
    if filled.exists():
        return
    await _jianyi("router", "seed")
    if not empty:
        console.print(f"Open {url} now, or wait: a small month is being played first.")
        await _jianyi("simulate", "--url", url, "--months", "1", "--items", "150", "--seed", "1")
    filled.touch()


async def _jianyi(*words: str) -> None:
    """Run a command of ours beside the services; raises CalledProcessError."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "services", *words)
    try:
        code = await process.wait()
    except asyncio.CancelledError:
        process.terminate()
        raise
    if code:
        raise subprocess.CalledProcessError(code, words)

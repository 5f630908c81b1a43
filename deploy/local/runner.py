"""`jianyi run`: servers, schemas, seed and the four services on one machine and one port."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from socket import socket

import structlog
import uvicorn
from rich.console import Console
from rich.markup import escape
from starlette.applications import Starlette
from starlette.datastructures import URL
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route

from deploy.kafka.topics import TopicSettings, create_topics, login_of
from deploy.local import clock
from deploy.local.folder import locked
from deploy.local.postgres import login
from deploy.local.server import Server, bound, choose_port
from deploy.local.servers import Servers
from deploy.postgres.roles import make_roles, shut_database
from shared.observability.log_writer import RotatingFile
from shared.observability.logging import configure_logging
from shared.service import Service, migrate_service, mounted
from shared.settings import SchemaSettings, address_of
from shared.web.http_limits import SERVER
from shared.web.links import FIRST_PAGE

SERVICES = ("intake", "router", "tracker", "reporting")
ROOT = Path(__file__).parents[2]
WATCH_SECONDS, RETRY_SECONDS = 2.0, 30.0
SMALL_MONTH = ("--months=1", "--items=150", "--seed=1")

log = structlog.get_logger()


def addresses(dsn: str) -> dict[str, str]:
    """The administrator's address and each service's own, as the environment names them."""
    return {"DATABASE_URL": dsn, **{address_of(name): login(dsn, name) for name in SERVICES}}


def environment(servers: Servers) -> dict[str, str]:
    """Environment variables of the local services: server addresses, keys, trial mode."""
    return {
        **addresses(servers.dsn),
        **servers.kafka_environment,
        "JIANYI_ENV": "development",
        "JIANYI_MOVED_TIME": "true",
        # A played month passes in minutes.
        "INTAKE_STATION_REQUESTS_PER_MINUTE": "1000000",
        "INTAKE_CONTACT_KEY_FILE": str(servers.home / "contact.keys"),
        "INTAKE_ATTACHMENT_FOLDER": str(servers.home / "attachments"),
        "ROUTER_SESSION_KEY_FILE": str(servers.home / "session-key.pem"),
        "ROUTER_SEAL_KEY_FILE": str(servers.home / "seal.keys"),
    }


def embedded() -> dict[str, str]:
    """Environment variables for commands run beside the local system; empty while it is stopped.

    With the user's own PostgreSQL (`DATABASE_URL`), only the database addresses.
    """
    if dsn := os.environ.get("DATABASE_URL"):
        return addresses(dsn)
    servers = Servers()
    runs = all(server.pid for server in servers.ours)
    return environment(servers) if runs else {}


async def prepare(environ: Mapping[str, str]) -> None:
    """Create topics, roles, schemas and the table of moved time."""
    await create_topics(**login_of(TopicSettings.model_validate(dict(environ))))
    dsn = environ["DATABASE_URL"]
    await make_roles(dsn, {name: environ[address_of(name)] for name in SERVICES})
    await shut_database(dsn, SERVICES)
    settings = SchemaSettings.model_validate(dict(environ))
    for name in SERVICES:
        await migrate_service(settings, name, ROOT / "services" / name / "migrations")
    await clock.allow_moved_time(dsn)


def build_all() -> list[Service]:
    """Build the four services of one process from the environment."""
    return [import_module(f"services.{name}.app").build() for name in SERVICES]


def one_address(services: list[Service]) -> Starlette:
    """Put the four behind one address whose root is the first page."""
    # A page of another site whose name leads here (DNS rebinding) is no page of ours.
    own_names = Middleware(
        TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"], www_redirect=False
    )
    app = mounted(services, own_names)
    app.router.routes.append(Route("/", _first_page))
    return app


async def _first_page(request: Request) -> RedirectResponse:
    return RedirectResponse(str(URL(FIRST_PAGE).replace(query=request.url.query)))


Work = Callable[[str], Coroutine[None, None, None]]
"""What is done beside the services, given their address."""


async def serve_while(console: Console, work: Work, port: int | None = None) -> None:
    """Start everything on one address, do the work, and end all; Ctrl-C ends the work too."""
    servers = Servers()
    if (task := asyncio.current_task()) is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with locked(servers.home), bound(port or choose_port(servers.home / "port")) as opened:
        try:
            with console.status("Starting Kafka and PostgreSQL …"):
                await servers.start()
            environ = environment(servers)
            os.environ.update(environ)
            os.environ.setdefault("JIANYI_ADDRESS", f"http://127.0.0.1:{opened.getsockname()[1]}")
            with console.status("Preparing topics and schemas …"):
                await prepare(environ)
            configure_logging("jianyi", to=RotatingFile(servers.home / "services.log"))
            await _serve(opened, _beside(servers, console, work))
        finally:
            with console.status("Stopping Kafka and PostgreSQL …"):
                await servers.stop()


def _beside(servers: Servers, console: Console, work: Work) -> Work:
    """Do the work and meanwhile watch the servers."""

    async def both(url: str) -> None:
        watching = asyncio.create_task(watch(servers, lambda words: _say(console, words)))
        try:
            await work(url)
        finally:
            watching.cancel()

    return both


def _say(console: Console, words: str) -> None:
    """Print where somebody still looks."""
    with suppress(OSError):
        console.print(words)


async def watch(servers: Servers, say: Callable[[str], None]) -> None:
    """Start a server that ended by itself again, and say so, until cancelled."""
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        for server in servers.ours:
            if await asyncio.to_thread(lambda it: it.pid, server) is None:
                await _restart(server, say)


async def _restart(server: Server, say: Callable[[str], None]) -> None:
    log.error("server.ended", server=server.name)
    say(f"[red]{server.name}意外退出，正在重新启动 / ended by itself, starting again[/]")
    try:
        await server.start()
    except Exception as error:  # whatever it is, the next look tries again
        log.exception("server.not_started", server=server.name)
        say(f"[red]{escape(str(error))}[/]")
        await asyncio.sleep(RETRY_SECONDS)
    else:
        log.warning("server.restarted", server=server.name)
        say(f"{server.name}已重新运行 / runs again")


class _Server(uvicorn.Server):
    """Leaves signals alone: uvicorn would raise them again and end us before the servers end."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve(opened: socket, work: Work) -> None:
    """Serve and work until the work is done, a part fails, or SIGINT or SIGTERM arrives."""
    config = uvicorn.Config(
        one_address(build_all()),
        proxy_headers=False,
        timeout_graceful_shutdown=3,
        **SERVER,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve([opened]))
    while not server.started and not serving.done():  # noqa: ASYNC110  uvicorn sets no event
        await asyncio.sleep(0.05)
    working = asyncio.create_task(work(f"http://127.0.0.1:{opened.getsockname()[1]}/"))
    for ending in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(ending, working.cancel)
    await asyncio.wait((serving, working), return_when=asyncio.FIRST_COMPLETED)
    working.cancel()
    server.should_exit = True
    for result in await asyncio.gather(working, serving, return_exceptions=True):
        if isinstance(result, Exception):
            raise result


async def jianyi(*words: str, quiet: bool = False) -> int:
    """Run `jianyi` and return its exit code; `quiet` shows its output only if it fails."""
    stdout = asyncio.subprocess.PIPE if quiet else None
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services", *words, stdout=stdout
    )
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        process.terminate()
        await process.wait()
        raise
    if process.returncode and output:
        print(output.decode(errors="replace"), file=sys.stderr)
    return process.returncode or 0


async def run(console: Console, *, empty: bool, port: int | None) -> None:
    """Serve until Ctrl-C; on the first start fill the system, unless it is to stay `empty`."""
    home = Servers().home

    async def work(url: str) -> None:
        console.print(f"建议闭环 [bold]{url}[/]")
        console.print(f"Press Ctrl-C to stop; the data is kept in {home}")
        if moved := await clock.moved_to(os.environ["DATABASE_URL"]):
            console.print(
                f"[red]The clock is set to {moved:%Y-%m-%d %H:%M}; undo: `jianyi clock reset`[/]"
            )
        await _fill(console, home / "filled", url, empty=empty)
        await asyncio.Event().wait()

    await serve_while(console, work, port)


async def _fill(console: Console, mark: Path, url: str, *, empty: bool) -> None:
    """Once, put the city and invented people in and play a small month; never tried again."""
    if mark.exists():  # noqa: ASYNC240  a local file, at the start
        return
    with console.status("Putting in the city, its offices and invented people …"):
        for words in (("router", "seed"), ("router", "demo-people")):
            if await jianyi(*words, quiet=True):
                console.print(f"[red]`jianyi {' '.join(words)}` failed; see above.[/]")
                return
    mark.touch()  # noqa: ASYNC240
    if not empty:
        console.print("Simulating one month. You can browse; as time moves, choose a role again.")
        if await jianyi("simulate", "--url", url, *SMALL_MONTH):
            console.print("[red]The simulation did not finish; see above.[/]")
            return
    console.print(f"Ready: [bold]{url}[/]")

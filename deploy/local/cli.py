"""Commands for one machine: run everything, move the time, play months."""

import asyncio
import os
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar

import httpx
import typer
import uvloop
from rich.console import Console

from deploy.local import clock, runner
from deploy.local import simulate as simulation
from deploy.local.folder import LocalServerError
from deploy.local.servers import Servers
from deploy.simulator.city import NoRest, Unexpected

T = TypeVar("T")
app = typer.Typer(no_args_is_help=True)
moved = typer.Typer(no_args_is_help=True, help="Move the time of embedded servers.")
app.add_typer(moved, name="clock")


@app.command()
def run(
    *,
    empty: Annotated[bool, typer.Option(help="Play no month first.")] = False,
    port: Annotated[int | None, typer.Option(help="Serve here; else a free port is kept.")] = None,
) -> None:
    """Start Kafka, PostgreSQL and the four services, and say where the first page is."""
    with _told():
        _run(runner.run(Console(stderr=True), empty=empty, port=port))


@app.command()
def simulate(
    *,
    items: Annotated[int, typer.Option(min=1, help="How many items stations send.")] = 300,
    months: Annotated[int, typer.Option(min=1, max=24, help="How many months are played.")] = 3,
    seed: Annotated[int, typer.Option(help="The same seed gives the same figures.")] = 1,
    messages: Annotated[
        Path | None,
        typer.Option(help="CSV of real texts (subject,body; maybe .gz); else invented ones."),
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="Where a trial system of this machine serves.")
    ] = None,
) -> None:
    """Play months of a city's work through the public interfaces, and check the figures."""
    console = Console(stderr=True)
    wish = simulation.Wish(items, months, seed, messages)
    with _told():
        if not _run(simulation.anywhere(url, wish, console)):
            raise typer.Exit(1)


def _run(work: Coroutine[None, None, T]) -> T:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        return loop.run(work)


@contextmanager
def _told() -> Iterator[None]:
    """Let an error that says what to do end the command."""
    try:
        yield
    except (LocalServerError, Unexpected, NoRest) as error:
        typer.echo(error, err=True)
        raise typer.Exit(1) from None
    except httpx.TransportError as error:
        typer.echo(f"The system does not answer ({error!r}): is `jianyi run` on?", err=True)
        raise typer.Exit(1) from None
    except asyncio.CancelledError:
        raise typer.Exit(130) from None


@moved.command("set")
def set_clock(
    instant: Annotated[datetime, typer.Argument(help="e.g. 2026-11-01T09:00:00+08:00")],
) -> None:
    """Let the services believe it is this instant."""
    if instant.tzinfo is None:
        raise typer.BadParameter("the instant needs a time zone, e.g. +08:00")
    asyncio.run(clock.move_to(_dsn(), instant))
    show()


@moved.command()
def reset() -> None:
    """Return to real time."""
    asyncio.run(clock.remove_offset(_dsn()))
    show()


@moved.command()
def show() -> None:
    """Print what time the services believe it is."""
    typer.echo(asyncio.run(clock.read(_dsn())).isoformat())


def _dsn() -> str:
    """Find the embedded database; anything else keeps its own time."""
    if os.environ.get("JIANYI_ENV") == "production":
        raise typer.BadParameter("time moves on embedded servers only")
    return os.environ.get("DATABASE_URL") or Servers().dsn

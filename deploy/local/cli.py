"""Commands for one machine: run everything, move the clock, simulate months."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
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
from shared.db.migrate import MigrationChanged, NewerData

T = TypeVar("T")
app = typer.Typer(no_args_is_help=True)
moved = typer.Typer(
    no_args_is_help=True, help="Move the clock of a system started by `jianyi run`."
)
app.add_typer(moved, name="clock")


@app.command()
def run(
    *,
    empty: Annotated[bool, typer.Option(help="Do not simulate a month first.")] = False,
    port: Annotated[
        int | None,
        typer.Option(help="Port to serve on; by default a free port is chosen and kept."),
    ] = None,
) -> None:
    """Start Kafka, PostgreSQL and the four services, and print the address of the home page."""
    with _printed_errors():
        _run(runner.run(Console(stderr=True), empty=empty, port=port))


@app.command()
def simulate(
    *,
    items: Annotated[int, typer.Option(min=1, help="Number of items that stations submit.")] = 300,
    months: Annotated[int, typer.Option(min=1, max=24, help="Number of months to simulate.")] = 3,
    seed: Annotated[int, typer.Option(help="The same seed gives the same figures.")] = 1,
    messages: Annotated[
        Path | None,
        typer.Option(help="CSV of real texts (subject,body; may be .gz) instead of invented ones."),
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="Address of a trial system on this machine.")
    ] = None,
) -> None:
    """Simulate months of a city's work through the public interfaces and check the figures."""
    console = Console(stderr=True)
    wish = simulation.Wish(items, months, seed, messages)
    with _printed_errors():
        if not _run(simulation.anywhere(url, wish, console)):
            raise typer.Exit(1)


def _run(work: Coroutine[None, None, T]) -> T:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        return loop.run(work)


@contextmanager
def _printed_errors() -> Iterator[None]:
    """Print an expected error as one message, without a traceback, and end the command."""
    try:
        yield
    except (LocalServerError, Unexpected, NoRest) as error:
        typer.echo(error, err=True)
        raise typer.Exit(1) from None
    except NewerData as error:
        folder = Servers().home
        typer.echo(
            f"{folder}里的数据由更新的版本写成，没有启动：请用那个版本。\n"
            f"The data in {folder} was created by a newer version ({error}). Start that version. "
            "Nothing was changed.",
            err=True,
        )
        raise typer.Exit(1) from None
    except MigrationChanged as error:
        folder = Servers().home
        typer.echo(
            f"{folder}里的数据来自另一个版本，不能沿用。试用数据可以删掉重来：rm -r {folder}\n"
            f"The data in {folder} was created by another version ({error}). To start over, "
            f"remove the trial data: rm -r {folder}",
            err=True,
        )
        raise typer.Exit(1) from None
    except httpx.TransportError as error:
        typer.echo(f"The system is not responding ({error!r}). Is `jianyi run` running?", err=True)
        raise typer.Exit(1) from None
    except asyncio.CancelledError:
        raise typer.Exit(130) from None


@moved.command("set")
def set_clock(
    instant: Annotated[datetime, typer.Argument(help="e.g. 2026-11-01T09:00:00+08:00")],
) -> None:
    """Set the services' clocks to this instant."""
    if instant.tzinfo is None:
        raise typer.BadParameter("the instant needs a time zone, e.g. +08:00")
    _clock(lambda dsn: clock.move_to(dsn, instant))


@moved.command()
def reset() -> None:
    """Return to real time."""
    _clock(clock.remove_offset)


@moved.command()
def show() -> None:
    """Print the services' current time."""
    _clock(clock.read)


def _clock(work: Callable[[str], Coroutine[None, None, object]]) -> None:
    """Change the clock and print the resulting time."""

    async def then_read() -> datetime:
        try:
            dsn = Servers().dsn
        except FileNotFoundError:
            raise LocalServerError(
                "No system has been started here. Run `jianyi run` first."
            ) from None
        await work(dsn)
        return await clock.read(dsn)

    with _printed_errors():
        typer.echo(asyncio.run(then_read()).isoformat())

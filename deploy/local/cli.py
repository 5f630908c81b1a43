"""Commands for one machine: run everything, move the time, play months."""

import asyncio
import os
from datetime import datetime
from typing import Annotated

import typer

from deploy.local import clock, runner
from deploy.local.folder import LocalServerError
from deploy.local.servers import Servers

app = typer.Typer(no_args_is_help=True)
moved = typer.Typer(no_args_is_help=True, help="Move the time of embedded servers.")
app.add_typer(moved, name="clock")


@app.command()
def run(
    *,
    empty: Annotated[bool, typer.Option(help="Do not play a small month first.")] = False,
    port: Annotated[int | None, typer.Option(help="Serve here; else a free port is kept.")] = None,
) -> None:
    """Start Kafka, PostgreSQL and the four services, and say where the first page is."""
    try:
        runner.run(empty=empty, port=port)
    except LocalServerError as error:
        typer.echo(error, err=True)
        raise typer.Exit(1) from None


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

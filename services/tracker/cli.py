"""`jianyi tracker`: bring the tracker's schema up to date."""

import asyncio
from pathlib import Path

import typer

from shared.service import migrate_service
from shared.settings import SchemaSettings

app = typer.Typer(no_args_is_help=True, help="Cases, clocks, replies, ratings, supervision.")


@app.callback()
def about() -> None:
    """Is it done in time, and well?"""


@app.command()
def migrate() -> None:
    """Bring the schema `tracker` up to date."""
    own = Path(__file__).with_name("migrations")
    done = asyncio.run(migrate_service(SchemaSettings(), "tracker", own))
    typer.echo("\n".join(done) or "nothing to do")

"""`jianyi reporting`: the schema, and whether the figures are the sum of their facts."""

import asyncio
from pathlib import Path

import typer

from services.reporting import store
from services.reporting.settings import ReportingSettings
from shared.clock import Clock
from shared.db.pool import Database
from shared.service import migrate_service
from shared.settings import SchemaSettings

app = typer.Typer(no_args_is_help=True, help="What do the figures say? Facts, monthly reports.")


@app.callback()
def about() -> None:
    """What do the figures say?"""


@app.command()
def migrate() -> None:
    """Bring the schema `reporting` up to date."""
    own = Path(__file__).with_name("migrations")
    done = asyncio.run(migrate_service(SchemaSettings(), "reporting", own))
    typer.echo("\n".join(done) or "nothing to do")


@app.command()
def verify() -> None:
    """Add all figures up from their facts again; ends with 1 when one differs."""

    async def work() -> list[str]:
        settings = ReportingSettings()
        dsn = settings.database_url.get_secret_value()
        db = Database(dsn, "reporting", Clock(moved=settings.moved_time), size=1)
        await db.open()
        try:
            async with db.begin() as tx:
                return await store.verify(tx)
        finally:
            await db.close()

    wrong = asyncio.run(work())
    typer.echo("\n".join(wrong) or "数字与事实一致 every figure is the sum of its facts")
    if wrong:
        raise typer.Exit(1)

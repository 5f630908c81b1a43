"""`jianyi reporting`: the schema, and whether the figures are the sum of their facts."""

import asyncio

import typer

from services.reporting import store
from services.reporting.settings import ReportingSettings
from shared.cli import command_line, opened

app = command_line(
    "reporting",
    "What do the figures say? Facts, monthly reports.",
    __file__,
)


@app.command()
def verify() -> None:
    """Add all figures up from their facts again; ends with 1 when one differs."""

    async def work() -> list[str]:
        async with opened("reporting", ReportingSettings()) as it, it.db.begin() as tx:
            return await store.verify(tx)

    wrong = asyncio.run(work())
    typer.echo("\n".join(wrong) or "数字与事实一致 every figure is the sum of its facts")
    if wrong:
        raise typer.Exit(1)

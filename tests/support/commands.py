"""Commands of `jianyi` run inside a test, as an operator would type them."""

import asyncio
from collections.abc import Mapping

import typer
from typer.testing import CliRunner


async def run(app: typer.Typer, environ: Mapping[str, str], *words: str) -> tuple[int, str]:
    """Run one command; gives its exit code and everything it printed."""
    result = await asyncio.to_thread(CliRunner().invoke, app, list(words), env=dict(environ))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output

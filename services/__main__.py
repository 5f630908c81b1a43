"""The command `jianyi`: each service's commands, and what concerns all four."""

import os
from importlib import import_module

import typer
from pydantic import ValidationError

from deploy.local.cli import app as local
from deploy.local.runner import SERVICES, embedded

app = typer.Typer(no_args_is_help=True, help="建议闭环 Jianyi: suggestions from station to answer.")
for name in SERVICES:
    app.add_typer(import_module(f"services.{name}.__main__").app, name=name)
app.registered_commands += local.registered_commands
app.registered_groups += local.registered_groups


@app.callback()
def use_embedded_servers(context: typer.Context) -> None:
    """建议闭环 Jianyi: suggestions from station to answer."""
    if context.invoked_subcommand in SERVICES and "DATABASE_URL" not in os.environ:
        os.environ.update(embedded())


def main() -> None:
    """Run a command; a setting that is missing or wrong is named, with what to do."""
    try:
        app()
    except ValidationError as error:
        if not error.title.endswith("Settings"):
            raise
        for one in error.errors():
            typer.echo(f"{'.'.join(map(str, one['loc']))}: {one['msg']}", err=True)
        typer.echo(
            "这里没有运行中的系统：先执行 make run，或设置上述变量 / "
            "no system runs here: `make run` first, or set the variables above",
            err=True,
        )
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()

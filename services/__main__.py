"""The command `jianyi`: each service's commands, and those for all four."""

import os
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from deploy.local.folder import LocalServerError
from deploy.local.runner import SERVICES, embedded
from shared.cli import audit_commands, run
from shared.settings import address_of

PLACES = {
    **{name: (f"services.{name}.__main__", "app") for name in SERVICES},
    "station": ("services.intake.cli", "stations"),
    "erase": ("services.intake.cli", "erase"),
    "init": ("services.city", "init"),
    **dict.fromkeys(("run", "simulate", "clock"), ("deploy.local.cli", "app")),
}
"""In which module each command stands, and its name there: to import the others takes seconds."""
NEED_SERVERS = {*SERVICES, "station", "audit", "erase"}


class Commands(TyperGroup):
    """The commands of `jianyi`; only the module of the one that is called is imported."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 (typer asks so)
        return [*PLACES, "audit"]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        if cmd_name == "audit":
            builds = (import_module(f"services.{name}.app").build for name in SERVICES)
            return _command(cmd_name, audit_commands(*builds))
        if cmd_name not in PLACES:
            return None
        module, name = PLACES[cmd_name]
        return _command(cmd_name, getattr(import_module(module), name))


def _command(name: str, found: Any) -> Any:
    """Make a command of a command line, of one of its commands, or of a function."""
    if not isinstance(found, typer.Typer):
        alone = typer.Typer(add_completion=False)
        alone.command(name)(found)
        found = alone
    command: Any = typer.main.get_command(found)
    command = getattr(command, "commands", {}).get(name, command)
    command.name = name
    return command


app = typer.Typer(
    cls=Commands, no_args_is_help=True, help="建议闭环 Jianyi: suggestions, from station to reply."
)


@app.callback()
def use_embedded_servers(context: typer.Context) -> None:
    """建议闭环 Jianyi: suggestions, from station to reply."""
    if context.invoked_subcommand in NEED_SERVERS and os.environ.keys().isdisjoint(
        map(address_of, SERVICES)
    ):
        try:
            os.environ.update(embedded())
        except LocalServerError as error:
            raise typer.BadParameter(str(error)) from None


def main() -> None:
    run(app)


if __name__ == "__main__":
    main()

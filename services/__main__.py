"""The command `jianyi`: each service's commands, and those for all four."""

import os
from importlib import import_module

import typer

from deploy.local.cli import app as local
from deploy.local.folder import LocalServerError
from deploy.local.runner import SERVICES, embedded
from services.city import init
from services.intake.cli import erase, stations
from shared.cli import audit_commands, run
from shared.settings import address_of

app = typer.Typer(no_args_is_help=True, help="建议闭环 Jianyi: suggestions, from station to reply.")
services = [import_module(f"services.{name}.__main__") for name in SERVICES]
for name, service in zip(SERVICES, services, strict=True):
    app.add_typer(service.app, name=name)
app.add_typer(stations, name="station")
app.command("init")(init)
app.command("erase")(erase)
app.add_typer(audit_commands(*(service.build for service in services)), name="audit")
app.registered_commands += local.registered_commands
app.registered_groups += local.registered_groups


@app.callback()
def use_embedded_servers(context: typer.Context) -> None:
    """建议闭环 Jianyi: suggestions, from station to reply."""
    needs_servers = context.invoked_subcommand in (*SERVICES, "station", "audit", "erase")
    if needs_servers and os.environ.keys().isdisjoint(map(address_of, SERVICES)):
        try:
            os.environ.update(embedded())
        except LocalServerError as error:
            raise typer.BadParameter(str(error)) from None


def main() -> None:
    run(app)


if __name__ == "__main__":
    main()

"""The command `jianyi`: each service's commands, and what concerns all four."""

from importlib import import_module

import typer

from deploy.local.cli import app as local

app = typer.Typer(no_args_is_help=True, help="建议闭环 Jianyi: suggestions from station to answer.")
for name in ("intake", "router", "tracker", "reporting"):
    app.add_typer(import_module(f"services.{name}.cli").app, name=name)
app.registered_commands += local.registered_commands
app.registered_groups += local.registered_groups


if __name__ == "__main__":
    app()

"""`python -m deploy.local up|down|status|setup|lock`: the servers of this machine by hand."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from deploy.local import artifacts
from deploy.local.folder import LocalServerError, locked
from deploy.local.servers import Servers

app = typer.Typer(no_args_is_help=True, help="Kafka and PostgreSQL on this machine.")


@app.command()
def up() -> None:
    """Start the servers that are not running and leave them running."""
    servers = Servers()
    with _printed_errors():
        asyncio.run(servers.start())
    _print(servers)


@app.command()
def down() -> None:
    """Stop both; the data is kept."""
    servers = Servers()
    with _printed_errors(), locked(servers.home):
        asyncio.run(servers.stop())
    _print(servers)


@app.command()
def status() -> None:
    """Show what runs where."""
    _print(Servers())


@app.command()
def setup() -> None:
    """Fetch Kafka's jars and the front-end files, unless they are there."""
    if not artifacts.up_to_date():
        with _printed_errors():
            artifacts.set_up()


@app.command()
def lock() -> None:
    """Write a new jgo.lock.toml from jgo.toml."""
    artifacts.lock()


@contextmanager
def _printed_errors() -> Iterator[None]:
    try:
        yield
    except LocalServerError as error:
        typer.echo(error, err=True)
        raise typer.Exit(1) from None


def _print(servers: Servers) -> None:
    typer.echo(f"Data: {servers.home}")
    if servers.kafka not in servers.ours:
        typer.echo(f"Kafka: {servers.bootstrap} (KAFKA_BOOTSTRAP_SERVERS)")
    if servers.postgres not in servers.ours:
        typer.echo("PostgreSQL: your own (DATABASE_URL)")
    for server in servers.ours:
        state = f"running as process {server.pid} at {server.address}" if server.pid else "stopped"
        typer.echo(f"{server.name}: {state}")


if __name__ == "__main__":
    app()

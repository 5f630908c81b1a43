"""`python -m services.router`: serve it, migrate it."""

from services.router.app import build
from services.router.cli import app
from services.router.settings import RouterSettings
from shared.commands import audit_commands, parked_commands, run
from shared.observability.logging import configure_logging
from shared.service import serve as serve_service

app.add_typer(parked_commands(build), name="parked")
app.add_typer(audit_commands(build), name="audit")


@app.command()
def serve() -> None:
    """Run the router until it is told to stop."""
    configure_logging("router")
    settings = RouterSettings()
    serve_service(build(settings), settings)


if __name__ == "__main__":
    run(app)

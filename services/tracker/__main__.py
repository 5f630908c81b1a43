"""`python -m services.tracker`: serve it, migrate it."""

from services.tracker.app import build
from services.tracker.cli import app
from services.tracker.settings import TrackerSettings
from shared.commands import audit_commands, parked_commands, run
from shared.observability.logging import configure_logging
from shared.service import serve as serve_service

app.add_typer(parked_commands(build), name="parked")
app.add_typer(audit_commands(build), name="audit")


@app.command()
def serve() -> None:
    """Run the tracker until it is told to stop."""
    configure_logging("tracker")
    settings = TrackerSettings()
    serve_service(build(settings), settings)


if __name__ == "__main__":
    run(app)

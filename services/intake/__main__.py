"""`python -m services.intake`: serve it, migrate it."""

from services.intake.app import build
from services.intake.cli import app
from services.intake.settings import IntakeSettings
from shared.commands import audit_commands, parked_commands, run
from shared.observability.logging import configure_logging
from shared.service import serve as serve_service

app.add_typer(parked_commands(build), name="parked")
app.add_typer(audit_commands(build), name="audit")


@app.command()
def serve() -> None:
    """Run intake until it is told to stop."""
    configure_logging("intake")
    settings = IntakeSettings()
    serve_service(build(settings), settings)


if __name__ == "__main__":
    run(app)

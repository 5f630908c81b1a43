"""`python -m services.reporting`: serve it, migrate it, verify its figures, rebuild them."""

from services.reporting.app import build
from services.reporting.cli import app
from services.reporting.rebuild import rebuild
from services.reporting.settings import ReportingSettings
from shared.commands import audit_commands, parked_commands, run
from shared.observability.logging import configure_logging
from shared.service import serve as serve_service

app.add_typer(parked_commands(build), name="parked")
app.add_typer(audit_commands(build), name="audit")
app.command()(rebuild)


@app.command()
def serve() -> None:
    """Run reporting until it is told to stop."""
    configure_logging("reporting")
    settings = ReportingSettings()
    serve_service(build(settings), settings)


if __name__ == "__main__":
    run(app)

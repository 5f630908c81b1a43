"""`python -m services.reporting`: all commands of reporting."""

from services.reporting.app import build
from services.reporting.cli import app
from services.reporting.rebuild import rebuild
from services.reporting.settings import ReportingSettings
from shared.cli import add_service_commands, run

add_service_commands(app, "reporting", ReportingSettings, build)
app.command()(rebuild)

if __name__ == "__main__":
    run(app)

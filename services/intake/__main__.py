"""`python -m services.intake`: all commands of intake."""

from services.intake.app import build
from services.intake.cli import app
from services.intake.settings import IntakeSettings
from shared.cli import add_service_commands, run

add_service_commands(app, "intake", IntakeSettings, build)

if __name__ == "__main__":
    run(app)

"""`python -m services.tracker`: all commands of the tracker."""

from services.tracker.app import build
from services.tracker.cli import app
from services.tracker.settings import TrackerSettings
from shared.cli import add_service_commands, run

add_service_commands(app, "tracker", TrackerSettings, build)

if __name__ == "__main__":
    run(app)

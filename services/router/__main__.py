"""`python -m services.router`: all commands of the router."""

from services.router.app import build
from services.router.cli import app
from services.router.settings import RouterSettings
from shared.cli import add_service_commands, run

add_service_commands(app, "router", RouterSettings, build)

if __name__ == "__main__":
    run(app)

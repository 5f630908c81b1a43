"""`python -m services.reporting`: the commands of reporting."""

from services.reporting.app import build
from services.reporting.cli import app
from shared.cli import run

__all__ = ["app", "build"]

if __name__ == "__main__":
    run(app)

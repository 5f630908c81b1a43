"""The officers' pages: what is due today, a case with its acts, the list of cases."""

from pathlib import Path

from shared.web.console import Console

CONSOLE = Console(Path(__file__).with_name("templates"))

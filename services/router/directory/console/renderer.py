"""Renders the pages of all three slices of the router."""

from pathlib import Path

from shared.web.console import Console

_ROUTER = Path(__file__).parents[2]
CONSOLE = Console(*(_ROUTER / part / "console" for part in ("routing", "directory", "identity")))

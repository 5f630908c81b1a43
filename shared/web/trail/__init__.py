"""The trail of one subject, as all four services show and hand it out: who did what, and when."""

from shared.web.trail.lines import Change, Line, Told, Value, both, hidden, lines_of, written
from shared.web.trail.names import Names
from shared.web.trail.pages import MOST, Subject, Trails, trail_routes

__all__ = [
    "MOST", "Change", "Line", "Names", "Subject", "Told", "Trails", "Value", "both", "hidden",
    "lines_of", "trail_routes", "written",
]  # fmt: skip

"""The trail of one subject, as all four services show and hand it out: who did what, and when."""

from shared.features.trail.lines import (
    Description,
    Names,
    TrailChange,
    TrailField,
    TrailLine,
    both,
    hidden,
    lines_of,
    written,
)
from shared.features.trail.pages import MOST, Trails, TrailSubject, trail_routes

__all__ = [
    "MOST",
    "Description",
    "Names",
    "TrailChange",
    "TrailField",
    "TrailLine",
    "TrailSubject",
    "Trails",
    "both",
    "hidden",
    "lines_of",
    "trail_routes",
    "written",
]  # fmt: skip

"""The number an accepted item bears for life: county, year, running number."""

from datetime import datetime

from shared.calendar import local_day
from shared.directory.snapshot import Directory

Series = tuple[str, int]
"""Numbers run by division and year."""


def series_of(directory: Directory, division_code: str, now: datetime) -> Series:
    """Find the series of an item: its county's, or its own division's above the counties."""
    counties = [d.division_code for d in directory.ancestors(division_code) if d.level == "county"]
    return (counties or [division_code])[0], local_day(now).year


def number(series: Series, n: int) -> str:
    """Write a number as events carry it: 331004-2022-0418."""
    division_code, year = series
    return f"{division_code}-{year}-{n:04d}"

"""Instants as people of the city say them."""

from datetime import UTC, datetime


def at(text: str) -> datetime:
    """Read a time of day in Shanghai, as `2022-09-20 23:59`, or a day's noon."""
    stamp = text if " " in text else f"{text} 12:00"
    return datetime.fromisoformat(f"{stamp}+08:00").astimezone(UTC)

"""How long to wait before trying again."""

from collections.abc import Iterator


def doubling(first: float, longest: float) -> Iterator[float]:
    """Yield waits in seconds without end, each twice the one before, up to the longest."""
    wait = first
    while True:
        yield wait
        wait = min(wait * 2, longest)

"""Heartbeats of the loops of one process, to find one that has stopped."""

import time

STILL_SECONDS = 120.0
"""Longer than any round: the limits of a database session and Kafka, waits included."""


class Heartbeat:
    """One loop's last heartbeat; None while it is idle."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._at: float | None = None

    def beat(self) -> None:
        """Begin a round."""
        self._at = time.monotonic()

    def rest(self) -> None:
        """Mark the loop as idle; it may wait for any length of time."""
        self._at = None

    @property
    def stands_still(self) -> bool:
        """Whether a round has been running for too long."""
        return self._at is not None and time.monotonic() - self._at > STILL_SECONDS

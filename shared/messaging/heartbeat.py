"""Signs of life of the loops of one process: which of them stands still."""

import time

STILL_SECONDS = 120.0
"""Above the longest round: what a database session and Kafka may take, waits included."""


class Heartbeat:
    """One loop's last sign of life; without one, it has nothing to do."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._at: float | None = None

    def beat(self) -> None:
        """Begin a round."""
        self._at = time.monotonic()

    def rest(self) -> None:
        """Wait, for as long as it may be, until there is something to do."""
        self._at = None

    @property
    def stands_still(self) -> bool:
        """Whether a round began long ago and has not ended."""
        return self._at is not None and time.monotonic() - self._at > STILL_SECONDS

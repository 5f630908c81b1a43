"""Refreshes the figures an operator watches of the clocks."""

import asyncio

import structlog

from services.tracker import store
from shared.contracts.words import LEVELS
from shared.errors import Unavailable
from shared.messaging.messaging import Messaging

log = structlog.get_logger()

EVERY_SECONDS = 30.0


class ClockFigures:
    """Gauges of the clocks: how late they fire, what is overdue, what rests on a guess."""

    def __init__(self, messaging: Messaging) -> None:
        self._db, gauge = messaging.db, messaging.metrics.gauge
        self._unfired = gauge("clock_oldest_unfired_seconds", "Age of the oldest step not fired.")
        self._undispatched = gauge(
            "oldest_undispatched_seconds", "Age of the oldest item that waits for its dispatch."
        )
        self._provisional = gauge(
            "provisional_due_dates", "Running clocks whose due date rests on no published calendar."
        )
        self._overdue = gauge("overdue_duties", "Duties past their due time.", ["level"])

    async def measure(self) -> None:
        """Read the figures once."""
        async with self._db.begin() as tx:
            figures = await store.measure(tx)
        self._unfired.set(figures.unfired_seconds)
        self._undispatched.set(figures.undispatched_seconds)
        self._provisional.set(figures.provisional)
        for level in (*LEVELS, "none"):
            self._overdue.labels(level).set(figures.overdue.get(level, 0))

    async def run(self) -> None:
        """Read them again and again until cancelled."""
        while True:
            try:
                await self.measure()
            except Unavailable:
                log.warning("figures.waiting")
            await asyncio.sleep(EVERY_SECONDS)

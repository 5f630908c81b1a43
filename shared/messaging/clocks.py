"""Fires due clocks: no leader, no lease; the effect and the firing are one transaction."""

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog

from shared.errors import Unavailable
from shared.messaging.loop import AnySubject, Loop
from shared.messaging.subject import ClockDue, ClockedSubject

log = structlog.get_logger()

SET = 500
POLL_SECONDS = 0.5


class Clocks:
    """Looks for due subjects of every fold that has clocks."""

    def __init__(self, loop: Loop, subjects: Sequence[AnySubject]) -> None:
        self._loop = loop
        self._subjects = [subject for subject in subjects if isinstance(subject, ClockedSubject)]

    async def run(self) -> None:
        """Fire what is due until cancelled."""
        while self._subjects:
            try:
                fired = [await self.fire(subject) for subject in self._subjects]
            except Unavailable:
                log.warning("clocks.waiting")
                fired = []
            if not any(fired):
                await asyncio.sleep(POLL_SECONDS)

    async def fire(self, subject: ClockedSubject[Any, Any]) -> int:
        """Fire one set of due subjects of a fold and return how many it was.

        Due subjects are read without a lock; their state rows are claimed with SKIP LOCKED when
        the set is loaded, and the clocks are read again under that lock.
        """
        async with self._loop.db.begin() as tx:
            keys = await subject.list_due(tx, SET)
        if keys:
            await self._loop.apply([(subject, ClockDue(key)) for key in sorted(keys)])
        return len(keys)

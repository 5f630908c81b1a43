"""A limit on tables read at the same time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.errors import TooManyRequests
from shared.ids import Id
from shared.text import _

MAX_TABLES = 8


class Turns:
    """Reading tables takes time of all: one at a time, and one a person, read or waiting."""

    def __init__(self) -> None:
        self._one = asyncio.Semaphore(1)
        self._persons: set[Id] = set()

    @asynccontextmanager
    async def take(self, person: Id) -> AsyncIterator[None]:
        """Wait until it is this person's turn; raises TooManyRequests."""
        if person in self._persons or len(self._persons) >= MAX_TABLES:
            raise TooManyRequests(
                5,
                "table_in_hand",
                _("前一张表还在读，没有开始读这一张。"),
                _("请过几秒再试。"),
            )
        self._persons.add(person)
        try:
            async with self._one:
                yield
        finally:
            self._persons.discard(person)

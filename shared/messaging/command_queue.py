"""Acts that come at the same time are committed as one set; a refused one hurts no other."""

import asyncio
from typing import Any

from shared.errors import Unavailable
from shared.messaging.loop import AnySubject, Loop
from shared.messaging.subject import Applied, Command

MAX_SET = 200
MAX_WAITING = 2_000
CONCURRENCY = 2


class CommandQueue:
    """The queue between requests and the loop of one process."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._waiting: asyncio.Queue[tuple[AnySubject, Command, asyncio.Future[Applied[Any]]]] = (
            asyncio.Queue(MAX_WAITING)
        )

    async def act(self, subject: AnySubject, act: Command) -> Applied[Any]:
        """Do one act and return what came of it, committed.

        Raises Refused as the decision said, Unavailable when the system is busy or its database
        away; after Unavailable the act may have happened, so retry it with the same id.
        """
        future: asyncio.Future[Applied[Any]] = asyncio.get_running_loop().create_future()
        try:
            self._waiting.put_nowait((subject, act, future))
        except asyncio.QueueFull:
            raise Unavailable("overloaded") from None
        return await future

    async def run(self) -> None:
        """Commit sets until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(CONCURRENCY):
                group.create_task(self._commit_sets())

    async def _commit_sets(self) -> None:
        while True:
            taken = [await self._waiting.get()]
            while len(taken) < MAX_SET and not self._waiting.empty():
                taken.append(self._waiting.get_nowait())
            try:
                results = await self._loop.apply([(subject, act) for subject, act, _ in taken])
            except Exception as error:  # every caller gets the error
                results = [error] * len(taken)
            for (_, _, future), result in zip(taken, results, strict=True):
                if future.done():
                    continue
                if isinstance(result, Applied):
                    future.set_result(result)
                else:
                    future.set_exception(result or RuntimeError("an act without a result"))

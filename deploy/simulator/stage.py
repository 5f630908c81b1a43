"""The stage: one clock for all, on which courses wait for their moment and the city for rest."""

import asyncio
import heapq
import itertools
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from deploy.simulator.cast import Cast
from deploy.simulator.city import City
from deploy.simulator.device import Device
from deploy.simulator.station import StationClient
from deploy.simulator.tally import Tally
from shared.calendar import Calendar, local_day
from shared.calendar.days import SHANGHAI

MORNING, AFTERNOON, EVENING = time(9), time(14, 30), time(17, 30)
MOMENTS = (MORNING, AFTERNOON, EVENING)

Move = Callable[[datetime], Awaitable[None]]
Rest = Callable[[], Awaitable[None]]
OnDay = Callable[[date], None]
Course = Coroutine[None, None, None]


def moment(day: date, at: time) -> datetime:
    """Give the instant of a time of day in Asia/Shanghai."""
    return datetime.combine(day, at, SHANGHAI)


class Stage:
    """Lets courses act at simulated moments: between two moments nothing is left to happen.

    `move` sets the services' clock, `rest` waits until nothing is left to send, read or fire,
    `on_day` is called at the start of each day.
    """

    def __init__(self, calendar: Calendar, move: Move, rest: Rest, on_day: OnDay) -> None:
        self.calendar = calendar
        self._move, self._rest, self._on_day = move, rest, on_day
        self._waiting: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._courses: set[asyncio.Task[None]] = set()
        self._busy = 0
        self._quiet = asyncio.Event()
        self.now = datetime(1, 1, 2, tzinfo=SHANGHAI)

    @property
    def today(self) -> date:
        return local_day(self.now)

    def start(self, course: Course) -> None:
        """Take on a course; it begins with the play."""
        self._busy += 1
        task = asyncio.ensure_future(course)
        self._courses.add(task)
        task.add_done_callback(self._on_end)

    async def until(self, instant: datetime) -> None:
        """Wait for the first moment at or after an instant."""
        if instant <= self.now:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (instant, next(self._order), future))
        self._leave()
        await future

    async def later(self, working_days: int) -> None:
        """Wait so many working days; 0 waits for the next moment on a working day."""
        if working_days:
            day = self.calendar.add_working_days(self.today, working_days)
            await self.until(moment(day, MORNING if day.day % 2 else AFTERNOON))
        elif self.now < moment(self.today, AFTERNOON):
            await self.until(moment(self.today, AFTERNOON))
        else:
            await self.until(moment(self.calendar.add_working_days(self.today, 1), MORNING))

    async def play(self, first: date, last: date) -> None:
        """Play all moments of the days; raises what a course raised."""
        try:
            await self._pause()
            for day in _days(first, last):
                self._on_day(day)
                for at in MOMENTS:
                    if at is MORNING or self._is_awaited(moment(day, at)):
                        await self._play(moment(day, at))
        finally:
            for task in self._courses:
                task.cancel()
            await asyncio.gather(*self._courses, return_exceptions=True)

    async def _play(self, instant: datetime) -> None:
        """Let clocks fire when a day begins, for they are due at midnight; then let people act."""
        is_new_day = local_day(instant) != self.today
        await self._move(instant)
        self.now = instant
        if is_new_day:
            await self._rest()
        if self._is_awaited(instant):
            while self._is_awaited(instant):
                self._busy += 1
                heapq.heappop(self._waiting)[2].set_result(None)
            await self._pause()
            await self._rest()

    def _is_awaited(self, instant: datetime) -> bool:
        return bool(self._waiting) and self._waiting[0][0] <= instant

    async def _pause(self) -> None:
        """Wait until every course waits for a later moment or has ended, or one failed."""
        self._quiet.clear()
        if self._busy:
            await self._quiet.wait()
        for task in self._courses:
            if task.done():
                task.result()

    def _leave(self) -> None:
        self._busy -= 1
        if self._busy == 0:
            self._quiet.set()

    def _on_end(self, task: "asyncio.Task[None]") -> None:
        if task.cancelled():
            return
        self._leave()
        if task.exception() is not None:
            self._quiet.set()
        else:
            self._courses.discard(task)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(n) for n in range((last - first).days + 1))


@dataclass(frozen=True, slots=True)
class World:
    """Shared by all courses; `items` are ids by plan number, `due` the answers still owed.

    `devices` hold what a station typed at a moment without a line.
    """

    stage: Stage
    city: City
    cast: Cast
    stations: Mapping[str, StationClient]
    tally: Tally = field(default_factory=Tally)
    items: dict[int, str] = field(default_factory=dict)
    due: dict[str, datetime] = field(default_factory=dict)
    windows: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    devices: dict[tuple[str, datetime], Device] = field(default_factory=dict)

    def close(self, now: datetime) -> None:
        """Count what came about by time alone: answers overdue, windows closed in silence."""
        for item, (until, filer) in self.windows.items():
            if until <= now:
                self.tally.count("C4", filer, item)
        self.tally.late |= {item for item, due in self.due.items() if due <= now}

"""Plays a plan on a running trial system and judges the city's figures by what was played."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import httpx
from joserfc.jwk import OKPKey

from deploy.simulator.cast import Cast
from deploy.simulator.city import City, Json
from deploy.simulator.courses import ItemCourse
from deploy.simulator.offices import ReportCourse, hold, supervise
from deploy.simulator.plan import Plan
from deploy.simulator.stage import Stage
from deploy.simulator.station import StationClient
from deploy.simulator.tally import Difference, Tally, differences, figures_hash
from deploy.simulator.world import World
from shared.calendar import Calendar, Period, Periods, start_of_day

Keys = Mapping[str, OKPKey]
"""The private key of every station, by the station's code."""


class Time:
    """The simulated time as this side of the doors knows it: it runs on from where it was set.

    `move` sets the services' clock, `release` returns it to real time.
    """

    def __init__(
        self,
        move: Callable[[datetime], Awaitable[None]],
        release: Callable[[], Awaitable[None]],
    ) -> None:
        self._move, self._release = move, release
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Tell what time the services believe it is."""
        return datetime.now(UTC) + self._ahead

    async def set(self, instant: datetime) -> None:
        """Set the time of all."""
        await self._move(instant)
        self._ahead = instant - datetime.now(UTC)

    async def release(self) -> None:
        """Return to real time."""
        await self._release()
        self._ahead = timedelta()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a play came to; `form` is the city's form of the last period that ended in it."""

    tally: Tally
    form: Json
    differences: Sequence[Difference]
    figures_sha256: str


def client(url: str) -> httpx.AsyncClient:
    """Open the connections of a play; an unused one goes before the server would close it."""
    limits = httpx.Limits(max_connections=32, max_keepalive_connections=32, keepalive_expiry=2)
    return httpx.AsyncClient(base_url=url, timeout=60, limits=limits)


@dataclass
class Play:
    """One plan on one running system."""

    http: httpx.AsyncClient
    plan: Plan
    cast: Cast
    keys: Keys
    time: Time
    on_day: Callable[[date], None]

    async def run(self) -> Outcome:
        """Play all days, return to real time and judge; raises Unexpected, NoRest.

        Broken off, it leaves the clock where it was.
        """
        city = City(self.http, self.time.now)
        stage = Stage(Calendar({}), self.time.set, city.rest, self.on_day)
        stations = {
            code: StationClient(self.http, code, self.keys[code], self.time.now)
            for code in self.cast.stations
        }
        world = World(stage, city, self.cast, stations)
        self._start(world)
        await stage.play(self.plan.first, self.plan.last)
        await self.time.release()
        await city.rest()
        world.close(self.time.now())
        return await self._judge(world)

    def _start(self, world: World) -> None:
        plan, stage = self.plan, world.stage
        for item in plan.items:
            stage.start(ItemCourse(world, item).run())
        for activity in plan.activities:
            stage.start(hold(world, activity))
        ended = self._ended()
        for period in ended:
            for turn, filer in enumerate((*world.cast.counties, world.cast.city)):
                is_last = period == ended[-1]
                stage.start(ReportCourse(world, filer, period, turn, last=is_last).run())
        stage.start(supervise(world, plan.first, plan.last))

    def _ended(self) -> list[Period]:
        """List the periods whose due day lies in the play."""
        periods = Periods()
        period = periods.period_of(start_of_day(self.plan.first))
        ended = []
        while period is not None and period.due_on <= self.plan.last:
            ended.append(period)
            period = periods.next(period)
        return ended

    async def _judge(self, world: World) -> Outcome:
        """Read every form of every period and compare what they sum up to."""
        ended, counties = self._ended(), world.cast.counties
        present = {code: await _form(world, code) for code in counties}
        forms = [*present.values(), await _form(world, world.cast.city)]
        for period in ended:
            end = period.due_on.isoformat()
            filers = (*counties, world.cast.city)
            forms += [await _form(world, code, period_end=end) for code in filers]
        found = differences(world.tally, present)
        return Outcome(world.tally, forms[-1], found, figures_hash(forms))


async def _form(world: World, division: str, **query: str) -> Json:
    office = world.cast.at("city_office", world.cast.city)
    return await world.city.get(office, "/reporting/v1/forms", division=division, **query)

"""Plays a plan on a running trial system and judges the city's figures by what was played."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import httpx
from joserfc.jwk import OKPKey
from rich.console import Console
from rich.table import Table

from deploy.simulator.activities import ActivityCourse, hold_as_organ
from deploy.simulator.cast import Cast
from deploy.simulator.city import City, Json
from deploy.simulator.courses import ItemCourse
from deploy.simulator.deputies import leave_to_deputies
from deploy.simulator.offices import ReportCourse, supervise
from deploy.simulator.plan import Plan
from deploy.simulator.stage import Stage, World
from deploy.simulator.station import StationClient
from deploy.simulator.tally import COMPARED, Difference, Tally, differences, figures_hash
from shared.calendar import Calendar, Period, Periods, start_of_day

Keys = Mapping[str, OKPKey]
"""The private key of every station, by the station's code."""


class Time:
    """The simulator's copy of the moved time, which runs on from the instant it was set to.

    `move` sets the services' clock, `release` returns it to real time.
    """

    def __init__(
        self, move: Callable[[datetime], Awaitable[None]], release: Callable[[], Awaitable[None]]
    ) -> None:
        self._move, self._release = move, release
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The services' present time, up to the delay of the last move."""
        return datetime.now(UTC) + self._ahead

    async def set(self, instant: datetime) -> None:
        """Move the services' clock and this copy to `instant`."""
        await self._move(instant)
        self._ahead = instant - datetime.now(UTC)

    async def release(self) -> None:
        """Return to real time."""
        await self._release()
        self._ahead = timedelta()


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of a simulation; `form` is the city's form of the last period that ended in it."""

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
        await leave_to_deputies(world, self.time.now())
        await city.rest()
        world.close(self.time.now())
        return await self._judge(world)

    def _start(self, world: World) -> None:
        plan, stage = self.plan, world.stage
        for item in plan.items:
            stage.start(ItemCourse(world, item).run())
        for activity in plan.activities:
            stage.start(ActivityCourse(world, activity).run())
        for turn, division in enumerate((*world.cast.counties, world.cast.city)):
            for day in self._inspections(turn):
                stage.start(hold_as_organ(world, division, day))
        ended = self._ended()
        for period in ended:
            for turn, filer in enumerate((*world.cast.counties, world.cast.city)):
                is_last = period == ended[-1]
                stage.start(ReportCourse(world, filer, period, turn, last=is_last).run())
        stage.start(supervise(world, plan.first, plan.last))

    def _inspections(self, turn: int) -> list[date]:
        """Choose two days of an organ, so that forms of both ends of the play count one."""
        first, last = self.plan.first, self.plan.last
        days = min(first + timedelta(turn + 2), last), max(last - timedelta(turn), first)
        return sorted({*days})

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
        ended, counties, city = self._ended(), world.cast.counties, world.cast.city
        present = {code: await _form(world, code) for code in counties}
        forms = [*present.values(), await _form(world, world.cast.city)]
        for period in ended:
            end = period.due_on.isoformat()
            filers = (*counties, world.cast.city)
            forms += [await _form(world, code, period_end=end) for code in filers]
        own = {city: await _form(world, city, own="true")}
        found = differences(world.tally, present | own)
        return Outcome(world.tally, forms[-1], found, figures_hash(forms))


async def _form(world: World, division: str, **query: str) -> Json:
    office = world.cast.at("city_office", world.cast.city)
    return await world.city.get(office, "/reporting/v1/forms", division=division, **query)


HEADS = ("活动次数", "代表人次", "收集件数", "解决件数", "上报市级", "典型案例")
COLUMNS = ("C1", "C2", "C3", "C4", "C5", "C6")
STANDINGS = {"waiting": "待接收", "returned": "已退回", "missing": "未报"}


def print_outcome(console: Console, plan: Plan, outcome: Outcome) -> None:
    """Print everything a play came to."""
    console.print(_form_table(outcome.form))
    console.print(_happened(outcome.tally))
    console.print(_agreement(outcome))
    for one in outcome.differences:
        console.print(f"[red]{one.filer} {one.column}: simulated {one.played}, form {one.printed}")
    console.print(f"{plan.first} - {plan.last}, seed {plan.seed}, figures {outcome.figures_sha256}")


def _form_table(form: Json) -> Table:
    """Lay out the city's form: this period, and all periods together behind it."""
    title = f"{form['name']} {form['period_start']} - {form['period_end']}  本期 (累计)"
    table = Table(title=title)
    table.add_column("填报单位")
    for column, head in zip(COLUMNS, HEADS, strict=True):
        table.add_column(f"{column} {head}", justify="right")
    for row in form["rows"]:
        standing = STANDINGS.get(row["status"])
        cells = [_cell(row["figures"][column]) for column in COLUMNS]
        table.add_row(row["name"], *([standing] * len(COLUMNS) if standing else cells))
    table.add_section()
    total = f"合计 ({form['received']}/{sum(row['name'] != '市本级' for row in form['rows'])})"
    table.add_row(total, *(_cell(form["total"][column]) for column in COLUMNS))
    return table


def _cell(cell: Json | None) -> str:
    return f"{cell['printed']} ({cell['cumulative']})" if cell else "–"


def _happened(tally: Tally) -> Table:
    table = Table(title="What happened")
    table.add_column("")
    table.add_column("n", justify="right")
    table.add_column("of items", justify="right")
    items = tally.happened["submitted"]
    for what, n in sorted((tally.happened | {"late": len(tally.late)}).items()):
        share = f"{n / items:.1%}" if items and not what.startswith("reports") else ""
        table.add_row(what, str(n), share)
    return table


def _agreement(outcome: Outcome) -> Table:
    table = Table(title="Since the first period")
    table.add_column("")
    for column, head in zip(COMPARED, HEADS, strict=False):
        table.add_column(f"{column} {head}", justify="right")
    differing = {one.column for one in outcome.differences}
    table.add_row("played", *(str(outcome.tally.total(column)) for column in COMPARED))
    table.add_row("forms", *("≠" if column in differing else "=" for column in COMPARED))
    return table

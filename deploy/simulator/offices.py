"""Monthly reports and decisions on supervision."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from deploy.simulator.city import Json, Person, Told, Unexpected
from deploy.simulator.stage import EVENING, MORNING, Stage, World, moment
from shared.calendar import Calendar, Period

DRAFT_DAY = 15


def report_days(period: Period, calendar: Calendar) -> tuple[date, date, date]:
    """Choose when a report is checked, confirmed and submitted: the last working days before due.

    Where holidays leave fewer than three since the draft, it is late.
    """
    day = period.due_on.replace(day=DRAFT_DAY)
    working: list[date] = []
    while day <= period.due_on or len(working) < 3:
        if calendar.is_working_day(day):
            working.append(day)
        day += timedelta(days=1)
    return working[-3], working[-2], working[-1]


class ReportCourse:
    """Plays one filer's report of one period; `turn` is the filer's place in the list.

    The second filer's report is sent back once. Of the last period of the play the first county's
    report is not checked yet, and the last county's still waits at the city.
    """

    def __init__(self, world: World, filer: str, period: Period, turn: int, *, last: bool) -> None:
        self.world, self.filer, self.period = world, filer, period
        counties = len(world.cast.counties)
        self.is_returned = turn == 1
        self.stays_unchecked = last and turn == 0
        self.stays_waiting = last and turn == counties - 1
        self.report = ""

    async def run(self) -> None:
        """Play until the report is received, or what is left of it."""
        stage = self.world.stage
        check, confirm, submit = report_days(self.period, stage.calendar)
        await stage.until(moment(check, EVENING))
        self.report = (await self._form())["report"]["report_id"]
        if self.stays_unchecked:
            return
        await self._vouch("liaison", "check")
        await stage.until(moment(confirm, EVENING))
        await self._vouch("committee_head", "confirm")
        await stage.until(moment(submit, EVENING))
        version = await self._submit()
        if self.stays_waiting:
            return
        await stage.later(1)
        if self.is_returned:
            version = await self._send_back(version)
        await self._decide("receive", {"version": version})

    async def _form(self) -> Told:
        """Read the filer's own form."""
        return await self.world.city.get(
            self._person("liaison"),
            "/reporting/v1/forms",
            division=self.filer,
            period_end=self.period.due_on.isoformat(),
            own="true",
        )

    def _person(self, role: str) -> Person:
        return self.world.cast.at(role, self.filer)  # type: ignore[arg-type]

    async def _step(self, role: str, step: str, body: Json | None = None) -> Told:
        path = f"/reporting/v1/reports/{self.report}/{step}"
        done = await self.world.city.act(self._person(role), path, body)
        self.world.tally.happened[f"reports_{step}"] += 1
        return done

    async def _vouch(self, role: str, step: str) -> None:
        """Check or confirm the figures as they are now; look again if they just changed."""
        while True:
            seen = {"figures_sha256": (await self._form())["figures_sha256"]}
            try:
                await self._step(role, step, seen)
            except Unexpected as error:
                if error.code != "figures_changed":
                    raise
            else:
                return

    async def _submit(self) -> int:
        """Submit the report; the head confirms again what changed since."""
        while True:
            try:
                version: int = (await self._step("liaison", "submit"))["version"]
            except Unexpected as error:
                if error.code != "confirmed_figures_changed":
                    raise
                await self._vouch("committee_head", "confirm")
            else:
                return version

    async def _send_back(self, version: int) -> int:
        """Return the report; the next version takes every step again."""
        await self._decide("return", {"version": version, "reason": "figures"})
        await self.world.stage.later(1)
        await self._vouch("liaison", "check")
        await self.world.stage.later(0)
        await self._vouch("committee_head", "confirm")
        await self.world.stage.later(0)
        again = await self._submit()
        await self.world.stage.later(1)
        return again

    async def _decide(self, step: str, body: Json) -> None:
        office = self.world.cast.at("city_office", self.world.cast.city)
        await self.world.city.act(office, f"/reporting/v1/reports/{self.report}/{step}", body)
        self.world.tally.happened[f"reports_{step}"] += 1


async def supervise(world: World, first: date, last: date) -> None:
    """Let the heads of committees look for candidates; the first found is taken by a leader."""
    leader = world.cast.at("leader", world.cast.city).person_id
    for monday in _mondays(world.stage, first, last):
        await world.stage.until(moment(monday, MORNING))
        for place in (*world.cast.counties, world.cast.city):
            head = world.cast.at("committee_head", place)
            own = await _candidates(world, head)
            if own:
                body = {"level": "key", "granted": True, "leader": leader}
                await world.city.act(head, f"/tracker/v1/items/{own[0]}/supervision", body)
                world.tally.happened["key_supervision"] += 1
                return


async def _candidates(world: World, head: Person) -> Sequence[str]:
    organs = {grant.get("organ_id") for grant in head.grants}
    found = await world.city.get(head, "/tracker/v1/items", show="candidate")
    return [it["item_id"] for it in found["items"] if it["dispatcher_organ"] in organs]


def _mondays(stage: Stage, first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        if day.weekday() == 0 and stage.calendar.is_working_day(day):
            yield day
        day += timedelta(days=1)

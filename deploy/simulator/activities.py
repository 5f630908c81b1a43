"""Activities of stations and organs: planned or just recorded, held, some taken back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from http import HTTPStatus

from deploy.simulator.city import Json, Person, Told
from deploy.simulator.plan import ActivityPlan
from deploy.simulator.stage import AFTERNOON, EVENING, MORNING, World, moment
from shared.ids import new_id, to_text

PATH = "/intake/v1/activities"
BUSY = 2
"""So many of those who are asked to an activity can come."""
AGAIN = "企业请我们再去一次，商量上次说的事。"


@dataclass
class ActivityCourse:
    """Plays one activity of a station; what it counts for is tallied as it is said."""

    world: World
    plan: ActivityPlan
    activity: str = ""
    came: Sequence[Json] = field(default_factory=list)

    async def run(self) -> None:
        """Plan it or not, record that it was held and who came, and take some of it back."""
        stage, plan = self.world.stage, self.plan
        self.came = self.world.cast.deputies(
            self.division, plan.deputies, street_rep=plan.street_rep
        )
        if plan.planned is not None:
            await stage.until(moment(plan.planned, MORNING))
            await self._plan()
            await self._ask()
        if plan.forgotten:
            return
        if plan.planned is not None and plan.cancelled:
            await stage.until(moment(plan.first, MORNING))
            await self._do("cancel", {"reason": "企业临时停产检修，改期再去。"})
            return
        await stage.until(moment(plan.typed, AFTERNOON))
        await self._hold()
        if plan.revoked and len(self.came) > 1:
            await stage.until(moment(plan.typed, EVENING))
            await self._revoke(self.came[0])
        if plan.cancelled:
            await stage.later(1)
            await self._cancel()

    @property
    def division(self) -> str:
        return self.world.cast.stations[self.plan.station]

    def _body(self) -> Json:
        return {
            "id": to_text(new_id(self.world.stage.now)),
            "kind": self.plan.kind,
            "place_division": self.division,
            "first_day": self.plan.first.isoformat(),
            "last_day": self.plan.last.isoformat(),
            "enterprises": [self.plan.enterprise],
            "attendance": list(self.came),
        }

    async def _plan(self) -> None:
        """Plan the activity; warned of other visits, give a reason."""
        station, body = self.world.stations[self.plan.station], self._body()
        answer = await self.world.city.sent(lambda: station.plan(body))
        if answer.status_code == HTTPStatus.CONFLICT:
            body["visit_reason"] = AGAIN
            answer = await self.world.city.sent(lambda: station.plan(body))
            self.world.tally.happened["visits_again"] += 1
        self.activity = self.world.city.expect(answer, HTTPStatus.CREATED)["activity_id"]
        self.world.tally.happened["activities_planned"] += 1

    async def _ask(self) -> None:
        """Let who is asked answer; so many can come, the others cannot."""
        path = f"{PATH}/{self.activity}/answer"
        for n, one in enumerate(self.came):
            coming = n < BUSY
            await self.world.city.act(Person(one["person_id"], "", ()), path, {"coming": coming})
            self.world.tally.happened["invitations_answered"] += 1
        self.came = self.came[:BUSY]

    async def _hold(self) -> None:
        if self.activity:
            await self._do("hold", {"attendance": list(self.came)})
        else:
            station, body = self.world.stations[self.plan.station], self._body()
            answer = await self.world.city.sent(lambda: station.hold(body))
            self.activity = self.world.city.expect(answer, HTTPStatus.CREATED)["activity_id"]
        tally_held(self.world, self.filer, self.activity, self.came)

    @property
    def filer(self) -> str:
        return self.world.cast.filer(self.division)

    async def _revoke(self, one: Json) -> None:
        await self._do("revoke", {"people": [one["person_id"]], "reason": "记错了，没有来。"})
        self.world.tally.take_back("C2", self.filer, f"{self.activity} {one['person_id']}")
        self.world.tally.happened["attendances_revoked"] += 1

    async def _cancel(self) -> None:
        await self._do("cancel", {"reason": "重复记录。"})
        self.world.tally.take_back("C1", self.filer, self.activity)
        for one in self.came:
            self.world.tally.take_back("C2", self.filer, f"{self.activity} {one['person_id']}")

    async def _do(self, act: str, body: Json) -> Told:
        station, activity = self.world.stations[self.plan.station], self.activity
        answer = await self.world.city.sent(lambda: station.act_on(activity, act, body))
        if act == "cancel":
            self.world.tally.happened["activities_cancelled"] += 1
        return self.world.city.expect(answer)


def tally_held(world: World, filer: str, activity: str, came: Sequence[Json]) -> None:
    """Count an activity and the deputies who came."""
    world.tally.happened["activities"] += 1
    world.tally.count("C1", filer, activity)
    for one in came:
        if one["is_deputy"]:
            world.tally.count("C2", filer, f"{activity} {one['person_id']}")
            world.tally.happened["attendances"] += 1


async def hold_as_organ(world: World, division: str, day: date) -> None:
    """Record an inspection that the organ of a county or of the city held."""
    await world.stage.until(moment(day, EVENING))
    came = world.cast.deputies(division, 3, street_rep=False)
    body: Json = {
        "id": to_text(new_id(world.stage.now)),
        "kind": "inspection",
        "place_division": division,
        "first_day": day.isoformat(),
        "last_day": day.isoformat(),
        "attendance": came,
    }
    head = world.cast.at("committee_head", division)
    done = await world.city.record(head, PATH, body)
    tally_held(world, division, done["activity_id"], came)

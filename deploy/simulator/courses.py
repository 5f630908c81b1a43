"""The story of one item: from a station over its organ to the unit that answers, and back."""

from contextlib import suppress
from datetime import datetime, timedelta

from deploy.simulator.cast import ECONOMY
from deploy.simulator.city import Json, Person
from deploy.simulator.lines import LINES, REPLIES
from deploy.simulator.plan import ItemPlan, Step
from deploy.simulator.raising import Raising
from deploy.simulator.stage import AFTERNOON, MORNING, World, moment
from shared.calendar import Limit, deadline
from shared.contracts.codes import Outcome, RatingResult

RATING = Limit(n=15, kind="wd")
SILENCE_DAYS = 4
CALLED, NUMBER = 5, "0576-80000000"
"""Of so many items one is rated on the phone, the others by the link."""
"""After so many working days an unsigned task counts as signed."""
PROMISED = ("in_progress", "planned")


class LeftOpen(Exception):
    """Nobody in the simulation takes the next step."""


class ItemCourse:
    def __init__(self, world: World, plan: ItemPlan) -> None:
        self.world, self.plan = world, plan
        self.division = world.cast.stations[plan.station]
        self.filer = world.cast.filer(self.division)
        self.station = world.stations[plan.station]
        self.raising = Raising(world, plan)
        self.level = "township"
        self.lead = ""
        self.own: Json = {}
        self.replies = 0
        self.calls = 0

    async def run(self) -> None:
        """Play until the item is closed, the step where it is left open, or the end of the play."""
        at = MORNING if self.plan.number % 3 or self.plan.is_typed_late else AFTERNOON
        await self.world.stage.until(moment(self.plan.typed, at))
        with suppress(LeftOpen):
            await self._play()

    async def _play(self) -> None:
        await self.raising.send()
        self.item = self.world.items[self.plan.number] = self.raising.item
        self.link = self.raising.link
        self._before("accept")
        await self.world.stage.later(self.plan.accept_after)
        if not await self._take_in():
            return
        self._before("escalate")
        await self.world.stage.later(self.plan.dispatch_after)
        if await self._give_out():
            await self._sign()
            self._before("reply")
            await self._answer(self.plan.outcome, self.plan.reply_after)
            self._before("rate")
            await self._conclude(self.plan.outcome, self.plan.rating)

    def _before(self, step: Step) -> None:
        """Raise LeftOpen where the plan leaves this step open."""
        if self.plan.left_at == step:
            self._say("left_open")
            raise LeftOpen

    def _say(self, what: str) -> None:
        self.world.tally.happened[what] += 1

    # at the station

    async def _take_in(self) -> bool:
        """Let the head of the station decide; True when the item goes on to its organ."""
        plan = self.plan
        if plan.rejected:
            await self._as_head("reject", {"reason": "R4", "note": LINES["reject"]})
            self._say("rejected")
            return False
        if plan.withdrawn:
            await self._at_station("withdraw", {"note": LINES["withdraw"]})
            self._say("withdrawn")
            return False
        if plan.same_as in self.world.items:
            body = {"into": self.world.items[plan.same_as], "note": LINES["merge"]}
            await self._as_head("merge", body)
            self._say("merged")
            return False
        if plan.returned:
            await self._as_head("return", {"reason": "unclear", "note": LINES["return"]})
            self._say("returned")
            self._before("resubmit")
            await self.world.stage.later(1)
            await self._at_station("resubmit", {"supplement": LINES["resubmit"]})
            await self.world.stage.later(0)
        await self._accept()
        if plan.supplemented and not plan.on_spot:
            await self._at_station("supplement", {"supplement": LINES["supplement"]})
            self._say("supplemented")
        return not plan.on_spot

    async def _accept(self) -> None:
        """Accept it on the page that shows the head what leaves."""
        body: Json = {"complexity": "normal"}
        if self.plan.source != "scan":
            body["policy_codes"] = self.world.cast.policies(self.plan.words.matter)
        if self.plan.on_spot:
            body |= {"solved_on_spot": "yes", "note": LINES["on_spot"], "proposer_agrees": "yes"}
            body["solved_by"] = self.world.cast.station(self.plan.station)
        if self.plan.is_typed_late:
            body["occurred_at"] = moment(self.plan.happened, AFTERNOON).isoformat()
        head = self.world.cast.at("station_head", self.division)
        await self.world.city.fill_in(f"/intake/items/{self.item}/accept", body, head)
        self._say("accepted")
        self.world.tally.count("C3", self.filer, self.item)
        if self.plan.on_spot:
            self._say("solved_on_spot")
            self.world.tally.count("C4", self.filer, self.item)
        if self.plan.dispatch_after > 2:
            self.world.tally.late.add(self.item)

    async def _at_station(self, act: str, body: Json) -> None:
        """Let the station's app pass on what was said."""
        answer = await self.world.city.sent(lambda: self.station.act(self.item, act, body))
        self.world.city.expect(answer)

    @property
    def _staff(self) -> Person:
        return self.world.cast.at("station_staff", self.division)

    async def _as_head(self, act: str, body: Json) -> None:
        head = self.world.cast.at("station_head", self.division)
        await self.world.city.act(head, f"/intake/v1/items/{self.item}/{act}", body)

    # at the organ

    async def _give_out(self) -> bool:
        """Send the item up as far as its matter needs, then give it out as proposed.

        False when it went outside the city, where nobody plays.
        """
        while not self._has_arrived(line := await self._queued()):
            answer = await self._decide("escalate", {"reason": LINES["escalate"]})
            self.level = answer["level"]
            self._say(f"escalated_to_{self.level}")
            if self.level == "city":
                self.world.tally.count("C5", self.filer, self.item)
            await self.world.stage.later(0)
        self._before("dispatch")
        body = self._given(line)
        await self._decide("dispatch", body)
        self._say("dispatched")
        self._before("sign")
        await self.world.stage.later(self.plan.sign_after)
        self.lead = body["lead"]
        if self.world.cast.clerk(self.lead) is None:
            self._say("reported_up")
            return False
        return True

    def _has_arrived(self, line: Json) -> bool:
        """Whether the item is at the level that gives it out."""
        stays_at = self.plan.stays_at
        return stays_at == self.level if stays_at else bool(line["proposal"]["at_level"])

    def _given(self, line: Json) -> Json:
        """Choose units and complexity: as proposed, or what the door's first office gets."""
        cast, proposal = self.world.cast, line["proposal"]
        if self.plan.stays_at:
            first = cast.first_office(cast.above(self.division, self.plan.stays_at))
            return {"lead": first, "co": [], "complexity": "policy_question"}
        lead, co = proposal["lead"]["unit_id"], [unit["unit_id"] for unit in proposal["co"]]
        if self._needs_an_office_here and cast.clerk(lead) is None:
            lead, co = cast.unit(cast.city, ECONOMY), []
        return {"lead": lead, "co": co, "complexity": proposal["complexity"]}

    @property
    def _needs_an_office_here(self) -> bool:
        plan = self.plan
        return bool(plan.objection or plan.left_at) or plan.rating == "dissatisfied"

    @property
    def _dispatcher(self) -> Person:
        return self.world.cast.dispatcher(self.division, self.level)

    async def _queued(self) -> Json:
        queue = await self.world.city.get(self._dispatcher, "/router/v1/queue", limit="500")
        return queue.one("items", item_id=self.item)

    async def _decide(self, act: str, body: Json) -> Json:
        return await self.world.city.act(
            self._dispatcher, f"/router/v1/items/{self.item}/{act}", body
        )

    # at the unit

    @property
    def _clerk(self) -> Person:
        clerk = self.world.cast.clerk(self.lead)
        if clerk is None:
            raise LookupError(self.lead)
        return clerk

    async def _look(self) -> list[Json]:
        """See which task is the lead's own, and by when its answer is due."""
        case = await self.world.city.get(self._clerk, f"/tracker/v1/items/{self.item}")
        tasks = [task for task in case["tasks"] if task["state"] != "ended"]
        (self.own,) = [task for task in tasks if task["unit_id"] == self.lead]
        self.world.due[self.item] = datetime.fromisoformat(self.own["due_at"])
        return tasks

    async def _task(self, by: Person, task: Json, act: str, body: Json | None = None) -> None:
        path = f"/tracker/v1/items/{self.item}/tasks/{task['task_id']}/{act}"
        await self.world.city.act(by, path, body)

    async def _sign(self) -> None:
        """Sign, object first, or let silence sign; the co-handlers give their opinions."""
        if self.plan.objection:
            await self._object()
        for task in await self._look():
            if self.plan.left_at != "reply":
                await self._help(task)
        if self.own["state"] != "given":
            self._say("signed_by_silence")
        elif self.plan.signs:
            await self._task(self._clerk, self.own, "sign")
            self._say("signed")
        else:
            await self.world.stage.later(SILENCE_DAYS)
            self.world.tally.late.add(self.item)
            self._say("signed_by_silence")

    async def _object(self) -> None:
        """Object to the task; the dispatcher reassigns it or refuses the objection."""
        await self._look()
        other = self.world.cast.another_unit(self.lead)
        body = {"reason": LINES["object"], "suggested_unit": other}
        await self._task(self.world.cast.head(self.lead), self.own, "object", body)
        self._say("objected")
        self._before("decide_objection")
        await self.world.stage.later(self.plan.decide_after)
        if self.plan.decide_after > 1:
            self.world.tally.late.add(self.item)
        decision = {"task_id": self.own["task_id"], "decision": "refuse"}
        decision["reason"] = LINES["refuse"]
        if self.plan.objection == "reassign" and other is not None:
            decision |= {"decision": "reassign", "reason": LINES["reassign"], "unit": other}
            self.lead = other
        await self._decide("objection", decision)
        self._say(f"objection_{decision['decision']}")
        await self.world.stage.later(0)

    async def _answer(self, outcome: Outcome, after: int) -> None:
        """Speak with the proposer, draft, and let the head sign."""
        await self.world.stage.later(self.plan.contact_after)
        contact = {"channel": "visit", "note": LINES["contact"]}
        await self._task(self._clerk, self.own, "contact", contact)
        await self.world.stage.later(after)
        await self._task(self._clerk, self.own, "draft", self._draft(outcome))
        self._before("sign_off")
        await self.world.stage.later(0)
        await self._task(self.world.cast.head(self.lead), self.own, "sign-off")
        if self.world.due.pop(self.item) <= self.world.stage.now:
            self.world.tally.late.add(self.item)
        self.replies += 1
        self._say("replied")

    async def _help(self, task: Json) -> None:
        clerk = self.world.cast.clerk(task["unit_id"])
        if task["role"] == "co" and clerk is not None and task["state"] in ("given", "signed"):
            await self._task(clerk, task, "opinion", {"opinion": LINES["opinion"]})
            self._say("opinion_filed")

    def _draft(self, outcome: Outcome) -> Json:
        plain, text = REPLIES[outcome]
        body: Json = {"outcome": outcome, "plain": plain, "text": text}
        if outcome in PROMISED:
            day = self.world.stage.today + timedelta(self.plan.promise_days)
            return body | {"promised_on": day.isoformat(), "contact": LINES["contact_person"]}
        return body if outcome == "solved" else body | {"reason": LINES["reason"]}

    # and back

    async def _conclude(self, outcome: Outcome, rating: RatingResult | None) -> None:
        """Rate or be silent; then the case is closed, handled again, or its promise followed."""
        stage = self.world.stage
        if rating is None:
            closes = deadline(stage.today, RATING, stage.calendar).due_at
            if outcome == "solved":
                self.world.windows[self.item] = (closes, self.filer)
            await stage.until(closes)
        else:
            await stage.later(self.plan.rate_after)
            await self._rate(rating)
            if rating == "dissatisfied":
                await self._again()
                return
            if outcome == "solved":
                self.world.tally.count("C4", self.filer, self.item)
        if outcome in PROMISED:
            await self._keep()

    async def _rate(self, rating: RatingResult) -> None:
        body: Json = {"reply_no": self.replies, "result": rating}
        if rating == "dissatisfied":
            body["reason"] = LINES["dissatisfied"]
        if self.raising.deputy is not None:
            path = f"/intake/v1/items/{self.item}/rating"
            await self.world.city.act(self.raising.deputy, path, body)
            self._say("rated_by_deputy")
        elif self.plan.number % CALLED == 0 or self.plan.left_at == "check":
            await self._call_back(body)
        else:
            await self._by_link(body)
        self._say(f"rated_{rating}")

    async def _by_link(self, body: Json) -> None:
        """Let the proposer rate with the link that the station gave them."""
        if not self.link:
            path = f"/intake/v1/items/{self.item}/link"
            given = await self.world.city.act(self._staff, path, {"reason": LINES["link"]})
            self.link = given["path"]
        http, address = self.world.city.http, f"{self.link}/v1/rating"
        answer = await self.world.city.sent(lambda: http.post(address, json=body))
        self.world.city.expect(answer)
        self._say("rated_by_link")

    async def _call_back(self, body: Json) -> None:
        """Let one person at the station call the proposer, and another check what was recorded."""
        path = f"/intake/v1/items/{self.item}"
        today = self.world.stage.today.isoformat()
        call = body | {"number": NUMBER, "called_on": today}
        await self.world.city.act(self._staff, f"{path}/call-back", call)
        self.calls += 1
        self._before("check")
        await self._as_head("check-call-back", {"n": self.calls})
        self._say("rated_by_phone")

    async def _again(self) -> None:
        """Answer once more after a 不满意; a second one is left to supervision."""
        await self.world.stage.later(1)
        await self._look()
        await self._answer("solved", 2)
        self._say("reworked")
        await self.world.stage.later(2)
        await self._rate(self.plan.second_rating)
        if self.plan.second_rating != "dissatisfied":
            self.world.tally.count("C4", self.filer, self.item)

    async def _keep(self) -> None:
        """Keep a promise well before its day; one made for far off may outlast the play."""
        stage = self.world.stage
        await stage.later(self.plan.promise_days // 3)
        plain, text = REPLIES["solved"]
        head = self.world.cast.head(self.lead)
        await self._task(
            head, self.own, "fulfil", {"outcome": "solved", "plain": plain, "text": text}
        )
        self.replies += 1
        self._say("promise_kept")
        self.world.tally.count("C4", self.filer, self.item)
        await stage.later(2)
        await self._rate("satisfied")

"""How an item comes in: sent at once, kept on a device, scanned by a firm, raised by a deputy."""

from datetime import timedelta
from functools import cached_property
from http import HTTPStatus

from deploy.simulator.city import Json, Person
from deploy.simulator.device import Device
from deploy.simulator.plan import ItemPlan
from deploy.simulator.stage import MORNING, World, moment
from shared.ids import new_id, to_text

ITEMS = "/intake/v1/items"


class Raising:
    """Raises one planned item; `item` is its id then, `link` the page of whoever scanned."""

    def __init__(self, world: World, plan: ItemPlan) -> None:
        self._world, self._plan = world, plan
        self._division = world.cast.stations[plan.station]
        self._station = world.stations[plan.station]
        self.item, self.link = "", ""

    @cached_property
    def deputy(self) -> Person | None:
        """The deputy who raises it, if one does: the first of the station, where there is one."""
        if self._plan.source != "deputy":
            return None
        named = self._world.cast.deputies(self._division, 1, street_rep=False)
        return Person(named[0]["person_id"], "", ()) if named else None

    async def send(self) -> None:
        """Raise it; raises Unexpected."""
        if self._plan.source == "scan":
            await self._scan()
        elif self.deputy is not None:
            body = self._words() | {"source_kind": "deputy", "deputy_id": self.deputy.person_id}
            taken = await self._world.city.record(self.deputy, ITEMS, body)
            self.item = taken["item_id"]
            self._say("raised_by_deputy")
        elif self._plan.is_typed_late:
            await self._keep()
        else:
            await self._submit()
        self._say("submitted")

    def _say(self, what: str) -> None:
        self._world.tally.happened[what] += 1

    def _words(self) -> Json:
        plan, stage = self._plan, self._world.stage
        said_at = stage.now - timedelta(minutes=30)
        if plan.is_typed_late:
            said_at = moment(plan.happened, MORNING)
        return {
            "id": to_text(new_id(stage.now)),
            "title": plan.words.title,
            "body": plan.words.body,
            "division_code": self._division,
            "occurred_at": said_at.isoformat(),
            "item_type": plan.item_type,
            "policy_codes": self._world.cast.policies(plan.words.matter),
        }

    def _body(self) -> Json:
        together = self._world.cast.deputies(self._division, self._plan.joined, street_rep=False)
        if together:
            self._say("raised_together")
        return self._words() | {
            "source_kind": "enterprise",
            "enterprise_code": self._plan.enterprise,
            "co_proposers": [{"person_id": one["person_id"]} for one in together],
        }

    async def _submit(self) -> None:
        """Send it in, sometimes the very same request twice."""
        city, body = self._world.city, self._body()
        answer = await city.sent(lambda: self._station.submit(body))
        self.item = city.expect(answer, HTTPStatus.CREATED)["item_id"]
        if self._plan.sent_again:
            city.expect(await city.sent(lambda: self._station.submit(body)), HTTPStatus.OK)
            self._say("sent_again")

    async def _keep(self) -> None:
        """Type it without a line: it goes with whatever else the station kept till the next moment.

        What was sent again had already arrived once, but its answer was lost.
        """
        stage, body = self._world.stage, self._body()
        place = self._plan.station, stage.now
        device = self._world.devices.setdefault(place, Device(self._world.city, self._station))
        device.keep(body, 2 if self._plan.sent_again else 1)
        await stage.later(0)
        self.item = (await device.send())[body["id"]]
        self._say("typed_late")
        if self._plan.sent_again:
            self._say("sent_again")

    async def _scan(self) -> None:
        """Fill in the form that the poster's code leads to, without an account."""
        city, plan = self._world.city, self._plan
        fields = {"text": plan.words.body, "firm": plan.enterprise}
        path = f"/intake/report/{plan.station}"
        hidden, led_to = await city.fill_in(path, fields)
        self.link = led_to.partition("?")[0]
        staff = self._world.cast.at("station_staff", self._division)
        found = await city.get(staff, ITEMS, state="SUBMITTED", limit="200")
        self.item = found.one("items", id=hidden["id"])["item_id"]
        self._say("scanned")

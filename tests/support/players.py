"""Stations and officers who go on whatever is killed: they ask until an answer is definite."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

import httpx
from joserfc.jwk import OKPKey

from deploy.simulator.station import StationClient
from tests.support.history import HistoryFile
from tests.support.intake.stations import item_body, submit_batch
from tests.support.system import System

TITLE, BODY = "留抵退税到账慢", "某镇多家小微企业反映：二季度留抵退税到账慢，建议开设专窗并答复。"
AGAIN_SECONDS = 0.5
Case = Mapping[str, Any]
Task = Mapping[str, Any]


async def definite(
    send: Callable[[], Awaitable[httpx.Response]], unanswered: Callable[[], None]
) -> httpx.Response:
    """Send the same until it is answered by neither a broken connection nor a 5xx."""
    while True:
        try:
            answer = await send()
        except (httpx.TransportError, httpx.HTTPStatusError):
            pass
        else:
            if answer.status_code < 500:
                return answer
        unanswered()
        await asyncio.sleep(AGAIN_SECONDS)


@dataclass
class Station:
    code: str
    division: str
    client: StationClient
    history: HistoryFile
    urls: Mapping[str, str]
    taken: dict[str, str] = field(default_factory=dict)
    cookie: str = ""
    since: str = field(default_factory=lambda: datetime.now(UTC).isoformat())

    @classmethod
    def open(
        cls, system: System, division: str, history: HistoryFile, http: httpx.AsyncClient
    ) -> Self:
        code = f"{division}-01"
        key = OKPKey.import_key(system.enrol(code)["key"])
        client = StationClient(http, code, key, lambda: datetime.now(UTC))
        return cls(code, division, client, history, system.urls)

    async def post(self, n: int) -> None:
        """Post one item alone and `n` in a batch, among them some that were taken before."""
        alone, *rest = (self._item() for _ in range(n + 1))
        again = [self._item(own) for own in list(self.taken)[-max(1, n // 20) :]]
        for item in (alone, *rest, *again):
            self._note("invoke", item["id"])
        await self._post_alone(alone)
        waiting = [*rest, *again]
        while waiting:
            waiting = await self._post_all(waiting)

    def _item(self, own: str = "") -> dict[str, Any]:
        item = item_body(self.division, datetime.now(UTC), TITLE, BODY, occurred_at=self.since)
        return item | {"id": own or item["id"]}

    def _note(self, op: Any, own: str, **more: str) -> None:
        self.history.note(op, "submit", own=own, station=self.code, **more)

    def _take(self, own: str, item: str) -> None:
        self._note("ok", own, item=item)
        self.taken[own] = item

    async def _post_alone(self, item: dict[str, Any]) -> None:
        answer = await definite(
            lambda: self.client.submit(item), lambda: self._note("unknown", item["id"])
        )
        assert answer.status_code in {200, 201}, answer.text
        self._take(item["id"], answer.json()["item_id"])

    async def _post_all(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Post a batch and return what must be sent again."""

        def unanswered() -> None:
            for item in items:
                self._note("unknown", item["id"])

        answer = await definite(lambda: submit_batch(self.client, items), unanswered)
        assert answer.status_code == 200, answer.text
        waiting = []
        for item, line in zip(items, answer.json()["results"], strict=True):
            if line["status"] >= 500:
                self._note("unknown", item["id"])
                waiting.append(item)
            else:
                assert line["status"] in {200, 201}, line
                self._take(item["id"], line["item_id"])
        return waiting

    async def rate(self, item: str) -> None:
        """Be satisfied with the first reply by a link, as soon as intake has heard of it."""
        path, http = await self._link(item), self.client.http
        self.history.note("invoke", "rate", item=item)
        body = {"reply_no": 1, "result": "satisfied"}
        while True:
            answer = await definite(
                lambda: http.post(f"{self.urls['intake']}{path}/v1/rating", json=body),
                lambda: self.history.note("unknown", "rate", item=item),
            )
            if answer.status_code == 200:
                self.history.note("ok", "rate", item=item)
                return
            assert answer.json()["code"] == "unknown_reply", answer.text
            await asyncio.sleep(AGAIN_SECONDS)

    async def _link(self, item: str) -> str:
        """Let the head of the station give the proposer a link."""
        http, body = self.client.http, {"reason": "给提出人查询链接"}
        url = f"{self.urls['intake']}/intake/v1/items/{item}/link"
        while True:
            headers = {"Cookie": self.cookie, "Origin": self.urls["intake"]}
            answer = await definite(
                lambda: http.post(url, json=body, headers=headers),  # noqa: B023  sent at once
                lambda: None,
            )
            if answer.status_code == 200:
                return str(answer.json()["path"])
            assert answer.status_code == 401, answer.text
            self.cookie = await self._sign_in()

    async def _sign_in(self) -> str:
        """Sign in as a head of the station; give the session's cookie."""
        http, router = self.client.http, f"{self.urls['router']}/router/v1"
        query = {"role": "station_head", "division": self.division}
        found = await definite(lambda: http.get(f"{router}/people", params=query), lambda: None)
        person = {"person_id": found.json()["people"][0]["person_id"]}
        answer = await definite(lambda: http.post(f"{router}/session", json=person), lambda: None)
        return str(answer.headers["set-cookie"].split(";")[0])


Done = Callable[[Case, Task], bool]
STEPS: Sequence[tuple[str, str, dict[str, Any], Done]] = (
    ("sign", "clerk", {}, lambda _, task: task["state"] != "given"),
    ("contact", "clerk", {"channel": "phone", "note": "已联系"}, lambda _, it: it["contacted"]),
    (
        "draft",
        "clerk",
        {
            "outcome": "solved",
            "plain": "已办好",
            "text": "已办好",
            "contact": "0576-1",
            "waiver": "会办意见另报",
        },
        lambda _, task: task["draft_outcome"] == "solved",
    ),
    ("sign-off", "unit_head", {}, lambda case, _: case["reply_no"] == 1),
)
"""What an item's lead does: act, role, body, and how a case shows that it is done."""


@dataclass
class Officers:
    router: str
    tracker: str
    history: HistoryFile
    http: httpx.AsyncClient
    _cookies: dict[str, str] = field(default_factory=dict)
    _people: dict[tuple[str, str], str] = field(default_factory=dict)

    async def meet(self) -> None:
        for role, place in (("clerk", "unit_id"), ("unit_head", "unit_id")):
            await self._meet(role, place)
        await self._meet("dispatcher", "division_code")

    async def _meet(self, role: str, place: str) -> None:
        answer = await self.http.get(f"{self.router}/router/v1/people", params={"role": role})
        for person in answer.raise_for_status().json()["people"]:
            for grant in person["grants"]:
                if grant["role"] == role:
                    self._people[role, grant[place]] = person["person_id"]

    async def handle(self, item: str, county: str) -> None:
        """Take an item from its dispatch to its reply; every act is done exactly once."""
        for name, role, body, done in STEPS:
            self.history.note("invoke", name, item=item)
            while not await self._step(item, county, name, role, body, done):  # noqa: ASYNC110
                await asyncio.sleep(AGAIN_SECONDS)
            self.history.note("ok", name, item=item)

    async def _step(
        self, item: str, county: str, name: str, role: str, body: dict[str, Any], done: Done
    ) -> bool:
        """Do an act on the case as it was seen; a stale view, or no answer: look again."""
        case = await self._read(item, county)
        task = next((one for one in case.get("tasks", ()) if one["role"] == "lead"), None)
        if task is None:
            return False
        if done(case, task):
            return True
        seen = {"topic": "tracker.case.v1", "seq": case["seq"]}
        answer = await definite(
            lambda: self._send(
                "POST",
                f"/items/{item}/tasks/{task['task_id']}/{name}",
                self._people[role, task["unit_id"]],
                body | {"basis": seen},
            ),
            lambda: self.history.note("unknown", name, item=item),
        )
        assert answer.status_code == 200 or answer.json()["code"] == "stale", answer.text
        return answer.status_code == 200

    async def _read(self, item: str, county: str) -> Case:
        who = self._people["dispatcher", county]
        answer = await definite(lambda: self._send("GET", f"/items/{item}", who), lambda: None)
        assert answer.status_code in {200, 404}, answer.text
        return answer.json() if answer.status_code == 200 else {}

    async def _send(
        self, method: str, path: str, person: str, body: dict[str, Any] | None = None
    ) -> httpx.Response:
        """Send a request; who has done nothing for longer than a session lasts signs in again."""
        cookie = self._cookies.get(person) or await self._sign_in(person)
        answer = await self._request(method, path, cookie, body)
        if answer.status_code == 401:
            answer = await self._request(method, path, await self._sign_in(person), body)
        return answer

    async def _request(
        self, method: str, path: str, cookie: str, body: dict[str, Any] | None
    ) -> httpx.Response:
        headers = {"Cookie": cookie, "Origin": self.tracker}
        url = f"{self.tracker}/tracker/v1{path}"
        return await self.http.request(method, url, json=body, headers=headers)

    async def _sign_in(self, person: str) -> str:
        answer = await self.http.post(
            f"{self.router}/router/v1/session", json={"person_id": person}
        )
        cookie = answer.raise_for_status().headers["set-cookie"].split(";")[0]
        self._cookies[person] = cookie
        return cookie

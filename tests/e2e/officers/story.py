"""What happened in Luqiao before Monday 19 September 2022, 09:40: an item in every state."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.city import City

COUNTY, CITY = "331004", "331000"
JINQING, HENGJIE, LUBEI = "331004106", "331004104", "331004003"
NOW = "2022-09-19 09:40"
with Path(__file__).with_name("items.csv").open(encoding="utf-8", newline="") as _file:
    ITEMS = {row["name"]: row for row in csv.DictReader(_file)}
"""What is raised, by the short name the tests use."""
TITLES = {name: item["title"] for name, item in ITEMS.items()}
PROPOSER = {"name": "李雪松", "phone": "13905760001"}
CONTACT = {"channel": "phone", "note": "电话联系企业，约定现场查看"}


class Story:
    """Plays the weeks before; `acts` of a unit are done by its clerk or head."""

    def __init__(self, city: City) -> None:
        self.city = city

    async def raise_all(self, *names: str) -> None:
        for name in names:
            item = ITEMS[name]
            await self.city.raise_item(
                name, item["township"], item["title"], item["body"],
                confidential=item["confidential"] == "yes",
                contact=PROPOSER if name == "late" else None,
                policy_codes=["GJ-24"] if name == "queue_today" else [],
            )  # fmt: skip

    async def send_up(self, *names: str) -> None:
        await self.city.settle()
        for name in names:
            who = await self.city.person("dispatcher", ITEMS[name]["township"])
            body = {"reason": "事权在区级，请区级交办"}
            await self.city.post(who, f"/router/v1/items/{self.city.items[name]}/escalate", body)

    async def give_out(self, *names: str) -> None:
        await self.city.settle()
        who = await self.city.person("dispatcher", COUNTY)
        for name in names:
            await self.city.post(who, f"/router/v1/items/{self.city.items[name]}/dispatch")
        await self.city.settle()

    async def act(self, name: str, act: str, body: Mapping[str, Any] | None = None) -> None:
        """Let the lead unit act: its head objects and signs off, its clerk does the rest."""
        dispatcher = await self.city.person("dispatcher", COUNTY)
        task = await self.city.task(name, dispatcher)
        role = "unit_head" if act in ("object", "sign-off") else "clerk"
        person = await self.city.person(role, COUNTY, task["unit_id"])
        path = f"/tracker/v1/items/{self.city.items[name]}/tasks/{task['task_id']}/{act}"
        await self.city.post(person, path, dict(body or {}))

    async def draft(self, name: str, outcome: str, **more: str) -> None:
        plain = "已经办好，可以照常申请" if outcome == "solved" else "正在安排，有进展会告诉您"
        missing = {"waiver": "会办意见电话征求过，先行答复"}
        words = {"outcome": outcome, "plain": plain, "text": "经核实，情况属实，现答复如下。"}
        await self.act(name, "draft", words | missing | more)

    async def answer(self, name: str, outcome: str, **more: str) -> None:
        await self.act(name, "contact", CONTACT)
        await self.draft(name, outcome, **more)
        await self.act(name, "sign-off")


async def play(city: City) -> None:
    story = Story(city)
    early = ("late", "promise", "rework", "replied", "closed")
    await story.raise_all(*early)
    await story.send_up(*early)
    await city.move("2022-09-02 10:00")
    await story.give_out(*early)
    for name in early:
        await story.act(name, "sign")
    await city.move("2022-09-05 15:00")
    await story.answer("promise", "planned", promised_on="2022-09-19", contact="周明远")
    await story.answer("rework", "reference", reason="资费由企业自主确定")
    await story.answer("closed", "solved")
    await city.settle()
    await city.rate("promise", HENGJIE, "satisfied")
    await city.rate("rework", LUBEI, "dissatisfied", "没有说明什么时候能有第二家")
    await city.rate("closed", JINQING, "satisfied")
    await _second_week(city, story)
    await _third_week(city, story)
    await city.move(NOW)


async def _second_week(city: City, story: Story) -> None:
    await city.move("2022-09-07 09:12")
    handled = ("power", "to_draft", "drafted")
    await story.raise_all(*handled)
    await story.send_up(*handled)
    await city.move("2022-09-08 09:30")
    await story.give_out(*handled)
    await story.answer("replied", "solved")
    for name in handled:
        await story.act(name, "sign")


async def _third_week(city: City, story: Story) -> None:
    await city.move("2022-09-14 10:00")
    await story.act("power", "contact", CONTACT)
    await story.act("drafted", "contact", CONTACT)
    await story.draft("drafted", "in_progress", promised_on="2022-12-30", contact="林晓岚")
    third = ("objected", "refused", "queue_late")
    await story.raise_all(*third)
    await story.send_up(*third)
    await story.give_out("objected", "refused")
    await city.move("2022-09-15 16:00")
    await story.raise_all("queue_today")
    await story.send_up("queue_today")
    await city.move("2022-09-16 15:00")
    for name in ("objected", "refused"):
        await story.act(name, "object", {"reason": "这件事由别的单位主管，我单位没有执法权"})
    given = ("unsigned", "plain")
    last = ("queue_next", "queue_stale", "queue_medium", "queue_low", *given)
    await story.raise_all("at_township", *last)
    await story.send_up(*last)
    await story.give_out(*given)

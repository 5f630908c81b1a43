"""What happened in Luqiao before Monday 19 September 2022, 09:40: an item in every state."""

from collections.abc import Mapping
from typing import Any

from tests.support.city import City

COUNTY, CITY = "331004", "331000"
JINQING, HENGJIE, LUBEI = "331004106", "331004104", "331004003"
NOW = "2022-09-19 09:40"
TEXTS: Mapping[str, tuple[str, str, str]] = {
    "late": (
        JINQING,
        "留抵退税申请两个月未到账",
        "企业七月申请增值税留抵退税，材料齐全，到现在退税没到账，流动资金紧张。",
    ),
    "promise": (
        HENGJIE,
        "公交末班车太早，工人夜班下班没有公交",
        "园区夜班工人多，公交末班车19点就收班，希望增开公交班次。",
    ),
    "rework": (
        LUBEI,
        "厂区宽带价格高于市区",
        "园区企业宽带资费高于市区，只有一家运营商，希望引入宽带竞争。",
    ),
    "replied": (
        HENGJIE,
        "园区食堂食材检测费用过高",
        "食堂每月食品抽检检测费用高，希望减少重复抽检。",
    ),
    "closed": (
        JINQING,
        "留抵退税审核材料一次讲清",
        "增值税留抵退税审核要补的材料多，希望一次讲清。",
    ),
    "power": (
        JINQING,
        "园区用电增容排队，新设备无法投产",
        "新购设备需要用电增容，报装排队三个月，希望明确供电增容接入时间。",
    ),
    "to_draft": (
        LUBEI,
        "雨后厂区门口积水，排水不畅",
        "厂区门口市政排水管网不畅，雨后积水，货车进出困难，望疏通雨水管网。",
    ),
    "drafted": (
        HENGJIE,
        "村级工业点厂房无法办产权证",
        "村级工业点厂房建成多年，不动产权证一直办不下来，望办理产权登记。",
    ),
    "objected": (
        JINQING,
        "企业间货款拖欠，希望协调",
        "下游企业拖欠货款半年，账款拖欠影响发工资，望协调拖欠账款。",
    ),
    "refused": (
        LUBEI,
        "排污管网二期延伸到工业区",
        "工业区污水管二期何时延伸，纳管之前窨井经常堵塞。",
    ),
    "queue_late": (
        HENGJIE,
        "退税审核慢，留抵退税迟迟不批",
        "存量留抵的增值税退税申请一个月没有消息，留抵退税审核太慢。",
    ),
    "queue_today": (
        JINQING,
        "缓缴税款如何申请",
        "听说制造业可以缓缴税款，税费减免和缓税的办理入口在哪里。",
    ),
    "queue_next": (
        LUBEI,
        "食品抽检次数太多",
        "同一批食品抽检一个月三次，检测费由厂里付，希望合并抽检。",
    ),
    "queue_stale": (
        LUBEI,
        "产权证过户手续繁琐",
        "买下的工业厂房不动产权证过户要跑多个窗口，不动产权登记希望一次办结。",
    ),
    "queue_medium": (
        JINQING,
        "港口查验预约等候时间过长",
        "进口货物到港后查验预约要等一周。",
    ),
    "queue_low": (
        HENGJIE,
        "希望有人来厂里讲讲政策",
        "小企业不知道有哪些扶持，希望派人来讲一讲。",
    ),
    "unsigned": (
        LUBEI,
        "增量留抵退税怎么算",
        "增量留抵的退税金额和企业自己算的不一样，想问增值税退税的算法。",
    ),
    "plain": (
        JINQING,
        "厂房产权证过户要跑几个窗口",
        "买下的厂房不动产权证过户要跑几个窗口，希望不动产权登记一窗受理。",
    ),
    "repair": (
        HENGJIE,
        "夜间公交线路绕行工业区",
        "希望公交线路延伸到工业区北门，公交班次加密。",
    ),
    "at_township": (
        JINQING,
        "村道限高杆拦住进厂货车",
        "村道口的限高杆太低，货车进不了厂，希望调整。",
    ),
}  # fmt: skip
HIDDEN = frozenset({"to_draft", "queue_next"})
"""Whose source is confidential."""
CONTACT = {"channel": "phone", "note": "电话联系企业，约定现场查看"}


class Story:
    """Plays the weeks before; `acts` of a unit are done by its clerk or head."""

    def __init__(self, city: City) -> None:
        self.city = city

    async def raise_all(self, *names: str) -> None:
        for name in names:
            township, title, body = TEXTS[name]
            hidden = name in HIDDEN
            await self.city.raise_item(name, township, title, body, confidential=hidden)

    async def send_up(self, *names: str) -> None:
        await self.city.settle()
        for name in names:
            who = await self.city.person("dispatcher", TEXTS[name][0])
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
    given = ("unsigned", "plain", "repair")
    last = ("queue_next", "queue_stale", "queue_medium", "queue_low", *given)
    await story.raise_all("at_township", *last)
    await story.send_up(*last)
    await story.give_out(*given)

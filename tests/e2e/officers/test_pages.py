"""Every page of the officers in a real Chromium: languages, sizes, type sizes, what all keep to."""

import re
from typing import get_args

import pytest
from httpx import URL
from playwright.async_api import Page

from shared.contracts.codes import Role
from shared.ids import named_id, to_text
from tests.e2e.officers.hands import Desk
from tests.e2e.officers.story import COUNTY, ITEMS
from tests.support.browser import SERIOUS, assert_clean_in_every_view

pytestmark = pytest.mark.browser

CITY, TOWNSHIP = "331000", f"{COUNTY}106"

PAGES = {
    "today": ("dispatcher", "/tracker/"),
    "mine": ("dispatcher", "/tracker/cases?show=mine"),
    "cases": ("dispatcher", "/tracker/cases"),
    "queue": ("dispatcher", "/router/queue"),
    "item": ("dispatcher", "/router/items/{queue_low}"),
    "objection": ("dispatcher", "/router/items/{objected}"),
    "objected-case": ("dispatcher", "/tracker/items/{objected}"),
    "case": ("power", "/tracker/items/{power}"),
    "rework": ("dispatcher", "/tracker/items/{rework}"),
    "draft": ("power", "/tracker/items/{power}/tasks/{power_task}/draft"),
    "closed": ("closed", "/tracker/items/{closed}"),
    "supervision": ("dispatcher", "/tracker/items/{late}/supervision"),
    "unit-today": ("late", "/tracker/"),
    "station": ("station_head", "/intake/"),
    "station-new": ("station_staff", "/intake/new"),
    "station-items": ("station_staff", "/intake/items"),
    "station-item": ("station_head", "/intake/items/{power}"),
    "station-elsewhere": ("dispatcher", "/intake/"),
    "deputy": ("deputy", "/intake/deputy"),
    "deputy-items": ("deputy", "/intake/deputy/items"),
    "deputy-new-item": ("deputy", "/intake/new"),
    "deputy-place": ("deputy", "/intake/deputy/results"),
    "deputy-own-year": ("deputy", "/intake/deputy/year"),
    "checklist": ("admin", "/router/checklist"),
    "several-accounts": ("admin", "/router/accounts/several"),
    "new-officer": ("admin", "/router/directory/new/officers?division=331004"),
    "new-deputy": ("admin", "/router/directory/new/deputies?division=331004"),
    "keys": ("admin", "/intake/keys"),
    "keys-of-station": ("admin", "/intake/keys/stations/331004106-01"),
    "enterprises": ("admin", "/intake/enterprises"),
    "notices": ("admin", "/intake/notices"),
    "ask-link": ("", "/intake/p/"),
    "door": ("", "/router/demo-login?division=331004"),
    "sign-in": ("", "/router/sign-in?account=yes"),
    "new-password": ("", "/router/password"),
    "not-yours": ("power", "/tracker/items/{closed}"),
    "nowhere": ("dispatcher", "/tracker/items/00000000-0000-7000-8000-000000000000"),
}
DEPUTY = to_text(named_id("person", f"{TOWNSHIP}-01-deputy-2"))
CHINESE = re.compile("[\u4e00-\u9fff]+")


async def _sign_in(desk: Desk, who: str) -> None:
    if who in ITEMS:
        await desk.of_unit(who, "clerk")
    elif who == "deputy":
        await desk.sign_in_as(DEPUTY)
    elif who:
        place = CITY if who == "admin" else TOWNSHIP if who.startswith("station") else COUNTY
        await desk.sign_in(who, place)


async def _path(desk: Desk, path: str) -> str:
    task = await desk.city.task("power", await desk.city.person("dispatcher", "331004"))
    return path.format(**desk.city.items, power_task=task["task_id"])


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_is_accessible_fits_every_window_and_speaks_english(
    desk: Desk, page: Page, name: str
) -> None:
    who, path = PAGES[name]
    await _sign_in(desk, who)
    await desk.open(await _path(desk, path))
    await assert_clean_in_every_view(page, name, SERIOUS)
    await page.goto(str(URL(page.url).copy_set_param("lang", "en")))
    assert await _chinese(desk) == []


async def _chinese(desk: Desk) -> list[str]:
    """List the Chinese a page shows that is neither a name nor what people wrote."""
    shown = await desk.page.evaluate(
        """() => {
             const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
             const found = [];
             while (walker.nextNode()) found.push(walker.currentNode.textContent);
             for (const name of ["aria-label", "placeholder"])
               for (const el of document.querySelectorAll(`[${name}]`))
                 found.push(el.getAttribute(name));
             return found;
           }"""
    )
    data = await _data(desk)
    return [text for text in shown for run in CHINESE.findall(text) if run not in data]


async def _data(desk: Desk) -> str:
    """Collect what may stay Chinese: names of people, places and units, and what people wrote."""
    names = []
    person = await desk.city.person("dispatcher", "331004")
    for kind in ("divisions", "organs", "units", "stations", "policies"):
        listed = (await desk.city.get(person, f"/router/v1/directory/{kind}"))[kind]
        names += [one[field] for one in listed for field in ("name", "short_name") if field in one]
    for role in get_args(Role):
        names += [one["name"] for one in await desk.city.people(role, "")]
        names += [one["name"] for one in await desk.city.people(role, "331004")]
        names += [one["name"] for one in await desk.city.people(role, "331000")]
    for town in (await desk.city.get(person, "/router/v1/directory/divisions"))["divisions"]:
        code = town["division_code"]
        if code.startswith("331004"):
            for role in ("dispatcher", "station_head", "station_staff", "clerk", "unit_head"):
                names += [one["name"] for one in await desk.city.people(role, code)]
    deputies = await desk.city.http.get("/router/v1/deputies")
    names += [one["name"] for one in deputies.json()["people"]]
    names += await desk.page.locator("#f-co_deputies label").all_inner_texts()
    words = [item[part] for item in ITEMS.values() for part in ("title", "body")]
    return "\n".join([*names, *words, *WRITTEN])


WRITTEN = (
    "厂区门口雨后积水，货车进出困难。每次下雨积水约30厘米，货车绕行3公里",
    "村口公交站没有雨棚。河西街路灯坏了一排。路桥区金清镇",
    "中文、国庆节、中秋节、国庆、中秋",
    "没有说明什么时候能有第二家",
    "资费由企业自主确定",
    "事权在区级，请区级交办",
    "电话联系企业，约定现场查看。上门看了变压器",
    "这件事由别的单位主管，我单位没有执法权",
    "会办意见电话征求过，先行答复",
    "经核实，情况属实，现答复如下。已经办好，可以照常申请。正在安排，有进展会告诉您",
)

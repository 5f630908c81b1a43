"""Signing in leads every role to a page of its own, which is there for it."""

import pytest
from playwright.async_api import Page, expect

from shared.contracts.envelope import EVERYWHERE
from tests.e2e.officers.hands import Desk
from tests.e2e.officers.story import COUNTY

pytestmark = pytest.mark.browser
CITY, TOWNSHIP, STREET = "331000", f"{COUNTY}106", f"{COUNTY}001"
FIRST = {
    ("station_staff", TOWNSHIP): "/intake/",
    ("station_head", TOWNSHIP): "/intake/",
    ("dispatcher", TOWNSHIP): "/tracker/",
    ("dispatcher", COUNTY): "/tracker/",
    ("committee_head", COUNTY): "/tracker/",
    ("liaison", COUNTY): "/tracker/",
    ("clerk", COUNTY): "/tracker/",
    ("unit_head", COUNTY): "/tracker/",
    ("leader", CITY): "/tracker/",
    ("city_office", CITY): "/reporting/",
    ("research_office", CITY): "/reporting/",
    ("admin", CITY): "/router/checklist",
    ("admin", EVERYWHERE): "/router/checklist",
    ("ops", CITY): "/tracker/dead-letters",
    ("is_deputy", TOWNSHIP): "/intake/deputy",
    ("is_street_rep", STREET): "/intake/deputy",
}
OFFICERS = {"/tracker/": "我要办的", "/intake/": "联络站"}
DEPUTYS = {"/tracker/": "我要办的", "/intake/": "我的履职"}
OPERATORS = {"/tracker/": "搁置事件", "/intake/": "联络站"}
"""What stands on the first page of a service for whoever opens it."""
REPRESENTATIVES = ("is_deputy", "is_street_rep")


async def _representative(desk: Desk, mark: str, place: str) -> str:
    someone = await desk.city.person("admin", CITY)
    listed = await desk.city.get(someone, f"/router/v1/deputies?division={place}")
    return next(str(one["person_id"]) for one in listed["people"] if one[mark])


@pytest.mark.parametrize(("role", "place"), FIRST)
async def test_the_root_opens_the_page_of_a_role(
    desk: Desk, page: Page, role: str, place: str
) -> None:
    if role in REPRESENTATIVES:
        await desk.sign_in_as(await _representative(desk, role, place))
    else:
        await desk.sign_in(role, place)
    answer = await page.goto(desk.city.url)
    assert answer is not None
    assert answer.status == 200
    assert page.url.removeprefix(desk.city.url) == FIRST[role, place]
    await expect(page.locator("main h1, main h2").first).to_be_visible()
    for path in ("/tracker/", "/intake/"):
        other = await page.goto(f"{desk.city.url}{path}")
        assert other is not None
        assert other.status == 200, path
        own = DEPUTYS if role in REPRESENTATIVES else OPERATORS if role == "ops" else OFFICERS
        await expect(page.locator("main")).to_contain_text(own[path])

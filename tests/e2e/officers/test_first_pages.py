"""Signing in leads every role to a page of its own, which is there for it."""

import pytest
from playwright.async_api import Page, expect

from shared.contracts.envelope import EVERYWHERE
from tests.e2e.officers.hands import Desk
from tests.e2e.officers.story import COUNTY

pytestmark = pytest.mark.browser
CITY, TOWNSHIP = "331000", f"{COUNTY}106"
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
}


@pytest.mark.parametrize(("role", "place"), FIRST)
async def test_the_root_opens_the_page_of_a_role(
    desk: Desk, page: Page, role: str, place: str
) -> None:
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

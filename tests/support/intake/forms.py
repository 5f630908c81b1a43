"""The form of a new item, as staff of a station fill it in."""

import re

from tests.support.intake.desk import Desk
from tests.support.officers import inputs

ID = re.compile(r"/intake/items/([0-9a-f-]{36})")


async def a_form(desk: Desk, **changes: str) -> dict[str, str]:
    """Open the form of a new item and fill it in."""
    page = (await desk.page("station_staff", "/new")).text
    sound = {
        **{name: value for name, value in inputs(page).items() if name != "form_token"},
        "title": "夜间停电",
        "body": "园区夜间经常停电。",
        "item_type": "problem",
        "station": "XQ01",
        "day": re.findall(r'value="(\d{4}-\d\d-\d\d)"', page)[0],
    }
    return sound | changes


async def sent(desk: Desk, **changes: str) -> str:
    """Send a new item by the form; give its id."""
    answer = await desk.send("station_staff", "/new", await a_form(desk, **changes))
    assert answer.status_code == 303
    found = ID.search(answer.headers["location"])
    assert found
    return found[1]

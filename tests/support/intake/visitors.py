"""People without an account in a test: they scan, report, and follow their link."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from html import unescape
from typing import Any

import httpx

from services.intake.domain.proposer_links import digest_of
from shared.ids import Id, to_text
from shared.service import mounted
from tests.support.intake.desk import Desk
from tests.support.intake.replies import replied
from tests.support.officers import inputs

SITE = "https://jianyi.test"
TEXT = "园区夜间经常停电，影响三家企业生产。希望尽快修好。"
LEFT = {"contact_name": "王小明", "contact_phone": "13812341234"}


@asynccontextmanager
async def a_visitor(desk: Desk, address: str = "203.0.113.7") -> AsyncIterator[httpx.AsyncClient]:
    """A browser of its own, with cookies of its own, at an address of the network."""
    transport = httpx.ASGITransport(mounted([desk.service]), client=(address, 1234))
    headers = {"Origin": SITE, "Accept": "text/html"}
    async with httpx.AsyncClient(transport=transport, base_url=SITE, headers=headers) as client:
        yield client


async def the_form(
    client: httpx.AsyncClient, station: str = "XQ01", **changes: str
) -> dict[str, str]:
    """Open the form of a station and fill it in."""
    page = await client.get(f"/intake/report/{station}")
    assert page.status_code == 200, page.text
    return {**inputs(page.text), "text": TEXT} | changes


async def reported(
    client: httpx.AsyncClient, form: Mapping[str, str], station: str = "XQ01"
) -> str:
    """Send a report; give the path of its page."""
    answer = await client.post(f"/intake/report/{station}", data=dict(form))
    assert answer.status_code == 303, (answer.status_code, words_of(answer.text))
    return answer.headers["location"].partition("?")[0]


async def item_behind(desk: Desk, path: str) -> Id:
    """Find the item that a link leads to."""
    (row,) = await desk.sql(
        "SELECT key FROM proposer JOIN proposer_secret USING (proposer_id) WHERE digest = $1",
        digest_of(path.rsplit("/", 1)[1]),
    )
    key: Id = row["key"]
    return key


def words_of(page: str) -> str:
    """The text of a page, as it is read."""
    body = page.partition("<main")[2]
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))


async def raised(desk: Desk, client: Any, **left: str) -> tuple[str, Id]:
    """Report something, with what was `left` to reach them by; give the page and the item."""
    path = await reported(client, await the_form(client, **left))
    return path, await item_behind(desk, path)


async def accepted(desk: Desk, key: Id) -> None:
    done = await desk.post("station_head", f"/v1/items/{to_text(key)}/accept", {})
    assert done.status_code == 200, done.text


async def answered(desk: Desk, client: Any, **left: str) -> tuple[str, str]:
    """Raise an item and let it be accepted and answered; give its path and its id."""
    path, key = await raised(desk, client, **left)
    await accepted(desk, key)
    await replied(desk, key)
    return path, to_text(key)


async def ratings_of(desk: Desk, key: Id) -> list[dict[str, Any]]:
    rows = await desk.sql(
        "SELECT payload FROM outbox WHERE key = $1 AND type = 'item.rating_given' ORDER BY id", key
    )
    return [json.loads(row["payload"]) for row in rows]

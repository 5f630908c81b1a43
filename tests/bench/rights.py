"""What rights and row security cost: the same requests, in turn with a service without them."""

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path

from shared.ids import Id
from shared.settings import address_of
from shared.web.session import COOKIE, Session, issue, read_private_key
from tests.bench.client import fire
from tests.bench.place import Place
from tests.bench.rows import Row, post_in_turn, row_of_rates
from tests.support.database import connected

BUSIEST = {
    "clerk": ("unit_id", "SELECT unit_id FROM tracker.task GROUP BY 1 ORDER BY count(*) DESC"),
    "dispatcher": (
        "organ_id",
        'SELECT dispatcher_organ FROM tracker."case" GROUP BY 1 ORDER BY count(*) DESC',
    ),
    "station_head": (
        "station_id",
        'SELECT station_id FROM tracker."case" GROUP BY 1 ORDER BY count(*) DESC',
    ),
}
"""Whose first page holds the most, and where the tracker says so."""
AT_TRACKER = ("clerk", "dispatcher")
HOLDER = """
SELECT key::text FROM tracker.directory_copy, json_array_elements(body::json -> 'grants') AS held
WHERE type = 'directory.person' AND held ->> 'role' = $1 AND (held ->> $2)::uuid = $3
ORDER BY key LIMIT 1
"""
LEAST = 0.9


async def single(place: Place, url: str, posts: int, rounds: int) -> Row:
    """Signed single POSTs over 64 connections."""
    async with _without_rights(place, "intake") as bare:
        rates, _ = await post_in_turn(place, (url, bare), posts, rounds)
    return row_of_rates("rights, single POST", rates[url], rates[bare], LEAST)


async def first_page(place: Place, pages: int, rounds: int) -> list[Row]:
    """The first page of those with the most to do, over 4 connections, in many short turns."""
    ours, rows = place.system.urls["tracker"], []
    async with _without_rights(place, "tracker") as bare:
        for role in AT_TRACKER:
            request = await _first_page_of(place, role)
            rates: dict[str, list[float]] = {ours: [], bare: []}
            for at in rates:
                await fire(at, [request] * 20, 4)
            for _ in range(rounds):
                for at, found in rates.items():
                    seconds, answers = await fire(at, [request] * pages, 4)
                    if any(answer.status != 200 for answer in answers):
                        raise RuntimeError(f"the first page of a {role} answered otherwise")
                    found.append(pages / seconds)
            what = f"rights, first page, {role}"
            rows.append(row_of_rates(what, rates[ours], rates[bare], LEAST))
    return rows


def _without_rights(place: Place, name: str) -> AbstractAsyncContextManager[str]:
    address = {address_of(name): place.system.dsn}
    return place.one_more(name, "tests.bench.without_rights", name, **address)


async def _first_page_of(place: Place, role: str) -> bytes:
    return request_of("/tracker/", await cookie_of_busiest(place, role))


def request_of(path: str, cookie: str) -> bytes:
    """Write the request of a page."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: jianyi.test\r\nAccept: text/html\r\n"
        f"Cookie: {COOKIE}={cookie}\r\n\r\n"
    ).encode()


async def cookie_of_busiest(place: Place, role: str) -> str:
    """Open a session of the busiest holder of a role."""
    field, busiest = BUSIEST[role]
    async with connected(place.system.dsn) as connection:
        where = await connection.fetchval(f"{busiest} LIMIT 1")
        key: str = await connection.fetchval(HOLDER, role, field, where)
    pem = await asyncio.to_thread(Path(place.system.environ["ROUTER_SESSION_KEY_FILE"]).read_bytes)
    now, person = datetime.now(UTC), Id.fromhex(key.replace("-", ""))
    return issue(Session(person, person, now), read_private_key(pem), now)

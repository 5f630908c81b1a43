"""What rights and row security cost: the same requests, in turn with a service without them."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from shared.ids import Id
from shared.web.session import COOKIE, Session, issue, read_private_key
from tests.bench.client import fire
from tests.bench.place import Place
from tests.bench.rows import ALL_SENT, Row, item_of, spread
from tests.support.database import connected

BUSIEST = {
    "clerk": ("unit_id", "SELECT unit_id FROM tracker.task GROUP BY 1 ORDER BY count(*) DESC"),
    "dispatcher": (
        "organ_id",
        'SELECT dispatcher_organ FROM tracker."case" GROUP BY 1 ORDER BY count(*) DESC',
    ),
}
"""Whose first page holds the most, and where the tracker says so."""
HOLDER = """
SELECT key::text FROM tracker.directory_copy, json_array_elements(body::json -> 'grants') AS held
WHERE type = 'directory.person' AND held ->> 'role' = $1 AND (held ->> $2)::uuid = $3
ORDER BY key LIMIT 1
"""
LEAST = 0.9


async def single(place: Place, url: str, posts: int, rounds: int) -> Row:
    """Signed single POSTs over 64 connections."""
    bare = place.process("intake", _unwalled(place, "intake"))
    bare.start("tests.bench.without_rights", "intake")
    rates: dict[str, list[float]] = {url: [], bare.url: []}
    try:
        await bare.wait_ready()
        for _ in range(rounds):
            for at, found in rates.items():
                seconds, answers = await fire(at, place.singles(posts, at), 64)
                place.note([item_of(answer) for answer in answers])
                found.append(posts / seconds)
                await place.wait_count(ALL_SENT, 1, 300)
    finally:
        bare.kill()
    return _row("rights, single POST", rates[url], rates[bare.url])


async def first_page(place: Place, pages: int, rounds: int) -> list[Row]:
    """The first page of those with the most to do, over 4 connections, in many short turns."""
    bare = place.process("tracker", _unwalled(place, "tracker"))
    bare.start("tests.bench.without_rights", "tracker")
    ours = place.system.urls["tracker"]
    rows = []
    try:
        await bare.wait_ready()
        for role in BUSIEST:
            request = await _first_page_of(place, role)
            rates: dict[str, list[float]] = {ours: [], bare.url: []}
            for at in rates:
                await fire(at, [request] * 20, 4)
            for _ in range(rounds):
                for at, found in rates.items():
                    seconds, answers = await fire(at, [request] * pages, 4)
                    if any(answer.status != 200 for answer in answers):
                        raise RuntimeError(f"the first page of a {role} answered otherwise")
                    found.append(pages / seconds)
            rows.append(_row(f"rights, first page, {role}", rates[ours], rates[bare.url]))
    finally:
        bare.kill()
    return rows


def _unwalled(place: Place, name: str) -> Mapping[str, str]:
    return {f"{name.upper()}_DATABASE_URL": place.system.dsn, "INTAKE_AUTO_ACCEPT": "false"}


async def _first_page_of(place: Place, role: str) -> bytes:
    """Write the request of a session of the busiest holder of a role."""
    field, busiest = BUSIEST[role]
    async with connected(place.system.dsn) as connection:
        where = await connection.fetchval(f"{busiest} LIMIT 1")
        key: str = await connection.fetchval(HOLDER, role, field, where)
    pem = await asyncio.to_thread(Path(place.system.environ["ROUTER_SESSION_KEY_FILE"]).read_bytes)
    now, person = datetime.now(UTC), Id.fromhex(key.replace("-", ""))
    cookie = issue(Session(person, person, now), read_private_key(pem), now)
    return (
        f"GET /tracker/ HTTP/1.1\r\nHost: jianyi.test\r\nAccept: text/html\r\n"
        f"Cookie: {COOKIE}={cookie}\r\n\r\n"
    ).encode()


def _row(what: str, ours: list[float], bare: list[float]) -> Row:
    ratio = median(ours) / median(bare)
    shown, without = (f"{median(found):,.0f}/s {spread(found)}" for found in (ours, bare))
    return Row(what, shown, without, f"{ratio:.2f}", f"≥ {LEAST}", ratio >= LEAST)

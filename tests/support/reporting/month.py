"""The steps of a month's report on a running service."""

import re
from datetime import date
from typing import Any

from services.reporting import store
from services.reporting.domain.freezing import figures_hash
from shared.ids import Id, named_id
from tests.support.eventually import eventually
from tests.support.reporting.desk import END, Desk
from tests.support.reporting.play import COUNTY
from tests.support.shanghai import at

OCTOBER = date(2022, 10, 20)
SIGN = (("liaison", "check"), ("head", "confirm"), ("liaison", "submit"))
LINHAI_SIGN = (
    ("linhai_liaison", "check"),
    ("linhai_head", "confirm"),
    ("linhai_liaison", "submit"),
)
CITY_SIGN = (("city_liaison", "check"), ("city_head", "confirm"), ("city_liaison", "submit"))
RECEIVE = ("office", "receive")


def item(name: str) -> Id:
    return named_id("item", name)


async def stage(desk: Desk, filer: str = COUNTY, end: date = END) -> str:
    rows = await desk.sql(
        "SELECT stage FROM report WHERE filer = $1 AND period_end = $2", filer, end
    )
    return rows[0]["stage"] if rows else ""


async def until_drafted(desk: Desk, filer: str = COUNTY, end: date = END) -> None:
    async def is_drafted() -> bool:
        return await stage(desk, filer, end) == "drafted"

    await eventually(is_drafted)


async def submitted(desk: Desk, version: int = 1, filer: str = COUNTY, end: date = END) -> Any:
    rows = await desk.sql(
        "SELECT * FROM version WHERE filer = $1 AND period_end = $2 AND version = $3",
        filer, end, version,
    )  # fmt: skip
    return rows[0]


async def numbers_open_their_items(desk: Desk, who: str, query: str = "") -> int:
    """Follow every number of a page; what stands behind it must come to it."""
    page = (await desk.page(who, f"/{query}")).text
    links = re.findall(r'<a class="figure[^"]*" href="/reporting/items\?([^"]+)">([^<]+)</a>', page)
    for asked, number in links:
        found = (await desk.get(who, "/v1/facts?" + asked.replace("&amp;", "&"))).json()
        assert abs(found["figure"]["printed"]) == abs(int(number.replace(",", ""))), asked
    return len(links)


async def frozen_versions_prove_themselves(desk: Desk) -> None:
    """Count the parts of every frozen version again at its cut; all must be the same."""
    async with desk.service.db.begin() as tx:
        book = await store.load_ledger(tx, desk.service.copy.snapshot)
        rows = await tx.fetch("SELECT filer, period_end, version FROM version")
        assert rows
        for code, end, number in rows:
            filer = book.filers(end).get(code)
            frozen = await store.load_frozen(tx, code, end, number)
            period = desk.settings.periods.period_of(at(str(end)))
            assert filer
            assert frozen
            assert period
            was = frozen.version
            again = await store.count(tx, filer, period, was.parts, was.cut)
            assert again.facts_sha256 == was.facts_sha256
            assert again.lines == frozen.lines
            assert figures_hash(code, end, again.lines) == was.figures_sha256

"""The steps of a month's report on a running reporting."""

import re
from datetime import date
from typing import Any

from services.reporting import store
from services.reporting.domain.freezing import figures_hash
from shared.ids import Id, named_id
from tests.support.eventually import eventually
from tests.support.reporting.counting import COUNTY
from tests.support.reporting.running import END, RunningReporting
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


async def stage(reporting: RunningReporting, filer: str = COUNTY, end: date = END) -> str:
    rows = await reporting.sql(
        "SELECT stage FROM report WHERE filer = $1 AND period_end = $2", filer, end
    )
    return rows[0]["stage"] if rows else ""


async def until_drafted(reporting: RunningReporting, filer: str = COUNTY, end: date = END) -> None:
    async def is_drafted() -> bool:
        return await stage(reporting, filer, end) == "drafted"

    await eventually(is_drafted)


async def submitted(
    reporting: RunningReporting, version: int = 1, filer: str = COUNTY, end: date = END
) -> Any:
    rows = await reporting.sql(
        "SELECT * FROM version WHERE filer = $1 AND period_end = $2 AND version = $3",
        filer, end, version,
    )  # fmt: skip
    return rows[0]


async def printed(
    reporting: RunningReporting, column: str = "C3", *, end: date = END
) -> tuple[int, int, int]:
    """Give Luqiao's figure of a period, the part of it that is late, and its sum."""
    form = await reporting.form("liaison", str(end))
    cell = form["total"][column]
    return cell["printed"], cell["late"], cell["cumulative"]


async def numbers_open_their_items(reporting: RunningReporting, who: str, query: str = "") -> int:
    """Follow every number of a page; what stands behind it must come to it."""
    page = (await reporting.page(who, f"/{query}")).text
    links = re.findall(r'<a class="figure[^"]*" href="/reporting/items\?([^"]+)">([^<]+)</a>', page)
    for asked, number in links:
        found = (await reporting.get(who, "/v1/facts?" + asked.replace("&amp;", "&"))).json()
        assert abs(found["figure"]["printed"]) == abs(int(number.replace(",", ""))), asked
    return len(links)


async def frozen_versions_prove_themselves(reporting: RunningReporting) -> None:
    """Count the parts of every frozen version again at its cut; all must be the same."""
    async with reporting.service.db.begin() as tx:
        book = await store.load_ledger(tx, reporting.service.copy.snapshot)
        rows = await tx.fetch("SELECT filer, period_end, version FROM version")
        assert rows
        for code, end, number in rows:
            filer = book.filers(end).get(code)
            frozen = await store.load_frozen(tx, code, end, number)
            period = reporting.settings.periods.period_of(at(str(end)))
            assert filer
            assert frozen
            assert period
            was = frozen.version
            again = await store.count(tx, filer, period, was.parts, was.cut)
            assert again.facts_sha256 == was.facts_sha256
            assert again.lines == frozen.lines
            assert figures_hash(code, end, again.lines) == was.figures_sha256

"""`python -m tests.bench.crowded`: pipeline and pages with a million open cases, beside few.

Each case has three clocks, one of ten has long passed its due time with nothing left to fire; each
has a fact in one of the earlier months. Over half an hour with a million.
"""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

import typer

from tests.bench.buffers import touched
from tests.bench.client import fire, percentile
from tests.bench.fill import Town, console, fill_cases, run
from tests.bench.place import Place, open_place
from tests.bench.rights import BUSIEST, cookie_of_busiest, request_of
from tests.bench.rows import Row, once_through, table_of
from tests.support.database import connected
from tests.support.environment import build

PAGES = {
    "first page, clerk": ("clerk", "/tracker/"),
    "first page, dispatcher": ("dispatcher", "/tracker/"),
    "open cases, dispatcher": ("dispatcher", "/tracker/cases"),
    "search, dispatcher": ("dispatcher", f"/tracker/cases?q={quote('企业')}"),
    "queue, dispatcher": ("dispatcher", "/router/queue"),
    "a station's first page": ("station_head", "/intake/"),
    "a station's items": ("station_head", "/intake/items"),
    "a station's search": ("station_head", f"/intake/items?q={quote('企业')}"),
    "county's form of the month": ("dispatcher", "/reporting/?period_end={due_on}"),
}
TOWNS = """
SELECT station.division AS code, organ.key AS organ, station.key AS station
FROM (SELECT DISTINCT ON (division) key, body::json ->> 'division_code' AS division
    FROM directory_copy WHERE type = 'directory.station' ORDER BY division, key) AS station
JOIN directory_copy AS organ ON organ.type = 'directory.organ'
    AND organ.body::json ->> 'division_code' = left(station.division, 6)
ORDER BY md5(station.division)
"""
"""A station of each township with its county's organ, in an order that mixes the counties."""
UNITS = """
SELECT body::json ->> 'division_code' AS county, array_agg(key ORDER BY key) AS units
FROM directory_copy WHERE type = 'directory.unit' GROUP BY 1
"""
PERIOD = """
SELECT start, (start + interval '1 month')::date - 1 AS due_on
FROM (SELECT max(period_start) AS start FROM reporting.fact) AS month
"""
FILED = (
    """INSERT INTO reporting.report (key, filer, period_start, period_end, stage, version)
    SELECT gen_random_uuid(), filer, ($1::date - interval '1 month')::date, $1::date - 1,
        'received', 1
    FROM (SELECT DISTINCT left(division_code, 6) AS filer FROM reporting.fact) AS filers""",
    """INSERT INTO reporting.version
    SELECT key, 1, filer, period_start, period_end,
        (SELECT json_agg(json_build_object('topic', topic, 'partition', n, 'offset', 0))
            FROM (SELECT DISTINCT topic FROM reporting.fact) AS read, generate_series(0, 11) AS n),
        json_build_array(json_build_object('divisions', (
            SELECT json_agg(body::json ->> 'division_code') FROM reporting.directory_copy
            WHERE type = 'directory.organ'
                AND left(body::json ->> 'division_code', 6) = filer))),
        0, '', '', '', now(), 0, '[]'
    FROM reporting.report WHERE period_end = $1::date - 1""",
)
"""Reports of the month before, received, whose cuts lie before every fact of this month."""
MORE = (
    """INSERT INTO clock SELECT key, kind, key, 1,
        'unit:' || replace(units[1]::text, '-', ''), now(), due, 15, 'wd', false, false, 0,
        CASE WHEN due > now() THEN due END
    FROM made JOIN "case" USING (key) CROSS JOIN unnest('{sign,reply,promise}'::text[]) AS kind""",
    *(
        f"""INSERT INTO {schema}.position SELECT topic, key, 1, key FROM made CROSS JOIN (
            SELECT DISTINCT topic FROM {schema}.position WHERE topic <> 'router.directory.v1'
        ) AS read"""  # noqa: S608  a schema of ours
        for schema in ("tracker", "router", "reporting", "intake")
    ),
    """INSERT INTO router.item (key, division_code, number, intake_state, accepted_at, level,
        organ_id, dispatch_no)
    SELECT key, division_code, number, 'accepted', accepted_at, 'county', dispatcher_organ, 1
    FROM made JOIN "case" USING (key)""",
    """INSERT INTO intake.item (key, state, station_id, division_code, occurred_at, received_at,
        accepted_at, number)
    SELECT key, 'ACCEPTED', station_id, division_code, accepted_at, accepted_at, accepted_at, number
    FROM made JOIN "case" USING (key)""",
    """INSERT INTO intake.item_text
    SELECT key, title, body, '{}', '[]', '', '', '[]', '{}', '{}'
    FROM made JOIN item_text USING (key)""",
    """INSERT INTO intake.proposer (key, place, proposer_id, kind, sealed)
    SELECT key, 1, key, 'station', '{}' FROM made""",
    """INSERT INTO intake.progress (key, dispatch_no, owner_level, lead_unit, dispatched_at)
    SELECT key, 1, 'county', units[1], dispatched_at FROM made JOIN "case" USING (key)""",
    """INSERT INTO reporting.item (key, number, c3, c3_at)
    SELECT key, number, 1, accepted_at FROM made JOIN "case" USING (key)""",
    """INSERT INTO reporting.fact
    SELECT 'intake.item.v1', n % 12, -n, 'C3', 1, key, NULL, division_code, key, accepted_at,
        accepted_at, ((SELECT max(period_start) FROM reporting.fact)
            - make_interval(months => 1 + n % 48))::date
    FROM made JOIN "case" USING (key)""",
    "VACUUM ANALYZE",
)


@dataclass(frozen=True, slots=True)
class Look:
    """A page at one size of the base: milliseconds, and shared buffers by statement."""

    taken: Sequence[float]
    buffers: Counter[str]

    @property
    def p95(self) -> float:
        return percentile(self.taken, 0.95)

    def __str__(self) -> str:
        return f"p50 {percentile(self.taken, 0.5):.0f} p95 {self.p95:.0f} ms"


@dataclass(frozen=True, slots=True)
class Readers:
    """Ask the services for the pages; `cookies` are those of one holder of each role."""

    place: Place
    cookies: Mapping[str, str]
    due_on: date

    async def look(self, times: int) -> dict[str, Look]:
        found, services = {}, build(self.place.system.environ)
        for what, (role, page) in PAGES.items():
            path, cookie = page.format(due_on=self.due_on), self.cookies[role]
            name = path.split("/")[1]
            async with services[name].opened() as service:
                buffers = await touched(service, path, cookie)
            request, url = request_of(path, cookie), self.place.system.urls[name]
            await fire(url, [request] * 5, 1)
            _, answers = await fire(url, [request] * times, 1)
            if any(answer.status != HTTPStatus.OK for answer in answers):
                raise RuntimeError(f"{what}: {path} answered otherwise")
            found[what] = Look([answer.seconds * 1000 for answer in answers], buffers)
        return found


def main(cases: int = 1_000_000, items: int = 10_000, times: int = 60) -> None:
    """Measure beside `items` cases and again after filling; ends with 1 when a goal is missed."""
    with tempfile.TemporaryDirectory(prefix="jianyi-bench-") as folder:
        rows = asyncio.run(_measured(Path(folder), cases, items, times))
    console.print(table_of(rows))
    raise typer.Exit(not all(row.met for row in rows))


async def _measured(folder: Path, cases: int, items: int, times: int) -> list[Row]:
    async with open_place(folder) as place:
        await once_through(place, items // 10)
        empty = items / (await once_through(place, items))[0]
        async with connected(place.system.dsn) as connection:
            (month,) = await connection.fetch(PERIOD)
            for statement in FILED:
                await connection.execute(statement, month["start"])
            await connection.execute("VACUUM ANALYZE")
        cookies = {role: await cookie_of_busiest(place, role) for role in BUSIEST}
        readers = Readers(place, cookies, month["due_on"])
        before = await readers.look(times)
        await _fill(place.system.dsn, cases)
        after = await readers.look(times)
        crowded = items / (await once_through(place, items))[0]
    ratio = crowded / empty
    rows = [
        Row("pipeline, items", f"{crowded:,.0f}/s", f"{empty:,.0f}/s", f"{ratio:.2f}", "≥ 0.8",
            ratio >= 0.8),
    ]  # fmt: skip
    for what, look in after.items():
        rows += _compared(what, look, before[what])
    return rows


async def _fill(dsn: str, cases: int) -> None:
    async with connected(dsn, search_path="tracker", maintenance_work_mem="2GB") as connection:
        towns = [
            Town(row["code"], row["organ"].bytes, row["station"].bytes)
            for row in await connection.fetch(TOWNS)
        ]
        units = {
            row["county"]: [key.bytes for key in row["units"]]
            for row in await connection.fetch(UNITS)
        }
        await fill_cases(connection, cases, towns, units, open_of=1)
        for statement in MORE:
            await run(connection, statement)


def _compared(what: str, look: Look, before: Look) -> list[Row]:
    """Compare one page; name the statements that touch a fifth more."""
    ratio = look.p95 / before.p95
    now, then = look.buffers.total(), before.buffers.total()
    for sql, n in look.buffers.items():
        was, statement = before.buffers[sql], " ".join(sql.split())[:90]
        if n > 1.2 * was:
            console.print(f"{what}: {was} → {n} buffers: {statement}")
    return [
        Row(what, str(look), str(before), f"{ratio:.2f}", "≤ 2", ratio <= 2),
        Row(f"{what}, buffers", f"{now:,}", f"{then:,}", f"{now / then:.2f}", "0.8-1.2",
            0.8 <= now / then <= 1.2),
    ]  # fmt: skip


if __name__ == "__main__":
    typer.run(main)

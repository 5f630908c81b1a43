"""`python -m tests.bench.search`: pages of the search at a million cases, by reader and by word.

The texts are invented: characters and words by Zipf's law, as long as what people wrote to a city.
"""

import asyncio
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any
from urllib.parse import quote

import httpx
import typer
from rich.console import Console

from services.tracker import app
from services.tracker.settings import TrackerSettings
from shared.contracts import router
from shared.contracts.envelope import Event
from shared.ids import Id, named_id
from shared.service import mounted
from shared.web.session import COOKIE
from tests.bench.client import percentile
from tests.bench.rows import Row
from tests.support.database import connected
from tests.support.entries import division, grant, person, written
from tests.support.environment import settings_of
from tests.support.officers import Officers
from tests.support.servers import fresh_database, fresh_servers

console = Console(width=160)
CITY, GOAL_MS = "331000", 150
COUNTIES = [f"33100{n}" for n in range(1, 10)]
TOWNS = [f"{COUNTIES[n % 9]}{101 + n // 9}" for n in range(130)]
OFFICES = (
    "教育",
    "民政",
    "司法",
    "财政",
    "人社",
    "资规",
    "建设",
    "交通",
    "水利",
    "农业",
    "经信",
    "商务",
)
UNITS = [(county, f"{county}{name}局") for county in COUNTIES for name in OFFICES]
SHARES = {"企业": 0.6, "用电": 0.05, "蒸馏": 0.03, "馏塔": 0.03, "增容": 0.01, "盾构": 0.00003}
TYPED = {
    "in most": "企业",
    "in 5 %": "用电",
    "in 1 %": "增容",
    "in 30 cases": "盾构",
    "in none": "蒸馏塔",
    "one rare character": "盾",
    "two words": "用电 增容",
    "a whole number": "",
    "a number's beginning": f"{TOWNS[3]}-2026-0001",
    "a unit": UNITS[0][1],
}
"""What is typed, by how often it stands in the texts; 蒸馏塔 never, though both its halves do.

The whole number is drawn from the cases.
"""
READERS: Mapping[str, tuple[str, str, dict[str, Any]]] = {
    "city": ("dispatcher", CITY, {"organ_id": named_id("organ", CITY)}),
    "county": ("dispatcher", COUNTIES[0], {"organ_id": named_id("organ", COUNTIES[0])}),
    "township": ("dispatcher", TOWNS[0], {"organ_id": named_id("organ", TOWNS[0])}),
    "unit": ("clerk", COUNTIES[0], {"unit_id": named_id("unit", UNITS[0][1])}),
    "station": ("station_head", TOWNS[40], {"station_id": named_id("station", TOWNS[40])}),
}
PIECES = 10_000
FILL = (
    """CREATE TEMP TABLE made AS
    SELECT n, overlay(lpad(to_hex((1600000000000 + n * 100000::bigint) << 16), 16, '0')
            || '8000' || lpad(to_hex(n), 12, '0') PLACING '7' FROM 13)::uuid AS key,
        floor(130 * random() ^ 2)::int AS town, floor(10 * random())::int AS office,
        floor($2 * random())::int AS one, floor($2 * random())::int AS other,
        ARRAY(SELECT mark.n FROM mark WHERE random() < share AND made.n > 0) AS marks
    FROM generate_series(1, $1::int) AS made (n)""",
    """INSERT INTO "case" (key, place, division_code, station_id, intake_state, number, phase,
        dispatcher_organ, units)
    SELECT key, code, code, station, 'accepted', code || '-2026-' || lpad(made.n::text, 6, '0'),
        CASE WHEN made.n % 7 > 0 THEN 'closed' ELSE 'handling' END, organ, ARRAY[unit.key_of]
    FROM made JOIN town ON town.n = town JOIN unit ON county = left(code, 6) AND unit.n = office""",
    """INSERT INTO task (key, task_id, unit_id, role, external, dispatch_no, given_at, sign_n,
        sign_kind, reply_n, reply_kind, object_until, by_silence, objection, objected_round,
        contacted_round, drafted_round, draft_waived, replied_round)
    SELECT key, key, units[1], 'lead', false, 1, now(), 1, 'wd', 15, 'wd', now(), false, '', 0, 0,
        0, false, 0 FROM "case" """,
    """INSERT INTO item_text (key, title, body)
    SELECT key, left(a.folded, 16), a.folded || b.folded
    FROM made JOIN piece a ON a.n = one JOIN piece b ON b.n = other""",
    """INSERT INTO search_text
    SELECT key, a.folded || b.folded
            || (SELECT coalesce(string_agg(word, ''), '') FROM mark WHERE n = ANY (marks))
    FROM made JOIN piece a ON a.n = one JOIN piece b ON b.n = other""",
    "CREATE INDEX search_grams ON search_text USING gin (grams(folded, true))",
    "ALTER INDEX search_grams ALTER COLUMN 1 SET STATISTICS 0",
    'VACUUM ANALYZE "case", task, item_text, search_text',
)
SIZES = """
SELECT relname, pg_size_pretty(pg_total_relation_size(oid)) AS size FROM pg_class
WHERE relname IN ('case', 'task', 'item_text', 'search_text', 'search_grams')
"""


def pieces() -> Iterator[str]:
    """Halves of texts: words of two characters, both by Zipf's law; the same in every run."""
    chance = random.Random(7)
    characters = [chr(0x4E00 + n) for n in range(3_000)]
    weights = list(accumulate(1 / (n + 10) for n in range(3_000)))
    drawn = chance.choices(characters, cum_weights=weights, k=60_000)
    words = ["".join(pair) for pair in zip(drawn[::2], drawn[1::2], strict=True)]
    weights = list(accumulate(1 / (n + 30) ** 0.9 for n in range(30_000)))
    for _ in range(PIECES):
        length = int(chance.lognormvariate(4.2, 0.9)) + 8
        yield "".join(chance.choices(words, cum_weights=weights, k=length)) + "\n"


def directory() -> Iterator[tuple[Id, Event]]:
    yield division("330000", "浙江省", "province", None)
    yield division(CITY, "大城市", "city", "330000")
    for code in COUNTIES:
        yield division(code, f"县{code}", "county", CITY)
    for code in TOWNS:
        yield division(code, f"镇{code}", "township", code[:6])
        made = router.DirectoryStation(**written(code), code=code, name=f"{code}站")
        yield named_id("station", code), made
    for code in (CITY, *COUNTIES, *TOWNS):
        level: Any = "township" if len(code) > 6 else "city" if code == CITY else "county"
        made_organ = router.DirectoryOrgan(**written(code), name=f"{code}代表工委", level=level)
        yield named_id("organ", code), made_organ
    for county, name in UNITS:
        values = written(county) | {"name": name, "short_name": name, "kind_code": "any"}
        yield named_id("unit", name), router.DirectoryUnit(**values, level="county")
    for who, (role, code, place) in READERS.items():
        yield person(named_id("person", who), who, code, grant(role, code, **place))


class Tracker(Officers):
    def __init__(self, dsn: str) -> None:
        super().__init__()
        self.settings = settings_of(TrackerSettings, dsn)
        self.service = app.build(self.settings)

    async def measure(self, who: str, typed: str, times: int) -> list[float]:
        """Milliseconds of the whole page."""
        taken, path = [], f"/tracker/cases?q={quote(typed)}"
        transport = httpx.ASGITransport(mounted([self.service]))
        cookies = {COOKIE: await self.cookie(who)}
        async with httpx.AsyncClient(
            transport=transport, base_url="https://jianyi.test", cookies=cookies
        ) as client:
            for _ in range(times + 1):
                began = time.perf_counter()
                answer = await client.get(path, headers={"Accept": "text/html"})
                taken.append((time.perf_counter() - began) * 1000)
                answer.raise_for_status()
        return taken[1:]


async def _fill(dsn: str, items: int) -> None:
    began = time.perf_counter()
    marks = [(n, f"{word}\n", share) for n, (word, share) in enumerate(SHARES.items())]
    tables: Mapping[str, list[tuple[Any, ...]]] = {
        "piece (n int, folded text)": list(enumerate(pieces())),
        "mark (n int, word text, share float8)": marks,
        "town (n int, code text, organ uuid, station uuid)": [
            (n, code, named_id("organ", code[:6]), named_id("station", code))
            for n, code in enumerate(TOWNS)
        ],
        "unit (n int, county text, key_of uuid)": [
            (n % len(OFFICES), county, named_id("unit", name))
            for n, (county, name) in enumerate(UNITS)
        ],
    }
    async with connected(dsn, search_path="tracker", maintenance_work_mem="2GB") as connection:
        await connection.set_type_codec(
            "uuid", schema="pg_catalog", encoder=bytes, decoder=bytes, format="binary"
        )
        for table, rows in tables.items():
            await connection.execute(f"CREATE TEMP TABLE {table}")
            await connection.copy_records_to_table(table.split()[0], records=rows)
        await connection.execute("DROP INDEX search_grams")
        for n, statement in enumerate(FILL):
            await connection.execute(statement, *((items, PIECES) if n == 0 else ()))
            console.print(f"{time.perf_counter() - began:.0f} s: {statement.split('(')[0][:60]}")
        console.print(*map(tuple, await connection.fetch(SIZES)))


async def _measured(items: int, times: int) -> Sequence[Row]:
    async with fresh_servers() as servers, fresh_database(servers.dsn) as dsn:
        tracker = Tracker(dsn)
        await tracker.migrate()
        await _fill(dsn, items)
        entries = [*directory(), tracker.session_key(written(CITY))]
        rows = []
        async with tracker.by_hand(entries):
            (one,) = await tracker.sql('SELECT number FROM "case" ORDER BY random() LIMIT 1')
            for what, typed in (TYPED | {"a whole number": one["number"]}).items():
                by_reader = {who: await tracker.measure(who, typed, times) for who in READERS}
                rows.append(_row(what, by_reader))
                console.print(rows[-1].what, rows[-1].ours, rows[-1].ratio)
        return rows


def _row(what: str, by_reader: Mapping[str, list[float]]) -> Row:
    """The slowest reader counts."""
    p95 = {who: percentile(taken, 0.95) for who, taken in by_reader.items()}
    p50 = percentile([one for taken in by_reader.values() for one in taken], 0.5)
    slowest = max(p95, key=lambda who: p95[who])
    ours = f"p50 {p50:.0f} p95 {p95[slowest]:.0f} ms ({slowest})"
    each = " ".join(f"{who} {ms:.0f}" for who, ms in p95.items())
    return Row(f"search, {what}", ours, "", each, f"≤ {GOAL_MS} ms", p95[slowest] <= GOAL_MS)


def main(items: int = 1_000_000, times: int = 20) -> None:
    """Fill a tracker of its own and measure the page; ends with 1 when a goal is missed."""
    rows = asyncio.run(_measured(items, times))
    raise typer.Exit(not all(row.met for row in rows))


if __name__ == "__main__":
    typer.run(main)

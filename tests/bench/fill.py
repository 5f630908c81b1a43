"""Fills a tracker by SQL with cases of one task each, and with their texts ready for the search.

The texts are invented: characters and words by Zipf's law, as long as what people wrote to a city.
"""

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from rich.console import Console

from shared.ids import Id

if TYPE_CHECKING:
    from tests.support.database import Connection

console = Console(width=160)
SHARES = {"企业": 0.6, "用电": 0.05, "蒸馏": 0.03, "馏塔": 0.03, "增容": 0.01, "盾构": 0.00003}
"""Words put into the texts, by the share of the texts they stand in."""
PIECES = 10_000
FILL = (
    """CREATE TEMP TABLE made AS
    SELECT n, overlay(lpad(to_hex((1600000000000 + n * 100000::bigint) << 16), 16, '0')
            || '8000' || lpad(to_hex(n), 12, '0') PLACING '7' FROM 13)::uuid AS key,
        floor($3 * random() ^ 2)::int AS town, floor(1000 * random())::int AS office,
        floor($2 * random())::int AS one, floor($2 * random())::int AS other,
        ARRAY(SELECT mark.n FROM mark WHERE random() < share AND made.n > 0) AS marks,
        date_trunc('day', now()) + interval '1 day'
            * CASE WHEN n % 10 = 0 THEN -1 - n % 60 ELSE 2 + n % 90 END AS due
    FROM generate_series(1, $1::int) AS made (n)""",
    """INSERT INTO "case" (key, place, division_code, station_id, intake_state, accepted_at, number,
        phase, owner_level, dispatch_no, dispatched_at, dispatcher_organ, units, waits_until,
        next_due)
    SELECT key, town.code, town.code, station, 'accepted', now(),
        town.code || '-2026-' || lpad(made.n::text, 6, '0'),
        CASE WHEN is_open THEN 'handling' ELSE 'closed' END, 'county', 1, now(), organ,
        ARRAY[units[1 + office % cardinality(units)]],
        CASE WHEN is_open THEN due END, CASE WHEN is_open THEN due END
    FROM made JOIN town ON town.n = town JOIN county ON county.code = left(town.code, 6)
    CROSS JOIN LATERAL (SELECT made.n % $1 = 0 AS is_open) AS state""",
    """INSERT INTO task (key, task_id, unit_id, role, external, dispatch_no, given_at, sign_n,
        sign_kind, reply_n, reply_kind, object_until, by_silence, objection, objected_round,
        contacted_round, drafted_round, draft_waived, replied_round)
    SELECT key, key, units[1], 'lead', false, 1, now(), 1, 'wd', 15, 'wd', now(), false, '', 0, 0,
        0, false, 0 FROM made JOIN "case" USING (key)""",
    """INSERT INTO item_text (key, title, body)
    SELECT key, left(a.folded, 16), a.folded || b.folded
    FROM made JOIN piece a ON a.n = one JOIN piece b ON b.n = other""",
    """INSERT INTO search_text
    SELECT key, a.folded || b.folded
            || (SELECT coalesce(string_agg(word, ''), '') FROM mark WHERE n = ANY (marks))
    FROM made JOIN piece a ON a.n = one JOIN piece b ON b.n = other""",
    "CREATE INDEX search_grams ON search_text USING gin (grams(folded, true))",
    "ALTER INDEX search_grams ALTER COLUMN 1 SET STATISTICS 0",
)
SIZES = """
SELECT relname, pg_size_pretty(pg_total_relation_size(oid)) AS size FROM pg_class
WHERE relname IN ('case', 'task', 'item_text', 'search_text', 'search_grams')
"""


@dataclass(frozen=True, slots=True)
class Town:
    """Where cases come from, and the organ that dispatches them."""

    code: str
    organ: Id
    station: Id


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


async def fill_cases(
    connection: "Connection",
    cases: int,
    towns: Sequence[Town],
    units: Mapping[str, Sequence[Id]],
    *,
    open_of: int,
) -> None:
    """Add cases whose `search_path` is the tracker's; `units` are those of each county.

    The first towns have the most. One of `open_of` cases is open, one of ten is past its due time.
    The temporary table `made` is left with `key`, `n` and `due` of each.
    """
    marks = [(n, f"{word}\n", share) for n, (word, share) in enumerate(SHARES.items())]
    tables: Mapping[str, list[tuple[Any, ...]]] = {
        "piece (n int, folded text)": list(enumerate(pieces())),
        "mark (n int, word text, share float8)": marks,
        "town (n int, code text, organ uuid, station uuid)": [
            (n, town.code, town.organ, town.station) for n, town in enumerate(towns)
        ],
        "county (code text, units uuid[])": [(code, list(keys)) for code, keys in units.items()],
    }
    await connection.set_type_codec(
        "uuid", schema="pg_catalog", encoder=bytes, decoder=bytes, format="binary"
    )
    for table, rows in tables.items():
        await connection.execute(f"CREATE TEMP TABLE {table}")
        await connection.copy_records_to_table(table.split()[0], records=rows)
    await connection.execute("DROP INDEX search_grams")
    given: Mapping[int, tuple[int, ...]] = {0: (cases, PIECES, len(towns)), 1: (open_of,)}
    for n, statement in enumerate(FILL):
        await run(connection, statement, *given.get(n, ()))


async def run(connection: "Connection", statement: str, *given: object) -> None:
    """Execute one statement of a fill and say how long it took."""
    began, what = time.perf_counter(), " ".join(statement.split())[:60]
    await connection.execute(statement, *given)
    console.print(f"{time.perf_counter() - began:.0f} s: {what}")

"""The lists of open cases read what they show and no more, however many cases there are."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from services.tracker import store
from services.tracker.domain.duties import organ
from services.tracker.domain.rights import Waiting
from shared.ids import Id, named_id
from tests.support.tracker.desk import Desk
from tests.support.tracker.play import ORGAN, TOWN, UPPER

CASES, PAGE = 3000, 50
NOW = datetime(2022, 9, 8, 2, tzinfo=UTC)
MANY = """
INSERT INTO "case"
    (key, place, dispatcher_organ, escalating_organs, phase, intake_state, waits_until, next_due)
SELECT gen_random_uuid(), CASE WHEN n % 4 = 0 THEN '331004102' ELSE '331004103' END,
    CASE WHEN n % 4 = 0 THEN $1::uuid ELSE $2::uuid END,
    CASE WHEN n % 100 = 1 THEN ARRAY[$4::uuid] ELSE '{}' END,
    CASE WHEN n % 3 = 0 THEN 'closed' ELSE 'handling' END, 'accepted', due, due
FROM (SELECT n, CASE WHEN n % 3 = 0 OR n % 5 = 0 THEN NULL
    ELSE timestamptz '2022-09-08' + n * interval '1 hour' END AS due
    FROM generate_series(1, $3) AS n) AS many
"""
OWED = """
INSERT INTO clock
    (key, kind, task_id, round, debtor, started_at, due_at, limit_n, limit_kind, provisional,
    paused, step)
SELECT key, 'dispatch', key, 1, $1, timestamptz '2022-09-08',
    timestamptz '2022-09-08' + row_number() OVER (ORDER BY key) * interval '3 hours', 2, 'wd',
    false, false, 0
FROM (
    SELECT key FROM "case" WHERE phase <> 'closed' AND dispatcher_organ = $2 ORDER BY key LIMIT 900
) AS owed
"""

CANDIDATES = """
WITH candidates AS (
    UPDATE "case" SET key_candidate = 'open' WHERE key IN (
        SELECT key FROM "case" WHERE phase <> 'closed' ORDER BY next_due LIMIT 20
    ) RETURNING key, next_due
)
INSERT INTO clock
    (key, kind, task_id, round, debtor, started_at, due_at, limit_n, limit_kind, provisional,
    paused, step)
SELECT key, 'decide_supervision', key, 1, $1, timestamptz '2022-09-08',
    timestamptz '2023-01-01' - row_number() OVER (ORDER BY next_due) * interval '1 hour', 5, 'wd',
    false, false, 0
FROM candidates
"""


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


async def _explained(desk: Desk, name: str, *values: object) -> list[dict[str, Any]]:
    async with desk.service.db.begin() as tx:
        await tx.execute("SET LOCAL enable_seqscan = off")
        rows = await tx.fetch(f"EXPLAIN (ANALYZE, FORMAT JSON) {store.SQL[name]}", *values)
    (explained,) = json.loads(rows[0][0])
    return list(_nodes(explained["Plan"]))


async def _read_of_cases(desk: Desk, name: str, index: str, *values: object) -> float:
    """Run a statement and count the cases it touched; none may be read only to be dropped."""
    plan = await _explained(desk, name, *values)
    scans = [one for one in plan if one.get("Index Name") == index]
    assert scans, f"{name} does not use the index"
    assert all(one.get("Rows Removed by Filter", 0) == 0 for one in scans)
    return sum(float(one["Actual Rows"]) * int(one["Actual Loops"]) for one in scans)


@pytest.fixture
async def filled(desk: Desk) -> Desk:
    async with desk.service.db.begin() as tx:
        await tx.execute(MANY, UPPER, ORGAN, CASES, TOWN)
    return desk


async def test_a_page_of_open_cases_reads_a_page_a_division(filled: Desk) -> None:
    at = store.Places(["331004102", "331004103"])
    async with filled.service.db.begin() as tx:
        ordered = await store.list_at(tx, at, "open", store.FROM_START, CASES)
    assert len(ordered) == CASES * 2 / 3
    for start, after in ((0, store.FROM_START), (1001, ordered[1000])):
        async with filled.service.db.begin() as tx:
            page = await store.list_at(tx, at, "open", after, PAGE)
        assert page == ordered[start:][:PAGE]
        read = await _read_of_cases(
            filled, "list_open", "case_open", at.divisions, [], [], after, "open", NOW, PAGE
        )
        assert read <= PAGE * 2


async def test_the_first_page_reads_as_many_waiting_cases_as_it_shows(filled: Desk) -> None:
    asked: tuple[Any, ...] = ([ORGAN, UPPER], store.FROM_START, 6, [], [])
    assert await _read_of_cases(filled, "list_waiting", "case_waiting", *asked) <= 12
    async with filled.service.db.begin() as tx:
        assert await store.count_waiting(tx, Waiting([ORGAN], [], [])) == 1200
        of_two = Waiting([ORGAN, named_id("organ", "none")], [], [])
        waiting: list[Id] = await store.list_waiting(tx, of_two, 2000)
        sent_up = await store.list_waiting(tx, Waiting([TOWN], [], []), CASES)
        assert await store.count_waiting(tx, Waiting([TOWN], [], [])) == len(sent_up)
    assert (len(waiting), len(sent_up)) == (1200, 20)
    asked = ([TOWN], store.FROM_START, 6, [], [])
    assert await _read_of_cases(filled, "list_waiting", "case_escalated", *asked) == 20


async def test_who_watches_reads_each_case_once_by_what_is_due_first(filled: Desk) -> None:
    """Of the cases in which the dispatcher owes something, some wait for others besides."""
    watching = Waiting([ORGAN], [], [organ(ORGAN)])
    async with filled.service.db.begin() as tx:
        await tx.execute(OWED, organ(ORGAN), ORGAN)
        listed: list[Id] = await store.list_waiting(tx, watching, CASES)
        assert len(listed) == len(set(listed)) == await store.count_waiting(tx, watching)
        assert len(listed) > await store.count_waiting(tx, Waiting([ORGAN], [], []))
        paged: list[Id] = []
        while page := await store.list_waiting(tx, watching, 7, (paged or [store.FROM_START])[-1]):
            paged += page
    assert paged == listed


async def test_candidates_are_listed_by_when_the_decision_is_due(filled: Desk) -> None:
    """Not by the reply that is overdue since, nor by the nearest duty of the case."""
    at = store.Places(["331004102", "331004103"])
    async with filled.service.db.begin() as tx:
        await tx.execute(CANDIDATES, organ(ORGAN))
        due = await tx.fetch(
            "SELECT key FROM clock WHERE kind = 'decide_supervision' ORDER BY due_at, key"
        )
        keys = [row["key"] for row in due]
        assert await store.list_at(tx, at, "candidate", store.FROM_START, CASES) == keys
        assert await store.list_at(tx, at, "candidate", keys[9], 5) == keys[10:15]
        assert (
            await store.list_at(tx, store.Places(["331003"]), "candidate", store.FROM_START, 9)
            == []
        )


async def test_what_somebody_owes_is_read_by_its_debtor_alone(filled: Desk) -> None:
    """Nobody decides on an objection here, so no other clock of these cases is looked for."""
    async with filled.service.db.begin() as tx:
        await tx.execute(OWED, organ(ORGAN), ORGAN)
    plan = await _explained(filled, "list_owed", [organ(ORGAN)], store.FROM_START, 6)
    assert {one["Relation Name"] for one in plan if "Relation Name" in one} == {"clock"}
    assert [one["Actual Loops"] for one in plan if one.get("Alias") == "decision"] == [0]

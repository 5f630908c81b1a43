"""The only file of the tracker that runs SQL: cases with their children, texts, reports, lists."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Literal, TypeVar

from services.tracker.domain import model
from services.tracker.domain.mirrors import Report, ReportRow, TextRow, Texts
from services.tracker.domain.rights import Waiting
from services.tracker.domain.search import Query, folded_text, words_of
from shared.contracts.envelope import Key
from shared.db.pool import Tx
from shared.db.rows import Table, as_json, load_queries, lock_rows, read_rows, write_rows
from shared.ids import Id
from shared.messaging.subject import Change, DatabaseMetric, Row, State
from shared.rights import RowScope
from shared.text import like

SQL = load_queries(Path(__file__).with_name("queries.sql"))
CASE = Table("case", model.CaseRow)
TASK = Table("task", model.TaskRow, key=("key", "task_id"))
CLOCK = Table("clock", model.ClockRow, key=("key", "kind", "task_id", "round"))
WORDS = Table("words", model.WordsRow)
TIMELINE_ENTRY = Table("timeline_entry", model.TimelineEntryRow, key=())
ITEM_TEXT = Table("item_text", TextRow)


class SearchTextRow(Row):
    key: Key
    folded: str


SEARCH_TEXT = Table("search_text", SearchTextRow)
REPORT = Table("report", ReportRow)
CASE_ENDS = SQL["ends_of_case"]

P = TypeVar("P")
R = TypeVar("R")
Show = Literal["mine", "open", "waiting", "late", "candidate", "supervised", "closed", "all"]
FROM_START = b"\xff" * 16
"""The place before the first case of every list."""


async def load_cases(
    tx: Tx, keys: Sequence[Id], *, skip_locked: bool = False
) -> dict[Id, model.Case]:
    """Create missing rows and lock all in key order, then read the children."""
    lock = SQL["claim_cases"] if skip_locked else SQL["load_cases"]
    stood, made = await lock_rows(tx, model.CaseRow, SQL["create_cases"], lock, keys)
    return await _with_children(tx, stood) | {row.key: model.blank(row) for row in made}


async def read_cases(tx: Tx, keys: Sequence[Id]) -> dict[Id, model.Case]:
    """Read cases without a lock; missing ones are left out."""
    if not keys:
        return {}
    rows = read_rows(model.CaseRow, await tx.fetch(SQL["read_cases"], keys))
    return await _with_children(tx, rows)


async def _with_children(tx: Tx, rows: Sequence[model.CaseRow]) -> dict[Id, model.Case]:
    keys = [row.key for row in rows]
    tasks: dict[Id, dict[Id, model.TaskRow]] = {key: {} for key in keys}
    clocks: dict[Id, dict[model.ClockId, model.ClockRow]] = {key: {} for key in keys}
    for task in read_rows(model.TaskRow, await tx.fetch(SQL["load_tasks"], keys)):
        tasks[task.key][task.task_id] = task
    for clock in read_rows(model.ClockRow, await tx.fetch(SQL["load_clocks"], keys)):
        clocks[clock.key][clock.id] = clock
    words = {
        row.key: row for row in read_rows(model.WordsRow, await tx.fetch(SQL["load_words"], keys))
    }
    return {
        row.key: replace(
            model.blank(row),
            tasks=tasks[row.key],
            clocks=clocks[row.key],
            words=words.get(row.key) or model.WordsRow(key=row.key),
        )
        for row in rows
    }


async def save_cases(tx: Tx, changes: Sequence[Change[model.Case]]) -> None:
    """Write the changed rows, then their children; delete the clocks of fulfilled duties."""
    moved = [c.after.row for c in changes if c.after.row is not c.before.row]
    await write_rows(tx, CASE, moved)
    await write_rows(tx, TASK, _changed((c.before.tasks, c.after.tasks) for c in changes))
    gone = [
        clock
        for c in changes
        for place, clock in c.before.clocks.items()
        if place not in c.after.clocks
    ]
    if gone:
        await tx.execute(SQL["drop_clocks"], as_json(gone))
    await write_rows(tx, CLOCK, _changed((c.before.clocks, c.after.clocks) for c in changes))
    words = [c.after.words for c in changes if c.after.words is not c.before.words]
    await write_rows(tx, WORDS, words)
    entries = [entry for c in changes for entry in c.after.new_entries]
    await write_rows(tx, TIMELINE_ENTRY, entries)


def _changed(pairs: Iterable[tuple[Mapping[P, R], Mapping[P, R]]]) -> list[R]:
    return [
        row
        for before, after in pairs
        if before is not after
        for place, row in after.items()
        if before.get(place) is not row
    ]


async def list_due(tx: Tx, limit: int) -> list[Id]:
    """Cases with a clock to fire, the longest overdue first; blocked ones wait."""
    found = await tx.fetch(SQL["list_due"], tx.now, limit)
    return list(dict.fromkeys(row["key"] for row in found))


async def load_texts(tx: Tx, keys: Sequence[Id]) -> dict[Id, Texts]:
    """Create missing rows and lock all in key order."""
    rows = await lock_rows(tx, TextRow, SQL["create_texts"], SQL["load_texts"], keys)
    return {row.key: State(row) for row in chain(*rows)}


async def save_texts(tx: Tx, changes: Sequence[Change[Texts]]) -> None:
    """Write the texts, and note those whose searched words changed for `index_texts`."""
    await write_rows(tx, ITEM_TEXT, [change.after.row for change in changes])
    moved = [c.after.row.key for c in changes if words_of(c.before.row) != words_of(c.after.row)]
    if moved:
        await tx.execute(SQL["add_to_search"], moved, tx.now)


async def index_texts(tx: Tx, limit: int) -> int:
    """Make waiting texts searchable, and erased ones no longer; return how many were taken."""
    keys = [row["key"] for row in await tx.fetch(SQL["take_for_search"], limit)]
    folded = {key: folded_text(row) for key, row in (await read_texts(tx, keys)).items()}
    gone = [key for key, words in folded.items() if not words]
    if gone:
        await tx.execute(SQL["drop_from_search"], gone)
    rows = [SearchTextRow(key=key, folded=words) for key, words in folded.items() if words]
    await write_rows(tx, SEARCH_TEXT, rows)
    return len(keys)


async def count_for_search(tx: Tx) -> int:
    """Count the texts that cannot be found by their words yet."""
    return int((await tx.fetch(SQL["count_for_search"]))[0][0])


async def load_reports(tx: Tx, keys: Sequence[Id]) -> dict[Id, Report]:
    """Create missing rows and lock all in key order."""
    rows = await lock_rows(tx, ReportRow, SQL["create_reports"], SQL["load_reports"], keys)
    return {row.key: State(row) for row in chain(*rows)}


async def save_reports(tx: Tx, changes: Sequence[Change[Report]]) -> None:
    await write_rows(tx, REPORT, [change.after.row for change in changes])


async def read_texts(tx: Tx, keys: Sequence[Id]) -> dict[Id, TextRow]:
    """Read the texts of items; an empty row stands for one that has not arrived."""
    if not keys:
        return {}
    rows = read_rows(TextRow, await tx.fetch(SQL["read_texts"], keys))
    return {key: TextRow(key=key) for key in keys} | {row.key: row for row in rows}


async def list_timeline_entries(tx: Tx, key: Id) -> list[model.TimelineEntryRow]:
    return read_rows(model.TimelineEntryRow, await tx.fetch(SQL["list_timeline_entries"], key))


async def list_reports(tx: Tx, filers: Sequence[str]) -> list[ReportRow]:
    """These filers' reports that are not received, and the last of each, the oldest first."""
    return read_rows(ReportRow, await tx.fetch(SQL["list_reports"], filers))


@dataclass(frozen=True, slots=True)
class Load:
    """In how many cases somebody owes something: `late` is part of `today`, `today` of `all`."""

    late: int
    today: int
    all: int


async def list_owed(tx: Tx, debtors: Sequence[str], limit: int, after: Id = FROM_START) -> list[Id]:
    """The cases in which these debtors owe something, the longest overdue first.

    `tx` must see all rows: under row security PostgreSQL would read every case and clock.
    """
    found = await tx.fetch(SQL["list_owed"], debtors, after, limit)
    return [row["key"] for row in found]


async def count_owed(tx: Tx, debtors: Sequence[str], today_ends: datetime) -> Load:
    (row,) = await tx.fetch(SQL["count_owed"], debtors, today_ends, tx.now)
    return Load(row["late"], row["today"], row["all"])


async def list_waiting(tx: Tx, waiting: Waiting, limit: int, after: Id = FROM_START) -> list[Id]:
    """The cases in which somebody waits for others, the nearest due first.

    `tx` must see all rows: under row security PostgreSQL would not use the index of arrays.
    """
    organs, leads, watched = waiting
    found = await tx.fetch(SQL["list_waiting"], organs, after, limit, leads, watched)
    return [row["key"] for row in found]


async def count_waiting(tx: Tx, waiting: Waiting) -> int:
    return int((await tx.fetch(SQL["count_waiting"], *waiting))[0][0])


@dataclass(frozen=True, slots=True)
class Places:
    """The divisions, units and stations whose cases somebody may read."""

    divisions: Sequence[str] = ()
    units: Sequence[Id] = ()
    stations: Sequence[Id] = ()


async def list_at(tx: Tx, at: Places, show: Show, after: Id, limit: int) -> list[Id]:
    """List cases of these places.

    Open ones come by what is due first, candidates by when their decision is due, closed ones and
    those of every state the newest first.
    """
    places = at.divisions, at.units, at.stations
    match show:
        case "candidate":
            found = await tx.fetch(SQL["list_candidates"], *places, after, limit)
        case "closed" | "all":
            found = await tx.fetch(SQL["list_all"], *places, after, show, limit)
        case _:
            found = await tx.fetch(SQL["list_open"], *places, after, show, tx.now, limit)
    return [row["key"] for row in found]


WALKED = 8_000
"""So many cases are compared one by one before the index is asked: as fast, whatever the word."""


async def search_as(tx: Tx, scope: RowScope) -> None:
    """Name those for whom `search` compares texts."""
    await tx.execute(SQL["search_as"], scope.as_json())


async def search(tx: Tx, at: Places, query: Query, before: Id, limit: int) -> list[Id]:
    """Find cases of these places in every state, the newest first; `tx` must see all rows.

    A word that stands in many texts would be read from the index for seconds, one that stands in
    none would be walked for: so the newest are walked first, and the index serves what is rare.
    """
    asked = (
        at.divisions,
        at.units,
        at.stations,
        before,
        like(query.words),
        query.number,
        query.units,
        query.divisions,
        limit,
    )
    places = len(at.divisions) + len(at.units) + len(at.stations)
    each = 4 * WALKED // max(places, 1)
    ((is_part, keys),) = await tx.fetch(SQL["search_newest"], *asked, each, WALKED)
    if is_part and len(keys) < limit:
        keys = [row["key"] for row in await tx.fetch(SQL["search_index"], *asked, query.words)]
    return list(keys)


async def count_clocks(tx: Tx, keys: Sequence[Id]) -> dict[Id, int]:
    """The number of clocks that would fire, by case."""
    counted = {row["key"]: int(row["n"]) for row in await tx.fetch(SQL["count_clocks"], keys)}
    return {key: counted.get(key, 0) for key in keys}


SEARCH_LAG = DatabaseMetric(
    "search_lag_seconds",
    "还查不到正文的事项，最久",
    "Age of the oldest text that cannot be searched yet.",
    SQL["oldest_for_search"],
)
FIGURES = (
    DatabaseMetric(
        "clock_oldest_unfired_seconds",
        "到点未触发的时钟，最久",
        "Age of the oldest due clock that has not fired.",
        SQL["oldest_unfired"],
    ),
    DatabaseMetric(
        "provisional_due_dates",
        "到期日暂定的时钟（国务院尚未公布日历）",
        "Running clocks whose due date is not covered by the published calendar.",
        SQL["count_provisional"],
    ),
    DatabaseMetric(
        "clocks_held",
        "因搁置停止催办的时钟",
        "Clocks that do not fire because their item is blocked.",
        SQL["count_held"],
    ),
    DatabaseMetric(
        "overdue_duties", "超期的职责", "Duties past their due time.", SQL["count_overdue"], "level"
    ),
)

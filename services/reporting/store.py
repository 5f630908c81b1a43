"""The SQL of reporting: facts, cells, reports and their versions."""

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain
from pathlib import Path

from services.reporting.domain import model
from services.reporting.domain.facts import COUNTED_TOPICS, Column, Fact, FactDetail, cells_of
from services.reporting.domain.freezing import (
    Count,
    CountedCell,
    Frozen,
    LineFigure,
    Version,
    VersionFigure,
    Window,
    carried,
    joined_hash,
    summed,
    window_of,
)
from services.reporting.domain.ledger import Filer, ReportLedger, ReportState
from services.reporting.domain.rebuild_diff import CellKey, FactsDigest, Totals
from services.reporting.domain.refusals import no_report
from services.reporting.domain.sheets import Cell, FactPage, Memo
from shared.calendar import Period
from shared.contracts.reporting import CountedPart, CutOffset, FrozenVersion
from shared.db.pool import Tx
from shared.db.rows import Table, as_json, load_queries, lock_rows, read_rows, write_rows
from shared.directory.snapshot import Directory
from shared.ids import Id
from shared.messaging.subject import Change

SQL = load_queries(Path(__file__).with_name("queries.sql"))
ITEM = Table("item", model.ItemRow)
ACTIVITY = Table("activity", model.ActivityRow)
ATTENDEE = Table("attendee", model.Attendee, key=("activity", "person_id"))
FACT = Table("fact", Fact, key=())
REPORT = Table("report", model.ReportRow)
VERSION = Table("version", Version, key=())
VERSION_FIGURE = Table("version_figure", VersionFigure, key=())
REPORT_ENDS = SQL["ends_of_report"]

PartSince = tuple[CountedPart, Frozen | None]
"""A part of a report, and the version after which it is counted."""


async def load_items(tx: Tx, keys: Sequence[Id]) -> dict[Id, model.Item]:
    rows = await lock_rows(tx, model.ItemRow, SQL["create_items"], SQL["load_items"], keys)
    return {row.key: model.Item(row) for row in chain(*rows)}


async def save_items(tx: Tx, changes: Sequence[Change[model.Item]]) -> None:
    """Write items, facts and cells; cells last and in order, since many wait for them."""
    await write_rows(tx, ITEM, [change.after.row for change in changes])
    await _save_facts(tx, [fact for change in changes for fact in change.after.facts])


async def load_activities(tx: Tx, keys: Sequence[Id]) -> dict[Id, model.Activity]:
    """Create what is missing and lock all in key order, then read who took part."""
    create, load = SQL["create_activities"], SQL["load_activities"]
    rows = await lock_rows(tx, model.ActivityRow, create, load, keys)
    people: dict[Id, dict[Id, model.Attendee]] = {key: {} for key in keys}
    for one in read_rows(model.Attendee, await tx.fetch(SQL["load_attendees"], keys)):
        people[one.activity][one.person_id] = one
    return {row.key: model.Activity(row, people[row.key]) for row in chain(*rows)}


async def find_activity(tx: Tx, key: Id) -> model.Activity | None:
    """Read an activity that was held, with the people who count for it."""
    rows = read_rows(model.ActivityRow, await tx.fetch(SQL["read_activity"], key))
    people = read_rows(model.Attendee, await tx.fetch(SQL["load_attendees"], [key]))
    found = {one.person_id: one for one in people}
    return model.Activity(rows[0], found) if rows else None


async def save_activities(tx: Tx, changes: Sequence[Change[model.Activity]]) -> None:
    """Write activities, attendees, facts and cells."""
    await write_rows(tx, ACTIVITY, [change.after.row for change in changes])
    changed = [
        one
        for change in changes
        for person, one in change.after.people.items()
        if change.before.people.get(person) != one
    ]
    await write_rows(tx, ATTENDEE, changed)
    await _save_facts(tx, [fact for change in changes for fact in change.after.facts])


async def _save_facts(tx: Tx, facts: Sequence[Fact]) -> None:
    await write_rows(tx, FACT, facts)
    if cells := cells_of(facts):
        await tx.execute(SQL["add_to_cells"], as_json(cells))


async def load_reports(tx: Tx, keys: Sequence[Id]) -> dict[Id, model.Report]:
    """Lock all reports at once: they are few, and a decision depends on the others."""
    await tx.execute(SQL["lock_reports"])
    rows = await lock_rows(tx, model.ReportRow, SQL["create_reports"], SQL["load_reports"], keys)
    return {row.key: model.Report(row) for row in chain(*rows)}


async def save_reports(tx: Tx, changes: Sequence[Change[model.Report]]) -> None:
    await write_rows(tx, REPORT, [change.after.row for change in changes])
    frozen = [one for change in changes for one in change.after.frozen]
    await write_rows(tx, VERSION, [one.version for one in frozen])
    lines = list(chain.from_iterable(one.stored_lines for one in frozen))
    await write_rows(tx, VERSION_FIGURE, lines)


async def load_ledger(tx: Tx, directory: Directory) -> ReportLedger:
    """Read the states of all reports; `directory` is the one in force now."""
    reports: dict[str, dict[date, ReportState]] = {}
    for row in await tx.fetch(SQL["list_report_states"]):
        state = ReportState(row["stage"], row["version"], frozenset(row["divisions"]))
        reports.setdefault(row["filer"], {})[row["period_end"]] = state
    return ReportLedger(directory, reports)


async def list_periods(tx: Tx) -> set[tuple[date, date]]:
    """List the periods of all reports: first and last day."""
    rows = await tx.fetch(SQL["list_periods"])
    return {(row["period_start"], row["period_end"]) for row in rows}


async def list_outdated(tx: Tx, ledger: ReportLedger) -> set[Id]:
    """List the confirmed reports whose figures have changed since; few wait to be submitted."""
    found = set[Id]()
    for row in read_rows(model.ReportRow, await tx.fetch(SQL["list_confirmed"])):
        if row.period_start is None or row.period_end is None:
            continue
        filer = ledger.filers(row.period_end).get(row.filer)
        parts = ledger.parts(filer.divisions, row.period_end) if filer else ()
        begun = [(part, await load_before(tx, part)) for part in parts]
        lines = await count_lines(tx, row.filer, row.period_start, begun)
        if model.stage_of(row, lines) == "outdated":
            found.add(row.key)
    return found


async def find_report(tx: Tx, key: Id) -> model.ReportRow:
    """Read a report; raises NotFound."""
    rows = read_rows(model.ReportRow, await tx.fetch(SQL["read_report"], key))
    if not rows:
        raise no_report()
    return rows[0]


async def list_reports(tx: Tx, period_end: date) -> dict[str, model.ReportRow]:
    rows = read_rows(model.ReportRow, await tx.fetch(SQL["list_reports"], period_end))
    return {row.filer: row for row in rows}


async def load_frozen(tx: Tx, filer: str, period_end: date, number: int) -> Frozen | None:
    """Read one version with its lines, None when there is no such version."""
    rows = await tx.fetch(SQL["list_versions"], filer, period_end)
    for version in read_rows(Version, rows):
        if version.version == number:
            return await _with_lines(tx, version)
    return None


async def _with_lines(tx: Tx, version: Version) -> Frozen:
    lines = await tx.fetch(SQL["list_version_figures"], version.report, version.version)
    return Frozen(version, tuple(read_rows(LineFigure, lines)))


async def load_before(tx: Tx, part: CountedPart) -> Frozen | None:
    """Read the version after which a part is counted, None if it is counted from the start."""
    one = part.since
    return await load_frozen(tx, one.filer, one.period_end, one.version) if one else None


async def list_figures(tx: Tx, period_end: date) -> dict[str, dict[Column, Cell]]:
    """Read the figures of each filer's last version of a period."""
    found: dict[str, dict[Column, Cell]] = {}
    for filer, column, *parts in await tx.fetch(SQL["list_latest_figures"], period_end):
        found.setdefault(filer, {})[column] = Cell(*parts)
    return found


async def list_lines(
    tx: Tx, versions: Collection[FrozenVersion]
) -> dict[FrozenVersion, list[VersionFigure]]:
    """Read the lines of several versions at once."""
    names = {(model.report_key(one.filer, one.period_end), one.version): one for one in versions}
    found: dict[FrozenVersion, list[VersionFigure]] = {one: [] for one in versions}
    wanted = [key for key, _ in names], [number for _, number in names]
    for line in read_rows(VersionFigure, await tx.fetch(SQL["list_lines"], *wanted)):
        found[names[line.report, line.version]].append(line)
    return found


async def list_left_out(tx: Tx, period_end: date) -> dict[tuple[str, int], Sequence[str]]:
    """List what was under repair when the versions of a period were frozen, by filer, version."""
    rows = read_rows(Version, await tx.fetch(SQL["list_versions"], None, period_end))
    return {(one.filer, one.version): one.despite_blocked for one in rows}


async def count(
    tx: Tx,
    filer: Filer,
    period: Period,
    parts: Sequence[CountedPart],
    ends: Sequence[CutOffset] | None = None,
) -> Count:
    """Count a filer's report: what was read before the cut `ends` and not counted before.

    What is under repair is read first: released a moment later, it is still left out.
    """
    blocked = await _list_blocked(tx, filer)
    cut = None if ends is None else (*ends, *(place for _, place in blocked if place))
    begun = [(part, await load_before(tx, part)) for part in parts]
    found = await recount(tx, filer.code, period.start, begun, cut)
    return replace(found, blocked=tuple(dict.fromkeys(key for key, _ in blocked)))


async def recount(
    tx: Tx, filer: str, start: date, begun: Sequence[PartSince], cut: Sequence[CutOffset] | None
) -> Count:
    """Count a filer's report of the period that begins on `start`, at exactly this cut."""
    hashes = []
    for part, before in begun:
        window = window_of(part.divisions, start, before, cut)
        hashes += await tx.fetch(SQL["hash_members"], *window.arguments())
    return Count(
        cut=tuple(cut or ()),
        parts=tuple(part for part, _ in begun),
        lines=await count_lines(tx, filer, start, begun, cut),
        fact_count=sum(one["fact_count"] for one in hashes),
        facts_sha256=joined_hash([one["facts_sha256"] for one in hashes]),
    )


async def count_lines(
    tx: Tx,
    filer: str,
    start: date,
    begun: Sequence[PartSince],
    cut: Sequence[CutOffset] | None = None,
) -> tuple[LineFigure, ...]:
    """Count only the figures of a report; without a cut everything read so far counts."""
    rows, lines = list[CountedCell](), list[LineFigure]()
    for part, before in begun:
        window = window_of(part.divisions, start, before, cut).arguments()
        rows += [CountedCell(**dict(row)) for row in await tx.fetch(SQL["count_members"], *window)]
        lines += carried(part, before.lines) if before else []
    return summed(rows, lines, filer)


async def list_frozen(tx: Tx) -> list[Frozen]:
    """List all versions ever frozen with their lines, the earliest period first."""
    versions = read_rows(Version, await tx.fetch(SQL["list_versions"], None, None))
    return [await _with_lines(tx, version) for version in versions]


async def read_totals(tx: Tx, salt: int) -> Totals:
    """Sum up everything counted, frozen or not; digests with one `salt` can be compared."""
    facts, cells = await tx.fetch(SQL["digest_facts"], salt), await tx.fetch(SQL["list_cells"])
    return Totals(
        {CellKey(*place): FactsDigest(n, digest) for *place, n, digest in facts},
        {CellKey(*place): n for *place, n in cells},
    )


async def _list_blocked(tx: Tx, filer: Filer) -> list[tuple[Id, CutOffset | None]]:
    """List blocked subjects that belong, or may belong, to a filer, each with its first offset."""
    names = [topic.name for topic in COUNTED_TOPICS]
    rows = await tx.fetch(SQL["list_blocked_subjects"], names)
    return [
        (key, None if offset is None else CutOffset(topic=t, partition=p, offset=offset, key=key))
        for t, key, p, offset, payload in rows
        if _division(payload) in {None, *filer.divisions}
    ]


def _division(payload: bytes | None) -> str | None:
    try:
        return str(json.loads(payload or b"")["division_code"])
    except (ValueError, KeyError, TypeError):
        return None


async def list_facts(
    tx: Tx, windows: Sequence[Window], column: Column, skip: int, limit: int
) -> FactPage:
    """List the facts behind a number, the latest of each window first, and their sum."""
    cell, count, facts = Cell(), 0, list[FactDetail]()
    for window in windows:
        arguments = window.arguments()
        row = (await tx.fetch(SQL["sum_members"], *arguments, column))[0]
        cell += Cell(counted=row["counted"], corrected=row["corrected"], late=row["late"])
        left, offset = limit - len(facts), max(0, skip - count)
        if left > 0 and row["facts"] > offset:
            rows = await tx.fetch(SQL["list_members"], *arguments, column, left, offset)
            facts += read_rows(FactDetail, rows)
        count += row["facts"]
    return FactPage(cell, count, facts)


async def read_memo(tx: Tx, divisions: Sequence[str], period: Period) -> Memo:
    rows = await tx.fetch(SQL["read_memo"], divisions, period.start, period.due_on)
    return read_rows(Memo, rows)[0]


async def sum_uncounted(tx: Tx, divisions: Sequence[str]) -> dict[Column, tuple[Cell, int]]:
    """Sum what happened before the first period, and count its facts, by column."""
    rows = await tx.fetch(SQL["sum_uncounted"], divisions)
    return {row["column"]: (Cell(counted=row["counted"]), row["facts"]) for row in rows}


async def list_uncounted(
    tx: Tx, divisions: Sequence[str], column: Column, skip: int, limit: int
) -> FactPage:
    """List what happened before the first period, the latest first."""
    cell, count = (await sum_uncounted(tx, divisions)).get(column, (Cell(), 0))
    rows = await tx.fetch(SQL["list_uncounted"], divisions, column, limit, skip)
    return FactPage(cell, count, read_rows(FactDetail, rows))


async def verify(tx: Tx) -> list[str]:
    """List the cells that differ from the sum of their facts."""
    return [
        f"{row['division_code']} {row['period_start']} {row['column']}: "
        f"{row['cell']} != {row['facts']}"
        for row in await tx.fetch(SQL["verify_cells"])
    ]

"""The only file of reporting that runs SQL: facts, cells, reports and their versions."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path

from pydantic import AwareDatetime

from services.reporting.domain.counting import Activity, ActivityRow, Attendee, Item, ItemRow
from services.reporting.domain.facts import COUNTED_TOPICS, Column, Fact, cells_of
from services.reporting.domain.filers import Filer
from services.reporting.domain.freezing import Basis, Count, Frozen, LineFigure, Version
from services.reporting.domain.refusals import NoReport
from services.reporting.domain.reports import Report, ReportRow, Standing, report_key
from services.reporting.domain.sheets import Cell
from shared.calendar import Period
from shared.contracts.envelope import Key
from shared.contracts.reporting import CutOffset
from shared.db.pool import Tx
from shared.db.queries import load_queries
from shared.db.rows import read_rows, write_rows
from shared.ids import Id
from shared.messaging.fold import Change, Row

SQL = load_queries(Path(__file__).with_name("queries.sql"))

LONG_AGO = date(1, 1, 1)
ENDLESS = 2**63 - 1
Offsets = Mapping[tuple[str, int], int]


async def load_items(tx: Tx, keys: Sequence[Id], _skip_locked: bool) -> dict[Id, Item]:
    """Create what is missing and lock all in key order."""
    await tx.execute(SQL["create_items"], keys)
    rows = read_rows(ItemRow, await tx.fetch(SQL["load_items"], keys))
    return {row.key: Item(row) for row in rows}


async def save_items(tx: Tx, changes: Sequence[Change[Item]]) -> None:
    """Write worths, facts and cells; cells come last and in order, for many wait for them."""
    await write_rows(tx, SQL["save_items"], [change.after.row for change in changes])
    await _save_facts(tx, [fact for change in changes for fact in change.after.facts])


async def load_activities(tx: Tx, keys: Sequence[Id], _skip_locked: bool) -> dict[Id, Activity]:
    """Create what is missing and lock all in key order, then read who took part."""
    await tx.execute(SQL["create_activities"], keys)
    rows = read_rows(ActivityRow, await tx.fetch(SQL["load_activities"], keys))
    people: dict[Id, dict[Id, Attendee]] = {key: {} for key in keys}
    for one in read_rows(Attendee, await tx.fetch(SQL["load_attendees"], keys)):
        people[one.activity][one.person_id] = one
    return {row.key: Activity(row, people[row.key]) for row in rows}


async def save_activities(tx: Tx, changes: Sequence[Change[Activity]]) -> None:
    """Write worths, attendees, facts and cells."""
    await write_rows(tx, SQL["save_activities"], [change.after.row for change in changes])
    new = [
        one
        for change in changes
        for person, one in change.after.people.items()
        if person not in change.before.people
    ]
    await write_rows(tx, SQL["save_attendees"], new)
    await _save_facts(tx, [fact for change in changes for fact in change.after.facts])


async def _save_facts(tx: Tx, facts: Sequence[Fact]) -> None:
    await write_rows(tx, SQL["save_facts"], facts)
    await write_rows(tx, SQL["save_cells"], cells_of(facts))


async def load_reports(tx: Tx, keys: Sequence[Id], _skip_locked: bool) -> dict[Id, Report]:
    """Lock all reports at once: they are few, and a decision looks at its neighbours."""
    await tx.execute(SQL["lock_reports"])
    await tx.execute(SQL["create_reports"], keys)
    rows = read_rows(ReportRow, await tx.fetch(SQL["load_reports"], keys))
    return {row.key: Report(row) for row in rows}


async def save_reports(tx: Tx, changes: Sequence[Change[Report]]) -> None:
    """Write the reports and the versions frozen in this set."""
    await write_rows(tx, SQL["save_reports"], [change.after.row for change in changes])
    frozen = [one for change in changes for one in change.after.frozen]
    await write_rows(tx, SQL["save_versions"], [one.version for one in frozen])
    lines = list(chain.from_iterable(one.stored_lines for one in frozen))
    await write_rows(tx, SQL["save_version_figures"], lines)


async def load_book(tx: Tx) -> dict[str, dict[date, Standing]]:
    """Read where all reports stand, by filer and last day."""
    book: dict[str, dict[date, Standing]] = {}
    for row in await tx.fetch(SQL["list_standings"]):
        standing = Standing(row["stage"], row["version"])
        book.setdefault(row["filer"], {})[row["period_end"]] = standing
    return book


async def list_periods(tx: Tx) -> set[date]:
    """List the first days of the periods in which anything was counted."""
    return {row["period_start"] for row in await tx.fetch(SQL["list_periods"])}


async def find_report(tx: Tx, key: Id) -> ReportRow:
    """Read a report as it is; raises NoReport."""
    rows = read_rows(ReportRow, await tx.fetch(SQL["read_report"], key))
    if not rows:
        raise NoReport
    return rows[0]


async def list_reports(tx: Tx, period_end: date) -> dict[str, ReportRow]:
    """List the reports of one period by filer."""
    rows = read_rows(ReportRow, await tx.fetch(SQL["list_reports"], period_end))
    return {row.filer: row for row in rows}


async def load_frozen(tx: Tx, filer: str, basis: Basis) -> Frozen | None:
    """Read one version with its lines."""
    key = report_key(filer, basis.period_end)
    rows = await tx.fetch(SQL["list_versions"], filer, basis.period_end)
    for version in read_rows(Version, rows):
        if version.version == basis.version:
            lines = await tx.fetch(SQL["list_version_figures"], key, basis.version)
            return Frozen(version, tuple(read_rows(LineFigure, lines)))
    return None


async def last_received(tx: Tx, filer: str, period_end: date) -> Frozen | None:
    """Read the version that an earlier report of this filer was received in."""
    book = (await load_book(tx)).get(filer, {})
    ends = [end for end, one in book.items() if end < period_end and one.stage == "received"]
    if not ends:
        return None
    return await load_frozen(tx, filer, Basis(max(ends), book[max(ends)].version))


async def list_figures(tx: Tx, period_end: date) -> dict[str, dict[Column, Cell]]:
    """Read the figures of each filer's last version of a period."""
    found: dict[str, dict[Column, Cell]] = {}
    for row in await tx.fetch(SQL["list_latest_figures"], period_end):
        cell = Cell(
            row["counted"], row["corrected"], row["adjusted"], row["late"], row["cumulative"]
        )
        found.setdefault(row["filer"], {})[row["column"]] = cell
    return found


async def list_cumulative(tx: Tx, before: date) -> dict[str, dict[Column, int]]:
    """Read each filer's sums up to its last received report before this last day."""
    found: dict[str, dict[Column, int]] = {}
    for row in await tx.fetch(SQL["list_received_before"], before):
        found.setdefault(row["filer"], {})[row["column"]] = row["cumulative"]
    return found


@dataclass(frozen=True, slots=True)
class Window:
    """Which facts make one report.

    `through` is its period's first day, `after` that of the report before; `since` and `upto`
    are the cuts of both. Without a cut everything read so far counts.
    """

    divisions: Sequence[str]
    through: date
    after: date = LONG_AGO
    since: Offsets | None = None
    upto: Offsets | None = None

    def arguments(self) -> tuple[object, ...]:
        """Lay the window out as the arguments of `member`."""
        places = [
            (topic.name, partition)
            for topic in COUNTED_TOPICS
            for partition in range(topic.partitions)
        ]
        return (
            self.divisions,
            self.after,
            self.through,
            [topic for topic, _ in places],
            [partition for _, partition in places],
            [(self.since or {}).get(place, 0) for place in places],
            [ENDLESS if self.upto is None else self.upto.get(place, 0) for place in places],
        )


def window_of(
    divisions: Sequence[str], period: Period, before: Frozen | None, upto: Offsets | None
) -> Window:
    """Make the window of a period's report after the version received before it."""
    if before is None:
        return Window(divisions, period.start, upto=upto)
    return Window(
        divisions, period.start, before.version.period_start, offsets(before.version.cut), upto
    )


def offsets(cut: Sequence[CutOffset]) -> Offsets:
    """Read a cut as offsets by place."""
    return {(one.topic, one.partition): one.offset for one in cut}


async def count(
    tx: Tx, filer: Filer, period: Period, before: Frozen | None, upto: Offsets | None = None
) -> Count:
    """Count a filer's report: what was read before the cut and not counted before."""
    window = window_of(filer.divisions, period, before, upto).arguments()
    rows = await tx.fetch(SQL["count_members"], *window)
    sums = {
        (line.division_code, line.column): line.cumulative
        for line in (before.lines if before else ())
    }
    new = {(row["division_code"], row["column"]): row for row in rows}
    lines = []
    for place in sorted(sums.keys() | new.keys()):
        row = new.get(place)
        counted, corrected, late = (row[n] if row else 0 for n in ("counted", "corrected", "late"))
        lines.append(
            LineFigure(
                division_code=place[0], column=place[1], counted=counted, corrected=corrected,
                late=late, cumulative=sums.get(place, 0) + counted + corrected,
            )
        )  # fmt: skip
    hashed = (await tx.fetch(SQL["hash_members"], *window))[0]
    return Count(
        cut=tuple(CutOffset(topic=t, partition=p, offset=n) for (t, p), n in (upto or {}).items()),
        since=Basis(before.version.period_end, before.version.version) if before else None,
        lines=tuple(lines),
        fact_count=hashed["fact_count"],
        facts_sha256=hashed["facts_sha256"],
        parked=tuple(await _parked(tx, filer)),
    )


async def _parked(tx: Tx, filer: Filer) -> list[Id]:
    """List subjects under repair that belong, or may belong, to a filer."""
    names = [topic.name for topic in COUNTED_TOPICS]
    rows = await tx.fetch(SQL["list_parked_subjects"], names)
    return [row["key"] for row in rows if _place(row["payload"]) in {None, *filer.divisions}]


def _place(payload: bytes | None) -> str | None:
    try:
        said = json.loads(payload or b"")
        return str(said["division_code"])
    except (ValueError, KeyError, TypeError):
        return None


class Member(Row):
    """One fact behind a number."""

    subject: Key
    person_id: Key | None
    division_code: str
    column: Column
    delta: int
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime
    topic: str
    period_start: date
    number: str


async def list_members(tx: Tx, window: Window, column: Column, limit: int) -> list[Member]:
    """List the facts behind a number, the latest first."""
    rows = await tx.fetch(SQL["list_members"], *window.arguments(), column, limit)
    return read_rows(Member, rows)


async def verify(tx: Tx) -> list[str]:
    """Name the cells that are not the sum of their facts; none is right."""
    return [
        f"{row['division_code']} {row['period_start']} {row['column']}: "
        f"{row['cell']} != {row['facts']}"
        for row in await tx.fetch(SQL["verify_cells"])
    ]

"""Frozen versions: the facts between two cuts, the figures line by line, the hashes of both."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import AwareDatetime, Json, TypeAdapter

from services.reporting.domain.facts import COLUMNS, COUNTED_TOPICS, Column
from shared.calendar import Calendar
from shared.contracts.envelope import Key
from shared.contracts.reporting import CountedPart, CutOffset, FigureValue, FrozenVersion
from shared.ids import Id, to_text
from shared.messaging.subject import Row

RULES_VERSION = "cycle.not_disputed.2"
"""The rules of counting: the monthly cycle, proof level `not_disputed`."""
_PARTS = ("counted", "corrected", "adjusted", "late", "cumulative")


class LineFigure(Row):
    """One cell of one division's line: the sum of its facts.

    `late` is the part that missed the cut of an earlier report, `cumulative` the sum since the
    first.
    """

    division_code: str
    column: Column
    counted: int = 0
    corrected: int = 0
    late: int = 0
    cumulative: int = 0
    adjusted: int = 0

    @property
    def printed(self) -> int:
        return self.counted + self.corrected + self.adjusted


class VersionFigure(LineFigure):
    """A line's cell of a version as it is stored."""

    report: Key
    version: int


class Version(Row):
    """One frozen version of a report; never changed.

    `parts` are what was counted and from where on; `despite_blocked` names what was under repair,
    and `cut` the offset from which on each of those is left out.
    """

    report: Key
    version: int
    filer: str
    period_start: date
    period_end: date
    cut: Json[list[CutOffset]]
    parts: Json[list[CountedPart]]
    fact_count: int
    facts_sha256: str
    figures_sha256: str
    rules_version: str
    submitted_at: AwareDatetime
    late_days: int
    despite_blocked: Json[list[str]]


@dataclass(frozen=True, slots=True)
class Count:
    """The sums of the facts of `parts` that lie before `cut` and were not counted before.

    `blocked` are the subjects under repair that belong, or may belong, to the filer.
    """

    cut: tuple[CutOffset, ...] = ()
    parts: tuple[CountedPart, ...] = ()
    lines: tuple[LineFigure, ...] = ()
    fact_count: int = 0
    facts_sha256: str = ""
    blocked: tuple[Id, ...] = ()


UNCOUNTED = Count()


@dataclass(frozen=True, slots=True)
class Frozen:
    version: Version
    lines: tuple[LineFigure, ...]

    @property
    def id(self) -> FrozenVersion:
        one = self.version
        return FrozenVersion(filer=one.filer, period_end=one.period_end, version=one.version)

    @property
    def stored_lines(self) -> list[VersionFigure]:
        key, number = self.version.report, self.version.version
        return [VersionFigure(report=key, version=number, **dict(line)) for line in self.lines]


@dataclass(frozen=True, slots=True)
class CountedCell:
    """The sums of one division's facts in one column."""

    division_code: str
    column: Column
    counted: int
    corrected: int
    late: int


def carried(part: CountedPart, before: Sequence[LineFigure]) -> list[LineFigure]:
    """Select the lines of an earlier version that a part continues."""
    return [line for line in before if line.division_code in part.divisions]


def summed(
    counted: Sequence[CountedCell], before: Sequence[LineFigure], filer: str
) -> tuple[LineFigure, ...]:
    """Return a filer's lines: what is counted now, on top of the sums of the lines before.

    C5 is the county's own: escalations from its townships and from merged counties are shown in
    the line of its own level (县本级).
    """
    sums: dict[tuple[str, Column], Counter[str]] = defaultdict(Counter)

    def parts(line: LineFigure | CountedCell) -> Counter[str]:
        return sums[filer if line.column == "C5" else line.division_code, line.column]

    for line in before:
        parts(line)["cumulative"] += line.cumulative
    for cell in counted:
        n, back = cell.counted, cell.corrected
        parts(cell).update(counted=n, corrected=back, late=cell.late, cumulative=n + back)
    return tuple(
        LineFigure(division_code=code, column=column, **sums[code, column])
        for code, column in sorted(sums)
    )


def joined_hash(hashes: Sequence[str]) -> str:
    """Return the hash of all facts: that of the only part, or a hash of the hashes of several."""
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def changed(
    before: Sequence[LineFigure], now: Sequence[LineFigure]
) -> list[tuple[LineFigure, LineFigure]]:
    """Pair the cells that differ, before and now."""
    was, is_now = ({(one.division_code, one.column): one for one in side} for side in (before, now))
    found = []
    for code, column in sorted(was.keys() | is_now.keys()):
        none = LineFigure(division_code=code, column=column)
        found.append((was.get((code, column), none), is_now.get((code, column), none)))
    return [pair for pair in found if pair[0] != pair[1]]


def freeze(  # noqa: PLR0913  a version has these parts
    report: Id,
    version: int,
    filer: str,
    period: tuple[date, date],
    count: Count,
    now: datetime,
    *,
    late_days: int,
) -> Frozen:
    """Build a version; `late_days` are the working days by which version 1 was sent late."""
    start, end = period
    row = Version(
        report=report,
        version=version,
        filer=filer,
        period_start=start,
        period_end=end,
        cut=json.dumps([one.model_dump(mode="json", exclude_none=True) for one in count.cut]),
        parts=json.dumps([one.model_dump(mode="json") for one in count.parts]),
        fact_count=count.fact_count,
        facts_sha256=count.facts_sha256,
        figures_sha256=figures_hash(filer, end, count.lines),
        rules_version=RULES_VERSION,
        submitted_at=now,
        late_days=late_days,
        despite_blocked=json.dumps([to_text(key) for key in count.blocked]),
    )
    return Frozen(row, count.lines)


def working_days_late(calendar: Calendar, period_end: date, sent_on: date) -> int:
    """Count the working days by which a report is late; none on the days off after its due day."""
    return max(0, calendar.working_days_between(period_end, sent_on))


def figures_hash(filer: str, period_end: date, lines: Sequence[LineFigure]) -> str:
    """Return the SHA-256 of the figures' canonical JSON (keys and lines sorted, no spaces)."""
    cells = sorted(
        (line.model_dump(mode="json") for line in lines),
        key=lambda cell: (cell["division_code"], cell["column"]),
    )
    whole = {"filer": filer, "period_end": period_end.isoformat(), "figures": cells}
    text = json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def sums(lines: Sequence[LineFigure]) -> tuple[FigureValue, ...]:
    """Sum the lines to the filer's row, column by column."""
    return tuple(
        FigureValue(
            column=column,
            **{
                part: sum(getattr(line, part) for line in lines if line.column == column)
                for part in _PARTS
            },
        )
        for column in COLUMNS
    )


LONG_AGO = date(1, 1, 1)
EVERYTHING: tuple[CutOffset, ...] = tuple(
    CutOffset(topic=topic.name, partition=partition, offset=2**63 - 1)
    for topic in COUNTED_TOPICS
    for partition in range(topic.partitions)
)
"""A cut that includes everything read so far."""

_CUT = TypeAdapter(Sequence[CutOffset])


@dataclass(frozen=True, slots=True)
class Window:
    """The facts that make one report.

    `through` is the first day of its period, `after` that of the report before; `since` and
    `upto` are the cuts of both.
    """

    divisions: Sequence[str]
    through: date
    after: date = LONG_AGO
    since: Sequence[CutOffset] = ()
    upto: Sequence[CutOffset] = EVERYTHING

    def arguments(self) -> tuple[object, ...]:
        """The arguments of the SQL function `member`."""
        cuts = (_CUT.dump_json(self.since), _CUT.dump_json(self.upto))
        return (self.divisions, self.after, self.through, *cuts)


def window_of(
    divisions: Sequence[str],
    through: date,
    before: Frozen | None,
    upto: Sequence[CutOffset] | None = None,
) -> Window:
    """Return the window of a report that follows the version `before`.

    `through` is the first day of its period. Without a cut everything read so far counts.
    """
    cut = EVERYTHING if upto is None else upto
    if before is None:
        return Window(divisions, through, upto=cut)
    last = before.version
    return Window(divisions, through, last.period_start, last.cut, cut)


def whole_window(divisions: Sequence[str], last: Frozen) -> Window:
    """Return the window of everything counted in these divisions up to a version."""
    return window_of(divisions, last.version.period_start, None, last.version.cut)

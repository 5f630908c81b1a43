"""A frozen version: the figures at a cut, line by line, and the hashes that prove them."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import AwareDatetime, Json

from services.reporting.domain.facts import COLUMNS, Column
from shared.calendar import local_day
from shared.contracts.envelope import Key
from shared.contracts.reporting import CountedPart, CutOffset, FigureValue, FrozenVersion
from shared.ids import Id, to_text
from shared.messaging.subject import Row

RULES_VERSION = "cycle.not_disputed.1"
"""How these figures were counted: the monthly cycle, proof level `not_disputed`."""


class LineFigure(Row):
    """One cell of one division's line: what its facts come to.

    `late` is the part that happened in an earlier period, `cumulative` the sum since the first.
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
        """The number on the form."""
        return self.counted + self.corrected + self.adjusted


class VersionFigure(LineFigure):
    """A line's cell of a version as it is stored."""

    report: Key
    version: int


class Version(Row):
    """One frozen version of a report; never changed.

    `parts` say what was counted and from where on, `despite_blocked` what was under repair and
    `cut` since which place.
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
    """What the facts of `parts` before `cut` come to, beyond those counted before.

    `parked` are the subjects under repair that belong, or may belong, to the filer.
    """

    cut: tuple[CutOffset, ...]
    parts: tuple[CountedPart, ...]
    lines: tuple[LineFigure, ...]
    fact_count: int
    facts_sha256: str
    blocked: tuple[Id, ...] = ()


@dataclass(frozen=True, slots=True)
class Frozen:
    """A version and its lines."""

    version: Version
    lines: tuple[LineFigure, ...]

    @property
    def name(self) -> FrozenVersion:
        """What other versions name it by."""
        one = self.version
        return FrozenVersion(filer=one.filer, period_end=one.period_end, version=one.version)

    @property
    def stored_lines(self) -> list[VersionFigure]:
        """The lines as rows."""
        key, number = self.version.report, self.version.version
        return [VersionFigure(report=key, version=number, **dict(line)) for line in self.lines]


@dataclass(frozen=True, slots=True)
class Counted:
    """What the facts of one division come to in one column."""

    division_code: str
    column: Column
    counted: int
    corrected: int
    late: int


def carried(part: CountedPart, before: Sequence[LineFigure]) -> list[LineFigure]:
    """Pick the lines of a version that a part of another one goes on from."""
    return [line for line in before if line.division_code in part.divisions]


def summed(
    counted: Sequence[Counted], before: Sequence[LineFigure], filer: str
) -> tuple[LineFigure, ...]:
    """Lay out a filer's lines: what was counted now upon the sums of the lines before.

    C5 is the county's own: what its townships sent up, and a county that went into it, stands in
    the line of its own level (县本级).
    """
    lines: dict[tuple[str, Column], LineFigure] = {}
    for was in before:
        place = (filer if was.column == "C5" else was.division_code, was.column)
        sums = lines[place].cumulative if place in lines else 0
        lines[place] = LineFigure(
            division_code=place[0], column=place[1], cumulative=sums + was.cumulative
        )
    for one in counted:
        place = (filer if one.column == "C5" else one.division_code, one.column)
        line = lines.get(place) or LineFigure(division_code=place[0], column=place[1])
        lines[place] = line.model_copy(
            update={
                "counted": line.counted + one.counted,
                "corrected": line.corrected + one.corrected,
                "late": line.late + one.late,
                "cumulative": line.cumulative + one.counted + one.corrected,
            }
        )
    return tuple(lines[place] for place in sorted(lines))


def joined_hash(hashes: Sequence[str]) -> str:
    """Give the hash of all facts from those of each part: of one its own, of more theirs hashed."""
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(hashes).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Numbered:
    """Which version of which report is frozen, and when."""

    report: Id
    version: int
    filer: str
    period_start: date
    period_end: date
    now: datetime


def freeze(place: Numbered, count: Count) -> Frozen:
    """Make the version; it is late by the days since the period ended."""
    late = (local_day(place.now) - place.period_end).days
    version = Version(
        report=place.report,
        version=place.version,
        filer=place.filer,
        period_start=place.period_start,
        period_end=place.period_end,
        cut=json.dumps([one.model_dump(mode="json", exclude_none=True) for one in count.cut]),
        parts=json.dumps([one.model_dump(mode="json") for one in count.parts]),
        fact_count=count.fact_count,
        facts_sha256=count.facts_sha256,
        figures_sha256=figures_hash(place.filer, place.period_end, count.lines),
        rules_version=RULES_VERSION,
        submitted_at=place.now,
        late_days=max(0, late),
        despite_blocked=json.dumps([to_text(key) for key in count.blocked]),
    )
    return Frozen(version, count.lines)


def figures_hash(filer: str, period_end: date, lines: Sequence[LineFigure]) -> str:
    """Hash the figures: SHA-256 of their canonical JSON (sorted keys and lines, no spaces)."""
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
            counted=sum(line.counted for line in lines if line.column == column),
            corrected=sum(line.corrected for line in lines if line.column == column),
            adjusted=sum(line.adjusted for line in lines if line.column == column),
            late=sum(line.late for line in lines if line.column == column),
            cumulative=sum(line.cumulative for line in lines if line.column == column),
        )
        for column in COLUMNS
    )

"""Events of reporting: the monthly reports and their versions."""

from typing import ClassVar, Literal

from pydantic import Field

from shared.contracts.codes import FigureColumn
from shared.contracts.dates import Day
from shared.contracts.envelope import Code, DivisionCode, Event, FrozenModel, Key


class FigureValue(FrozenModel):
    """One cell of the form; the printed figure is the sum of `counted`, `corrected` and `adjusted`.

    `late` is the part that happened in an earlier period (补报), `cumulative` the total since the
    first period.
    """

    column: FigureColumn
    counted: int
    corrected: int = 0
    adjusted: int = 0
    late: int = 0
    cumulative: int = 0


class CutOffset(FrozenModel):
    """A point in one input partition: everything before `offset` is included.

    With a `key`: the events of this subject, then under repair, are excluded from `offset` on.
    """

    topic: Code
    partition: int
    offset: int
    key: Key | None = None


class FrozenVersion(FrozenModel):
    """One version of a filer's report of the period that ends on this day."""

    filer: DivisionCode
    period_end: Day
    version: int = Field(ge=1)


class CountedPart(FrozenModel):
    """Divisions whose facts were counted since a received version, or from the beginning.

    `since` is the last version that counted these divisions: the filer's own, or that of a county
    merged into it.
    """

    divisions: tuple[DivisionCode, ...]
    since: FrozenVersion | None = None


class ReportDrafted(Event):
    """The system drafted a filer's report, which is due on the 20th.

    `period_start` and `period_end` are inclusive.
    """

    type: ClassVar[str] = "report.drafted"
    filer: DivisionCode
    period_start: Day
    period_end: Day


class ReportChecked(Event):
    """The liaison checked the figures; the hash is that of the figures seen."""

    type: ClassVar[str] = "report.checked"
    filer: DivisionCode
    figures_sha256: Code | None = None


class ReportConfirmed(Event):
    """The head of the deputies' working committee, another person, confirmed the figures seen."""

    type: ClassVar[str] = "report.confirmed"
    filer: DivisionCode
    checked_by: Code
    figures_sha256: Code | None = None


class ReportOutdated(Event):
    """The figures changed after they were confirmed, so the head has to confirm them again."""

    type: ClassVar[str] = "report.outdated"
    filer: DivisionCode


class ReportSubmitted(Event):
    """A filer submitted its figures to the city, frozen at `cut`.

    `parts` lists the divisions counted and since when; `despite_blocked` the subjects that were
    under repair and therefore not counted. `late_days` are the first version's working days.
    """

    type: ClassVar[str] = "report.submitted"
    filer: DivisionCode
    period_start: Day
    period_end: Day
    version: int = Field(ge=1)
    cut: tuple[CutOffset, ...]
    parts: tuple[CountedPart, ...] = ()
    fact_count: int
    facts_sha256: Code
    figures: tuple[FigureValue, ...]
    figures_sha256: Code
    rules_version: Code
    confirmed_by: Code
    late_days: int = 0
    despite_blocked: tuple[Key, ...] = ()


class ReportReceived(Event):
    """The city office received a version."""

    type: ClassVar[str] = "report.received"
    filer: DivisionCode
    version: int


class ReportReturned(Event):
    """The city office returned a version for correction."""

    type: ClassVar[str] = "report.returned"
    filer: DivisionCode
    version: int
    reason: Literal["figures", "cases", "other"]


class ReportLapsed(Event):
    """A county was merged into another before its report was due; the other's report includes its
    figures."""

    type: ClassVar[str] = "report.lapsed"
    filer: DivisionCode


ReportingReport = (
    ReportDrafted
    | ReportChecked
    | ReportConfirmed
    | ReportOutdated
    | ReportSubmitted
    | ReportReceived
    | ReportReturned
    | ReportLapsed
)

"""Events of reporting: the monthly reports and their versions."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from shared.contracts.codes import FigureColumn
from shared.contracts.envelope import Code, DivisionCode, Event, FrozenModel, Key


class FigureValue(FrozenModel):
    """One cell of the form: counted, taken back, adjusted; printed is their sum.

    `late` is the part of it that happened in an earlier period (补报), `cumulative` the sum since
    the first period opened.
    """

    column: FigureColumn
    counted: int
    corrected: int = 0
    adjusted: int = 0
    late: int = 0
    cumulative: int = 0


class CutOffset(FrozenModel):
    """Everything before `offset` of one input partition had been read.

    With a `key`: what this subject, under repair then, did from `offset` on is not in the cut.
    """

    topic: Code
    partition: int
    offset: int
    key: Key | None = None


class FrozenVersion(FrozenModel):
    """One version of a filer's report of the period that ends on this day."""

    filer: DivisionCode
    period_end: date
    version: int = Field(ge=1)


class CountedPart(FrozenModel):
    """Divisions whose facts were counted beyond one received version; without it, all of them.

    `since` is the last version that counted these divisions: the filer's own, or one of a county
    that went into it.
    """

    divisions: tuple[DivisionCode, ...]
    since: FrozenVersion | None = None


class ReportDrafted(Event):
    """The system laid out a filer's report; the filing clock runs to the 20th.

    `period_start` and `period_end` are the first and the last day, both included.
    """

    type: ClassVar[str] = "report.drafted"
    filer: DivisionCode
    period_start: date
    period_end: date


class ReportChecked(Event):
    """The liaison looked the figures through."""

    type: ClassVar[str] = "report.checked"
    filer: DivisionCode


class ReportConfirmed(Event):
    """The head of the deputies' committee, another person, stands for the figures."""

    type: ClassVar[str] = "report.confirmed"
    filer: DivisionCode
    checked_by: Code


class ReportSubmitted(Event):
    """A filer froze its figures at `cut` and sent them to the city.

    `parts` say which divisions were counted and from where on; `despite_parked` names the subjects
    that were under repair and therefore not counted.
    """

    type: ClassVar[str] = "report.submitted"
    filer: DivisionCode
    period_start: date
    period_end: date
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
    """The city office took a version in."""

    type: ClassVar[str] = "report.received"
    filer: DivisionCode
    version: int


class ReportReturned(Event):
    """The city office asks for another version."""

    type: ClassVar[str] = "report.returned"
    filer: DivisionCode
    version: int
    reason: Literal["figures", "cases", "other"]


class ReportLapsed(Event):
    """A county went into another before the form was due: the other's form holds its figures."""

    type: ClassVar[str] = "report.lapsed"
    filer: DivisionCode


ReportingReport = (
    ReportDrafted
    | ReportChecked
    | ReportConfirmed
    | ReportSubmitted
    | ReportReceived
    | ReportReturned
    | ReportLapsed
)

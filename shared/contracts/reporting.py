"""What reporting says: the monthly reports and their versions."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from shared.contracts.envelope import Code, DivisionCode, Event, Value
from shared.contracts.words import FigureColumn


class FigureValue(Value):
    """One cell of the form: counted, taken back, adjusted; printed is their sum."""

    column: FigureColumn
    counted: int
    corrected: int = 0
    adjusted: int = 0


class CutOffset(Value):
    """Everything before `offset` of one input partition had been read."""

    topic: str
    partition: int
    offset: int


class ReportDrafted(Event):
    """The system laid out a filer's report; the filing clock runs to the 20th."""

    type: ClassVar[str] = "report.drafted"
    filer: DivisionCode
    period_start: date
    period_end: date


class ReportSubmitted(Event):
    """A filer froze its figures at `cut` and sent them to the city."""

    type: ClassVar[str] = "report.submitted"
    filer: DivisionCode
    period_start: date
    period_end: date
    version: int = Field(ge=1)
    cut: tuple[CutOffset, ...]
    fact_count: int
    facts_sha256: str
    figures: tuple[FigureValue, ...]
    figures_sha256: str
    rules_version: Code
    late_days: int = 0


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


ReportingReport = ReportDrafted | ReportSubmitted | ReportReceived | ReportReturned

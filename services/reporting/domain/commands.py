"""The steps people take on a report, and the query for the facts behind a number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.reporting.domain.facts import Column
from services.reporting.domain.freezing import UNCOUNTED, Count
from shared.contracts.codes import ReportStage
from shared.ids import Id
from shared.messaging.subject import Command
from shared.rights import Action
from shared.text import CleanText, Number, Truth

Reason = Literal["figures", "cases", "other"]


class Body(BaseModel):
    """Base of request bodies; an unknown field is refused, not dropped."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FiguresBody(Body):
    """The hash of the figures the person saw, as the form gives it."""

    figures_sha256: str = Field(pattern="^[0-9a-f]{64}$")


class SubmitBody(Body):
    """`despite_blocked`: the committee head submits although subjects are under repair."""

    despite_blocked: Truth = False


class ReceiveBody(Body):
    """`version` is the version the city office reviewed."""

    version: Number


class ReturnBody(ReceiveBody):
    """`reason` is why another version is needed; for another reason the note says which."""

    reason: Reason
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), CleanText] = ""


@dataclass(frozen=True, slots=True)
class ReportCommand(Command):
    """A step of a report; it needs the right `action` and is possible at these `stages`."""

    action: ClassVar[Action]
    stages: ClassVar[Sequence[ReportStage]]
    by: Id


@dataclass(frozen=True, slots=True)
class FiguresCommand(ReportCommand):
    """A step that depends on the figures.

    The use case adds the count; without it the command is refused as stale.
    """

    body: Body
    count: Count = UNCOUNTED


@dataclass(frozen=True, slots=True)
class Check(FiguresCommand):
    """The liaison has checked the figures."""

    action = Action.REPORT_CHECK
    stages = ("drafted", "returned")
    body: FiguresBody


@dataclass(frozen=True, slots=True)
class Confirm(FiguresCommand):
    """The head of the committee, another person, confirms the figures; again once outdated."""

    action = Action.REPORT_CONFIRM
    stages = ("checked", "outdated")
    body: FiguresBody


@dataclass(frozen=True, slots=True)
class Submit(FiguresCommand):
    """Freeze the figures, which must be those confirmed, and send them to the city."""

    action = Action.REPORT_SUBMIT
    stages = ("confirmed", "outdated")
    body: SubmitBody


@dataclass(frozen=True, slots=True)
class Receive(ReportCommand):
    """The city office accepts a version."""

    action = Action.REPORT_RECEIVE
    stages = ("submitted",)
    body: ReceiveBody


@dataclass(frozen=True, slots=True)
class Return(ReportCommand):
    """The city office asks for another version."""

    action = Action.REPORT_RETURN
    stages = ("submitted",)
    body: ReturnBody


class FactsQuery(BaseModel):
    """The facts behind a number: a filer's, one division's line in it, or the city's total.

    The scope `uncounted` selects what happened in a filer's divisions before the first period.

    `version` selects a frozen version, 0 what was read so far; without it, what the form shows.
    `since_first` selects the sum since the first period; with the scope `received` it ends at
    the last versions the city has received, as the sums of its sheet do.
    """

    model_config = ConfigDict(frozen=True)

    division: Annotated[str, Field(max_length=12), CleanText]
    column: Column
    period_end: date | None = None
    since_first: Truth = False
    scope: Literal["filer", "line", "received", "total", "uncounted"] = "filer"
    version: Number | None = Field(None, ge=0)
    page: Number = Field(1, ge=1, le=10_000)

    def select(self, counted: Sequence[str], filer: str) -> Sequence[str]:
        """Select from the divisions counted those whose facts make the number.

        All of C5 stands in the filer's own line.
        """
        if self.scope != "line" or (self.column == "C5" and self.division == filer):
            return counted
        return [one for one in counted if one == self.division and self.column != "C5"]

"""Events of the tracker: cases, tasks, clocks, replies, ratings and supervision."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from shared.calendar import Limit
from shared.contracts.codes import (
    ClockKind,
    ContactChannel,
    Outcome,
    RatingResult,
    SupervisionLevel,
)
from shared.contracts.envelope import Code, Event, FrozenModel, Key


class TaskSigned(Event):
    """A unit took its task on; `by_silence` when it did not sign in time."""

    type: ClassVar[str] = "task.signed"
    task_id: Key
    by_silence: bool = False


class TaskObjected(Event):
    """A unit says the task is not its own."""

    type: ClassVar[str] = "task.objected"
    task_id: Key
    dispatch_no: int
    reason: Code
    suggested_unit: Key | None = None


class CaseHandedBack(Event):
    """The baton returns to the router."""

    type: ClassVar[str] = "case.handed_back"
    reason: Literal["objection", "recalled", "escalation"]
    dispatch_no: int
    task_id: Key | None = None


class ContactLogged(Event):
    """The unit really spoke with the proposer (浙江省代表建议办理规定 2016 §17)."""

    type: ClassVar[str] = "task.contact_logged"
    task_id: Key
    channel: ContactChannel


class OpinionFiled(Event):
    """A co-handler gave its opinion to the lead."""

    type: ClassVar[str] = "task.opinion_filed"
    task_id: Key


class ReplyDrafted(Event):
    """A clerk's draft waits for the unit head's signature."""

    type: ClassVar[str] = "task.reply_drafted"
    task_id: Key
    outcome: Outcome


class CaseReplied(Event):
    """A signed answer went to the proposer; the rating window opens.

    `waived`: a co-handler's opinion was missing and the lead said why. `late_days` are working.
    """

    type: ClassVar[str] = "case.replied"
    task_id: Key
    reply_no: int = Field(ge=1)
    round: int = Field(ge=1)
    outcome: Outcome
    promised_on: date | None = None
    waived: bool = False
    signed_by: Code
    late_days: int = 0


class CaseRated(Event):
    """The proposer's judgement counts; the last one inside the window holds."""

    type: ClassVar[str] = "case.rated"
    reply_no: int
    result: RatingResult
    attitude: RatingResult | None = None


class RatingRefused(Event):
    """A judgement came for another reply or after the window."""

    type: ClassVar[str] = "case.rating_refused"
    reply_no: int
    reason: Code


class RatingWindowClosed(Event):
    """The window passed; without a rating the reply stays unrated, not satisfied."""

    type: ClassVar[str] = "case.rating_window_closed"
    reply_no: int
    rated: bool


class ReworkOrdered(Event):
    """Dissatisfied: a new answer is due (浙江省代表建议办理规定 2016 §24)."""

    type: ClassVar[str] = "case.rework_ordered"
    round: int


class PromiseKept(Event):
    """The promised work is done; the second answer follows."""

    type: ClassVar[str] = "case.promise_kept"
    reply_no: int


class CaseClosed(Event):
    """The loop is closed."""

    type: ClassVar[str] = "case.closed"
    how: Literal["rated", "unrated", "solved_on_spot"]
    outcome: Outcome


class ClockDeadline(FrozenModel):
    """A clock that runs; `subject_id` is the task, or the item itself."""

    clock: ClockKind
    subject_id: Key
    round: int
    started_at: AwareDatetime
    due_at: AwareDatetime
    basis: Limit
    provisional: bool
    debtor: Code


class DeadlineSet(Event):
    """All clocks that one decision started, in one event: most dispatches start four or more."""

    type: ClassVar[str] = "deadline.set"
    clocks: tuple[ClockDeadline, ...]


class DeadlineBreached(Event):
    """A due time passed with the duty open."""

    type: ClassVar[str] = "deadline.breached"
    clock: ClockKind
    subject_id: Key
    round: int
    due_at: AwareDatetime


class CaseUrged(Event):
    """催办: an urge slip on the first working day after the due date."""

    type: ClassVar[str] = "case.urged"
    clock: ClockKind
    subject_id: Key
    round: int


class SupervisionRaised(Event):
    """Supervision is due: `supervised` holds at once, `key` is a candidate a person decides on."""

    type: ClassVar[str] = "supervision.raised"
    level: SupervisionLevel
    reason: Code
    clock: ClockKind | None = None


class SupervisionDecided(Event):
    """A named person decided on supervision; `key` is never set by the system."""

    type: ClassVar[str] = "supervision.decided"
    level: SupervisionLevel
    granted: bool
    leader: Code | None = None


class ReplyWords(FrozenModel):
    """One reply as the proposer reads it, the plain sentence first.

    `contact` belongs to a promise, `reason` to a refusal, `waiver` to a missing opinion.
    """

    reply_no: int
    plain: str
    text: str
    contact: str = ""
    reason: str = ""
    waiver: str = ""
    signed_name: str = ""


class ObjectionWords(FrozenModel):
    """Why a unit says the task is not its own."""

    dispatch_no: int
    task_id: Key
    text: str


class TaskWords(FrozenModel):
    """A unit's note on its task: a contact, or a co-handler's opinion."""

    task_id: Key
    text: str


class CaseText(Event):
    """All words of a case as they stand."""

    type: ClassVar[str] = "case.text"
    replies: tuple[ReplyWords, ...] = ()
    objections: tuple[ObjectionWords, ...] = ()
    contacts: tuple[TaskWords, ...] = ()
    opinions: tuple[TaskWords, ...] = ()
    notes: tuple[str, ...] = ()


TrackerCase = (
    TaskSigned
    | TaskObjected
    | CaseHandedBack
    | ContactLogged
    | OpinionFiled
    | ReplyDrafted
    | CaseReplied
    | CaseRated
    | RatingRefused
    | RatingWindowClosed
    | ReworkOrdered
    | PromiseKept
    | CaseClosed
    | DeadlineSet
    | DeadlineBreached
    | CaseUrged
    | SupervisionRaised
    | SupervisionDecided
)

"""Events of the tracker: cases, tasks, clocks, replies, ratings and supervision."""

from typing import ClassVar, Literal

from pydantic import Field

from shared.calendar import Limit
from shared.contracts import codes
from shared.contracts.dates import Day, Instant
from shared.contracts.envelope import Code, Event, FrozenModel, Key


class TaskSigned(Event):
    """A unit acknowledged its task, or counts as having done so (`by_silence`, not in time).

    `late_by`: seconds until it was recorded, where the system was off at that time.
    """

    type: ClassVar[str] = "task.signed"
    task_id: Key
    by_silence: bool = False
    late_by: int = 0


class TaskObjected(Event):
    """A unit objected that the task is not its responsibility."""

    type: ClassVar[str] = "task.objected"
    task_id: Key
    dispatch_no: int
    reason: Code
    suggested_unit: Key | None = None


class CaseHandedBack(Event):
    """The router becomes the holder again."""

    type: ClassVar[str] = "case.handed_back"
    reason: Literal["objection", "recalled", "escalation"]
    dispatch_no: int
    task_id: Key | None = None


class TaskResumed(Event):
    """The unit continues: the router refused its objection, and the task counts as signed."""

    type: ClassVar[str] = "task.resumed"
    task_id: Key


class ContactLogged(Event):
    """The unit contacted the proposer (浙江省代表建议办理规定 2016 §17)."""

    type: ClassVar[str] = "task.contact_logged"
    task_id: Key
    channel: codes.ContactChannel


class OpinionFiled(Event):
    """A co-handler submitted its opinion to the lead."""

    type: ClassVar[str] = "task.opinion_filed"
    task_id: Key


class ReplyDrafted(Event):
    """A clerk's draft awaits the sign-off of the unit's head."""

    type: ClassVar[str] = "task.reply_drafted"
    task_id: Key
    outcome: codes.Outcome


class ReplyDraftReturned(Event):
    """The unit's head sent a draft back to the clerk; the reason is not published."""

    type: ClassVar[str] = "task.reply_draft_returned"
    task_id: Key


class CaseReplied(Event):
    """A signed reply went to the proposer; the rating window opens.

    `waived`: a co-handler's opinion was missing and the lead gave a reason. `late_days` are
    working days, 1 also before the first has passed. `rating_until` ends the window, None while
    another unit still owes a reply.
    """

    type: ClassVar[str] = "case.replied"
    task_id: Key
    reply_no: int = Field(ge=1)
    round: int = Field(ge=1)
    outcome: codes.Outcome
    promised_on: Day | None = None
    waived: bool = False
    signed_by: Code
    late_days: int = 0
    rating_until: Instant | None = None


class CaseRated(Event):
    """A proposer's rating was recorded; the last one within the window is final.

    `decides`: it is the first proposer's, by which the case goes on or closes; the ratings of
    other proposers are shown as theirs.
    """

    type: ClassVar[str] = "case.rated"
    proposer_id: Key
    decides: bool
    reply_no: int
    result: codes.RatingResult
    attitude: codes.RatingResult | None = None
    channel: codes.RatingChannel


class RatingRefused(Event):
    """A rating did not count: for another reply, out of its window, or older than the last one."""

    type: ClassVar[str] = "case.rating_refused"
    proposer_id: Key
    reply_no: int
    reason: Code


class RatingWindowClosed(Event):
    """The rating window ended; without a rating the reply counts as unrated, not as satisfied."""

    type: ClassVar[str] = "case.rating_window_closed"
    reply_no: int
    rated: bool


class ReworkOrdered(Event):
    """The proposer is dissatisfied and a new reply is due (浙江省代表建议办理规定 2016 §24)."""

    type: ClassVar[str] = "case.rework_ordered"
    round: int


class PromiseKept(Event):
    """The unit fulfilled its promise; a second reply follows."""

    type: ClassVar[str] = "case.promise_kept"
    reply_no: int


class PromiseBroken(Event):
    """The unit did not fulfil its promise; a second reply follows, which explains why."""

    type: ClassVar[str] = "case.promise_broken"
    reply_no: int


class CaseClosed(Event):
    """The case was closed."""

    type: ClassVar[str] = "case.closed"
    how: Literal["rated", "unrated", "solved_on_spot"]
    outcome: codes.Outcome


class ClockDeadline(FrozenModel):
    """A running clock; `subject_id` is a task or the item itself."""

    clock: codes.ClockKind
    subject_id: Key
    round: int
    started_at: Instant
    due_at: Instant
    basis: Limit
    provisional: bool
    debtor: Code


class DeadlineSet(Event):
    """All clocks started by one decision; most dispatches start four or more."""

    type: ClassVar[str] = "deadline.set"
    clocks: tuple[ClockDeadline, ...]


class DeadlineBreached(Event):
    """A deadline passed before the duty was fulfilled.

    `late_by`: seconds until it was recorded, where the system was off at that time.
    """

    type: ClassVar[str] = "deadline.breached"
    clock: codes.ClockKind
    subject_id: Key
    round: int
    due_at: Instant
    late_by: int = 0


class CaseUrged(Event):
    """催办: a reminder was sent on the first working day after the due date.

    `late_by`: seconds until it was recorded, where the system was off at that time. `overtaken`: by
    then a higher step of the same clock was due too, and people are notified of that one only.
    """

    type: ClassVar[str] = "case.urged"
    clock: codes.ClockKind
    subject_id: Key
    round: int
    late_by: int = 0
    overtaken: bool = False


class SupervisionRaised(Event):
    """Supervision was raised: `supervised` takes effect at once, `key` awaits a decision.

    `late_by` and `overtaken` as of an urging notice.
    """

    type: ClassVar[str] = "supervision.raised"
    level: codes.SupervisionLevel
    reason: Code
    clock: codes.ClockKind | None = None
    late_by: int = 0
    overtaken: bool = False


class SupervisionDecided(Event):
    """A named person decided on supervision; `key` is never set by the system."""

    type: ClassVar[str] = "supervision.decided"
    level: codes.SupervisionLevel
    granted: bool
    leader: Code | None = None


class ReplyWords(FrozenModel):
    """One reply as the proposer reads it, starting with a plain sentence.

    `contact` is set with a promise, `reason` if the matter cannot be solved or a promise was
    broken, `waiver` if an opinion is missing.
    """

    reply_no: int
    plain: str
    text: str
    contact: str = ""
    reason: str = ""
    waiver: str = ""
    signed_name: str = ""


class ObjectionWords(FrozenModel):
    """A unit's reasons for an objection."""

    dispatch_no: int
    task_id: Key
    text: str


class TaskWords(FrozenModel):
    """A unit's text about its task: a contact, or a co-handler's opinion."""

    task_id: Key
    text: str


class CaseText(Event):
    """The current texts of a case."""

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
    | TaskResumed
    | ContactLogged
    | OpinionFiled
    | ReplyDrafted
    | ReplyDraftReturned
    | CaseReplied
    | CaseRated
    | RatingRefused
    | RatingWindowClosed
    | ReworkOrdered
    | PromiseKept
    | PromiseBroken
    | CaseClosed
    | DeadlineSet
    | DeadlineBreached
    | CaseUrged
    | SupervisionRaised
    | SupervisionDecided
)

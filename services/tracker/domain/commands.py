"""Commands of officers on a case, each with the pydantic body of its request."""

from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, ClassVar, Literal, Protocol

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from shared.contracts.codes import ContactChannel, Outcome, SupervisionLevel
from shared.contracts.router import parse_basis
from shared.ids import Id, from_text
from shared.messaging.subject import Command
from shared.rights import Action, Holder
from shared.text import CleanText, Number, Reason, Truth


class Officer(Holder, Protocol):
    """A signed-in person with the grants in force today."""

    @property
    def name(self) -> str: ...


LongText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000), CleanText
]
OptionalText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), CleanText]
SearchText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40), CleanText]


def _key(value: object) -> object:
    return from_text(value) if isinstance(value, str) and value else value or None


IdText = Annotated[
    Annotated[bytes, Field(min_length=16, max_length=16)] | None, BeforeValidator(_key)
]
"""A dashed UUID in a request, 16 bytes inside; an empty form field is none."""

Day = Annotated[date | None, BeforeValidator(lambda value: value or None)]


class CaseBasis(BaseModel):
    """The version of the case the officer had on screen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    topic: Literal["tracker.case.v1"]
    seq: Number = Field(ge=0)


class Body(BaseModel):
    """The body of a request; unknown fields are an error.

    `basis` is optional; in a form it is written `tracker.case.v1:7`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    basis: Annotated[CaseBasis | None, BeforeValidator(parse_basis)] = None

    @property
    def seen_seq(self) -> int | None:
        return self.basis.seq if self.basis else None


class ObjectBody(Body):
    """Why the task is another unit's, and which, if known."""

    reason: Reason
    suggested_unit: IdText = None


class ContactBody(Body):
    channel: ContactChannel
    note: LongText


class OpinionBody(Body):
    opinion: LongText


class AnswerBody(Body):
    """A reply; `plain` is its one-sentence summary. The outcome decides what else is required."""

    outcome: Outcome
    plain: LongText
    text: LongText
    promised_on: Day = None
    contact: OptionalText = ""
    reason: OptionalText = ""


class DraftBody(AnswerBody):
    waiver: OptionalText = ""


class ReturnDraftBody(Body):
    """`reason` tells the clerk what to change."""

    reason: Reason


class SupervisionBody(Body):
    """`leader` (a person's id) leads a granted supervision."""

    level: SupervisionLevel
    granted: Truth
    leader: IdText = None


@dataclass(frozen=True, slots=True)
class TaskCommand(Command):
    """A command on one task of a case; `action` is the right it needs in the task's unit."""

    action: ClassVar[Action]
    task_id: Id
    by: Officer
    body: Body


@dataclass(frozen=True, slots=True)
class Sign(TaskCommand):
    """The unit takes the task on."""

    action: ClassVar[Action] = Action.CASE_SIGN
    body: Body = field(default_factory=Body)


@dataclass(frozen=True, slots=True)
class Object(TaskCommand):
    """The unit head objects that the task belongs to another unit."""

    action: ClassVar[Action] = Action.CASE_OBJECT
    body: ObjectBody


@dataclass(frozen=True, slots=True)
class LogContact(TaskCommand):
    """The unit has spoken with the proposer."""

    action: ClassVar[Action] = Action.CASE_CONTACT
    body: ContactBody


@dataclass(frozen=True, slots=True)
class FileOpinion(TaskCommand):
    """A co-handler gives its opinion to the lead unit."""

    action: ClassVar[Action] = Action.CASE_OPINE
    body: OpinionBody


@dataclass(frozen=True, slots=True)
class DraftReply(TaskCommand):
    """The clerk submits a reply for the unit head's signature."""

    action: ClassVar[Action] = Action.CASE_DRAFT
    body: DraftBody


@dataclass(frozen=True, slots=True)
class SignOff(TaskCommand):
    """The unit head signs the draft, which sends it to the proposer."""

    action: ClassVar[Action] = Action.CASE_SIGN_OFF
    body: Body = field(default_factory=Body)


@dataclass(frozen=True, slots=True)
class ReturnDraft(TaskCommand):
    """The unit head sends the draft back to the clerk."""

    action: ClassVar[Action] = Action.CASE_SIGN_OFF
    body: ReturnDraftBody


@dataclass(frozen=True, slots=True)
class Fulfil(TaskCommand):
    """The unit answers what became of its promise: kept if `solved`, else broken, and why."""

    action: ClassVar[Action] = Action.CASE_FULFIL
    body: AnswerBody


@dataclass(frozen=True, slots=True)
class DecideSupervision(Command):
    """A named person decides on a candidate for supervision."""

    action: ClassVar[Action] = Action.CASE_SUPERVISE
    by: Officer
    body: SupervisionBody

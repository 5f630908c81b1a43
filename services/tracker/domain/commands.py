"""What people may ask of a case, and the bodies in which they ask it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from shared.basis import parse_basis
from shared.clean_text import CleanText
from shared.contracts.codes import ContactChannel, Outcome, SupervisionLevel
from shared.contracts.router import Grant
from shared.ids import Id, from_text
from shared.messaging.subject import Command
from shared.rights import Action

ActName = Literal["sign", "object", "contact", "opinion", "draft", "sign_off", "fulfil"]
ACTIONS: Mapping[ActName, Action] = {
    "sign": Action.CASE_SIGN,
    "object": Action.CASE_OBJECT,
    "contact": Action.CASE_CONTACT,
    "opinion": Action.CASE_OPINE,
    "draft": Action.CASE_DRAFT,
    "sign_off": Action.CASE_SIGN_OFF,
    "fulfil": Action.CASE_FULFIL,
}


class Asker(Protocol):
    """A signed-in person with the grants in force today."""

    @property
    def code(self) -> str:
        """The opaque reference events carry."""

    @property
    def codes(self) -> Collection[str]:
        """Their own reference, and those of whom they stand in for today."""

    @property
    def name(self) -> str:
        """The name people read."""

    @property
    def grants(self) -> tuple[Grant, ...]:
        """The rights in force."""


@dataclass(frozen=True, slots=True)
class TaskCommand(Command):
    """An act on one task of a case by a person, who saw the case as it was at `basis`."""

    task_id: Id
    by: Asker
    basis: int | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class Sign(TaskCommand):
    """The unit takes the task on."""


@dataclass(frozen=True, slots=True)
class Object(TaskCommand):
    """The unit head says the task is another unit's."""

    body: "ObjectBody"


@dataclass(frozen=True, slots=True)
class LogContact(TaskCommand):
    """The unit spoke with the proposer."""

    body: "ContactBody"


@dataclass(frozen=True, slots=True)
class FileOpinion(TaskCommand):
    """A co-handler gives its opinion to the lead."""

    body: "OpinionBody"


@dataclass(frozen=True, slots=True)
class DraftReply(TaskCommand):
    """The clerk lays a reply before the unit head."""

    body: "DraftBody"


@dataclass(frozen=True, slots=True)
class SignOff(TaskCommand):
    """The unit head signs the draft; it goes to the proposer."""


@dataclass(frozen=True, slots=True)
class Fulfil(TaskCommand):
    """What was promised is done: the second answer."""

    body: "FulfilBody"


@dataclass(frozen=True, slots=True)
class DecideSupervision(Command):
    """A named person decides on a candidate for supervision."""

    by: Asker
    body: "SupervisionBody"


Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000), CleanText
]
Optional = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), CleanText]
SearchWords = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40), CleanText]


def _key(value: object) -> object:
    return from_text(value) if isinstance(value, str) and value else value or None


IdText = Annotated[
    Annotated[bytes, Field(min_length=16, max_length=16)] | None, BeforeValidator(_key)
]
"""A dashed UUID in a request, 16 bytes inside; an empty form field is none."""

Day = Annotated[date | None, BeforeValidator(lambda value: value or None)]


class CaseBasis(BaseModel):
    """What the asker had seen of the case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    topic: Literal["tracker.case.v1"]
    seq: int = Field(ge=0)


class Body(BaseModel):
    """The body of a request; unknown fields are an error of the sender.

    `basis` is optional; in a form it is written `tracker.case.v1:7`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    basis: Annotated[CaseBasis | None, BeforeValidator(parse_basis)] = None

    @property
    def seen_seq(self) -> int | None:
        """The place in the case's history the asker had seen."""
        return self.basis.seq if self.basis else None


class ObjectBody(Body):
    """Why the task is not ours, and whose it is if known."""

    reason: Words
    suggested_unit: IdText = None


class ContactBody(Body):
    """How the proposer was reached and what was said."""

    channel: ContactChannel
    note: Words


class OpinionBody(Body):
    """The co-handler's opinion in writing."""

    opinion: Words


class DraftBody(Body):
    """A reply: the plain sentence first; what else must be there depends on the outcome."""

    outcome: Outcome
    plain: Words
    text: Words
    promised_on: Day = None
    contact: Optional = ""
    reason: Optional = ""
    waiver: Optional = ""


class FulfilBody(Body):
    """The second answer, when what was promised is done."""

    plain: Words
    text: Words


class SupervisionBody(Body):
    """The decision of a named person; `leader` (a person's id) takes a granted supervision."""

    level: SupervisionLevel
    granted: bool
    leader: IdText = None


_ACTS: Mapping[ActName, Callable[..., TaskCommand]] = {
    "sign": Sign,
    "object": Object,
    "contact": LogContact,
    "opinion": FileOpinion,
    "draft": DraftReply,
    "sign_off": SignOff,
    "fulfil": Fulfil,
}
BODIES: Mapping[ActName, type[Body]] = {
    "sign": Body,
    "object": ObjectBody,
    "contact": ContactBody,
    "opinion": OpinionBody,
    "draft": DraftBody,
    "sign_off": Body,
    "fulfil": FulfilBody,
}
"""What each act is asked with."""


def task_command(name: ActName, place: tuple[Id, Id], by: Asker, body: Body) -> TaskCommand:
    """Put a request into its act; `place` is the item and the task."""
    words = () if BODIES[name] is Body else (body,)
    return _ACTS[name](*place, by, *words, basis=body.seen_seq)

"""The commands of dispatchers, each with the body of its request."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetPydanticSchema,
    StringConstraints,
)
from pydantic_core.core_schema import CoreSchema, no_info_after_validator_function

from shared.contracts.codes import Complexity, Level
from shared.contracts.router import Basis, parse_basis
from shared.ids import Id, from_text
from shared.messaging.subject import Command
from shared.rights import Action, Holder
from shared.text import CleanText, Reason


def _uuid_as_bytes(_type: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
    return no_info_after_validator_function(lambda uuid: uuid.bytes, handler(UUID))


UuidText = Annotated[Id, GetPydanticSchema(_uuid_as_bytes)]
"""A dashed UUID in the request, 16 bytes inside."""

OptionalText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), CleanText]


class DecisionBody(BaseModel):
    """Base of the request bodies; `basis` is the state the person saw, unchecked when left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    basis: Annotated[Basis | None, BeforeValidator(parse_basis)] = None


MAX_UNITS = 10


class DispatchBody(DecisionBody):
    """Either a lead with co-handlers or separate units; what is left out is as proposed."""

    lead: UuidText | None = None
    co: Annotated[tuple[UuidText, ...], Field(max_length=MAX_UNITS)] = ()
    separate: Annotated[tuple[UuidText, ...], Field(max_length=MAX_UNITS)] = ()
    complexity: Complexity | None = None
    matter_code: Annotated[str, Field(max_length=64), CleanText] = ""
    note: OptionalText = ""


class EscalateBody(DecisionBody):
    """Why the item goes one level up; `to_level`, if given, must be that level."""

    reason: Reason
    to_level: Level | None = None


class ObjectionBody(DecisionBody):
    """The answer to an objection; without `task_id` to the only open one."""

    decision: Literal["reassign", "refuse", "escalate"]
    reason: Reason
    unit: UuidText | None = None
    task_id: UuidText | None = None


class RehomeBody(DecisionBody):
    """The unit that takes over from an abolished one; without `task_id` its only task."""

    unit: UuidText
    reason: Reason
    task_id: UuidText | None = None


@dataclass(frozen=True, slots=True)
class Decision(Command):
    """A decision on an item by a person who dispatches for its organ."""

    by: Holder
    body: DecisionBody

    @property
    def person(self) -> Id:
        return from_text(self.by.code)


@dataclass(frozen=True, slots=True)
class Dispatch(Decision):
    """Assign the item to units."""

    action: ClassVar = Action.ASSIGNMENT_DISPATCH
    body: DispatchBody


@dataclass(frozen=True, slots=True)
class Escalate(Decision):
    """Move the item one level up."""

    action: ClassVar = Action.ASSIGNMENT_ESCALATE
    body: EscalateBody


@dataclass(frozen=True, slots=True)
class DecideObjection(Decision):
    """Answer a unit's objection to its task."""

    action: ClassVar = Action.ASSIGNMENT_DECIDE
    body: ObjectionBody


@dataclass(frozen=True, slots=True)
class Rehome(Decision):
    """Choose the unit that takes over the task of an abolished one."""

    action: ClassVar = Action.ASSIGNMENT_REHOME
    body: RehomeBody

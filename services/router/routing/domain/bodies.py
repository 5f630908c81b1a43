"""What dispatchers send, and the acts it becomes."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from services.router.routing.domain.commands import (
    DecideObjection,
    Decision,
    Dispatch,
    Escalate,
    Rehome,
)
from shared.basis import parse_basis
from shared.clean_text import CleanText
from shared.contracts.codes import Complexity, Level
from shared.contracts.router import Basis
from shared.ids import Id

Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), CleanText]


class Body(BaseModel):
    """What is sent; a field we do not know is refused, not dropped."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DecisionBody(Body, ABC):
    """What is decided of an item; `basis` is what the decider had seen of it."""

    basis: Annotated[Basis | None, BeforeValidator(parse_basis)] = None

    @abstractmethod
    def act(self, key: Id, person: Id, organs: Iterable[Id]) -> Decision:
        """Make the act of it."""


class DispatchBody(DecisionBody):
    """To whom an item is given; what is left out comes from the proposal."""

    lead: UUID | None = None
    co: Annotated[tuple[UUID, ...], Field(max_length=10)] = ()
    separate: Annotated[tuple[UUID, ...], Field(max_length=10)] = ()
    complexity: Complexity | None = None
    matter_code: Annotated[str, Field(max_length=64)] = ""
    note: Words = ""

    def act(self, key: Id, person: Id, organs: Iterable[Id]) -> Dispatch:
        """Make the act of it."""
        return Dispatch(
            key,
            person,
            frozenset(organs),
            self.basis,
            lead=self.lead.bytes if self.lead else None,
            co=tuple(unit.bytes for unit in self.co),
            separate=tuple(unit.bytes for unit in self.separate),
            complexity=self.complexity,
            matter_code=self.matter_code,
            note=self.note,
        )


class EscalateBody(DecisionBody):
    """Why an item goes one level up."""

    reason: Annotated[Words, Field(min_length=1)]
    to_level: Level | None = None

    def act(self, key: Id, person: Id, organs: Iterable[Id]) -> Escalate:
        """Make the act of it."""
        return Escalate(
            key,
            person,
            frozenset(organs),
            self.basis,
            reason=self.reason,
            to_level=self.to_level,
        )


class ObjectionBody(DecisionBody):
    """The decision on a unit's objection."""

    decision: Literal["reassign", "refuse", "escalate"]
    reason: Annotated[Words, Field(min_length=1)]
    unit: UUID | None = None
    task_id: UUID | None = None

    def act(self, key: Id, person: Id, organs: Iterable[Id]) -> DecideObjection:
        """Make the act of it."""
        return DecideObjection(
            key,
            person,
            frozenset(organs),
            self.basis,
            decision=self.decision,
            reason=self.reason,
            unit=self.unit.bytes if self.unit else None,
            task_id=self.task_id.bytes if self.task_id else None,
        )


class RehomeBody(DecisionBody):
    """Who goes on with the task of an abolished unit, and why they."""

    unit: UUID
    reason: Annotated[Words, Field(min_length=1)]
    task_id: UUID | None = None

    def act(self, key: Id, person: Id, organs: Iterable[Id]) -> Rehome:
        """Make the act of it."""
        return Rehome(
            key,
            person,
            frozenset(organs),
            self.basis,
            unit=self.unit.bytes,
            reason=self.reason,
            task_id=self.task_id.bytes if self.task_id else None,
        )

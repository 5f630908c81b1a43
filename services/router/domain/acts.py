"""What a dispatcher can ask of an item, and what a decision needs besides the item."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from services.router.domain.items import Item
from services.router.domain.routing import RoutingTable
from services.router.settings import RouterSettings
from shared.contracts.router import Basis, Grant
from shared.contracts.topics import ROUTER_ASSIGNMENT, TRACKER_CASE
from shared.contracts.words import Complexity, Level
from shared.errors import Conflict, Forbidden
from shared.ids import Id, to_text
from shared.messaging.fold import Act


@dataclass(frozen=True, slots=True)
class Context:
    """The instant, the directory prepared for questions, and the settings."""

    now: datetime
    table: RoutingTable
    settings: RouterSettings


class Asker(Protocol):
    """A signed-in person with the grants in force today."""

    @property
    def grants(self) -> tuple[Grant, ...]:
        """The rights in force."""


def organs_of(by: Asker) -> list[Id]:
    """List the organs a person gives items out for; raises Forbidden without one."""
    organs = [g.organ_id for g in by.grants if g.role == "dispatcher" and g.organ_id]
    if not organs:
        raise Forbidden(
            "not_yours",
            "这一步由交办人员办理。",
            "This is done by those who give items out.",
            todo_zh="需要请联系本地系统管理员。",
            todo_en="If you need it, call your administrator.",
        )
    return organs


@dataclass(frozen=True, slots=True)
class Decision(Act):
    """A decision of a person who gives out items for `organs`."""

    person: Id
    organs: frozenset[Id]
    basis: Basis | None = None

    @property
    def actor(self) -> str:
        """The opaque reference events carry."""
        return to_text(self.person)


@dataclass(frozen=True, slots=True)
class Dispatch(Decision):
    """Give the item to a lead with co-handlers, or to separate units.

    What is left out comes from the proposal: units, complexity and matter.
    """

    lead: Id | None = None
    co: Sequence[Id] = ()
    separate: Sequence[Id] = ()
    complexity: Complexity | None = None
    matter_code: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Escalate(Decision):
    """Move the item one level up; `to_level` only says what the asker expects."""

    reason: str = ""
    to_level: Level | None = None


@dataclass(frozen=True, slots=True)
class DecideObjection(Decision):
    """Answer a unit's objection; without `task_id` the only open one is meant."""

    decision: Literal["reassign", "refuse", "escalate"] = "refuse"
    reason: str = ""
    unit: Id | None = None
    task_id: Id | None = None


@dataclass(frozen=True, slots=True)
class Rehome(Decision):
    """Choose who goes on with the task of an abolished unit; without `task_id` the only one."""

    unit: Id = b""
    reason: str = ""
    task_id: Id | None = None


def check_turn(item: Item, act: Decision) -> None:
    """Refuse whoever may not decide, what is not open, and a decision on an old view."""
    _check_state(item)
    if item.row.organ_id not in act.organs:
        raise Forbidden(
            "not_your_organ",
            "这件建议不由您所在的机构交办。",
            "This item is not given out by your organ.",
            todo_zh="请联系负责交办的机构。",
            todo_en="Ask the organ that gives it out.",
        )
    if act.basis is not None and not _is_fresh(item, act.basis):
        raise Conflict(
            "stale_basis",
            "您看到的情况已经变化，没有办理，请看最新情况。",
            "What you saw has changed; nothing was done. Look at the present state.",
            todo_zh="请刷新后重新决定。",
            todo_en="Reload and decide again.",
        )


def _check_state(item: Item) -> None:
    match item.row.intake_state:
        case "accepted":
            return
        case "merged":
            raise Conflict(
                "merged",
                "这件已并入另一件，不能单独交办。",
                "This item was merged into another and is not given out on its own.",
                todo_zh="请办理并入的那一件。",
                todo_en="Handle the item it was merged into.",
            )
        case "" | "submitted":
            raise Conflict(
                "not_accepted",
                "这件还没有受理，不能交办。",
                "This item is not accepted yet; it cannot be given out.",
                todo_zh="请先由联络站受理。",
                todo_en="Let the station accept it first.",
            )
        case _:
            raise Conflict(
                "ended",
                "这件已经办完或不再办理。",
                "This item has ended and is not handled.",
                todo_zh="不用再交办。",
                todo_en="Nothing needs to be given out.",
            )


def _is_fresh(item: Item, basis: Basis) -> bool:
    """Tell whether nothing that matters was said since the asker looked."""
    if basis.topic == TRACKER_CASE.name:
        return basis.seq >= item.row.case_seq
    return basis.topic == ROUTER_ASSIGNMENT.name and basis.seq == item.row.seq

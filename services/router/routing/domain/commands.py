"""What a dispatcher can ask of an item, and what a decision needs besides the item."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.router.routing.domain.model import Item
from services.router.routing.domain.rights import not_seen
from services.router.routing.domain.routing_table import RoutingTable
from services.router.settings import RouterSettings
from shared.contracts.codes import Complexity, Level
from shared.contracts.router import Basis
from shared.contracts.topics import ROUTER_ASSIGNMENT, TRACKER_CASE
from shared.errors import Conflict
from shared.ids import Id, to_text
from shared.messaging.subject import Command
from shared.text import _


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """The instant, the directory prepared for questions, and the settings."""

    now: datetime
    table: RoutingTable
    settings: RouterSettings


@dataclass(frozen=True, slots=True)
class Decision(Command):
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
        raise not_seen()
    if act.basis is not None and not _is_fresh(item, act.basis):
        raise Conflict(
            "stale_basis",
            _("您看到的情况已经变化，没有办理，请看最新情况。"),
            _("请刷新后重新决定。"),
        )


def _check_state(item: Item) -> None:
    match item.row.intake_state:
        case "accepted":
            return
        case "merged":
            raise Conflict(
                "merged",
                _("这件已并入另一件，不能单独交办。"),
                _("请办理并入的那一件。"),
            )
        case "" | "submitted":
            raise Conflict(
                "not_accepted",
                _("这件还没有受理，不能交办。"),
                _("请先由联络站受理。"),
            )
        case _:
            raise Conflict(
                "ended",
                _("这件已经办完或不再办理。"),
                _("不用再交办。"),
            )


def _is_fresh(item: Item, basis: Basis) -> bool:
    """Tell whether nothing that matters was said since the asker looked."""
    if basis.topic == TRACKER_CASE.name:
        return basis.seq >= item.row.case_seq
    return basis.topic == ROUTER_ASSIGNMENT.name and basis.seq == item.row.seq

"""One item as the router follows it: its columns by source topic, its tasks, its reasons."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from services.router.routing.domain.matching import Matcher
from shared.contracts.codes import Complexity, HandlingProfile, Level, TaskRole
from shared.contracts.envelope import Key
from shared.contracts.intake import (
    ItemAccepted,
    ItemErased,
    ItemMerged,
    ItemRejected,
    ItemSubmitted,
    ItemText,
    ItemTransferred,
)
from shared.contracts.router import ReasonWords
from shared.contracts.tracker import (
    CaseClosed,
    CaseHandedBack,
    CaseReplied,
    SupervisionDecided,
    TaskObjected,
)
from shared.ids import Id
from shared.messaging.subject import ReceivedEvent, Row, State, StateRow

IntakeState = Literal["", "submitted", "accepted", "solved", "rejected", "transferred", "merged"]
Duty = Literal["", "dispatch", "objection", "rehome"]


class ItemRow(StateRow):
    """One item; each group of columns has one source, `duty` and `duty_since` follow from all.

    The router holds the item while it has given the baton no more often than it came back.
    """

    # intake.item.v1
    division_code: str = ""
    number: str = ""
    intake_state: IntakeState = ""
    accepted_at: datetime | None = None
    profile: HandlingProfile = "station_item"
    complexity: Complexity = "normal"
    confidential: bool = False
    self_interest: bool = False
    erased_at: datetime | None = None
    # intake.text.v1
    confidence: Literal["", "high", "medium", "low"] = ""
    matter_code: str = ""
    # tracker.case.v1
    case_seq: int = 0
    returned: int = 0
    replied_seq: int = 0
    closed: bool = False
    leader: str = ""
    # our own
    level: Literal["", "township", "county", "city", "province"] = ""
    organ_id: Key | None = None
    climbed_at: datetime | None = None
    dispatch_no: int = 0
    given: int = 0
    given_matter: str = ""
    given_complexity: Complexity = "normal"
    # derived
    duty: Duty = ""
    duty_since: datetime | None = None

    @property
    def held(self) -> bool:
        """Whether the router has the baton."""
        return self.intake_state == "accepted" and self.given <= self.returned

    @property
    def owner(self) -> tuple[Level, Id] | None:
        """The level and organ that decide, once the item was accepted."""
        return (self.level, self.organ_id) if self.level and self.organ_id else None


class TaskRow(Row):
    """One unit's part; the objection columns come from tracker.case.v1, all others are ours.

    A task has `ended` when its unit was replaced, or the item was given out anew or sent up. It is
    homeless since its unit was found abolished without a successor.
    """

    task_id: Key
    key: Key
    unit_id: Key
    role: TaskRole
    dispatch_no: int
    external: bool = False
    ended: bool = False
    objection_seq: int = 0
    objected_at: datetime | None = None
    suggested_unit: Key | None = None
    decided_seq: int = 0
    homeless_since: datetime | None = None


class ReasonRow(Row):
    """The words of one decision, the n-th of its item."""

    key: Key
    n: int
    dispatch_no: int
    zh: str
    en: str
    note: str = ""
    confirmed_by: Key | None = None

    @property
    def words(self) -> ReasonWords:
        """Give what is said of it."""
        return ReasonWords(**self.model_dump(exclude={"key", "n"}))


class TextRow(Row):
    """An item's words; nobody decides on them, so they stand apart."""

    key: Key
    title: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class Item(State[ItemRow]):
    """An item with its tasks and reasons; `text` is set only when new words were heard."""

    tasks: tuple[TaskRow, ...] = ()
    reasons: tuple[ReasonRow, ...] = ()
    text: TextRow | None = None

    def updated(self, **columns: Any) -> "Item":
        """Give the item with other columns."""
        return replace(self, row=self.row.model_copy(update=columns))

    @property
    def objections(self) -> list[TaskRow]:
        """The running tasks whose unit says it is not its own, and nobody has decided yet."""
        settled = self.row.replied_seq
        return [
            task
            for task in self.tasks
            if not task.ended and task.objection_seq > max(task.decided_seq, settled)
        ]

    @property
    def homeless(self) -> list[TaskRow]:
        """The running tasks whose unit is no more, and nobody has said who goes on."""
        return [task for task in self.tasks if not task.ended and task.homeless_since]

    def ending(self, task_id: Id | None = None) -> "Item":
        """Give the item with one task ended, by default with all."""
        return replace(
            self,
            tasks=tuple(
                task.model_copy(update={"ended": True})
                if not task.ended and task_id in {None, task.task_id}
                else task
                for task in self.tasks
            ),
        )


def without_notes(item: Item) -> Item:
    """Give the item with what people wrote to its reasons gone; which rule led where stays."""
    reasons = tuple(reason.model_copy(update={"note": ""}) for reason in item.reasons)
    return replace(item, reasons=reasons)


def settle(item: Item) -> Item:
    """Work out what the owner organ has to do, and since when.

    What was given out before and came back waits since it went up: the limit starts anew there.
    """
    objected = [task.objected_at for task in item.objections if task.objected_at]
    duty: Duty = ""
    since = None
    if objected and not item.row.closed:
        duty, since = "objection", min(objected)
    elif item.homeless and not item.row.closed:
        homeless = [task.homeless_since for task in item.homeless if task.homeless_since]
        duty, since = "rehome", min(homeless)
    elif item.row.held and not item.row.closed:
        duty = "dispatch"
        since = item.row.climbed_at if item.row.dispatch_no else item.row.accepted_at
    if (duty, since) == (item.row.duty, item.row.duty_since):
        return item
    return item.updated(duty=duty, duty_since=since)


def hear(item: Item, received: ReceivedEvent, matcher: Matcher) -> Item:
    """Take what another service said into the columns of its topic."""
    match received.event:
        case ItemText() as text:
            return _read(item, text, matcher)
        case None:
            return replace(item, text=TextRow(key=item.row.key))
        case (
            TaskObjected() | CaseHandedBack() | CaseReplied() | CaseClosed() | SupervisionDecided()
        ) as event:
            return _hear_case(item.updated(case_seq=received.seq), event)
        case event:
            return item.updated(**_intake_columns(event))


def _intake_columns(event: object) -> dict[str, Any]:
    match event:
        case ItemSubmitted():
            return {"intake_state": "submitted", **_marks(event)}
        case ItemAccepted():
            return {
                "intake_state": "solved" if event.solved_on_spot else "accepted",
                **_marks(event),
                "number": event.number,
                "accepted_at": event.occurred_at,
                "profile": event.profile,
                "complexity": event.complexity,
            }
        case ItemRejected():
            return {"intake_state": "rejected"}
        case ItemTransferred():
            return {"intake_state": "transferred"}
        case ItemMerged():
            return {"intake_state": "merged"}
        case ItemErased():
            return {"erased_at": event.occurred_at}
        case _:
            raise TypeError(f"not for an item: {event!r}")


def _marks(event: ItemSubmitted | ItemAccepted) -> dict[str, Any]:
    return event.model_dump(include={"division_code", "confidential", "self_interest"})


def _read(item: Item, text: ItemText, matcher: Matcher) -> Item:
    proposal = matcher.match(f"{text.title}\n{text.body}")
    item = item.updated(
        confidence=proposal.confidence,
        matter_code=proposal.matter.code if proposal.matter else "",
    )
    return replace(item, text=TextRow(key=item.row.key, title=text.title, body=text.body))


def _hear_case(
    item: Item,
    event: TaskObjected | CaseHandedBack | CaseReplied | CaseClosed | SupervisionDecided,
) -> Item:
    seq = item.row.case_seq
    match event:
        case TaskObjected():
            return replace(item, tasks=_object(item.tasks, event, seq))
        case CaseHandedBack():
            return item.updated(returned=item.row.returned + 1)
        case CaseReplied():
            return _reply(item, event.task_id, seq)
        case CaseClosed():
            return item.updated(closed=True)
        case SupervisionDecided():
            return item.updated(leader=event.leader or item.row.leader)


def _reply(item: Item, task_id: Id, seq: int) -> Item:
    """The lead's answer settles what others objected to; one of several separate units' does not.

    Raises LookupError for a task we never gave.
    """
    roles = {task.task_id: task.role for task in item.tasks}
    return item.updated(replied_seq=seq) if roles[task_id] == "lead" else item


def _object(tasks: Sequence[TaskRow], event: TaskObjected, seq: int) -> tuple[TaskRow, ...]:
    if event.task_id not in {task.task_id for task in tasks}:
        raise LookupError("an objection to a task we never gave")
    objection = {
        "objection_seq": seq,
        "objected_at": event.occurred_at,
        "suggested_unit": event.suggested_unit,
    }
    return tuple(
        task.model_copy(update=objection) if task.task_id == event.task_id else task
        for task in tasks
    )

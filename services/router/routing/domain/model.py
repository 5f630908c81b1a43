"""An item in the router: columns grouped by source topic, tasks, reasons."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from shared.contracts.codes import Complexity, HandlingProfile, Level, TaskRole
from shared.contracts.envelope import Key
from shared.contracts.router import ReasonWords
from shared.ids import Id
from shared.messaging.subject import Row, State, StateRow

IntakeState = Literal[
    "", "submitted", "accepted", "solved", "withdrawn", "rejected", "transferred", "merged"
]
Duty = Literal["", "dispatch", "objection", "rehome"]


class ItemRow(StateRow):
    """One item; each group of columns has one source, `duty` and `duty_since` follow from all.

    `handed_over` counts how often the item went to the tracker, `handed_back` how often it came
    back; both only grow, so the topics can be read in any order.
    """

    # intake.item.v1
    division_code: str = ""
    number: str = ""
    intake_state: IntakeState = ""
    accepted_at: datetime | None = None
    profile: HandlingProfile = "station_item"
    complexity: Complexity = "normal"
    policy_codes: tuple[str, ...] = ()
    confidential: bool = False
    self_interest: bool = False
    erased_at: datetime | None = None
    # intake.text.v1
    confidence: Literal["", "high", "medium", "low"] = ""
    matter_code: str = ""
    # tracker.case.v1
    case_seq: int = 0
    handed_back: int = 0
    replied_seq: int = 0
    closed: bool = False
    leader: str = ""
    # our own
    announced_matter: str = ""
    announced_level: Literal["", "township", "county", "city", "province"] = ""
    level: Literal["", "township", "county", "city", "province"] = ""
    organ_id: Key | None = None
    escalated_at: datetime | None = None
    dispatch_no: int = 0
    handed_over: int = 0
    dispatched_matter: str = ""
    dispatched_complexity: Complexity = "normal"
    # derived
    duty: Duty = ""
    duty_since: datetime | None = None

    @property
    def held(self) -> bool:
        """Whether the router, and not the tracker, has to act."""
        return self.intake_state == "accepted" and self.handed_over <= self.handed_back

    @property
    def owner(self) -> tuple[Level, Id] | None:
        """The level and organ that decide, once the item is accepted."""
        return (self.level, self.organ_id) if self.level and self.organ_id else None


class TaskRow(Row):
    """One unit's part; the objection columns come from tracker.case.v1, all others are ours.

    A task has `ended` when its unit was replaced, or the item was dispatched anew or escalated.
    It is homeless while its unit is abolished without a successor.
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
    objected_by: str = ""
    suggested_unit: Key | None = None
    decided_seq: int = 0
    homeless_since: datetime | None = None


class ReasonRow(Row):
    """Why the n-th decision on an item was taken, when, and at which level."""

    key: Key
    n: int
    dispatch_no: int
    zh: str
    en: str
    note: str = ""
    confirmed_by: Key | None = None
    level: str
    decided_at: datetime

    @property
    def words(self) -> ReasonWords:
        """The reason as `assignment.text` carries it."""
        return ReasonWords(**self.model_dump(exclude={"key", "n", "level", "decided_at"}))


class TextRow(Row):
    """An item's text, apart from the row because no decision reads it."""

    key: Key
    title: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class Item(State[ItemRow]):
    """An item with its tasks and reasons; `text` is set only when it changed."""

    tasks: tuple[TaskRow, ...] = ()
    reasons: tuple[ReasonRow, ...] = ()
    text: TextRow | None = None

    def updated(self, **columns: Any) -> "Item":
        return replace(self, row=self.row.model_copy(update=columns))

    @property
    def objections(self) -> list[TaskRow]:
        """The running tasks with an objection that nobody has decided yet."""
        settled = self.row.replied_seq
        return [
            task
            for task in self.tasks
            if not task.ended and task.objection_seq > max(task.decided_seq, settled)
        ]

    @property
    def homeless(self) -> list[TaskRow]:
        """The running tasks whose unit was abolished without a successor."""
        return [task for task in self.tasks if not task.ended and task.homeless_since]

    def with_task(self, task: TaskRow, **columns: Any) -> "Item":
        changed = task.model_copy(update=columns)
        tasks = (changed if one.task_id == task.task_id else one for one in self.tasks)
        return replace(self, tasks=tuple(tasks))

    def with_tasks_ended(self, task_id: Id | None = None) -> "Item":
        """End one task, by default all."""
        tasks = (
            task.model_copy(update={"ended": True})
            if not task.ended and task_id in {None, task.task_id}
            else task
            for task in self.tasks
        )
        return replace(self, tasks=tuple(tasks))


def without_notes(item: Item) -> Item:
    """Delete what people wrote from the reasons; the sentences of the rules stay."""
    reasons = tuple(reason.model_copy(update={"note": ""}) for reason in item.reasons)
    return replace(item, reasons=reasons)


def with_duty(item: Item) -> Item:
    """Work out what the owner organ has to do, and since when.

    An item that was dispatched before waits since it was escalated: the limit starts anew there.
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
        since = item.row.escalated_at if item.row.dispatch_no else item.row.accepted_at
    if (duty, since) == (item.row.duty, item.row.duty_since):
        return item
    return item.updated(duty=duty, duty_since=since)

"""What becomes of a task whose unit is abolished: its successor takes it, or a dispatcher says."""

from dataclasses import replace
from typing import Any

from services.router.routing.domain.commands import DecisionContext, Rehome, check_turn
from services.router.routing.domain.dispatching import check_units, confirmed
from services.router.routing.domain.events import Said, Words, add_reason, origin, with_text
from services.router.routing.domain.model import Item, TaskRow
from shared.contracts.envelope import Event
from shared.contracts.router import AssignmentRehomed, DirectoryUnit
from shared.directory.succession import has_ended, living_unit
from shared.errors import Conflict, Invalid
from shared.ids import Id
from shared.text import _


def rehome_ended(item: Item, context: DecisionContext) -> Said:
    """Give every running task of an abolished unit to its successor, with all its limits.

    Where nobody was named the dispatcher has to say; until then the clocks run on.
    """
    emitted: list[Event] = []
    directory, today = context.table.directory, context.table.today
    for task in () if item.row.closed else item.tasks:
        unit = directory.unit(task.unit_id)
        if task.ended or unit is None or not has_ended(unit, today):
            continue
        heir = living_unit(directory, task.unit_id, today)
        if heir is None:
            if task.homeless_since is None:
                item = _with(item, task, homeless_since=context.now)
            continue
        words = _words(unit, directory.unit(heir))
        item, event = _move(item, task, heir, words, unit.actor, context)
        emitted.append(event)
    return with_text(item, emitted, context) if emitted else (item, emitted)


def rehome(item: Item, act: Rehome, context: DecisionContext) -> Said:
    """Let a dispatcher choose who goes on with the task of an abolished unit."""
    check_turn(item, act)
    task = _homeless(item, act)
    check_units(item, [(act.unit, task.role)], context.table)
    words = confirmed(act, act.reason, None)
    item, event = _move(item, task, act.unit, words, act.actor, context)
    return with_text(item, [event], context)


def _homeless(item: Item, act: Rehome) -> TaskRow:
    found = [task for task in item.homeless if act.task_id in {None, task.task_id}]
    if len(found) == 1:
        return found[0]
    if found:
        raise Invalid(
            "which_task",
            _("有几个单位已撤并，不清楚是哪一个的任务。"),
            _("请指明任务（task_id）。"),
        )
    raise Conflict(
        "not_homeless",
        _("承办单位还在，或已经有人接办。"),
        _("请看最新情况。"),
    )


def _move(
    item: Item, task: TaskRow, heir: Id, words: Words, actor: str, context: DecisionContext
) -> tuple[Item, Event]:
    event = AssignmentRehomed(
        **origin(item, actor, context.now),
        task_id=task.task_id,
        from_unit=task.unit_id,
        to_unit=heir,
        reason="unit_abolished",
    )
    item = _with(item, task, unit_id=heir, homeless_since=None)
    return add_reason(item, words), event


def _with(item: Item, task: TaskRow, **columns: Any) -> Item:
    changed = task.model_copy(update=columns)
    tasks = tuple(changed if one.task_id == task.task_id else one for one in item.tasks)
    return replace(item, tasks=tasks)


def _words(unit: DirectoryUnit, heir: DirectoryUnit | None) -> Words:
    to = heir.name if heir else ""
    return Words(
        f"{unit.name}已撤并，由{to}接续办理，期限不变。",
        f"{unit.name} is no more; {to} goes on with the task, every limit as it was.",
        unit.end_reason,
    )

"""Answers a unit that says an item is not its own."""

from dataclasses import replace

from services.router.routing.domain.commands import DecideObjection, DecisionContext, check_turn
from services.router.routing.domain.dispatching import check_units, confirmed, unit_twice
from services.router.routing.domain.events import (
    Giving,
    Said,
    add_reason,
    climb,
    give,
    origin,
    with_text,
)
from services.router.routing.domain.model import Item, TaskRow
from shared.contracts.codes import TaskRole
from shared.contracts.router import ObjectionRefused
from shared.errors import Conflict, Invalid
from shared.ids import Id
from shared.text import _


def decide_objection(item: Item, act: DecideObjection, context: DecisionContext) -> Said:
    """Give the task to another unit, hold the unit to it, or send the item up."""
    check_turn(item, act)
    task = _objected(item, act)
    match act.decision:
        case "refuse":
            item, emitted = _refuse(item, task, act, context)
        case "reassign":
            item, emitted = _reassign(item, task, act, context)
        case "escalate":
            if task.role != "lead":
                raise Conflict(
                    "not_the_lead",
                    _("只有主办单位退办才能整件上报。"),
                    _("请改派这个单位的任务，或驳回退办。"),
                )
            item = _settled(item, task)
            words = confirmed(act, act.reason, None)
            item, emitted = climb(item, "objection", words, act.actor, context)
    return with_text(item, emitted, context)


def _refuse(item: Item, task: TaskRow, act: DecideObjection, context: DecisionContext) -> Said:
    item = _settled(item, task)
    if task.role == "lead":
        item = item.updated(given=item.row.given + 1)
    item = add_reason(item, confirmed(act, act.reason, None))
    event = ObjectionRefused(
        **origin(item, act.actor, context.now),
        task_id=task.task_id,
        reason="unit_is_responsible",
        basis=act.basis,
    )
    return item, [event]


def _reassign(item: Item, task: TaskRow, act: DecideObjection, context: DecisionContext) -> Said:
    """Dispatch anew: the whole item when its lead objected, else only the task concerned."""
    unit = act.unit or task.suggested_unit
    if unit is None:
        raise Invalid(
            "unit_missing",
            _("改派要写明单位。"),
            _("请选择承办单位。"),
        )
    if unit == task.unit_id:
        raise Conflict(
            "same_unit",
            _("改派的单位就是退办的单位。"),
            _("请选择别的单位；该由它办的，请驳回退办。"),
        )
    units: list[tuple[Id, TaskRole]] = [(unit, task.role)]
    others = [other for other in item.tasks if not other.ended and other is not task]
    if task.role == "lead":
        units += [(other.unit_id, other.role) for other in others if other.unit_id != unit]
    elif unit in {other.unit_id for other in others}:
        raise unit_twice()
    check_units(item, units, context.table)
    giving = Giving(
        units,
        context.table.directory.matter(item.row.given_matter),
        item.row.given_complexity,
        "reassigned",
        "person",
        confirmed(act, act.reason, None),
        act.actor,
        act.basis,
        None if task.role == "lead" else task.task_id,
    )
    return give(_settled(item, task), giving, context)


def _objected(item: Item, act: DecideObjection) -> TaskRow:
    found = [t for t in item.objections if act.task_id in {None, t.task_id}]
    if len(found) == 1:
        return found[0]
    if found:
        raise Invalid(
            "which_task",
            _("有几个单位退办，不清楚是哪一个。"),
            _("请指明任务（task_id）。"),
        )
    raise Conflict(
        "no_objection",
        _("没有待审核的退办：可能已经决定，或单位已经答复。"),
        _("请看最新情况。"),
    )


def _settled(item: Item, task: TaskRow) -> Item:
    done = task.model_copy(update={"decided_seq": task.objection_seq})
    return replace(item, tasks=tuple(done if t is task else t for t in item.tasks))

"""The effect of each command, and the conditions under which it is refused."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from services.router.routing.domain.commands import (
    DecideObjection,
    Decision,
    Dispatch,
    DispatchBody,
    Escalate,
    ObjectionBody,
    Rehome,
)
from services.router.routing.domain.context import DecisionContext
from services.router.routing.domain.events import (
    DispatchPlan,
    Emitted,
    ReasonText,
    add_reason,
    dispatch_item,
    escalate_one_level,
    move_task,
    origin,
)
from services.router.routing.domain.model import Item, TaskRow
from services.router.routing.domain.rights import (
    not_found,
    organs_of,
    require_second_person,
)
from services.router.routing.domain.routing_table import (
    Route,
    RoutingTable,
    UnitRole,
    complexity_of,
    rank,
)
from shared.contracts.codes import Level
from shared.contracts.router import Basis, DirectoryMatter, DirectoryUnit, ObjectionRefused
from shared.contracts.topics import ROUTER_ASSIGNMENT, TRACKER_CASE
from shared.directory.snapshot import Directory
from shared.directory.succession import has_ended
from shared.errors import Conflict, Invalid
from shared.ids import Id
from shared.text import Bilingual, _

_BY_PERSON = Bilingual("由交办人员决定。", "Decided by the dispatcher.")
_REASSIGNED = Bilingual("同意退办，改由别的单位办理。", "Objection accepted; reassigned.")
_SENT_UP = Bilingual("同意退办，上报上一级。", "Objection accepted; sent one level up.")
_NOT_GRANTED = Bilingual("不同意退办，由该单位继续办理。", "Objection rejected.")
_TAKEN_OVER = Bilingual("原单位已撤并，由别的单位接办。", "Unit abolished; reassigned.")


def require_decidable(item: Item, command: Decision) -> None:
    """Refuse a person of another organ, an item that is not open, and a decision on an old view."""
    _require_accepted(item)
    if item.row.organ_id not in organs_of(command.by):
        raise not_found()
    if command.body.basis is not None and not _is_current(item, command.body.basis):
        raise Conflict(
            "stale_basis",
            _("您看到的情况已经变化，没有办理，请看最新情况。"),
            _("请刷新后重新决定。"),
        )


def _require_accepted(item: Item) -> None:
    match item.row.intake_state:
        case "accepted":
            return
        case "merged":
            raise Conflict(
                "merged", _("这件已并入另一件，不能单独交办。"), _("请办理并入的那一件。")
            )
        case "" | "submitted":
            raise Conflict("not_accepted", _("这件还没有受理，不能交办。"), _("请先由联络站受理。"))
        case _:
            raise Conflict("ended", _("这件已经办完或不再办理。"), _("不用再交办。"))


def _is_current(item: Item, basis: Basis) -> bool:
    if basis.topic == TRACKER_CASE.name:
        return basis.seq >= item.row.case_seq
    return basis.topic == ROUTER_ASSIGNMENT.name and basis.seq == item.row.seq


def dispatch(item: Item, command: Dispatch, context: DecisionContext) -> Emitted:
    """Assign the item as a person decides; what they leave out comes from the proposal."""
    _require_held(item, command, context)
    body, table = command.body, context.table
    matter = _matter(table.directory, body.matter_code or item.row.matter_code)
    route = table.propose(item.row.division_code, matter)
    units = _chosen_units(body) or _proposed_units(item, route, matter)
    require_assignable(item, units, table)
    _require_reason(item, body, units, route, table.directory)
    followed = route if units[0] == route.units[0] else None
    words = Bilingual(followed.zh, followed.en) if followed else _BY_PERSON
    plan = DispatchPlan(
        units,
        matter,
        body.complexity or complexity_of(matter, item.row.complexity),
        followed.reason if followed else "person",
        followed.rule_id if followed else "person",
        _decided_by(command, body.note, words),
        command.by.code,
        body.basis,
    )
    return dispatch_item(item, plan, context)


def _require_reason(
    item: Item,
    body: DispatchBody,
    units: Sequence[UnitRole],
    route: Route,
    directory: Directory,
) -> None:
    """Ask why a changed matter goes to another unit than the one the table names for it."""
    unit = directory.unit(route.lead)
    is_changed = body.matter_code not in ("", item.row.matter_code)
    is_named = route.lead in {key for key, role in units if role != "co"}
    if is_changed and unit and not is_named and not body.note:
        why = Invalid(
            "reason_needed",
            _("改后的事项按事项表由%(unit)s主办，选的是别的单位，没有交办。", unit=unit.name),
            _("请改选单位，或在这里写明为什么交给别的单位。"),
        )
        raise Invalid.of_fields({"note": why})


def escalate(item: Item, command: Escalate, context: DecisionContext) -> Emitted:
    """Move the item exactly one level up; from county to city it counts in C5."""
    _require_held(item, command, context)
    body = command.body
    why = _decided_by(command, body.reason)
    return escalate_one_level(item, "person", why, command.by.code, context, body.to_level)


def _require_held(item: Item, command: Decision, context: DecisionContext) -> None:
    """Refuse an item the tracker has; whoever dispatches anew decides the open objections too."""
    require_second_person(item.objections, command.person, context.table)
    if not item.row.held:
        raise Conflict(
            "already_dispatched", _("这件已经交办，正在办理。"), _("要改派，请先收回或等单位退办。")
        )


def _chosen_units(body: DispatchBody) -> list[UnitRole]:
    if not body.lead and not body.separate and not body.co:
        return []
    if body.separate and (body.lead or body.co or len(body.separate) < 2):
        raise Invalid(
            "lead_or_separate", _("要么一个主办加会办，要么两个以上分办。"), _("请改正单位的分工。")
        )
    if not body.separate and not body.lead:
        missing = Invalid("lead_missing", _("只有会办，没有主办单位。"), _("请指定主办单位。"))
        raise _at_lead(missing)
    chosen: list[UnitRole] = [(unit, "separate") for unit in body.separate]
    chosen += [(body.lead, "lead")] if body.lead else []
    chosen += [(unit, "co") for unit in body.co]
    if len({unit for unit, _role in chosen}) < len(chosen):
        raise Invalid.of_fields({"separate" if body.separate else "co": _unit_twice()})
    return chosen


def _unit_twice() -> Invalid:
    return Invalid(
        "unit_twice",
        _("这个单位在这件事上已经有任务，每个单位只能有一项。"),
        _("请选择别的单位。"),
    )


def _proposed_units(item: Item, route: Route, matter: DirectoryMatter | None) -> Sequence[UnitRole]:
    if matter is None:
        raise _at_lead(
            Invalid(
                "no_proposal",
                _("没有选主办单位；系统没有把握，没有可以照办的建议。"),
                _("请选择主办单位，或上报上一级。"),
            )
        )
    if rank(item.row.level) > rank(route.level):
        raise _at_lead(
            Invalid(
                "no_proposal",
                _("没有选主办单位；这件已经上报到本级，原来的建议不再适用。"),
                _("请选择主办单位，或上报上一级。"),
            )
        )
    if route.level != item.row.level:
        raise _at_lead(
            Invalid(
                "no_proposal",
                _("没有选主办单位；建议的是上级的单位，本级不能照办。"),
                _("请选择主办单位，或上报上一级。"),
            )
        )
    return route.units


def _at_lead(wrong: Invalid) -> Invalid:
    """No unit was chosen, and no proposal stands in for it: this is said where one is chosen."""
    return Invalid.of_fields({"lead": wrong})


def require_assignable(item: Item, units: Sequence[UnitRole], table: RoutingTable) -> None:
    """Refuse a unit that was abolished, or that the owner organ may not assign items to."""
    directory = table.directory
    owner = directory.organ_by_id(item.row.organ_id) if item.row.organ_id else None
    for key, _role in units:
        unit = directory.unit(key)
        if unit is None or owner is None:
            raise Invalid("unknown_unit", _("没有这个单位。"), _("请从名录里选择单位。"))
        if has_ended(unit, table.today):
            successor = directory.unit(unit.successor_id) if unit.successor_id else None
            raise Conflict(
                "unit_ended",
                _("%(unit)s已经撤并。", unit=unit.name),
                _("请交办给%(unit)s。", unit=successor.name)
                if successor
                else _("请选择别的单位。"),
            )
        if not _is_within(owner.division_code, owner.level, unit, directory):
            raise Conflict(
                "above_level", _("%(unit)s不归本级交办。", unit=unit.name), _("请先逐级上报。")
            )


def _is_within(division: str, level: Level, unit: DirectoryUnit, directory: Directory) -> bool:
    """An organ assigns items to units of its area; only the city also to external ones."""
    if unit.external:
        return level == "city"
    return directory.covers(division, unit.division_code)


def _decided_by(command: Decision, note: str, words: Bilingual = _BY_PERSON) -> ReasonText:
    return ReasonText(words.zh, words.en, note, command.person)


def _matter(directory: Directory, code: str) -> DirectoryMatter | None:
    if not code:
        return None
    matter = directory.matter(code)
    if matter is None:
        raise Invalid(
            "unknown_matter", _("没有这个事项：%(code)s。", code=code), _("请从事项表里选择。")
        )
    return matter


def decide_objection(item: Item, command: DecideObjection, context: DecisionContext) -> Emitted:
    """Reassign the task, hold the unit to it, or escalate the whole item."""
    task = _objected_task(item, command.body.task_id)
    require_second_person([task], command.person, context.table)
    if wrong := wrong_decision(item, task, command.body):
        raise Invalid.of_fields(wrong)
    settled = item.with_task(task, decided_seq=task.objection_seq)
    match command.body.decision:
        case "refuse":
            return _refuse_objection(settled, task, command, context)
        case "reassign":
            plan = _reassignment(item, task, command, context.table)
            return dispatch_item(settled, plan, context)
        case "escalate":
            if task.role != "lead":
                raise Conflict(
                    "not_the_lead",
                    _("只有主办单位退办才能整件上报。"),
                    _("请改派这个单位的任务，或驳回退办。"),
                )
            why = _decided_by(command, command.body.reason, _SENT_UP)
            return escalate_one_level(settled, "objection", why, command.by.code, context)


def wrong_decision(item: Item, task: TaskRow, body: ObjectionBody) -> dict[str, Invalid]:
    """Errors, by field, of the answer to an objection: of the unit that goes with a decision."""
    unit = body.unit or task.suggested_unit
    if body.decision != "reassign":
        return {"unit": _unit_unexpected()} if body.unit else {}
    if unit is None:
        return {"unit": Invalid("unit_missing", _("改派要写明单位。"), _("请选择承办单位。"))}
    if unit == task.unit_id:
        return {"unit": _same_unit()}
    others = {one.unit_id for one in item.tasks if not one.ended and one is not task}
    return {"unit": _unit_twice()} if task.role != "lead" and unit in others else {}


def _unit_unexpected() -> Invalid:
    return Invalid(
        "unit_unexpected",
        _("只有同意并改派，才选改派给哪个单位。"),
        _("请清空改派的单位，或改选决定。"),
    )


def _same_unit() -> Invalid:
    return Invalid(
        "same_unit",
        _("改派的单位就是退办的单位；应由它办理的，请选不同意。"),
        _("请选择别的单位，或改选决定。"),
    )


def _refuse_objection(
    item: Item, task: TaskRow, command: DecideObjection, context: DecisionContext
) -> Emitted:
    if task.role == "lead":
        item = item.updated(handed_over=item.row.handed_over + 1)
    event = ObjectionRefused(
        **origin(item, command.by.code, context.now),
        task_id=task.task_id,
        reason="unit_is_responsible",
        basis=command.body.basis,
    )
    why = _decided_by(command, command.body.reason, _NOT_GRANTED)
    return add_reason(item, why, context.now), [event]


def _reassignment(
    item: Item, task: TaskRow, command: DecideObjection, table: RoutingTable
) -> DispatchPlan:
    """Dispatch anew: the whole item when its lead objected, else only the task concerned.

    `wrong_decision` has seen to it that there is a unit, and not the one that objects.
    """
    unit = command.body.unit or task.suggested_unit or task.unit_id
    units: list[UnitRole] = [(unit, task.role)]
    others = [other for other in item.tasks if not other.ended and other is not task]
    if task.role == "lead":
        units += [(other.unit_id, other.role) for other in others if other.unit_id != unit]
    require_assignable(item, units, table)
    return DispatchPlan(
        units,
        table.directory.matter(item.row.dispatched_matter),
        item.row.dispatched_complexity,
        "reassigned",
        "person",
        _decided_by(command, command.body.reason, _REASSIGNED),
        command.by.code,
        command.body.basis,
        None if task.role == "lead" else task.task_id,
    )


def _objected_task(item: Item, task_id: Id | None) -> TaskRow:
    found = [task for task in item.objections if task_id in {None, task.task_id}]
    if len(found) > 1:
        raise Invalid(
            "which_task", _("有几个单位退办，不清楚是哪一个。"), _("请指明任务（task_id）。")
        )
    if not found:
        raise Conflict(
            "no_objection",
            _("没有待审核的退办：可能已经决定，或单位已经答复。"),
            _("请看最新情况。"),
        )
    return found[0]


def rehome(item: Item, command: Rehome, context: DecisionContext) -> Emitted:
    """Move the task of an abolished unit to the one the dispatcher chose."""
    unit, task = command.body.unit, _homeless_task(item, command.body.task_id)
    require_assignable(item, [(unit, task.role)], context.table)
    why = _decided_by(command, command.body.reason, _TAKEN_OVER)
    return move_task(item, task, unit, why, command.by.code, context)


def _homeless_task(item: Item, task_id: Id | None) -> TaskRow:
    found = [task for task in item.homeless if task_id in {None, task.task_id}]
    if len(found) > 1:
        raise Invalid(
            "which_task",
            _("有几个单位已撤并，不清楚是哪一个的任务。"),
            _("请指明任务（task_id）。"),
        )
    if not found:
        raise Conflict("not_homeless", _("承办单位还在，或已经有人接办。"), _("请看最新情况。"))
    return found[0]


EFFECTS: Mapping[type[Decision], Callable[[Item, Any, DecisionContext], Emitted]] = {
    Dispatch: dispatch,
    Escalate: escalate,
    DecideObjection: decide_objection,
    Rehome: rehome,
}

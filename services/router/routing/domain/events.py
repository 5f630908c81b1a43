"""The events the router emits, each with the change of the item that goes with it."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, Literal

from services.router.routing.domain.context import DecisionContext
from services.router.routing.domain.model import Item, ReasonRow, TaskRow
from services.router.routing.domain.routing_table import LadderStep, RoutingTable, UnitRole, rank
from shared.calendar import Limit
from shared.contracts import router as published
from shared.contracts.codes import ClockKind, Complexity, HandlingProfile, Level, TaskRole
from shared.contracts.envelope import Event
from shared.directory.snapshot import Directory
from shared.errors import Conflict, Invalid
from shared.ids import Id, derived_id
from shared.settings import Limits
from shared.text import Bilingual, _

Emitted = tuple[Item, list[Event]]


@dataclass(frozen=True, slots=True)
class ReasonText:
    """Why something was decided, in both languages, and what the person `by` added."""

    zh: str
    en: str
    note: str = ""
    by: Id | None = None


@dataclass(frozen=True, slots=True)
class DispatchPlan:
    """A dispatch as it was decided; `replaces` is the only task it ends, by default all end."""

    units: Sequence[UnitRole]
    matter: published.DirectoryMatter | None
    complexity: Complexity
    reason: str
    rule_id: str
    why: ReasonText
    actor: str
    basis: published.Basis | None = None
    replaces: Id | None = None
    automatic: bool = False


def announce_match(item: Item, context: DecisionContext) -> Emitted:
    """Emit the suggested matter and its level if they changed; a dispatch ends the suggestions.

    A place without any organ or unit has no level yet: nothing is suggested there.
    """
    row, table = item.row, context.table
    if row.dispatch_no or not (row.division_code and row.confidence):
        return item, []
    matter = table.directory.matter(row.matter_code) if row.matter_code else None
    found: tuple[str, Level | Literal[""]] = "", ""
    if matter is not None:
        with suppress(Invalid):
            found = matter.code, table.propose(row.division_code, matter).level
    if found == (row.announced_matter, row.announced_level):
        return item, []
    code, level = found
    event = published.ItemMatched(
        **origin(item, "router", context.now), matter_code=code or None, level=level or None
    )
    return item.updated(announced_matter=code, announced_level=level), [event]


def limits_of(
    matter: published.DirectoryMatter | None,
    profile: HandlingProfile,
    complexity: Complexity,
    limits: Limits,
) -> tuple[published.ClockLimit, ...]:
    """Return the limit of each clock of a dispatch; an urgent matter has its own reply limit."""
    is_legal = profile == "legal_suggestion"
    reply = limits.legal_reply if is_legal else limits.reply[complexity]
    if matter is not None and matter.urgent:
        reply = Limit(n=matter.limit_wd, kind="wd")
    return _of_clocks(
        ("sign", limits.sign),
        ("object", limits.legal_object if is_legal else limits.object),
        ("reply", reply),
        ("rating", limits.rating),
    )


@cache
def _of_clocks(*limits: tuple[ClockKind, Limit]) -> tuple[published.ClockLimit, ...]:
    return tuple(published.ClockLimit(clock=clock, limit=limit) for clock, limit in limits)


def level_above(item: Item, table: RoutingTable) -> LadderStep | None:
    """Find the organ the item may be escalated to; None at the city."""
    own = item.row.level
    steps = table.ladder(item.row.division_code) if own else []
    return next((s for s in steps if own and rank(own) < rank(s.level) <= rank("city")), None)


def escalate_one_level(
    item: Item,
    reason: str,
    why: ReasonText,
    actor: str,
    context: DecisionContext,
    expected: Level | None = None,
) -> Emitted:
    """Raises Conflict at the city, or where another level was expected."""
    row, up = item.row, level_above(item, context.table)
    if up is None:
        raise Conflict(
            "highest_level",
            _("已到市级；属省级事权的，请交办给省级单位（上报）。"),
            _("请在交办时选择省级单位。"),
        )
    if expected is not None and expected != up.level:
        level = Bilingual(*context.table.directory.level_names(up.level))
        raise Conflict(
            "level_skipped", _("只能逐级上报，没有办理。"), _("请上报%(level)s。", level=level)
        )
    event = published.ItemEscalated.model_validate(
        origin(item, actor, context.now)
        | {"from_level": row.level, "to_level": up.level, "organ_id": up.organ_id}
        | {"reason": reason}
    )
    item = add_reason(item.with_tasks_ended(), why, context.now)
    return item.updated(level=up.level, organ_id=up.organ_id, escalated_at=context.now), [event]


def dispatch_item(item: Item, plan: DispatchPlan, context: DecisionContext) -> Emitted:
    """Assign the tasks; the item goes to the tracker, unless it is there and stays there."""
    row, directory = item.row, context.table.directory
    number = row.dispatch_no + 1
    tasks = [_task(item.row.key, number, unit, role, directory) for unit, role in plan.units]
    matter = plan.matter.code if plan.matter else "other_unclear"
    event = published.ItemDispatched.model_validate(
        origin(item, plan.actor, context.now)
        | {
            "dispatch_no": number,
            "tasks": [_task_given(task) for task in tasks],
            "limits": limits_of(plan.matter, row.profile, plan.complexity, context.settings.limits),
            "profile": row.profile,
            "complexity": plan.complexity,
            "dispatcher_organ": row.organ_id,
            "owner_level": row.level,
            "matter_code": matter,
            "reason": plan.reason,
            "rule_id": plan.rule_id,
            "automatic": plan.automatic,
            "replaces": plan.replaces,
            "basis": plan.basis,
        }
    )
    item = item.with_tasks_ended(plan.replaces)
    item = replace(item, tasks=(*item.tasks, *tasks)).updated(
        dispatch_no=number,
        handed_over=row.handed_over + (plan.replaces is None),
        dispatched_matter=matter,
        dispatched_complexity=plan.complexity,
    )
    return add_reason(item, plan.why, context.now), [event]


def _task(key: Id, number: int, unit: Id, role: TaskRole, directory: Directory) -> TaskRow:
    entry = directory.unit(unit)
    return TaskRow(
        task_id=derived_id(key, str(number), unit.hex()),
        key=key,
        unit_id=unit,
        role=role,
        dispatch_no=number,
        external=entry is not None and entry.external,
    )


def _task_given(task: TaskRow) -> published.TaskGiven:
    return published.TaskGiven(
        task_id=task.task_id, unit_id=task.unit_id, role=task.role, external=task.external
    )


def move_task(
    item: Item, task: TaskRow, to_unit: Id, why: ReasonText, actor: str, context: DecisionContext
) -> Emitted:
    """Move a task from an abolished unit to another, with all its limits."""
    event = published.AssignmentRehomed(
        **origin(item, actor, context.now),
        task_id=task.task_id,
        from_unit=task.unit_id,
        to_unit=to_unit,
        reason="unit_abolished",
    )
    item = item.with_task(task, unit_id=to_unit, homeless_since=None)
    return add_reason(item, why, context.now), [event]


def add_reason(item: Item, why: ReasonText, now: datetime) -> Item:
    """Record the reason of the owning organ's decision."""
    row = ReasonRow(
        key=item.row.key,
        n=len(item.reasons) + 1,
        dispatch_no=item.row.dispatch_no,
        zh=why.zh,
        en=why.en,
        note=why.note,
        confirmed_by=why.by,
        level=item.row.level,
        decided_at=now,
    )
    return replace(item, reasons=(*item.reasons, row))


def reasons_text(item: Item, actor: str, now: datetime) -> published.AssignmentText:
    reasons = tuple(reason.words for reason in item.reasons)
    return published.AssignmentText(**origin(item, actor, now), reasons=reasons)


def origin(item: Item, actor: str, now: datetime) -> dict[str, Any]:
    return {"occurred_at": now, "division_code": item.row.division_code, "actor": actor}

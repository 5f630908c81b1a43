"""Writes what the router decided as events, and what they leave behind in the item's row."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from services.router.routing.domain.commands import DecisionContext
from services.router.routing.domain.model import Item, ReasonRow, TaskRow
from services.router.routing.domain.routing_table import rank
from services.router.settings import RouterSettings
from shared.calendar import Limit
from shared.contracts.codes import ClockKind, Complexity, Level, TaskRole
from shared.contracts.envelope import Event
from shared.contracts.router import (
    AssignmentText,
    Basis,
    ClockLimit,
    DirectoryMatter,
    ItemDispatched,
    ItemEscalated,
    TaskGiven,
)
from shared.directory.snapshot import Directory
from shared.errors import Conflict
from shared.ids import Id, derived_id
from shared.text import Bilingual, _

Said = tuple[Item, list[Event]]


@dataclass(frozen=True, slots=True)
class Words:
    """Why something was decided, for the page."""

    zh: str
    en: str
    note: str = ""
    by: Id | None = None


@dataclass(frozen=True, slots=True)
class Giving:
    """One dispatch as it was decided: to whom, as what, why."""

    units: Sequence[tuple[Id, TaskRole]]
    matter: DirectoryMatter | None
    complexity: Complexity
    reason: str
    rule_id: str
    words: Words
    actor: str
    basis: Basis | None = None
    replaces: Id | None = None


def complexity_of(matter: DirectoryMatter | None, otherwise: Complexity) -> Complexity:
    """Read the complexity out of the matter's usual limit (5 question, 15 normal, 30 complex)."""
    if matter is None or matter.urgent:
        return otherwise
    if matter.limit_wd <= 5:
        return "policy_question"
    return "complex" if matter.limit_wd >= 30 else "normal"


def limits_of(
    matter: DirectoryMatter | None, complexity: Complexity, settings: RouterSettings
) -> tuple[ClockLimit, ...]:
    """Fix how long each clock of a dispatch runs; an urgent matter brings its own reply limit."""
    reply = {
        "policy_question": settings.policy_question_days,
        "normal": settings.normal_days,
        "complex": settings.complex_days,
    }[complexity]
    if matter is not None and matter.urgent:
        reply = matter.limit_wd
    return _in_working_days(
        ("sign", settings.sign_days),
        ("object", settings.object_days),
        ("reply", reply),
        ("rating", settings.rating_days),
    )


@cache
def _in_working_days(*days: tuple[ClockKind, int]) -> tuple[ClockLimit, ...]:
    return tuple(ClockLimit(clock=clock, limit=Limit(n=n, kind="wd")) for clock, n in days)


def climb(
    item: Item,
    reason: str,
    words: Words,
    actor: str,
    context: DecisionContext,
    expected: Level | None = None,
) -> Said:
    """Go up exactly one level; raises Conflict at the city, or where another level was expected."""
    row = item.row
    steps = context.table.ladder(row.division_code)
    above = [s for s in steps if row.level and rank(row.level) < rank(s.level) <= rank("city")]
    if not above:
        raise Conflict(
            "highest_level",
            _("已到市级；属省级事权的，请交办给省级单位（上报）。"),
            _("请在交办时选择省级单位。"),
        )
    up = above[0]
    if expected is not None and expected != up.level:
        level = Bilingual(*context.table.directory.level_names(up.level))
        raise Conflict(
            "level_skipped",
            _("只能逐级上报，没有办理。"),
            _("请上报%(level)s。", level=level),
        )
    event = ItemEscalated.model_validate(
        origin(item, actor, context.now)
        | {"from_level": row.level, "to_level": up.level, "organ_id": up.organ_id}
        | {"reason": reason}
    )
    item = item.ending().updated(level=up.level, organ_id=up.organ_id, climbed_at=context.now)
    return add_reason(item, words), [event]


def give(item: Item, giving: Giving, context: DecisionContext, automatic: bool = False) -> Said:
    """Say the dispatch; the baton goes to the tracker unless it holds it and keeps it."""
    row, directory = item.row, context.table.directory
    number = row.dispatch_no + 1
    tasks = [_task(item.row.key, number, unit, role, directory) for unit, role in giving.units]
    matter = giving.matter.code if giving.matter else "other_unclear"
    event = ItemDispatched.model_validate(
        origin(item, giving.actor, context.now)
        | {
            "dispatch_no": number,
            "tasks": [_given(task) for task in tasks],
            "limits": limits_of(giving.matter, giving.complexity, context.settings),
            "profile": row.profile,
            "complexity": giving.complexity,
            "dispatcher_organ": row.organ_id,
            "owner_level": row.level,
            "matter_code": matter,
            "reason": giving.reason,
            "rule_id": giving.rule_id,
            "automatic": automatic,
            "replaces": giving.replaces,
            "basis": giving.basis,
        }
    )
    standing = item.ending(giving.replaces)
    item = replace(standing, tasks=(*standing.tasks, *tasks)).updated(
        dispatch_no=number,
        given=row.given + (giving.replaces is None),
        given_matter=matter,
        given_complexity=giving.complexity,
    )
    return add_reason(item, giving.words), [event]


def _task(key: Id, number: int, unit: Id, role: TaskRole, directory: Directory) -> TaskRow:
    known = directory.unit(unit)
    return TaskRow(
        task_id=derived_id(key, str(number), unit.hex()),
        key=key,
        unit_id=unit,
        role=role,
        dispatch_no=number,
        external=known is not None and known.external,
    )


def _given(task: TaskRow) -> TaskGiven:
    return TaskGiven(
        task_id=task.task_id, unit_id=task.unit_id, role=task.role, external=task.external
    )


def add_reason(item: Item, words: Words) -> Item:
    """Write down why, as the next reason of the item."""
    row = ReasonRow(
        key=item.row.key,
        n=len(item.reasons) + 1,
        dispatch_no=item.row.dispatch_no,
        zh=words.zh,
        en=words.en,
        note=words.note,
        confirmed_by=words.by,
    )
    return replace(item, reasons=(*item.reasons, row))


def with_text(item: Item, emitted: list[Event], context: DecisionContext) -> Said:
    """Say the words of all reasons after the facts."""
    text = AssignmentText(
        **origin(item, emitted[-1].actor, context.now), reasons=tuple(r.words for r in item.reasons)
    )
    return item, [*emitted, text]


def origin(item: Item, actor: str, now: datetime) -> dict[str, Any]:
    """Give the fields every event of an item shares."""
    return {"occurred_at": now, "division_code": item.row.division_code, "actor": actor}

"""Which duties run in a case, derived from its columns, and who owes them."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from services.tracker.domain.context import DecisionContext
from services.tracker.domain.model import (
    Case,
    CaseRow,
    ClockId,
    ClockRow,
    LimitKind,
    TaskRow,
    answering,
    furthest_behind,
)
from shared.calendar import Limit, local_day
from shared.contracts.codes import ClockKind
from shared.contracts.intake import ItemReturned
from shared.ids import Id


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty of `debtor`, due at a limit counted from `started_at` or on a promised day."""

    kind: ClockKind
    task_id: Id
    round: int
    debtor: str
    started_at: datetime
    limit: Limit
    promised_on: date | None = None
    pauses: tuple[tuple[date, date], ...] = ()
    paused: bool = False

    @property
    def id(self) -> ClockId:
        return self.kind, self.task_id, self.round


@cache
def _limit(n: int, kind: LimitKind) -> Limit:
    return Limit(n=n, kind=kind)


def organ(key: Id | None) -> str:
    return f"organ:{key.hex()}" if key else "organ:unknown"


def supervisor(key: Id | None) -> str:
    """Debtor of a decision on supervision, which more people of an organ may take than dispatch."""
    return f"supervisor:{key.hex()}" if key else "supervisor:unknown"


def station(key: Id | None) -> str:
    return f"station:{key.hex()}" if key else "station:unknown"


def station_staff(key: Id | None) -> str:
    """Debtor of what anybody at a station may do, not only its head."""
    return f"staff:{key.hex()}" if key else "staff:unknown"


def unit(key: Id) -> str:
    """Debtor of what the clerk of a unit has to do."""
    return f"unit:{key.hex()}"


def unit_head(key: Id) -> str:
    """Debtor of what only the head of a unit can do: send a drafted reply, fulfil a promise."""
    return f"head:{key.hex()}"


def objector(key: Id) -> str:
    """Debtor of the reply of a unit that objects: until the decision it has nothing to do."""
    return f"objector:{key.hex()}"


def proposer(unit_id: Id) -> str:
    """The proposer as debtor of a rating, by which the unit finds what it waits for."""
    return f"proposer:{unit_id.hex()}"


def duties(case: Case, context: DecisionContext) -> Iterator[Duty]:
    """Everything owed in this case now."""
    row = case.row
    if row.phase == "closed" or row.solved_on_spot:
        return
    if row.dispatch_no == 0:
        yield from _before_dispatch(row, context)
        return
    if row.key_candidate == "open" and row.key_candidate_at is not None:
        limit = context.limits.decide_supervision
        yield Duty(
            "decide_supervision",
            row.key,
            1,
            supervisor(row.dispatcher_organ),
            row.key_candidate_at,
            limit,
        )
    undecided = False
    for task in case.tasks.values():
        if task.ended_at is None:
            undecided = undecided or task.objection == "open"
            yield from _of_task(row, task, context)
    if not (row.is_held or undecided):
        started = row.escalated_at or row.dispatched_at
        if started is not None:
            yield _dispatch(row, started, context)
    yield from _of_reply(case, context)


def _before_dispatch(row: CaseRow, context: DecisionContext) -> Iterator[Duty]:
    if row.intake_state in ("submitted", "supplement") and row.received_at is not None:
        yield Duty(
            "accept",
            row.key,
            1,
            station(row.station_id),
            row.received_at,
            context.limits.accept,
            pauses=row.pauses,
            paused=row.intake_state == "supplement",
        )
        if row.intake_state == "supplement" and row.paused_at is not None:
            yield _resubmit(row, row.paused_at, context)
    elif row.intake_state == "accepted" and row.passed_on_at is not None:
        yield _dispatch(row, row.passed_on_at, context)


def _resubmit(row: CaseRow, returned_at: datetime, context: DecisionContext) -> Duty:
    returns = sum(step.type == ItemReturned.type for step in row.station_steps)
    limit = context.limits.resubmit
    return Duty("resubmit", row.key, returns, station_staff(row.station_id), returned_at, limit)


def _dispatch(row: CaseRow, started_at: datetime, context: DecisionContext) -> Duty:
    holder = organ(row.organ_id or context.organ_of(row.division))
    limit = context.limits.dispatch
    return Duty("dispatch", row.key, row.dispatch_no + 1, holder, started_at, limit)


def _of_task(row: CaseRow, task: TaskRow, context: DecisionContext) -> Iterator[Duty]:
    if task.external:
        return
    debtor = unit(task.unit_id)
    owes = row.phase in ("handling", "rework") and _owes_answer(row, task)
    if owes and task.signed_at is None and not task.objection:
        limit = _limit(task.sign_n, task.sign_kind)
        yield Duty("sign", task.task_id, 1, debtor, task.given_at, limit)
    if task.objection == "open" and task.objected_at is not None:
        yield Duty(
            "decide_objection",
            task.task_id,
            task.objected_round,
            organ(row.dispatcher_organ),
            task.objected_at,
            context.limits.decide_objection,
        )
    if owes:
        yield _reply(row, task, context)


def _owes_answer(row: CaseRow, task: TaskRow) -> bool:
    if task.answers:
        return task.replied_round < row.round
    return task.opinion_at is None and row.round == 1


def _reply(row: CaseRow, task: TaskRow, context: DecisionContext) -> Duty:
    debtor = (unit_head if task.drafted_round == row.round else unit)(task.unit_id)
    if task.objection == "open":
        debtor = objector(task.unit_id)
    started, limit = task.given_at, _limit(task.reply_n, task.reply_kind)
    if row.rework_at is not None and row.rework_at > task.given_at:
        started, limits = row.rework_at, context.limits
        is_legal = row.profile == "legal_suggestion"
        limit = limits.legal_rework if is_legal else limits.rework[row.complexity]
    return Duty("reply", task.task_id, row.round, debtor, started, limit)


def _of_reply(case: Case, context: DecisionContext) -> Iterator[Duty]:
    row = case.row
    if row.replied_at is None or row.phase not in ("replied", "tracking"):
        return
    lead = lead_unit(case)
    if row.phase == "replied":
        debtor, limit = proposer(lead), context.limits.rating
        yield Duty("rating", row.key, row.reply_no, debtor, row.replied_at, limit)
    elif row.promised_on is not None:
        days = max(1, (row.promised_on - local_day(row.replied_at)).days)
        limit = Limit(n=days, kind="days")
        yield Duty(
            "promise",
            row.key,
            row.reply_no,
            unit_head(furthest_behind(case).unit_id),
            row.replied_at,
            limit,
            promised_on=row.promised_on,
        )


def lead_unit(case: Case) -> Id:
    """The unit that answers; of several separate ones the first by task."""
    tasks = answering(case)
    return min(tasks, key=lambda task: task.task_id).unit_id if tasks else bytes(16)


def foremost(case: Case, own: Collection[str], awaited: Collection[str]) -> ClockRow | None:
    """The clock that speaks for a case: the next due of `own`, then of `awaited`, then of all.

    While an objection is decided, the decision speaks for what the unit owes.
    """
    clocks = case.clocks.values()
    decisions = {one.task_id: one for one in clocks if one.kind == "decide_objection"}

    def place(one: ClockRow) -> tuple[Any, ...]:
        speaks = decisions.get(one.task_id, one)
        return one.debtor not in own, one.debtor not in awaited, *_due(case, speaks)

    clock = min(clocks, key=place, default=None)
    return decisions.get(clock.task_id, clock) if clock else None


def first_due(case: Case, clocks: Iterable[ClockRow]) -> ClockRow | None:
    """The clock that is due first, whoever owes it; a paused one only if there is no other."""
    return min(clocks, key=lambda one: _due(case, one), default=None)


def _due(case: Case, clock: ClockRow) -> tuple[Any, ...]:
    """The place of a clock among those of its case; of those due at once the lead's is first."""
    task = case.tasks.get(clock.task_id)
    return clock.paused, clock.due_at, task is not None and not task.answers, clock.task_id


def not_dispatchers(row: CaseRow, clocks: Iterable[ClockRow]) -> list[ClockRow]:
    """The clocks that the dispatcher waits for."""
    own = {organ(row.dispatcher_organ), supervisor(row.dispatcher_organ)}
    return [clock for clock in clocks if clock.debtor not in own]

"""View model of a case's timeline: what happened, where it stands, what is to come."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from services.tracker.console import labels
from services.tracker.console.worklist import lead_of, number_of
from services.tracker.domain.context import DecisionContext, last_day
from services.tracker.domain.model import (
    OVER,
    Case,
    ClockRow,
    StationStep,
    TaskRow,
    TimelineEntryRow,
    answering,
    case_state,
)
from shared.calendar import start_of_day
from shared.calendar.days import DAY
from shared.contracts.codes import ClockKind
from shared.contracts.intake import ItemMerged, ItemSupplemented, ReopenRequested
from shared.contracts.tracker import TaskResumed
from shared.directory.succession import Named, label_at
from shared.ids import Id, from_text
from shared.text import Sentence, Text, _, n_
from shared.web import components as ui

_ADD_WORDS = frozenset({ItemSupplemented.type, ReopenRequested.type})
SKIPPED = frozenset({"deadline.breached", "case.handed_back", "case.urged:sign"})
"""Entries left out because the next one has more detail."""

NO_DAY = datetime.max.replace(tzinfo=UTC)
"""The place of a step ahead whose day is not fixed yet."""

BY_PROPOSER = frozenset({"case.rated", "case.rating_refused", "case.closed"})
"""Results of a proposer's own rating: in a confidential case their actor is not named."""


def timeline(
    case: Case,
    entries: Sequence[TimelineEntryRow],
    view: labels.ViewContext,
    merged: Case | None = None,
) -> list[ui.TimelineStep]:
    """Past steps by time, then for a case that is not over the present state and those to come."""
    shown = [one for one in entries if not {one.type, f"{one.type}:{one.detail}"} & SKIPPED]
    steps = [
        *_before(case, view, merged),
        *((one.happened_at, _entry(one, case, view)) for one in shown),
    ]
    done = [step for _at, step in sorted(steps, key=lambda one: one[0])]
    if case_state(case) in OVER:
        return done
    now = ui.TimelineStep(
        "now", labels.STATES[case_state(case)], _("今天"), _whose_turn(case, view)
    )
    return [*done, now, *_to_come(case, view.context)]


def _whose_turn(case: Case, view: labels.ViewContext) -> Text:
    """The station, the dispatcher or the proposer while the next step is theirs, else the unit."""
    directory, now = view.directory, view.context.now
    if case.row.phase == "replied":
        return _("提出人")
    for clock in case.clocks.values():
        kind, _colon, key = clock.debtor.partition(":")
        if clock.kind in ("accept", "dispatch", "decide_objection") and key != "unknown":
            entry = bytes.fromhex(key)
            found = directory.station(entry) if kind == "station" else directory.organ_by_id(entry)
            return _called(found, now, "–")
    return lead_of(case, view, None)


def _before(
    case: Case, view: labels.ViewContext, merged: Case | None
) -> Iterator[tuple[datetime, ui.TimelineStep]]:
    row = case.row
    station = view.directory.station(row.station_id) if row.station_id else None
    where = station or view.directory.division(row.division)
    for what, at, link in (
        (_("提出人提出"), row.submitted_at, ui.Link(_("原文"), "#text")),
        (_("受理，编号%(number)s", number=row.number), row.accepted_at, None),
        (_("内容按规定删除"), row.erased_at, None),
    ):
        if at:
            yield at, _done(what, at, _called(where, at, row.division), link)
    for one in row.station_steps:
        into = merged if one is row.station_steps[-1] else None
        link = ui.Link(_("原文"), "#text") if one.type in _ADD_WORDS else None
        by = _called(where, one.at, row.division)
        yield one.at, _done(_station_step(one, into), one.at, by, link)
    for task in case.tasks.values():
        if task.objection == "granted" and task.decided_at:
            yield task.decided_at, _granted(task, task.decided_at, view)
    for step in row.escalations:
        to_organ = _organ(step.to_organ, step.at, view)
        what = _("上报%(organ)s", organ=to_organ) if to_organ else _("上报上一级")
        yield step.at, _done(what, step.at, _organ(step.by_organ, step.at, view))
    for number in sorted({task.dispatch_no for task in case.tasks.values()}):
        tasks = [task for task in case.tasks.values() if task.dispatch_no == number]
        yield tasks[0].given_at, _dispatch(tasks, view)


def _granted(task: TaskRow, at: datetime, view: labels.ViewContext) -> ui.TimelineStep:
    """An objection that was accepted; what the dispatcher did instead follows it."""
    what = _("同意退办，不再由%(unit)s办理", unit=_unit(task, at, view))
    return _done(what, at, _organ(task.organ_id, at, view))


def _station_step(step: StationStep, merged: Case | None) -> Text:
    """A step of the station with its reason; of a merge that stands, into which case."""
    what: Text = labels.STATION_STEPS[step.type]
    detail: Text = labels.STATION_REASONS.get(step.reason, "")
    if merged and step.type == ItemMerged.type:
        detail = _("已并入%(number)s", number=number_of(merged))
    return _("%(what)s：%(detail)s", what=what, detail=detail) if detail else what


def _called(entry: Named | None, at: datetime, unknown: str = "") -> Text:
    return label_at(entry, at) if entry else unknown


def _organ(key: Id | None, at: datetime, view: labels.ViewContext) -> Text:
    return _called(view.directory.organ_by_id(key), at) if key else ""


def _unit(task: TaskRow, at: datetime, view: labels.ViewContext) -> Text:
    return view.unit_at(task.unit_id, at)


def _dispatch(tasks: Sequence[TaskRow], view: labels.ViewContext) -> ui.TimelineStep:
    at = tasks[0].given_at
    lead, co = (
        tuple(_unit(task, at, view) for task in tasks if (task.role == "co") is is_co)
        for is_co in (False, True)
    )
    words = _("交办：主办%(lead)s", lead=lead)
    if co:
        words = _("交办：主办%(lead)s，会办%(co)s", lead=lead, co=co)
    elif len(tasks) > 1:
        words = _("交办：%(lead)s分别办理", lead=lead)
    return _done(words, at, _organ(tasks[0].organ_id, at, view))


def _done(what: Text, at: datetime, who: Text = "", link: ui.Link | None = None) -> ui.TimelineStep:
    return ui.TimelineStep("done", what, Sentence("%(at)s", {"at": at}), who, link)


def _entry(entry: TimelineEntryRow, case: Case, view: labels.ViewContext) -> ui.TimelineStep:
    what: Text = labels.TIMELINE.get(entry.type, entry.type)
    if entry.type == "task.signed" and entry.actor == "tracker":
        what = labels.BY_SILENCE
    task = case.tasks.get(entry.task_id) if entry.task_id else None
    of = "opinion" if labels.is_opinion(entry.detail, task) else entry.detail
    if detail := labels.DETAILS.get(f"{entry.type}:{of}"):
        what = _("%(what)s：%(detail)s", what=what, detail=detail)
    if entry.type == TaskResumed.type and entry.task_id:
        unit = _unit(case.tasks[entry.task_id], entry.happened_at, view)
        what = _("不同意退办，由%(unit)s继续办理", unit=unit)
    has_text = entry.type != "case.rated" or entry.detail.endswith("dissatisfied")
    link = labels.DOCUMENTS.get(entry.type) if has_text else None
    return _done(what, entry.happened_at, _actor(entry, case, view), link)


def _actor(entry: TimelineEntryRow, case: Case, view: labels.ViewContext) -> Text:
    task = case.tasks.get(entry.task_id) if entry.task_id else None
    at = entry.happened_at
    unit = _unit(task, at, view) if task else ""
    if task and entry.type == TaskResumed.type:
        unit = _organ(task.organ_id, at, view)
    if case.row.confidential and entry.type in BY_PROPOSER:
        return _("提出人")
    try:
        person = view.directory.person(from_text(entry.actor))
    except ValueError:
        if entry.actor != "tracker":
            return _("提出人")
        return _("系统，对%(unit)s", unit=unit) if unit else _("系统")
    if unit and person:
        return Sentence("%(unit)s %(person)s", {"unit": unit, "person": label_at(person, at)})
    return unit or _called(person, at) or _("提出人")


def _to_come(case: Case, context: DecisionContext) -> list[ui.TimelineStep]:
    """The steps ahead by their day, those without one last; a promise is answered once more."""
    row, head, proposer, now = case.row, _("承办单位负责人"), _("提出人"), context.now
    answers, rating = {task.task_id for task in answering(case)}, _("答复后")
    if context.limits.rating.kind == "wd":
        rating = n_("答复后%(num)s个工作日内", context.limits.rating.n)
    steps = list[tuple[datetime, ui.TimelineStep]]()
    if row.phase in ("handling", "rework"):
        replies = [one for one in _running(case, "reply") if one.task_id in answers]
        steps.append(_step(_("答复，由负责人签发"), head, replies, now, _("交办后")))
    if row.phase != "tracking":
        steps.append(_step(_("提出人评价"), proposer, _running(case, "rating"), now, rating))
    if row.promised_on is not None and row.phase in ("replied", "tracking"):
        by_then = _("%(day)s前", day=row.promised_on)
        promises = _running(case, "promise")
        _due, kept = _step(_("核对兑现，由负责人签发"), head, promises, now, by_then)
        steps.append((start_of_day(row.promised_on + DAY), kept))
        steps.append(_step(_("提出人评价"), proposer, (), now, rating))
    steps.sort(key=lambda one: one[0])
    last = ui.TimelineStep("todo", _("办结；评价不满意则重新办理"), _("评价后"), _("系统"))
    return [*(step for _due, step in steps), last]


def _running(case: Case, kind: ClockKind) -> list[ClockRow]:
    return [clock for clock in case.clocks.values() if clock.kind == kind]


def _step(
    what: Text, who: Text, clocks: Sequence[ClockRow], now: datetime, otherwise: Text
) -> tuple[datetime, ui.TimelineStep]:
    """A step ahead, until the first of its clocks ends; `otherwise` while none is running."""
    clock = min(clocks, key=lambda one: one.due_at, default=None)
    if clock is None:
        return NO_DAY, ui.TimelineStep("todo", what, otherwise, who)
    when = _("%(day)s前", day=last_day(clock.due_at))
    if clock.due_at <= now:
        when = _("应在%(day)s前，已超期", day=last_day(clock.due_at))
    return clock.due_at, ui.TimelineStep("todo", what, when, who, provisional=clock.provisional)

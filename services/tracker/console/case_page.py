"""View models of a case's page: facts, timeline, how its deadline is counted, open acts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from services.tracker.actions import SUPERVISION, TASK_ACTS, CaseDetails
from services.tracker.console import labels
from services.tracker.console.action_forms import basis_of, label_of
from services.tracker.console.worklist import (
    case_href,
    clock_light,
    lead_of,
    not_theirs,
    number_of,
    result_of,
)
from services.tracker.domain.context import last_day
from services.tracker.domain.duties import first_due
from services.tracker.domain.effects import check_task
from services.tracker.domain.mirrors import TextRow
from services.tracker.domain.model import (
    OVER,
    Case,
    ClockRow,
    TaskRow,
    answering,
    case_state,
    open_tasks,
)
from services.tracker.domain.refusals import lacks_leader
from services.tracker.domain.rights import place_of, units_of
from shared.calendar import DayCell, Limit, count_days, local_day
from shared.calendar.days import DAY
from shared.contracts.codes import ClockKind, Role
from shared.contracts.intake import MemberWords, ReopenRequested
from shared.contracts.router import ReasonWords
from shared.contracts.tracker import ReplyWords
from shared.directory.succession import label_at
from shared.errors import Refused, UnderRepair
from shared.ids import from_text, to_text
from shared.rights import may
from shared.rights.authorizing import WHO_MAY
from shared.text import Bilingual, Sentence, Text, _, n_
from shared.web import components as ui
from shared.web import links
from shared.web.act_spec import ActSpec
from shared.web.actor import Actor
from shared.web.labels import COMPLEXITIES

EXPLAINED_DAYS, SHORT = 92, 36


def facts(
    details: CaseDetails, clock: ClockRow | None, view: labels.ViewContext
) -> Sequence[ui.Fact]:
    """The facts that are always visible; the light is that of `clock`."""
    case, texts = details.case, details.texts
    row, co = case.row, labels.co_handlers(case, view)
    letter, outcome = result_of(case, view)
    matter = view.directory.matter(row.matter_code) if row.matter_code else None
    name: Text = Bilingual(matter.name_zh, matter.name_en) if matter else ""
    promise: Text = _("承诺：无")
    if row.promised_on:
        promise = _("承诺：%(day)s前兑现", day=row.promised_on)
    return (
        ui.Fact(_("内容"), _short(texts.body), name),
        ui.Fact(
            _("承办单位"),
            lead_of(case, view, details.merged),
            _("会办：%(units)s", units=co) if co else "",
        ),
        _people(case, view),
        *_deadlines(case, clock, view),
        _progress(case, view),
        *_leader(case, view),
        ui.Fact(
            _("结果"),
            outcome or _("未答复"),
            promise if row.outcome else "",
            quiet=row.outcome is None,
            letter=letter,
        ),
    )


def _deadlines(case: Case, clock: ClockRow | None, view: labels.ViewContext) -> Iterator[ui.Fact]:
    """The limit of `clock`, which may be the reader's own, and what is overdue with others."""
    if clock is None:
        yield ui.Fact(_("时限"), _("没有在走的时限"), quiet=True)
        return
    late = [
        one
        for one in case.clocks.values()
        if one.debtor not in view.own and not one.paused and one.due_at <= view.context.now
    ]
    for one in dict.fromkeys((clock, first_due(case, late) or clock)):
        due, shown = _due(case, one, view), clock_light(one, view)
        yield ui.Fact(labels.deadline_of(case, one, view), "", due, shown)


def _due(case: Case, clock: ClockRow, view: labels.ViewContext) -> Sentence:
    """The day a clock ends, and why so soon where the matter is urgent."""
    day = last_day(clock.due_at)
    urgent, usual = _("%(day)s24:00前，紧急事项", day=day), _("%(day)s24:00前", day=day)
    return urgent if _is_urgent(case, clock, view) else usual


def _is_urgent(case: Case, clock: ClockRow, view: labels.ViewContext) -> bool:
    """Whether this is the limit of a reply that the matter sets because it is urgent."""
    matter = view.directory.matter(case.row.matter_code)
    is_first = clock.kind == "reply" and clock.started_at != case.row.rework_at
    return is_first and labels.is_urgent(matter, clock.limit_n, case.tasks.get(clock.task_id))


def _progress(case: Case, view: labels.ViewContext) -> ui.Fact:
    """The state, and the working days that passed until today or the end."""
    until = local_day(case.row.over_at) if case.row.over_at else view.today
    age = view.calendar.working_days_between(_began(case, until), until)
    passed = n_("第%(round)s轮，已过%(num)s个工作日", age, round=case.row.round)
    return ui.Fact(_("进度"), labels.STATES[case_state(case)], passed)


def _leader(case: Case, view: labels.ViewContext) -> Iterator[ui.Fact]:
    if case.row.leader:
        person = view.directory.person(from_text(case.row.leader))
        level = labels.MARKS.get(case.row.supervision, "")
        yield ui.Fact(_("领衔督办人"), person.name if person else "–", level)


def request_notes(case: Case) -> list[ui.Note]:
    since = case.row.replied_at or case.row.accepted_at
    asked = [
        one
        for one in case.row.station_steps
        if one.type == ReopenRequested.type and (since is None or one.at >= since)
    ]
    if not asked:
        return []
    words = _(
        "提出人%(day)s请求重新办理：%(why)s。写的话在原文的补充里",
        day=local_day(asked[-1].at),
        why=labels.STATION_REASONS[asked[-1].reason],
    )
    return [ui.Note("amber", words, ui.Link(_("原文"), "#text"))]


def _short(body: str) -> str:
    return body if len(body) <= SHORT else f"{body[:SHORT]}…" if body else "–"


def _began(case: Case, today: date) -> date:
    began = case.row.submitted_at or case.row.dispatched_at
    return local_day(began) if began else today


def _people(case: Case, view: labels.ViewContext) -> ui.Fact:
    tasks = answering(case)
    if not tasks:
        return ui.Fact(_("责任人"), "–" if case_state(case) in OVER else _("未定"))
    clerk, head = (_name(tasks[0], role, view) for role in ("clerk", "unit_head"))
    return ui.Fact(_("责任人"), clerk or "–", _("负责人：%(name)s", name=head) if head else "")


def _name(task: TaskRow, role: Role, view: labels.ViewContext) -> str:
    people = view.directory.people_with(role, unit=task.unit_id)
    return people[0][1].name if people else ""


@dataclass(frozen=True, slots=True)
class MergedInto:
    """The case that a merged item is handled with, and the last answer given there."""

    href: str
    number: str
    state: Text
    reply: ReplyWords | None


def merged_into(case: Case | None) -> MergedInto | None:
    if case is None:
        return None
    replies = case.words.replies
    reply = replies[-1] if replies else None
    return MergedInto(case_href(case), number_of(case), labels.STATES[case_state(case)], reply)


@dataclass(frozen=True, slots=True)
class Member:
    """An item merged into the case: its words, when and by whom it was merged."""

    words: MemberWords
    merged: Text


def members(texts: TextRow, view: labels.ViewContext) -> list[Member]:
    return [Member(one, _merged(one, view)) for one in texts.members]


def _merged(words: MemberWords, view: labels.ViewContext) -> Text:
    person = view.directory.person(from_text(words.by))
    day, name = local_day(words.merged_at), label_at(person, words.merged_at) if person else ""
    return _("%(day)s由%(name)s并入", day=day, name=name) if name else _("%(day)s并入", day=day)


def counted_days(case: Case, clock: ClockRow, view: labels.ViewContext) -> list[DayCell]:
    """The days of a clock from its start to its due day, as the calendar counts them today."""
    pauses = list(case.row.pauses) if clock.kind == "accept" else []
    if clock.paused and case.row.paused_at:
        pauses.append((local_day(case.row.paused_at), last_day(clock.due_at) + DAY))
    limit = Limit(n=clock.limit_n, kind=clock.limit_kind)
    return count_days(clock.started_at, last_day(clock.due_at), limit, view.calendar, pauses)


def day_grid(case: Case, clock: ClockRow, view: labels.ViewContext) -> list[ui.GridDay]:
    """The days of a clock in whole weeks; empty for hours and for very long limits."""
    began, due_on = local_day(clock.started_at), last_day(clock.due_at)
    if clock.limit_kind == "hours" or (due_on - began).days > EXPLAINED_DAYS:
        return []
    cells = {cell.day: cell for cell in counted_days(case, clock, view)}
    first = began - timedelta(days=began.weekday())
    last = due_on + timedelta(days=6 - due_on.weekday())
    span = range((last - first).days + 1)
    grid = [_day(first + ahead * DAY, cells, due_on, view.today) for ahead in span]
    return [replace(day, provisional=clock.provisional and day.day == due_on) for day in grid]


def _day(day: date, cells: Mapping[date, DayCell], due_on: date, now: date) -> ui.GridDay:
    cell, today = cells.get(day), day == now
    if cell is None:
        return ui.GridDay(day, kind="before", today=today)
    if cell.why == "start":
        return ui.GridDay(day, mark=_("起算"), kind="start", today=today)
    if cell.number is None:
        name: Text = Bilingual(cell.name.zh, cell.name.en) if cell.name else ""
        mark = _("暂停") if cell.why == "paused" else name
        return ui.GridDay(day, mark=mark, kind="off", today=today)
    return ui.GridDay(day, cell.number, kind="due" if day == due_on else "counted", today=today)


def reasons_of(
    case: Case, texts: TextRow, view: labels.ViewContext
) -> list[tuple[ReasonWords, str]]:
    """Why the case was dispatched, by the rule of its label, then what was decided since."""
    given = [one for one in texts.reasons if one.dispatch_no == case.row.dispatch_no]
    people = (view.directory.person(one.confirmed_by or b"") for one in given)
    return [(one, person.name if person else "") for one, person in zip(given, people, strict=True)]


def rule_label(rule_id: str) -> Sentence:
    """The label of a rule by its id."""
    if rule_id == "person":
        return _("由交办人指定")
    return _("按事项的规则") if rule_id.startswith("matter.") else _("按通用规则")


def limit_label(case: Case, clock: ClockRow, view: labels.ViewContext) -> Text:
    """The length of a limit, of a reply's with the rule it follows from."""
    if clock.limit_kind != "wd":
        return ""
    days = n_("%(num)s个工作日", clock.limit_n)
    if clock.kind != "reply":
        return days
    return _("%(kind)s，%(days)s", kind=_rule_of_limit(case, clock, view), days=days)


def _rule_of_limit(case: Case, clock: ClockRow, view: labels.ViewContext) -> Sentence:
    if not case.tasks[clock.task_id].answers:
        return _("会办意见为主办期限的一半")
    if clock.started_at == case.row.rework_at:
        return _("重新办理")
    if _is_urgent(case, clock, view):
        return _("紧急事项")
    return COMPLEXITIES[case.row.complexity]


def counted(case: Case, clock: ClockRow, view: labels.ViewContext) -> Sentence:
    """How the due day follows from the start; the number it names is the due day's in the grid."""
    days = {"start": local_day(clock.started_at), "due": last_day(clock.due_at)}
    if clock.paused:
        return _("%(start)s起算，现在暂停；恢复后，暂停的日子不计入期限", **days)
    if clock.limit_kind != "wd":
        return _("%(start)s起算，到%(due)s24:00为止", **days)
    cells = counted_days(case, clock, view)
    if cells[-1].number != clock.limit_n:
        return _(
            "%(start)s起算，%(n)s个工作日，已定为%(due)s24:00为止；日历后来有变，期限不提前",
            **days,
            n=clock.limit_n,
        )
    if any(cell.why == "paused" for cell in cells):
        return _(
            "%(start)s起算，当日不计；只数工作日，暂停的日子不数，第%(n)s个工作日是%(due)s",
            **days,
            n=cells[-1].number,
        )
    return _(
        "%(start)s起算，当日不计；只数工作日，第%(n)s个工作日是%(due)s",
        **days,
        n=cells[-1].number,
    )


SILENT = frozenset(
    {"not_co_handler", "co_handler", "no_promise", "already_signed", "already_filed", "closed"}
    | {"not_signed", "no_draft", "already_replied", "objection_after_reply", "task_ended"}
)
"""Refusals that the page does not show: the act has nothing to do with this task now."""


OF_STATION: Sequence[ClockKind] = ("resubmit", "accept")
"""The duties of a station, the one that comes first while both run."""


@dataclass(frozen=True, slots=True)
class Bar:
    """The acts open to a person now, and those closed, with the reason."""

    acts: list[ui.ActionButton] = field(default_factory=list)
    closed: list[ui.ClosedAction] = field(default_factory=list)


def act_bar(case: Case, view: labels.ViewContext, *, is_blocked: bool) -> Bar:
    """Sort the acts of the person; a blocked case has none until it is released."""
    bar, by = Bar(), view.by
    for task in open_tasks(case):
        if task.unit_id in units_of(by):
            for spec in TASK_ACTS:
                _sort(spec, case, task, view, bar)
    owed = {clock.kind for clock in case.clocks.values() if clock.debtor in view.own}
    href = links.routing_page(case.row.key)
    for kind in sorted(owed & {"dispatch", "decide_objection"}):
        bar.acts.append(ui.ActionButton(labels.NEXT[kind], href))
    if of_station := [kind for kind in OF_STATION if kind in owed]:
        here = links.station_item(case.row.key)
        bar.acts.append(ui.ActionButton(labels.NEXT[of_station[0]], here))
    if case.row.key_candidate == "open" or lacks_leader(case, view.context):
        _sort_supervision(case, by, bar)
    if is_blocked:
        reason = UnderRepair().message
        return Bar([], [*(ui.ClosedAction(act.words, reason) for act in bar.acts), *bar.closed])
    return bar


def _sort_supervision(case: Case, by: Actor, bar: Bar) -> None:
    if may(by, SUPERVISION.action, place_of(case)):
        href = f"{case_href(case)}/{SUPERVISION.name}"
        bar.acts.append(ui.ActionButton(SUPERVISION.label, href))
    else:
        why = WHO_MAY[SUPERVISION.action]
        bar.closed.append(ui.ClosedAction(SUPERVISION.label, why))


def _sort(
    spec: ActSpec[CaseDetails], case: Case, task: TaskRow, view: labels.ViewContext, bar: Bar
) -> None:
    try:
        check_task(spec.command, case, task, view.context)
    except Refused as refused:
        if refused.code not in SILENT:
            bar.closed.append(ui.ClosedAction(spec.label, refused.message))
        return
    if whose := not_theirs(spec, task, view.by):
        bar.closed.append(ui.ClosedAction(spec.label, whose))
        return
    href = f"{case_href(case)}/tasks/{to_text(task.task_id)}/{spec.name}"
    fields = None if spec.fields else {"basis": basis_of(case)}
    bar.acts.append(ui.ActionButton(label_of(spec, task), href, fields))

"""View models of a report's progress: how far it is, what changed, the steps open to a person."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.reporting.actions import STEPS, StepSpec
from services.reporting.console.view_models import HEADS, REASONS, STAGES, form_url, late
from services.reporting.domain.model import ReportRow
from services.reporting.domain.rights import report_resource
from services.reporting.domain.sheets import Sheet
from shared.calendar import local_day
from shared.ids import Id, to_text
from shared.rights import Action, may
from shared.text import Sentence, Text, _
from shared.web import components as ui
from shared.web.actor import Actor
from shared.web.forms import Form, Submitted

_WAITS: Mapping[str, Sentence] = {
    "drafted": _("等联络员核对"),
    "returned": _("等联络员重新核对"),
    "checked": _("等工委负责人确认，核对的人不能自己确认"),
    "confirmed": _("等联络员报送，确认的人不能自己报送"),
    "outdated": _("确认以后数字有变化，等工委负责人再确认一次"),
    "submitted": _("等市办公室接收"),
    "received": _("这一期已经办完"),
}
_WHEN: Sequence[tuple[Sentence, str]] = (
    (_("系统起草"), "drafted_at"),
    (_("联络员核对"), "checked_at"),
    (_("工委确认"), "confirmed_at"),
    (_("报送市级"), "submitted_at"),
    (_("市级接收"), "decided_at"),
)
ON_CITYS_FORM = ("receive", "return")
"""The steps of the city office; all others are taken on the filer's own form."""


@dataclass(frozen=True, slots=True)
class StepButton:
    """A step open to this person; one that needs more than a click has a form."""

    step: str
    words: Text
    despite_blocked: bool = False
    form: Form | None = None


@dataclass(frozen=True, slots=True)
class ReportTask:
    """A report's progress, and the steps open to this person or a note on whom it waits for.

    `link` leads to the form on which this person takes the next step.
    """

    report: ReportRow
    report_id: str
    title: Text
    trail: Text
    version: Text
    late: Text
    timeline: Sequence[ui.TimelineStep]
    buttons: Sequence[StepButton]
    note: Sentence
    reason: Sentence | None
    reason_note: str
    changed_since: Sentence
    changes: Sequence[Sentence]
    link: ui.Link | None


@dataclass(frozen=True, slots=True)
class RefusedReturn:
    """The form that returns a report as it was filled in, and what is wrong with its fields."""

    key: Id
    typed: Submitted
    errors: Mapping[str, Text]


def report_tasks(sheet: Sheet, by: Actor, refused: RefusedReturn | None = None) -> list[ReportTask]:
    """Return a filer's own report; in the city's form, those to receive or to be acted on."""
    if not sheet.is_city:
        return [_task(sheet.report, _("办理进度"), sheet, by, refused)] if sheet.report else []
    found = [
        _task(row.report, row.name, sheet, by, refused, own=row.own)
        for row in sheet.rows
        if row.report
    ]
    return [
        replace(task, title=_("%(name)s，待您接收", name=task.title))
        if task.report.stage == "submitted" and task.buttons
        else task
        for task in found
        if task.buttons or task.link or task.report.stage == "submitted"
    ]


def _task(
    report: ReportRow,
    name: Text,
    sheet: Sheet,
    by: Actor,
    refused: RefusedReturn | None,
    *,
    own: bool = False,
) -> ReportTask:
    buttons = [
        replace(one, form=_return_form(report, refused)) if one.step == "return" else one
        for one in _buttons(report, sheet, by)
    ]
    link = None
    if sheet.is_city and any(one.step not in ON_CITYS_FORM for one in buttons):
        buttons = [one for one in buttons if one.step in ON_CITYS_FORM]
        href = form_url(report.filer, sheet.period.due_on, own=own)
        link = ui.Link(_("打开报表办理"), f"{href}#task")
    return ReportTask(
        report,
        to_text(report.key),
        name,
        _("%(filer)s签报记录", filer=name) if sheet.is_city else _("签报记录"),
        _version(report, sheet),
        late(report, sheet) if sheet.is_city else "",
        list(_timeline(report, is_ours=bool(buttons or link))),
        buttons,
        _waits_for(report, sheet),
        REASONS[report.return_reason] if report.stage == "returned" else None,  # type: ignore[index]
        report.return_note,
        _("核对以后的变化：") if report.stage == "checked" else _("确认以后的变化："),
        list(_changes(sheet)),
        link,
    )


def _version(report: ReportRow, sheet: Sheet) -> Text:
    """Return which version was sent when; of one sent again, also when the first was.

    After a return the filer's own form shows what would be sent now.
    """
    if not report.version or report.submitted_at is None:
        return ""
    words = {"version": report.version, "moment": report.submitted_at}
    if report.stage not in ("submitted", "received") and not sheet.is_city:
        return _("第%(version)s版（%(moment)s报送）已退回，表中是现在的数字", **words)
    if report.version == 1 or report.first_submitted_at is None:
        return _("第%(version)s版，%(moment)s", **words)
    first = local_day(report.first_submitted_at)
    return _("第%(version)s版，%(moment)s重报，首次%(first)s", **words, first=first)


def _changes(sheet: Sheet) -> Iterator[Sentence]:
    """Name the numbers that changed since they were checked or confirmed."""
    names = {row.code: row.name for row in sheet.rows}
    for was, now in sheet.changes:
        yield _(
            "%(name)s，%(head)s：%(was)s变为%(now)s（累计%(sum_was)s变为%(sum_now)s）",
            name=names.get(now.division_code, now.division_code), head=HEADS[now.column],
            was=was.printed, now=now.printed, sum_was=was.cumulative, sum_now=now.cumulative,
        )  # fmt: skip


def _waits_for(report: ReportRow, sheet: Sheet) -> Sentence:
    """Return whom or what a report waits for."""
    if report.stage == "confirmed":
        for holds, words in (
            (sheet.left_out, _("有事项正在核对数据，等核对完再报送")),
            (sheet.must_precede, _("前一期的报表还没有接收，等接收后再报送")),
            (sheet.is_overtaken, _("后面一期已经报送，这一期不能再报送")),
        ):
            if holds:
                return words
    return _WAITS[report.stage]


def _buttons(report: ReportRow, sheet: Sheet, by: Actor) -> Iterator[StepButton]:
    """Yield the steps this person may take that would not be refused at once."""
    here = report_resource(report.filer, sheet.receiver)
    held = bool(sheet.left_out) and report.stage == "confirmed"
    waits = report.stage == "outdated" or sheet.must_precede or sheet.is_overtaken
    done_by = {"confirm": report.checked_by, "submit": "" if held else report.confirmed_by}
    for name, spec in STEPS.items():
        if report.stage not in spec.command.stages or done_by.get(name) == by.code:
            continue
        if name == "submit" and waits:
            continue
        if name == "submit" and held:
            if may(by, Action.REPORT_SUBMIT_INCOMPLETE, here):
                yield StepButton(name, _("仍然报送，表上注明"), despite_blocked=True)
        elif may(by, spec.action, here):
            yield StepButton(name, _named(spec, sheet))


def _return_form(report: ReportRow, refused: RefusedReturn | None) -> Form:
    prefix = return_prefix(report.key)
    reasons = [ui.Option(value, words) for value, words in REASONS.items()]
    hint = _("最多200字；选“其他”的，要写明原因")
    form = Form(
        _("退回"),
        [
            ui.Field(f"{prefix}reason", _("退回理由"), options=reasons, control="select"),
            ui.Field(f"{prefix}note", _("退回说明"), hint=hint, required=False),
        ],
        prefix=prefix,
    )
    if refused is None or refused.key != report.key:
        return form
    return form.filled(refused.typed, refused.errors)


def return_prefix(key: Id) -> str:
    """Return the prefix of the fields by which a report is returned; a page may have several."""
    return f"{to_text(key)}-"


def _named(spec: StepSpec, sheet: Sheet) -> Text:
    """Name a step; before the period is over, with the days that are missing."""
    if spec.name in ON_CITYS_FORM or not sheet.days_missing:
        return spec.label
    return _("%(step)s（本期还差%(days)s天）", step=spec.label, days=sheet.days_missing)


def _timeline(report: ReportRow, *, is_ours: bool) -> Iterator[ui.TimelineStep]:
    done = STAGES[report.stage][0]
    for at, (words, name) in enumerate(_WHEN):
        moment: datetime | None = getattr(report, name)
        when: Any = Sentence("%(day)s", {"day": local_day(moment)}) if moment and at < done else ""
        if at == done and is_ours:
            when = _("等您")
        yield ui.TimelineStep("done" if at < done else "now" if at == done else "todo", words, when)

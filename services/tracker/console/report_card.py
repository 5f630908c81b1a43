"""View model of the report card on the first page: how far a report is, and who sees to it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from services.tracker.console.labels import ViewContext
from services.tracker.domain.mirrors import ReportRow
from services.tracker.domain.rights import ReportDuty, filers_of, foremost_report, report_duties
from shared.calendar import local_day
from shared.contracts.codes import ReportStage
from shared.rights import Action
from shared.text import Sentence, Text, _, n_
from shared.web import components as ui
from shared.web import links
from shared.web.actor import Actor
from shared.web.labels import Light, light

_STAGES: Mapping[ReportStage, Sentence] = {
    "drafted": _("系统起草"),
    "checked": _("联络员核对"),
    "confirmed": _("工委确认"),
    "submitted": _("报送市级"),
    "received": _("市级接收"),
}
_NEXT_STEPS: Mapping[ReportStage, tuple[Text, Text]] = {
    "drafted": (_("报表待您核对"), _("核对报表")),
    "returned": (_("报表被退回，待您重新核对"), _("核对报表")),
    "checked": (_("报表待您确认"), _("核对并确认")),
    "outdated": (_("报表的数字有变化，待您再确认"), _("核对并确认")),
    "confirmed": (_("报表待您报送"), _("报送报表")),
    "submitted": (_("报表待您接收"), _("接收报表")),
}
"""The step that follows a stage: the headline and the button."""
_RETURNED = Light("soon", _("已退回，请重报"))


@dataclass(frozen=True, slots=True)
class ReportCard:
    """The third list: when the report is due, how far it has come, and what this person can do.

    `title` says whose figures are shown; `query` names the form, and `line` the township whose
    line of it is shown. `others` are other reports that wait for this person or are not sent.
    """

    report: ReportRow
    title: Text
    query: str
    line: str
    light: Light | None
    steps: Sequence[ui.TimelineStep]
    next_step: Text
    button: Text
    others: Sequence[ui.Link]


def report_card(reports: Sequence[ReportRow], by: Actor, view: ViewContext) -> ReportCard | None:
    """Lay out the report that concerns a person most; None if they have none."""
    own = next(iter(filers_of(by, view.directory)), "")
    duties = report_duties(reports, by, view.directory)
    found = foremost_report(duties, own)
    if found is None:
        return None
    report, grants = found.report, [grant.division_code for grant in by.grants]
    line = "" if report.filer in grants else next(iter(grants), "")
    if report.filer != own or report.filer not in view.directory.within(line):
        line = ""
    next_step, button = _asks(found, duties)
    if next_step and _is_overdue(report, view):
        next_step = _("%(report)s，已超期", report=next_step)
    return ReportCard(
        report,
        _title(report, line, own, view),
        _form_query(report, view),
        line,
        _light(report, view),
        _steps(report),
        next_step,
        button,
        [link for duty in duties if duty is not found for link in _other(duty, view)],
    )


def _title(report: ReportRow, line: str, own: str, view: ViewContext) -> Text:
    """Name whose figures are shown, unless they are simply those of the person's own county."""
    if line:
        names = {"line": view.division(line), "place": view.division(report.filer)}
        return _("%(place)s的报表中，%(line)s的数字", **names)
    if report.filer != own or _is_citys(report, view):
        return _("%(place)s的报表", place=_filer(report, view))
    return ""


def _filer(report: ReportRow, view: ViewContext) -> Text:
    name = view.division(report.filer)
    return _("%(name)s本级", name=name) if _is_citys(report, view) else name


def _is_citys(report: ReportRow, view: ViewContext) -> bool:
    """Whether it is what the city files itself (市本级)."""
    division = view.directory.division(report.filer)
    return division is not None and division.level == "city"


def _asks(found: ReportDuty, duties: Sequence[ReportDuty]) -> tuple[Text, Text]:
    """The headline and the button of what this person can do; of several to receive, how many."""
    if found.step is None:
        return "", _("打开月度报表")
    headline, button = _NEXT_STEPS[found.report.stage]
    n = sum(duty.step is found.step for duty in duties)
    if found.step is Action.REPORT_RECEIVE and n > 1:
        headline = n_("%(num)s份报表待您接收", n)
    return headline, button


def _is_sent(report: ReportRow) -> bool:
    return report.stage in ("submitted", "received")


def _is_overdue(report: ReportRow, view: ViewContext) -> bool:
    """Whether a report should have been sent first before today; the first sending decides."""
    return not report.version and report.period_end is not None and report.period_end < view.today


def _light(report: ReportRow, view: ViewContext) -> Light | None:
    if report.period_end is None or _is_sent(report):
        return None
    if report.version:
        return _RETURNED
    return light(view.today, report.period_end, view.calendar)


def _other(duty: ReportDuty, view: ViewContext) -> Iterator[ui.Link]:
    """Link another report if this person can take its next step, or if it is not sent in time."""
    report, names = duty.report, {"name": _filer(duty.report, view), "day": duty.report.period_end}
    words: Text = ""
    if duty.step:
        step = _NEXT_STEPS[report.stage][0]
        words = _("%(name)s截至%(day)s的%(step)s", **names, step=step)
    elif report.version and not _is_sent(report):
        words = _("%(name)s截至%(day)s的报表被退回，还没有重新报送", **names)
    elif report.period_end and _is_overdue(report, view):
        late = light(view.today, report.period_end, view.calendar).words
        words = _("%(name)s截至%(day)s的报表%(late)s，还没有报送", **names, late=late)
    if words:
        yield ui.Link(words, f"{links.REPORTS}?{_form_query(report, view)}")


def _form_query(report: ReportRow, view: ViewContext) -> str:
    """The query of a report's own form; what the city files itself has a form of its own."""
    own = {"own": "true"} if _is_citys(report, view) else {}
    return urlencode({"division": report.filer, "period_end": str(report.period_end), **own})


def _steps(report: ReportRow) -> list[ui.TimelineStep]:
    """The stages up to the present one are done; a returned report is checked anew."""
    stages = list(_STAGES)
    day = report.stage_at if report.stage in stages else None
    last: ReportStage = "checked" if report.stage == "outdated" else report.stage
    done = stages.index(last) + 1 if last in stages else 1
    return [
        ui.TimelineStep(
            "done" if n < done else "now" if n == done else "todo",
            label,
            Sentence("%(day)s", {"day": local_day(day)}) if day and n == done - 1 else "",
        )
        for n, label in enumerate(_STAGES.values())
    ]

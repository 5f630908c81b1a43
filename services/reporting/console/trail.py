"""The trail of a report: who took which step, how its figures changed, who exported it."""

from collections.abc import Iterator, Mapping, Sequence

from fastapi import APIRouter

from services.reporting.actions import Actions
from services.reporting.console.view_models import HEADS, HOME, REASONS, STAGES, division_name
from services.reporting.domain.rights import line_resource
from shared.calendar import local_day
from shared.contracts import reporting as events
from shared.contracts.envelope import Event
from shared.directory import Directory
from shared.features.access_log.pages import AccessLogPages, AccessLogSource, access_log_routes
from shared.features.access_log.rows import AccessRow
from shared.features.trail import (
    MAX_ROWS,
    Description,
    Names,
    TrailField,
    Trails,
    TrailSubject,
    lines_of,
    trail_routes,
)
from shared.ids import Id, to_text
from shared.rights import Action, may
from shared.text import Sentence, _
from shared.web import components as ui
from shared.web.actor import Actor, CurrentActor
from shared.web.console import Console

EVENTS: Mapping[str, Sentence] = {
    events.ReportDrafted.type: _("系统起草"),
    events.ReportChecked.type: _("联络员核对"),
    events.ReportConfirmed.type: _("工委确认"),
    events.ReportOutdated.type: _("确认以后数字有变化"),
    events.ReportSubmitted.type: _("报送市级"),
    events.ReportReceived.type: _("接收"),
    events.ReportReturned.type: _("退回"),
    events.ReportLapsed.type: _("已并入其他单位，不再填报"),
}


def describe(event: Event) -> Description:
    return Description(EVENTS[event.type], values=tuple(_values(event)))


def _values(event: Event) -> Iterator[TrailField]:
    stage = event.type.removeprefix("report.")
    yield TrailField(_("进度"), STAGES[stage][1], "stage")
    match event:
        case events.ReportSubmitted():
            yield TrailField(_("第几版"), event.version, "version")
            for one in event.figures:
                printed = one.counted + one.corrected + one.adjusted
                yield TrailField(HEADS[one.column], printed, one.column)
            if event.late_days:
                yield TrailField(_("首次报送迟了的工作日"), event.late_days)
            if (missing := (event.period_end - local_day(event.occurred_at)).days) > 0:
                yield TrailField(_("报送时本期还差的天数"), missing)
            if event.despite_blocked:
                yield TrailField(_("没有计入的事项"), len(event.despite_blocked))
        case events.ReportReturned():
            yield TrailField(_("退回理由"), REASONS[event.reason])


class ReportTrail:
    def __init__(self, actions: Actions) -> None:
        self._actions = actions

    async def __call__(self, by: Actor, key: Id) -> TrailSubject:
        """Read it; raises NotFound as the form does."""
        row, filer, emitted = await self._actions.read_trail(by, key, MAX_ROWS)
        form = f"{HOME}?division={row.filer}&period_end={row.period_end}"
        return TrailSubject(
            name=_("%(filer)s签报记录", filer=filer.name),
            href=f"{HOME}reports/{to_text(key)}/trail",
            entry=HOME,
            crumbs=(
                ui.Crumb(_("月度报表"), HOME),
                ui.Crumb(filer.name, form),
                ui.Crumb(_("签报记录")),
            ),
            code=f"{row.filer}-{row.period_end}",
            division=row.filer,
            lines=lines_of(emitted, describe, Names(self._actions.copy.snapshot)),
        )


def find_report(by: Actor, directory: Directory, row: AccessRow) -> ui.Link:
    """Name whose report an entry of the access log is about; a link for those who see the form."""
    code = row.division_code
    is_visible = may(by, Action.REPORT_READ, line_resource(code, directory))
    trail = f"{HOME}reports/{to_text(row.subject)}/trail"
    return ui.Link(division_name(directory, code), trail if is_visible else "")


LOG = AccessLogSource(fields={"trail": _("签报记录")}, find=find_report)


def routes(actions: Actions, console: Console, officer: CurrentActor) -> Sequence[APIRouter]:
    """Return the pages of trails and of the access log."""
    db, copy = actions.messaging.db, actions.copy
    trails = Trails(console, copy, db, ReportTrail(actions))
    return (
        trail_routes(trails, officer, "/reports/{key}", Action.REPORT_READ),
        access_log_routes(AccessLogPages(console, copy, db, LOG), officer),
    )

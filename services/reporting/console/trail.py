"""The trail of a monthly report: who checked, confirmed and sent it, and how its figures moved."""

from collections.abc import Iterator, Mapping

from fastapi import APIRouter

from services.reporting import store
from services.reporting.console.view_models import HEADS, HOME, REASONS, STAGES
from services.reporting.domain.filers import Filers
from services.reporting.domain.rights import row_scope_of, see_form
from shared.contracts.envelope import Event
from shared.contracts.reporting import (
    ReportChecked,
    ReportConfirmed,
    ReportDrafted,
    ReportLapsed,
    ReportReceived,
    ReportReturned,
    ReportSubmitted,
)
from shared.db.pool import Database
from shared.directory import DirectoryCopy
from shared.features.trail import (
    MOST,
    Description,
    Names,
    TrailField,
    Trails,
    TrailSubject,
    lines_of,
    trail_routes,
)
from shared.ids import Id, to_text
from shared.messaging.outbox import list_emitted
from shared.rights import Action
from shared.text import Sentence, _
from shared.web import components as ui
from shared.web.actor import Actor, CurrentActor
from shared.web.console import Console

ACTS: Mapping[str, Sentence] = {
    ReportDrafted.type: _("系统起草"),
    ReportChecked.type: _("联络员核对"),
    ReportConfirmed.type: _("工委确认"),
    ReportSubmitted.type: _("报送市级"),
    ReportReceived.type: _("接收"),
    ReportReturned.type: _("退回"),
    ReportLapsed.type: _("已并入其他单位，不再填报"),
}


def describe(event: Event) -> Description:
    """Put an event of a report into words."""
    return Description(ACTS[event.type], values=tuple(_values(event)))


def _values(event: Event) -> Iterator[TrailField]:
    stage = event.type.removeprefix("report.")
    yield TrailField(_("进度"), STAGES[stage][1], "stage")
    match event:
        case ReportSubmitted():
            yield TrailField(_("第几版"), event.version, "version")
            for one in event.figures:
                printed = one.counted + one.corrected + one.adjusted
                yield TrailField(HEADS[one.column], printed, one.column)
            if event.late_days:
                yield TrailField(_("迟报工作日"), event.late_days)
            if event.despite_blocked:
                yield TrailField(_("没有计入的事项"), len(event.despite_blocked))
        case ReportReturned():
            yield TrailField(_("退回理由"), REASONS[event.reason])


class ReportTrail:
    """Reads the trail of a report for whoever may see the form."""

    def __init__(self, db: Database, copy: DirectoryCopy) -> None:
        self._db, self._copy = db, copy

    async def __call__(self, by: Actor, key: Id) -> TrailSubject:
        """Read it; raises NoReport as the form does."""
        directory = self._copy.snapshot
        async with self._db.begin() as tx:
            row = await store.find_report(tx, key)
            book = await store.load_book(tx, directory)
            filers = book.filers(row.period_end) if row.period_end else Filers()
            filer = see_form(row.filer, by, filers, directory)
        async with self._db.begin_as(row_scope_of(by, filers, directory)) as tx:
            said = await list_emitted(tx, key, MOST)
        names = Names(directory)
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
            lines=lines_of(said, describe, names),
        )


def routes(db: Database, copy: DirectoryCopy, console: Console, officer: CurrentActor) -> APIRouter:
    """Make the addresses of trails."""
    trails = Trails(console, copy, db, ReportTrail(db, copy))
    return trail_routes(trails, officer, "/reports/{key}", Action.REPORT_READ)

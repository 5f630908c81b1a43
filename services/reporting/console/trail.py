"""The trail of a monthly report: who checked, confirmed and sent it, and how its figures moved."""

from collections.abc import Iterator, Mapping

from fastapi import APIRouter

from services.reporting import store
from services.reporting.console.layout import HEADS, HOME, REASONS, STAGES
from services.reporting.domain.filers import Filers
from services.reporting.domain.rights import see_form, sight_of
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
from shared.ids import Id, to_text
from shared.messaging.outbox import list_said
from shared.rights import Action
from shared.text import Sentence, _
from shared.web import components as ui
from shared.web.actor import Actor, CurrentActor
from shared.web.console import Console
from shared.web.trail import MOST, Names, Subject, Told, Trails, Value, lines_of, trail_routes

ACTS: Mapping[str, Sentence] = {
    ReportDrafted.type: _("系统起草"),
    ReportChecked.type: _("联络员核对"),
    ReportConfirmed.type: _("工委确认"),
    ReportSubmitted.type: _("报送市级"),
    ReportReceived.type: _("接收"),
    ReportReturned.type: _("退回"),
    ReportLapsed.type: _("已并入其他单位，不再填报"),
}


def tell(event: Event) -> Told:
    """Put an event of a report into words."""
    return Told(ACTS[event.type], values=tuple(_values(event)))


def _values(event: Event) -> Iterator[Value]:
    stage = event.type.removeprefix("report.")
    yield Value(_("进度"), STAGES[stage][1], "stage")
    match event:
        case ReportSubmitted():
            yield Value(_("第几版"), event.version, "version")
            for one in event.figures:
                printed = one.counted + one.corrected + one.adjusted
                yield Value(HEADS[one.column], printed, one.column)
            if event.late_days:
                yield Value(_("迟报工作日"), event.late_days)
            if event.despite_parked:
                yield Value(_("没有计入的事项"), len(event.despite_parked))
        case ReportReturned():
            yield Value(_("退回理由"), REASONS[event.reason])


class ReportTrail:
    """Reads the trail of a report for whoever may see the form."""

    def __init__(self, db: Database, copy: DirectoryCopy) -> None:
        self._db, self._copy = db, copy

    async def __call__(self, by: Actor, key: Id) -> Subject:
        """Read it; raises NoReport as the form does."""
        directory = self._copy.snapshot
        async with self._db.begin() as tx:
            row = await store.find_report(tx, key)
            book = await store.load_book(tx, directory)
            filers = book.filers(row.period_end) if row.period_end else Filers()
            filer = see_form(row.filer, by, filers, directory)
        async with self._db.begin_as(sight_of(by, filers, directory)) as tx:
            said = await list_said(tx, key, MOST)
        names = Names(directory)
        form = f"{HOME}?division={row.filer}&period_end={row.period_end}"
        return Subject(
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
            lines=lines_of(said, tell, names),
        )


def routes(db: Database, copy: DirectoryCopy, console: Console, officer: CurrentActor) -> APIRouter:
    """Make the addresses of trails."""
    trails = Trails(console, copy, db, ReportTrail(db, copy))
    return trail_routes(trails, officer, "/reports/{key}", Action.REPORT_READ)

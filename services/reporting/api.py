"""Forms, the facts behind a number, and the steps of a monthly report."""

import asyncio
import time
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict

from services.reporting import store
from services.reporting.domain.facts import COLUMNS, COUNTED_TOPICS, Column
from services.reporting.domain.filers import Filer, Filers, filers_of
from services.reporting.domain.freezing import Basis, Count
from services.reporting.domain.refusals import NoReport
from services.reporting.domain.reports import (
    Check,
    Confirm,
    Filing,
    Reason,
    Receive,
    Report,
    ReportRow,
    Return,
    Step,
    Submit,
)
from services.reporting.domain.sheets import Cell, Sheet, SheetRow, city_sheet, filer_sheet
from services.reporting.domain.workbook import MIME, workbook
from services.reporting.settings import ReportingSettings
from shared.calendar import Period, local_day, start_of_day
from shared.contracts.words import Role
from shared.db.pool import Tx
from shared.directory import DirectoryCopy, Place
from shared.errors import Unavailable
from shared.ids import Id, to_text
from shared.messaging.fold import Act, Applied, Fold
from shared.messaging.messaging import Messaging
from shared.web.actor import Actor, CurrentActor

MOST = 1000
READERS: tuple[Role, ...] = (
    "liaison", "committee_head", "city_office", "research_office", "dispatcher", "leader",
)  # fmt: skip
_WHO: dict[Step, tuple[Role, ...]] = {
    "check": ("liaison",),
    "confirm": ("committee_head",),
    "submit": ("liaison", "committee_head"),
    "receive": ("city_office",),
    "return": ("city_office",),
}


class Desk:
    """Lays out forms, opens the facts behind a number, moves reports on."""

    def __init__(
        self,
        messaging: Messaging,
        reports: Fold[Report, Filing],
        copy: DirectoryCopy,
        settings: ReportingSettings,
    ) -> None:
        self.messaging, self.copy, self.settings = messaging, copy, settings
        self._reports = reports

    @property
    def filers(self) -> Filers:
        """Who files, as the directory is now."""
        return filers_of(self.copy.snapshot)

    async def period(self, end: date | None) -> Period:
        """Find the period that ends on a day, without one the present; raises NoReport."""
        async with self.messaging.db.begin() as tx:
            now = tx.now
        found = self.settings.periods.period_of(start_of_day(end) if end else now)
        if found is None or (end is not None and found.due_on != end):
            raise NoReport
        return found

    async def sheet(self, period: Period, code: str) -> Sheet:
        """Lay out the city's form, or a filer's with its divisions; raises NoReport."""
        filers = self.filers
        async with self.messaging.db.begin() as tx:
            reports = await store.list_reports(tx, period.due_on)
            if filers.city is None or code == filers.city.code:
                figures = await store.list_figures(tx, period.due_on)
                before = await store.list_cumulative(tx, period.due_on)
                return city_sheet(filers, period, reports, figures, before)
            filer = filers.get(code)
            if filer is None:
                raise NoReport
            return await self._filer_sheet(tx, filer, period, reports.get(code))

    async def _filer_sheet(
        self, tx: Tx, filer: Filer, period: Period, report: ReportRow | None
    ) -> Sheet:
        """Show what was sent, or what would be sent now."""
        if report and report.stage in ("submitted", "received"):
            frozen = await store.load_frozen(tx, filer.code, _sent(report))
            if frozen is not None:
                return filer_sheet(filer, period, report, frozen.lines)
        before = await store.last_received(tx, filer.code, period.due_on)
        count = await store.count(tx, filer, period, before)
        return filer_sheet(filer, period, report, count.lines)

    async def members(
        self, period: Period, code: str, column: Column, *, since_first: bool
    ) -> list[store.Member]:
        """List the facts behind a number of a filer or of one division; raises NoReport."""
        filers = self.filers
        filer = filers.get(filers.filer_of.get(code, code))
        if filer is None:
            raise NoReport
        own = code == filer.code
        divisions = filer.divisions if own else [code]
        async with self.messaging.db.begin() as tx:
            report = (await store.list_reports(tx, period.due_on)).get(filer.code)
            frozen = None
            if report and report.stage in ("submitted", "received"):
                frozen = await store.load_frozen(tx, filer.code, _sent(report))
            upto = store.offsets(frozen.version.cut) if frozen else None
            before = await store.last_received(tx, filer.code, period.due_on)
            window = store.window_of(divisions, period, None if since_first else before, upto)
            return await store.list_members(tx, window, column, MOST)

    async def step(
        self, by: Actor, key: Id, name: Step, *, version: int = 0, reason: Reason = "other",
        despite_parked: bool = False,
    ) -> Applied[Report]:  # fmt: skip
        """Move a report one step on; raises Refused."""
        async with self.messaging.db.begin() as tx:
            row = await store.find_report(tx, key)
        filer = self.filers.get(row.filer)
        if filer is None:
            raise NoReport
        city = self.filers.city
        place = city.code if city and name in ("receive", "return") else filer.code
        by.require(*_WHO[name], place=Place(division=place))
        act: Act
        match name:
            case "check":
                act = Check(key, by.person_id)
            case "confirm":
                act = Confirm(key, by.person_id)
            case "submit":
                act = Submit(key, by.person_id, await self._count(row, filer), despite_parked)
            case "receive":
                act = Receive(key, by.person_id, version)
            case "return":
                act = Return(key, by.person_id, version, reason)
        return await self.messaging.act(self._reports, act)

    async def _count(self, row: ReportRow, filer: Filer) -> Count:
        """Cut: take the ends of all that is counted, wait until it is read, count before them."""
        reader = self.messaging.reader
        counted = {topic.name for topic in COUNTED_TOPICS}
        ends = {at: n for at, n in (await reader.end_offsets()).items() if at[0] in counted}
        give_up = time.monotonic() + self.settings.cut_wait_seconds
        while not _reached(await reader.committed(), ends):
            if time.monotonic() > give_up:
                raise Unavailable("cut_not_read")
            await asyncio.sleep(0.1)
        if row.period_end is None:
            raise NoReport
        period = await self.period(row.period_end)
        async with self.messaging.db.begin() as tx:
            before = await store.last_received(tx, filer.code, period.due_on)
            return await store.count(tx, filer, period, before, ends)


def _reached(committed: store.Offsets, ends: store.Offsets) -> bool:
    return all(committed.get(place, 0) >= end for place, end in ends.items())


def _sent(report: ReportRow) -> Basis:
    if report.period_end is None:
        raise NoReport
    return Basis(report.period_end, report.version)


class Body(BaseModel):
    """Base of what is sent; a field we do not know is refused, not dropped."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SubmitBody(Body):
    """`despite_parked`: the head wants it although subjects are under repair."""

    despite_parked: bool = False


class ReceiveBody(Body):
    """The version that was seen."""

    version: int


class ReturnBody(Body):
    """The version that was seen, and why another one is needed."""

    version: int
    reason: Literal["figures", "cases", "other"]


def routes(desk: Desk, officer: CurrentActor) -> Sequence[APIRouter]:
    """Make the JSON endpoints below `/v1`."""
    return _reading(desk, officer), _stepping(desk, officer)


def _reading(desk: Desk, officer: CurrentActor) -> APIRouter:
    api = APIRouter(prefix="/v1")
    who = Depends(officer)

    @api.get("/forms")
    async def form(
        by: Annotated[Actor, who], division: str = "", period_end: date | None = None
    ) -> dict[str, Any]:
        """Lay out a form: the city's, or a county's with its townships."""
        by.require(*READERS)
        return sheet_view(await desk.sheet(await desk.period(period_end), _code(desk, division)))

    @api.get("/forms.xlsx")
    async def book(
        by: Annotated[Actor, who], division: str = "", period_end: date | None = None
    ) -> Response:
        """Give the official form as a workbook."""
        by.require(*READERS)
        sheet = await desk.sheet(await desk.period(period_end), _code(desk, division))
        async with desk.messaging.db.begin() as tx:
            today = local_day(tx.now)
        name = f"form-{sheet.code}-{sheet.period.due_on}.xlsx"
        head = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(workbook(sheet, by.name, today), media_type=MIME, headers=head)

    @api.get("/facts")
    async def facts(
        by: Annotated[Actor, who],
        division: str,
        column: Column,
        period_end: date | None = None,
        since_first: Annotated[bool, Query()] = False,
    ) -> dict[str, Any]:
        """List the facts behind a number."""
        by.require(*READERS)
        period = await desk.period(period_end)
        found = await desk.members(period, division, column, since_first=since_first)
        return {"facts": [member_view(one) for one in found]}

    return api


def _code(desk: Desk, division: str) -> str:
    city = desk.filers.city
    return division or (city.code if city else "")


def _stepping(desk: Desk, officer: CurrentActor) -> APIRouter:
    api = APIRouter(prefix="/v1/reports/{report_id}")
    who = Depends(officer)

    @api.post("/check")
    async def check(report_id: UUID, by: Annotated[Actor, who]) -> dict[str, Any]:
        """Say that the figures were looked through."""
        return answer(await desk.step(by, report_id.bytes, "check"))

    @api.post("/confirm")
    async def confirm(report_id: UUID, by: Annotated[Actor, who]) -> dict[str, Any]:
        """Stand for the figures."""
        return answer(await desk.step(by, report_id.bytes, "confirm"))

    @api.post("/submit")
    async def submit(
        report_id: UUID, by: Annotated[Actor, who], body: SubmitBody | None = None
    ) -> dict[str, Any]:
        """Freeze the figures at a cut and send them to the city."""
        despite = body is not None and body.despite_parked
        return answer(await desk.step(by, report_id.bytes, "submit", despite_parked=despite))

    @api.post("/receive")
    async def receive(
        report_id: UUID, by: Annotated[Actor, who], body: ReceiveBody
    ) -> dict[str, Any]:
        """Take a version in."""
        return answer(await desk.step(by, report_id.bytes, "receive", version=body.version))

    @api.post("/return")
    async def give_back(
        report_id: UUID, by: Annotated[Actor, who], body: ReturnBody
    ) -> dict[str, Any]:
        """Ask for another version."""
        return answer(
            await desk.step(by, report_id.bytes, "return", version=body.version, reason=body.reason)
        )

    return api


def answer(applied: Applied[Report]) -> dict[str, Any]:
    """Tell where a report stands after a step."""
    row = applied.state.row
    return {
        "report_id": to_text(row.key),
        "stage": row.stage,
        "version": row.version,
        "seen": applied.seen or None,
    }


def sheet_view(sheet: Sheet) -> dict[str, Any]:
    """Show a form to a program."""
    return {
        "division_code": sheet.code,
        "name": sheet.name,
        "period_start": sheet.period.start.isoformat(),
        "period_end": sheet.period.due_on.isoformat(),
        "received": sum(row.standing == "received" and not row.own for row in sheet.rows),
        "rows": [_row_view(row) for row in sheet.rows],
        "total": {column: _cell_view(sheet.total(column)) for column in COLUMNS},
        **({"report": _report_view(sheet.report)} if sheet.report else {}),
    }


def _row_view(row: SheetRow) -> dict[str, Any]:
    return {
        "division_code": row.code,
        "name": row.name,
        "standing": row.standing,
        "figures": {column: _cell_view(row.cell(column)) for column in COLUMNS},
        **({"report": _report_view(row.report)} if row.report else {}),
    }


def _report_view(report: ReportRow) -> dict[str, Any]:
    return {"report_id": to_text(report.key), "stage": report.stage, "version": report.version}


def _cell_view(cell: Cell) -> dict[str, int]:
    return {
        "printed": cell.printed,
        "counted": cell.counted,
        "corrected": cell.corrected,
        "late": cell.late,
        "cumulative": cell.cumulative,
    }


def member_view(member: store.Member) -> dict[str, Any]:
    """Show one fact behind a number."""
    return {
        "subject": to_text(member.subject),
        "number": member.number,
        "division_code": member.division_code,
        "column": member.column,
        "delta": member.delta,
        "occurred_at": member.occurred_at.isoformat(),
    }

"""Forms, the facts behind a number, and the steps of a monthly report."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.reporting import store
from services.reporting.domain.bodies import ReceiveBody, ReturnBody, SubmitBody
from services.reporting.domain.facts import COUNTED_TOPICS
from services.reporting.domain.filers import Filer, Filers
from services.reporting.domain.freezing import Count
from services.reporting.domain.ledger import ReportLedger
from services.reporting.domain.refusals import CutNotRead, NoReport
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
from services.reporting.domain.rights import (
    ACTIONS,
    line_of,
    opens_first,
    row_scope_of,
    see_form,
    step_place,
)
from services.reporting.domain.sheets import (
    Filed,
    Listed,
    Sheet,
    city_sheet,
    filer_sheet,
    received_parts,
    received_sums,
)
from services.reporting.domain.views import answer, listed_view, sheet_view
from services.reporting.domain.windows import Asked, Window, whole, window_of
from services.reporting.domain.workbook import MIME, filing_of, workbook
from services.reporting.settings import ReportingSettings
from shared.calendar import Period, local_day
from shared.contracts.reporting import CutOffset
from shared.db.pool import Tx
from shared.directory import DirectoryCopy
from shared.ids import Id, to_text
from shared.messaging.messaging import Messaging
from shared.messaging.subject import Applied, Command, Subject
from shared.rights import Action, may, require
from shared.web.actor import Actor, CurrentActor, just_proved
from shared.web.permissions import requires

MOST = 1000


class Desk:
    """Lays out forms, opens the facts behind a number, moves reports on."""

    def __init__(
        self,
        messaging: Messaging,
        reports: Subject[Report, Filing],
        copy: DirectoryCopy,
        settings: ReportingSettings,
    ) -> None:
        self.messaging, self.copy, self.settings = messaging, copy, settings
        self._reports = reports

    async def period(self, end: date | None) -> Period:
        """Find the period that ends on a day, without one the present; raises NoReport."""
        async with self.messaging.db.begin() as tx:
            now = tx.now
        periods = self.settings.periods
        found = periods.ending(end) if end else periods.period_of(now)
        if found is None or found.year > local_day(now).year + 1:
            raise NoReport
        return found

    async def period_at_hand(self) -> Period:
        """Find the period people work on now; raises NoReport before the first one."""
        async with self.messaging.db.begin() as tx:
            found = self.settings.at_hand(tx.now)
        if found is None:
            raise NoReport
        return found

    async def form(self, by: Actor, period: Period, code: str) -> Sheet:
        """Lay out the city's form, or a filer's with its divisions; raises Refused.

        Of a county that went into another it is the form its lines stand in.
        """
        directory = self.copy.snapshot
        async with self.messaging.db.begin() as tx:
            book = await store.load_book(tx, directory)
            filers = book.filers(period.due_on)
            code = code or opens_first(by.grants, filers)
            filer = see_form(filers.heirs.get(code, code), by, filers, directory)
            if filer.is_city:
                return city_sheet(filers, period, await _filed(tx, period, book, filers))
            sheet = await self._filer_sheet(tx, filer, period, book)
            first = () if sheet.version else book.open_before(filer, period.due_on)
            return replace(sheet, receiver=filers.receiver, comes_first=first)

    async def _filer_sheet(self, tx: Tx, filer: Filer, period: Period, book: ReportLedger) -> Sheet:
        """Show what was sent, or what would be sent now."""
        report = (await store.list_reports(tx, period.due_on)).get(filer.code)
        frozen = await store.load_frozen(tx, filer.code, period.due_on, _sent(report))
        if frozen is not None:
            shown = frozen.version
            return filer_sheet(
                filer, period, report, frozen.lines,
                version=shown.version, left_out=shown.despite_blocked,
            )  # fmt: skip
        count = await store.count(tx, filer, period, book.parts(filer.divisions, period.due_on))
        under_repair = [to_text(key) for key in count.blocked]
        return filer_sheet(filer, period, report, count.lines, left_out=under_repair)

    async def members(self, by: Actor, asked: Asked, limit: int = MOST) -> Listed:
        """List the facts behind a number; raises Refused."""
        period, directory = await self.period(asked.period_end), self.copy.snapshot
        async with self.messaging.db.begin() as tx:
            book = await store.load_book(tx, directory)
            filers = book.filers(period.due_on)
            filer = filers.get(filers.filer_of.get(asked.division, ""))
            if filer is None or (asked.scope == "total" and not filer.is_city):
                raise NoReport
            widest = asked.division if asked.scope == "line" else filer.code
            if not may(by, Action.REPORT_OPEN, line_of(widest, directory)):
                raise NoReport
            windows = await _windows(tx, book, filers, filer, period, asked)
        skip = (asked.page - 1) * limit
        async with self.messaging.db.begin_as(row_scope_of(by, filers, directory)) as tx:
            listed = await store.list_members(tx, windows, asked.column, skip, limit)
        return replace(listed, filer=filer.code)

    async def step(
        self, by: Actor, key: Id, name: Step, *, version: int = 0, reason: Reason = "other",
        despite_blocked: bool = False,
    ) -> Applied[Report]:  # fmt: skip
        """Move a report one step on; raises Refused."""
        directory = self.copy.snapshot
        async with self.messaging.db.begin() as tx:
            row = await store.find_report(tx, key)
            book = await store.load_book(tx, directory)
        period = await self.period(row.period_end)
        filers = book.filers(period.due_on)
        filer = see_form(row.filer, by, filers, directory)
        here = step_place(filer.code, filers.receiver)
        require(by, Action.REPORT_SUBMIT_INCOMPLETE if despite_blocked else ACTIONS[name], here)
        act: Command
        match name:
            case "check":
                act = Check(key, by.person_id)
            case "confirm":
                act = Confirm(key, by.person_id)
            case "submit":
                act = Submit(key, by.person_id, await self._count(filer, period), despite_blocked)
            case "receive":
                act = Receive(key, by.person_id, version)
            case "return":
                act = Return(key, by.person_id, version, reason)
        return await self.messaging.act(self._reports, act)

    async def _count(self, filer: Filer, period: Period) -> Count:
        """Cut: take the ends of all that is counted, wait until it is read, count before them."""
        reader = self.messaging.reader
        counted = {topic.name for topic in COUNTED_TOPICS}
        ends = {at: n for at, n in (await reader.end_offsets()).items() if at[0] in counted}
        give_up = time.monotonic() + self.settings.cut_wait_seconds
        while not _reached(await reader.committed(), ends):
            if time.monotonic() > give_up:
                raise CutNotRead
            await asyncio.sleep(0.1)
        cut = [CutOffset(topic=t, partition=p, offset=n) for (t, p), n in sorted(ends.items())]
        async with self.messaging.db.begin() as tx:
            book = await store.load_book(tx, self.copy.snapshot)
            parts = book.parts(filer.divisions, period.due_on)
            return await store.count(tx, filer, period, parts, cut)


def _reached(committed: Mapping[tuple[str, int], int], ends: Mapping[tuple[str, int], int]) -> bool:
    return all(committed.get(place, 0) >= end for place, end in ends.items())


def _sent(report: ReportRow | None) -> int:
    """Give the version a filer has sent and not got back, 0 when there is none."""
    return report.version if report and report.stage in ("submitted", "received") else 0


async def _filed(tx: Tx, period: Period, book: ReportLedger, filers: Filers) -> Filed:
    parts = received_parts(book, filers, period)
    versions = {one.since for counted in parts.values() for one in counted if one.since}
    return Filed(
        await store.list_reports(tx, period.due_on),
        await store.list_figures(tx, period.due_on),
        received_sums(parts, await store.list_lines(tx, versions)),
        await store.list_left_out(tx, period.due_on),
    )


async def _windows(
    tx: Tx, book: ReportLedger, filers: Filers, filer: Filer, period: Period, asked: Asked
) -> list[Window]:
    """Make the windows a number is the sum of; raises NoReport without such a version."""
    shown = filers if asked.scope == "total" else (filer,)
    if asked.scope == "received" or (asked.scope == "total" and asked.since_first):
        return await _all_received(tx, book, shown, period)
    if asked.scope == "total":
        return [
            window
            for one in shown
            if (standing := book.reports.get(one.code, {}).get(period.due_on))
            and standing.stage == "received"
            for window in await _counted(tx, book, one, period, asked, standing.version)
        ]
    version = asked.version
    if version is None:
        version = _sent((await store.list_reports(tx, period.due_on)).get(filer.code))
    return await _counted(tx, book, filer, period, asked, version)


async def _all_received(
    tx: Tx, book: ReportLedger, filers: Iterable[Filer], period: Period
) -> list[Window]:
    """Make the windows of all the city has received of these filers since the first period."""
    return [
        whole(part.divisions, last)
        for counted in received_parts(book, filers, period).values()
        for part in counted
        if (last := await store.load_before(tx, part))
    ]


async def _counted(
    tx: Tx, book: ReportLedger, filer: Filer, period: Period, asked: Asked, version: int
) -> list[Window]:
    """Make the windows of a version, or of what would be counted now; raises NoReport."""
    frozen = await store.load_frozen(tx, filer.code, period.due_on, version)
    if version and frozen is None:
        raise NoReport
    cut = frozen.version.cut if frozen else None
    parts = frozen.version.parts if frozen else book.parts(filer.divisions, period.due_on)
    windows = []
    for part in parts:
        before = None if asked.since_first else await store.load_before(tx, part)
        divisions = asked.picked(part.divisions, filer.code)
        windows.append(window_of(divisions, period.start, before, cut))
    return windows


class Workbook(Response):
    """A workbook as the file it is."""

    media_type = MIME


def routes(desk: Desk, officer: CurrentActor) -> Sequence[APIRouter]:
    """Make the JSON endpoints below `/v1`."""
    return _reading(desk, officer), _stepping(desk, officer)


def _reading(desk: Desk, officer: CurrentActor) -> APIRouter:
    api = APIRouter(prefix="/v1")
    who = Depends(officer)

    @api.get("/forms")
    @requires(Action.REPORT_READ)
    async def form(
        by: Annotated[Actor, who], division: str = "", period_end: date | None = None
    ) -> dict[str, Any]:
        """Lay out a form: the city's, or a county's with its townships."""
        return sheet_view(await desk.form(by, await desk.period(period_end), division))

    @api.get("/forms.xlsx", response_class=Workbook)
    @requires(Action.REPORT_READ)
    async def book(
        by: Annotated[Actor, who], division: str = "", period_end: date | None = None
    ) -> Workbook:
        """Give the official form as a workbook."""
        sheet = await desk.form(by, await desk.period(period_end), division)
        async with desk.messaging.db.begin() as tx:
            filed = filing_of(sheet, desk.copy.snapshot, by.name, local_day(tx.now))
        name = f"form-{sheet.code}-{sheet.period.due_on}.xlsx"
        head = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Workbook(workbook(sheet, *filed), headers=head)

    @api.get("/facts")
    @requires(Action.REPORT_OPEN)
    async def facts(by: Annotated[Actor, who], asked: Annotated[Asked, Query()]) -> dict[str, Any]:
        """List the facts behind a number."""
        return listed_view(await desk.members(by, asked))

    return api


def _stepping(desk: Desk, officer: CurrentActor) -> APIRouter:
    api = APIRouter(prefix="/v1/reports/{report_id}")
    who, proved = Depends(officer), Depends(just_proved(officer))

    @api.post("/check")
    @requires(Action.REPORT_CHECK)
    async def check(report_id: UUID, by: Annotated[Actor, who]) -> dict[str, Any]:
        """Say that the figures were looked through."""
        return answer(await desk.step(by, report_id.bytes, "check"))

    @api.post("/confirm")
    @requires(Action.REPORT_CONFIRM)
    async def confirm(report_id: UUID, by: Annotated[Actor, proved]) -> dict[str, Any]:
        """Stand for the figures."""
        return answer(await desk.step(by, report_id.bytes, "confirm"))

    @api.post("/submit")
    @requires(Action.REPORT_SUBMIT, Action.REPORT_SUBMIT_INCOMPLETE)
    async def submit(
        report_id: UUID, by: Annotated[Actor, proved], body: SubmitBody | None = None
    ) -> dict[str, Any]:
        """Freeze the figures at a cut and send them to the city."""
        despite = body is not None and body.despite_blocked
        return answer(await desk.step(by, report_id.bytes, "submit", despite_blocked=despite))

    @api.post("/receive")
    @requires(Action.REPORT_RECEIVE)
    async def receive(
        report_id: UUID, by: Annotated[Actor, who], body: ReceiveBody
    ) -> dict[str, Any]:
        """Take a version in."""
        return answer(await desk.step(by, report_id.bytes, "receive", version=body.version))

    @api.post("/return")
    @requires(Action.REPORT_RETURN)
    async def give_back(
        report_id: UUID, by: Annotated[Actor, who], body: ReturnBody
    ) -> dict[str, Any]:
        """Ask for another version."""
        return answer(
            await desk.step(by, report_id.bytes, "return", version=body.version, reason=body.reason)
        )

    return api

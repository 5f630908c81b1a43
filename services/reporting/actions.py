"""Use cases: read a form, the facts behind a number and a report's trail; take a step."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from pydantic import BaseModel

from services.reporting import store
from services.reporting.domain import rights, sheets
from services.reporting.domain.commands import (
    Check,
    Confirm,
    FactsQuery,
    FiguresCommand,
    Receive,
    ReportCommand,
    Return,
    Submit,
)
from services.reporting.domain.context import DecisionContext
from services.reporting.domain.facts import COUNTED_TOPICS
from services.reporting.domain.freezing import (
    Count,
    LineFigure,
    Window,
    changed,
    figures_hash,
    whole_window,
    window_of,
)
from services.reporting.domain.ledger import Filer, Filers, ReportLedger
from services.reporting.domain.model import Activity, Report, ReportRow, stage_of
from services.reporting.domain.refusals import (
    cut_not_read,
    no_activity,
    no_report,
    period_not_begun,
)
from services.reporting.domain.workbook import filed_by, workbook
from services.reporting.settings import ReportingSettings
from shared.calendar import Period, local_day
from shared.contracts.reporting import CutOffset
from shared.db.pool import Tx
from shared.directory import DirectoryCopy
from shared.ids import Id, to_text
from shared.messaging.messaging import Messaging
from shared.messaging.outbox import OutboxEvent, list_emitted
from shared.messaging.subject import Applied, Subject
from shared.rights import Action, may, require
from shared.text import _
from shared.web.act_spec import ActSpec, Target
from shared.web.actor import Actor

MAX_ROWS = 1000


@dataclass(frozen=True, slots=True)
class StepSpec(ActSpec[None]):
    """A step of a report; `needs_proof`: JSON clients must have signed in lately."""

    needs_proof: bool = False

    def to_command(self, target: Target, by: Any, body: BaseModel) -> ReportCommand:
        command: ReportCommand = self.command(*target, by.person_id, body)
        return command


STEPS: Mapping[str, StepSpec] = {
    spec.name: spec
    for spec in (
        StepSpec("check", Check, _("核对无误"), "Mark the figures as checked."),
        StepSpec("confirm", Confirm, _("确认"), "Vouch for the figures.", needs_proof=True),
        StepSpec(
            "submit", Submit, _("报送市级"), "Freeze the figures and send them to the city.",
            needs_proof=True,
        ),
        StepSpec("receive", Receive, _("接收"), "Accept a version."),
        StepSpec("return", Return, _("退回"), "Ask for another version."),
    )
}  # fmt: skip


class SettingRefused(RuntimeError):
    """REPORTING_DUE_DAY or REPORTING_OPENS differs from when the first report was drafted."""

    def __init__(self, start: date, end: date) -> None:
        super().__init__(
            f"已有{start}至{end}的报表，REPORTING_DUE_DAY和REPORTING_OPENS不能再改，请改回 / "
            f"there are reports of {start} to {end}, so REPORTING_DUE_DAY and REPORTING_OPENS can "
            "no longer change; set them back"
        )


class Actions:
    """Use cases of pages, the API and the command line; all methods raise Refused."""

    def __init__(
        self,
        messaging: Messaging,
        reports: Subject[Report, DecisionContext],
        copy: DirectoryCopy,
        settings: ReportingSettings,
    ) -> None:
        self.messaging, self.copy, self.settings = messaging, copy, settings
        self._db, self._reports = messaging.db, reports

    async def require_same_periods(self) -> None:
        """Raise SettingRefused if the settings no longer give the periods of existing reports."""
        async with self._db.begin() as tx:
            found = await store.list_periods(tx)
        for start, end in found:
            period = self.settings.periods.ending(end)
            if period is None or period.start != start:
                raise SettingRefused(start, end)

    async def find_period(self, end: date | None) -> Period:
        """Return the period whose last day is `end`, by default the present one.

        Raises NotFound before it begins: its draft would repeat what the present one counts.
        """
        async with self._db.begin() as tx:
            now = tx.now
        periods = self.settings.periods
        found = periods.ending(end) if end else periods.period_of(now)
        if found is None:
            raise no_report()
        if found.start > local_day(now):
            raise period_not_begun(found.start)
        return found

    async def current_period(self) -> Period:
        """Return the period that people work on now."""
        async with self._db.begin() as tx:
            found = self.settings.current_period(tx.now)
        if found is None:
            raise no_report()
        return found

    async def read_form(
        self, by: Actor, period: Period, code: str, *, own: bool = False
    ) -> sheets.Sheet:
        """Read the city's form, or a filer's with its divisions; `own` is what the city files.

        For a county merged into another it is the form that contains its lines.
        """
        directory = self.copy.snapshot
        async with self._db.begin() as tx:
            ledger = await store.load_ledger(tx, directory)
            filers = ledger.filers(period.due_on)
            code = code or rights.default_filer(by.grants, filers)
            filer = rights.get_visible_filer(filers.heirs.get(code, code), by, filers, directory)
            today = local_day(tx.now)
            if filer.is_city and not own:
                filed = await _filed(tx, period, ledger, filers, today)
                sheet = sheets.city_sheet(filers, period, filed)
                divisions = [code for one in filers for code in one.divisions]
            else:
                sheet = await _filer_sheet(tx, filer, period, ledger, today)
                divisions = list(filer.divisions)
            return replace(
                sheet, receiver=filers.receiver, today=today, calendar=directory.calendar,
                memo=await store.read_memo(tx, divisions, period),
            )  # fmt: skip

    async def make_workbook(
        self, by: Actor, period: Period, code: str, *, own: bool = False
    ) -> tuple[str, bytes]:
        """Return the name and the content of the official form as a workbook."""
        sheet = await self.read_form(by, period, code, own=own)
        name = f"form-{sheet.code}{'-own' if sheet.is_own else ''}-{period.due_on}.xlsx"
        return name, workbook(sheet, *filed_by(sheet, self.copy.snapshot))

    async def list_facts(
        self, by: Actor, query: FactsQuery, limit: int = MAX_ROWS
    ) -> sheets.FactPage:
        """List the facts behind a number."""
        period, directory = await self.find_period(query.period_end), self.copy.snapshot
        async with self._db.begin() as tx:
            ledger = await store.load_ledger(tx, directory)
            filers = ledger.filers(period.due_on)
            filer = filers.get(filers.filer_of.get(query.division, ""))
            if filer is None or (query.scope == "total" and not filer.is_city):
                raise no_report()
            widest = query.division if query.scope == "line" else filer.code
            if not may(by, Action.REPORT_OPEN, rights.line_resource(widest, directory)):
                raise no_report()
            windows = await _windows(tx, ledger, filers, filer, period, query)
        skip = (query.page - 1) * limit
        async with self._db.begin_as(rights.row_scope_of(by, filers, directory)) as tx:
            if query.scope == "uncounted":
                found = await store.list_uncounted(tx, filer.divisions, query.column, skip, limit)
            else:
                found = await store.list_facts(tx, windows, query.column, skip, limit)
        return replace(found, filer=filer.code)

    async def read_activity(self, by: Actor, key: Id) -> Activity:
        """Read an activity that counts for a division this person may open; raises NotFound."""
        async with self._db.begin() as tx:
            filers = (await store.load_ledger(tx, self.copy.snapshot)).filers(local_day(tx.now))
        async with self._db.begin_as(rights.row_scope_of(by, filers, self.copy.snapshot)) as tx:
            found = await store.find_activity(tx, key)
        organiser = found.row.organiser_division if found else ""
        here = rights.line_resource(organiser, self.copy.snapshot)
        if found is None or not may(by, Action.REPORT_OPEN, here):
            raise no_activity()
        return found

    async def read_trail(
        self, by: Actor, key: Id, limit: int
    ) -> tuple[ReportRow, Filer, list[OutboxEvent]]:
        """Read the events of a report, the latest `limit`, for those who may see its form."""
        row, filers, filer = await self._find_visible(by, key)
        async with self._db.begin_as(rights.row_scope_of(by, filers, self.copy.snapshot)) as tx:
            return row, filer, await list_emitted(tx, key, limit)

    async def take_step(self, by: Actor, command: ReportCommand) -> Applied[Report]:
        row, filers, filer = await self._find_visible(by, command.key)
        action = command.action
        if isinstance(command, Submit) and command.body.despite_blocked:
            action = Action.REPORT_SUBMIT_INCOMPLETE
        require(by, action, rights.report_resource(filer.code, filers.receiver))
        if isinstance(command, FiguresCommand):
            period = await self.find_period(row.period_end)
            cut = await self._read_to_the_end() if isinstance(command, Submit) else None
            async with self._db.begin() as tx:
                ledger = await store.load_ledger(tx, self.copy.snapshot)
                command = replace(command, count=await _count(tx, ledger, filer, period, cut))
        return await self.messaging.act(self._reports, command)

    async def _find_visible(self, by: Actor, key: Id) -> tuple[ReportRow, Filers, Filer]:
        directory = self.copy.snapshot
        async with self._db.begin() as tx:
            row = await store.find_report(tx, key)
            ledger = await store.load_ledger(tx, directory)
        filers = ledger.filers(row.period_end) if row.period_end else Filers()
        return row, filers, rights.get_visible_filer(row.filer, by, filers, directory)

    async def _read_to_the_end(self) -> list[CutOffset]:
        """Take the end offsets as the cut and wait until they are read."""
        reader = self.messaging.reader
        counted = {topic.name for topic in COUNTED_TOPICS}
        ends = {at: n for at, n in (await reader.end_offsets()).items() if at[0] in counted}
        give_up = time.monotonic() + self.settings.cut_wait_seconds
        while not _is_reached(await reader.committed(), ends):
            if time.monotonic() > give_up:
                raise cut_not_read()
            await asyncio.sleep(0.1)
        return [CutOffset(topic=t, partition=p, offset=n) for (t, p), n in sorted(ends.items())]


def _is_reached(
    committed: Mapping[tuple[str, int], int], ends: Mapping[tuple[str, int], int]
) -> bool:
    return all(committed.get(place, 0) >= end for place, end in ends.items())


async def _count(
    tx: Tx,
    ledger: ReportLedger,
    filer: Filer,
    period: Period,
    cut: Sequence[CutOffset] | None = None,
) -> Count:
    parts = ledger.parts(filer.divisions, period.due_on)
    return await store.count(tx, filer, period, parts, cut)


async def _filer_sheet(
    tx: Tx, filer: Filer, period: Period, ledger: ReportLedger, today: date
) -> sheets.Sheet:
    """Build the form from the version that was sent, or from what would be sent now."""
    report = (await store.list_reports(tx, period.due_on)).get(filer.code)
    number = ledger.sent_version(filer.code, period.due_on)
    if frozen := await store.load_frozen(tx, filer.code, period.due_on, number):
        version = frozen.version
        return sheets.filer_sheet(
            filer, period, report, frozen.lines,
            version=version.version, left_out=version.despite_blocked,
        )  # fmt: skip
    if not ledger.is_due(filer.code, period.due_on, today):
        sheet = sheets.filer_sheet(filer, period, report, ())
        return sheets.before_first_report(sheet, ledger.first_due(filer.code))
    count = await _count(tx, ledger, filer, period)
    blocked = [to_text(key) for key in count.blocked]
    changes: Sequence[tuple[LineFigure, LineFigure]] = ()
    if report and report.stage in ("checked", "confirmed", "outdated"):
        changes = changed(report.figures, count.lines)
        report = report.model_copy(update={"stage": stage_of(report, count.lines)})
    uncounted = await store.sum_uncounted(tx, filer.divisions)
    return replace(
        sheets.filer_sheet(filer, period, report, count.lines, left_out=blocked),
        uncounted={column: facts for column, (_cell, facts) in uncounted.items()},
        figures_sha256=figures_hash(filer.code, period.due_on, count.lines),
        changes=changes,
        must_precede=ledger.open_before(filer, period.due_on),
        is_overtaken=ledger.is_overtaken(filer, period.due_on),
    )


async def _filed(
    tx: Tx, period: Period, ledger: ReportLedger, filers: Filers, today: date
) -> sheets.FiledReports:
    parts = sheets.received_parts(ledger, filers, period)
    versions = {one.since for counted in parts.values() for one in counted if one.since}
    return sheets.FiledReports(
        await store.list_reports(tx, period.due_on),
        await store.list_figures(tx, period.due_on),
        sheets.received_sums(parts, await store.list_lines(tx, versions)),
        await store.list_left_out(tx, period.due_on),
        {one.code for one in filers if not ledger.is_due(one.code, period.due_on, today)},
    )


async def _windows(
    tx: Tx, ledger: ReportLedger, filers: Filers, filer: Filer, period: Period, query: FactsQuery
) -> list[Window]:
    """Return the windows that a number is the sum of; raises NotFound without such a version."""
    if query.scope == "uncounted":
        return []
    shown = filers if query.scope == "total" else (filer,)
    if query.scope == "received" or (query.scope == "total" and query.since_first):
        return await _received_windows(tx, ledger, shown, period)
    if query.scope == "total":
        return [
            window
            for one in shown
            if (state := ledger.reports.get(one.code, {}).get(period.due_on))
            and state.stage == "received"
            for window in await _version_windows(tx, ledger, one, period, query, state.version)
        ]
    version = query.version
    if version is None:
        version = ledger.sent_version(filer.code, period.due_on)
    return await _version_windows(tx, ledger, filer, period, query, version)


async def _received_windows(
    tx: Tx, ledger: ReportLedger, filers: Iterable[Filer], period: Period
) -> list[Window]:
    """Return the windows of all that was received from filers since the first period."""
    return [
        whole_window(part.divisions, last)
        for counted in sheets.received_parts(ledger, filers, period).values()
        for part in counted
        if (last := await store.load_before(tx, part))
    ]


async def _version_windows(
    tx: Tx, ledger: ReportLedger, filer: Filer, period: Period, query: FactsQuery, version: int
) -> list[Window]:
    """Return the windows of a version, or of what would be counted now if it is 0."""
    frozen = await store.load_frozen(tx, filer.code, period.due_on, version)
    if version and frozen is None:
        raise no_report()
    cut = frozen.version.cut if frozen else None
    parts = frozen.version.parts if frozen else ledger.parts(filer.divisions, period.due_on)
    windows = []
    for part in parts:
        before = None if query.since_first else await store.load_before(tx, part)
        divisions = query.select(part.divisions, filer.code)
        windows.append(window_of(divisions, period.start, before, cut))
    return windows

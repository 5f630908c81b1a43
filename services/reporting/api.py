"""JSON interface: forms, the facts behind a number, the steps of a monthly report."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.reporting.actions import STEPS, Actions
from services.reporting.domain.commands import FactsQuery
from services.reporting.domain.facts import COLUMNS, Column, FactDetail
from services.reporting.domain.model import ReportRow
from services.reporting.domain.sheets import Cell, FactPage, Sheet, SheetRow
from services.reporting.domain.workbook import MIME
from shared.ids import to_text
from shared.rights import Action
from shared.web.act_spec import Target, add_endpoint
from shared.web.actor import Actor, CurrentActor, just_proved, requires


class WorkbookResponse(Response):
    """An xlsx file; the class names its media type in the OpenAPI document."""

    media_type = MIME


def routes(actions: Actions, officer: CurrentActor) -> Sequence[APIRouter]:
    """Return the JSON endpoints below `/v1`."""
    return _reading(actions, officer), _steps(actions, officer)


def _reading(actions: Actions, officer: CurrentActor) -> APIRouter:
    api = APIRouter(prefix="/v1")
    who = Depends(officer)

    @api.get("/forms")
    @requires(Action.REPORT_READ)
    async def form(
        by: Annotated[Actor, who],
        division: str = "",
        period_end: date | None = None,
        own: bool = False,
    ) -> dict[str, Any]:
        """Get a form: the city's, a county's with its townships, or the city's `own` level's."""
        period = await actions.find_period(period_end)
        return _sheet_json(await actions.read_form(by, period, division, own=own))

    @api.get("/forms.xlsx", response_class=WorkbookResponse)
    @requires(Action.REPORT_READ)
    async def workbook(
        by: Annotated[Actor, who],
        division: str = "",
        period_end: date | None = None,
        own: bool = False,
    ) -> WorkbookResponse:
        """Get the official form as a workbook."""
        period = await actions.find_period(period_end)
        name, content = await actions.make_workbook(by, period, division, own=own)
        head = {"Content-Disposition": f'attachment; filename="{name}"'}
        return WorkbookResponse(content, headers=head)

    @api.get("/facts")
    @requires(Action.REPORT_OPEN)
    async def facts(
        by: Annotated[Actor, who], query: Annotated[FactsQuery, Query()]
    ) -> dict[str, Any]:
        """List the facts behind a number."""
        return _facts_json(await actions.list_facts(by, query))

    return api


def _steps(actions: Actions, officer: CurrentActor) -> APIRouter:
    api = APIRouter(prefix="/v1")
    proved = just_proved(officer)

    def target(report_id: UUID) -> Target:
        return (report_id.bytes,)

    async def perform(command: Any, by: Actor) -> dict[str, Any]:
        applied = await actions.take_step(by, command)
        return {**_report_json(applied.state.row), "seen": applied.seen or None}

    for spec in STEPS.values():
        asker = proved if spec.needs_proof else officer
        add_endpoint(api, "/reports/{report_id}", spec, target, asker, perform)
    return api


def _sheet_json(sheet: Sheet) -> dict[str, Any]:
    """A cell is null where its column has no meaning; `figures_sha256` only in a draft."""
    return {
        "division_code": sheet.code,
        "name": sheet.name,
        "period_start": sheet.period.start.isoformat(),
        "period_end": sheet.period.due_on.isoformat(),
        "received": sheet.received,
        "left_out": list(sheet.left_out),
        "rows": [_row_json(row) for row in sheet.rows],
        "total": {column: _cell_json(sheet.total(column)) for column in COLUMNS},
        **({"memo": sheet.memo.model_dump()} if sheet.memo else {}),
        **({"figures_sha256": sheet.figures_sha256} if sheet.figures_sha256 else {}),
        **({"report": _report_json(sheet.report)} if sheet.report else {}),
    }


def _row_json(row: SheetRow) -> dict[str, Any]:
    return {
        "division_code": row.code,
        "name": row.name,
        "status": row.status,
        "left_out": list(row.left_out),
        "figures": {column: _figure_json(row, column) for column in COLUMNS},
        **({"report": _report_json(row.report)} if row.report else {}),
    }


def _figure_json(row: SheetRow, column: Column) -> dict[str, int | None] | None:
    """None if the column does not apply; if nothing was filed (未报), there are no parts either."""
    if not row.applies(column):
        return None
    cell: dict[str, int | None] = {**_cell_json(row.cell(column))}
    if row.status in ("missing", "not_due"):
        cell = dict.fromkeys(cell, None) | {"cumulative": cell["cumulative"]}
    return cell if row.has_sums else cell | {"cumulative": None}


def _report_json(report: ReportRow) -> dict[str, Any]:
    return {"report_id": to_text(report.key), "stage": report.stage, "version": report.version}


def _cell_json(cell: Cell) -> dict[str, int]:
    return {"printed": cell.printed, **asdict(cell)}


def _facts_json(page: FactPage) -> dict[str, Any]:
    return {
        "figure": {name: n for name, n in _cell_json(page.cell).items() if name != "cumulative"},
        "count": page.count,
        "facts": [_fact_json(fact) for fact in page.facts],
    }


def _fact_json(fact: FactDetail) -> dict[str, Any]:
    return {
        "subject": to_text(fact.subject),
        "number": fact.number,
        "rating_channel": fact.rating_channel or None,
        "division_code": fact.division_code,
        "column": fact.column,
        "delta": fact.delta,
        "occurred_at": fact.occurred_at.isoformat(),
    }

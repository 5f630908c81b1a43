"""What a program sees of a form, of a report's step and of the facts behind a number."""

from typing import Any

from services.reporting.domain.facts import COLUMNS, Column, Member
from services.reporting.domain.reports import Report, ReportRow
from services.reporting.domain.sheets import Cell, Listed, Sheet, SheetRow
from shared.ids import to_text
from shared.messaging.subject import Applied


def answer(applied: Applied[Report]) -> dict[str, Any]:
    """Tell where a report stands after a step."""
    return {**_report_view(applied.state.row), "seen": applied.seen or None}


def sheet_view(sheet: Sheet) -> dict[str, Any]:
    """Show a form: a cell is null where its column has no meaning."""
    return {
        "division_code": sheet.code,
        "name": sheet.name,
        "period_start": sheet.period.start.isoformat(),
        "period_end": sheet.period.due_on.isoformat(),
        "received": sheet.received,
        "left_out": list(sheet.left_out),
        "rows": [_row_view(row) for row in sheet.rows],
        "total": {column: _cell_view(sheet.total(column)) for column in COLUMNS},
        **({"report": _report_view(sheet.report)} if sheet.report else {}),
    }


def _row_view(row: SheetRow) -> dict[str, Any]:
    return {
        "division_code": row.code,
        "name": row.name,
        "standing": row.standing,
        "left_out": list(row.left_out),
        "figures": {column: _figure_view(row, column) for column in COLUMNS},
        **({"report": _report_view(row.report)} if row.report else {}),
    }


def _figure_view(row: SheetRow, column: Column) -> dict[str, int | None] | None:
    """Show a row's cell; what is not filed prints nothing (未报), which is not 0."""
    if not row.applies(column):
        return None
    filed: dict[str, int | None] = {**_cell_view(row.cell(column))}
    return filed | {"printed": None} if row.standing == "missing" else filed


def _report_view(report: ReportRow) -> dict[str, Any]:
    return {"report_id": to_text(report.key), "stage": report.stage, "version": report.version}


def _cell_view(cell: Cell) -> dict[str, int]:
    return {
        "printed": cell.printed,
        "counted": cell.counted,
        "corrected": cell.corrected,
        "adjusted": cell.adjusted,
        "late": cell.late,
        "cumulative": cell.cumulative,
    }


def listed_view(listed: Listed) -> dict[str, Any]:
    """Show what stands behind a number: its parts, how many facts, and those of one page."""
    return {
        "figure": _cell_view(listed.cell),
        "count": listed.facts,
        "facts": [_member_view(one) for one in listed.members],
    }


def _member_view(member: Member) -> dict[str, Any]:
    return {
        "subject": to_text(member.subject),
        "number": member.number,
        "division_code": member.division_code,
        "column": member.column,
        "delta": member.delta,
        "occurred_at": member.occurred_at.isoformat(),
    }

"""The official form as a workbook; title, six heads and notes are those of 通知附件, verbatim."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

import xlsxwriter

from services.reporting.domain.facts import COLUMNS
from services.reporting.domain.sheets import Sheet, SheetRow
from shared.calendar import local_day
from shared.contracts.codes import FigureColumn
from shared.directory.snapshot import Directory
from shared.ids import from_text

MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TITLE = "三级人大万名代表助力“稳企助企、稳进提质”活动情况汇总表"
HEADS: Mapping[FigureColumn, str] = {
    "C1": "辖区内各级人大开展有关视察、调研、座谈、联系群众活动次数",
    "C2": "辖区内各级人大代表参与活动人次",
    "C3": "收集意见建议数量(件)",
    "C4": "解决问题数量(件)",
    "C5": "上报市级处理研究的意见建议数量(件)",
    "C6": "典型案例(可另行文本发送)",
}
NOTES = (
    "备注：1. 各设县（市、区）人大负责统计汇总所辖乡镇（街道）情况；",
    "2. 汇总表和典型案例需要于每月20日前发送至市人大办公室。",
)
LAST, STATUS = len(COLUMNS) - 1, 1 + 2 * len(COLUMNS)
"""The last column of the form; that of the status in the list, after a pair for each figure."""
A4 = 9
_STATUS = {
    "missing": "未报，不计入合计",
    "not_due": "还没有开始填报",
    "waiting": "待接收，不计入合计",
    "returned": "已退回，不计入合计",
    "received": "已接收",
    "draft": "",
}


def filed_by(sheet: Sheet, directory: Directory) -> tuple[str, date | None]:
    """Return who sent a form and when; neither before it was sent.

    The city's form is sent by whoever sent the city's own row, and not before the last report in
    its total was received.
    """
    row = next((row for row in sheet.rows if row.own), None) if sheet.is_city else None
    report, version = (row.report, row.version) if row else (sheet.report, sheet.version)
    if report is None or version == 0 or report.submitted_at is None:
        return "", None
    person = directory.person(from_text(report.submitted_by))
    counted = [one.report for one in sheet.rows if one.report and one.status == "received"]
    moments = [report.submitted_at, *(one.decided_at for one in counted if one.decided_at)]
    return person.name if person else report.submitted_by, local_day(max(moments))


def workbook(sheet: Sheet, person: str, day: date | None) -> bytes:
    """Return the workbook: the form, and a second page with the rows it is the sum of.

    The same form gives the same bytes: nothing in it depends on when the file is made.
    """
    written = BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True}) as book:
        made_at = datetime.combine(day or sheet.period.due_on, time())
        book.set_properties({"created": made_at})
        plain = {"font_name": "宋体", "text_wrap": True, "align": "center", "valign": "vcenter"}
        formats = {
            "title": book.add_format({**plain, "bold": True, "font_size": 16}),
            "head": book.add_format({**plain, "border": 1, "font_size": 10}),
            "cell": book.add_format({**plain, "border": 1, "font_size": 14}),
            "line": book.add_format({**plain, "align": "left"}),
        }
        _form(book.add_worksheet("汇总表"), sheet, person, day, formats)
        _rows(book.add_worksheet("各单位"), sheet, formats)
    return written.getvalue()


def _page(page: Any, *, columns: int) -> None:
    """Set a page to A4 landscape, all columns on one sheet of paper."""
    page.set_landscape()
    page.set_paper(A4)
    page.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    page.center_horizontally()
    page.fit_to_pages(1, 0)
    page.set_column(0, columns - 1, 132 // columns)


def _form(
    page: Any,
    sheet: Sheet,
    person: str,
    day: date | None,
    formats: Mapping[str, Any],
) -> None:
    _page(page, columns=len(COLUMNS))
    page.set_row(0, 36)
    page.merge_range(0, 0, 0, LAST, TITLE, formats["title"])
    head = (
        f"填报单位：{sheet.name}",
        f"填报人：{person}",
        f"填报日期：{day.year}年{day.month}月{day.day}日" if day else "填报日期：",
    )
    page.set_row(1, 24)
    for at, text in enumerate(head):
        page.merge_range(1, 2 * at, 1, 2 * at + 1, text, formats["line"])
    page.set_row(2, 72)
    page.set_row(3, 48)
    for at, column in enumerate(COLUMNS):
        page.write_string(2, at, HEADS[column], formats["head"])
        page.write(3, at, sheet.shown_total(column)[0], formats["cell"])
    for at, text in enumerate((*NOTES, *_remarks(sheet, day))):
        page.set_row(4 + at, 20)
        page.merge_range(4 + at, 0, 4 + at, LAST, text, formats["line"])


def _remarks(sheet: Sheet, day: date | None) -> Iterator[str]:
    """Yield the remarks that a printed form needs besides the annex's own notes."""
    if sheet.is_city:
        counties = [row for row in sheet.rows if not row.own]
        yield f"合计含已接收的{sheet.received}个县（市、区），共{len(counties)}个。"
        if day:
            yield "填报日期是市本级报送、各份计入的报表接收中最晚的一天。"
    elif sheet.version == 0:
        yield "草稿：还没有报送，数字会变。"
    for one in sheet.must_precede:
        if not one.is_sent:
            yield f"含{one.filer.name}截至{one.period_end}的一期还没有报送的事项。"
    if sheet.left_out:
        when = "报送时" if sheet.version else ""
        yield f"{when}有{len(sheet.left_out)}件正在核对数据，没有计入。"


def _rows(page: Any, sheet: Sheet, formats: Mapping[str, Any]) -> None:
    _page(page, columns=STATUS + 1)
    head = formats["head"]
    page.set_row(0, 72)
    page.merge_range(0, 0, 1, 0, "填报单位", head)
    page.merge_range(0, STATUS, 1, STATUS, "签报", head)
    page.set_column(STATUS, STATUS, 22)
    for at, column in enumerate(COLUMNS):
        page.merge_range(0, 1 + 2 * at, 0, 2 + 2 * at, HEADS[column], head)
        page.write_string(1, 1 + 2 * at, "本期", head)
        page.write_string(1, 2 + 2 * at, "累计", head)
    for at, row in enumerate(sheet.rows):
        _row(page, 2 + at, row, head)
    last = 2 + len(sheet.rows)
    page.set_row(last, 22)
    page.write_string(last, 0, "合计", head)
    page.write_string(last, STATUS, "", head)
    for at, column in enumerate(COLUMNS):
        for side, value in enumerate(sheet.shown_total(column)):
            page.write(last, 1 + 2 * at + side, value, head)


def _row(page: Any, at: int, row: SheetRow, cell_format: Any) -> None:
    """Write one row as the page shows it."""
    page.set_row(at, 44 if row.left_out else 22)
    page.write_string(at, 0, row.name, cell_format)
    for n, column in enumerate(COLUMNS):
        for side, value in enumerate(row.shown(column)):
            page.write(at, 1 + 2 * n + side, value, cell_format)
    blocked = f"；{len(row.left_out)}件正在核对数据，没有计入" if row.left_out else ""
    page.write_string(at, STATUS, _STATUS[row.status] + blocked, cell_format)

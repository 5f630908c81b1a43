"""The official form as a workbook: its title, six heads and notes word for word (通知附件)."""

from collections.abc import Mapping
from datetime import date
from io import BytesIO
from typing import Any

import xlsxwriter

from services.reporting.domain.facts import COLUMNS
from services.reporting.domain.sheets import Sheet, SheetRow
from shared.contracts.words import FigureColumn

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
_WORDS = {"missing": "未报", "waiting": "待接收，不计入合计", "received": "已接收", "draft": ""}


def workbook(sheet: Sheet, person: str, today: date) -> bytes:
    """Write the form, and a second sheet with the rows it is the sum of."""
    written = BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True}) as book:
        plain = {"font_name": "宋体", "text_wrap": True, "align": "center", "valign": "vcenter"}
        formats = {
            "title": book.add_format({**plain, "bold": True, "font_size": 16}),
            "cell": book.add_format({**plain, "border": 1}),
            "line": book.add_format({"font_name": "宋体"}),
        }
        _form(book.add_worksheet("汇总表"), sheet, f"填报人：{person}", today, formats)
        _rows(book.add_worksheet("各单位"), sheet, formats)
    return written.getvalue()


def _form(page: Any, sheet: Sheet, person: str, today: date, formats: Mapping[str, Any]) -> None:
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 1)
    page.set_column(0, 5, 22)
    page.merge_range(0, 0, 0, 5, TITLE, formats["title"])
    page.write_string(1, 0, f"填报单位：{sheet.name}", formats["line"])
    page.write_string(1, 2, person, formats["line"])
    page.write_string(
        1, 4, f"填报日期：{today.year}年{today.month}月{today.day}日", formats["line"]
    )
    page.set_row(2, 64)
    for at, column in enumerate(COLUMNS):
        page.write_string(2, at, HEADS[column], formats["cell"])
        page.write_number(3, at, sheet.total(column).printed, formats["cell"])
    for at, note in enumerate(NOTES):
        page.write_string(4 + at, 0, note, formats["line"])


def _rows(page: Any, sheet: Sheet, formats: Mapping[str, Any]) -> None:
    page.set_column(0, 0, 18)
    page.set_column(1, 13, 12)
    page.write_string(0, 0, "填报单位", formats["cell"])
    for at, column in enumerate(COLUMNS):
        page.merge_range(0, 1 + 2 * at, 0, 2 + 2 * at, HEADS[column], formats["cell"])
        page.write_string(1, 1 + 2 * at, "本期", formats["cell"])
        page.write_string(1, 2 + 2 * at, "累计", formats["cell"])
    page.write_string(0, 13, "签报", formats["cell"])
    for at, row in enumerate(sheet.rows):
        _row(page, 2 + at, row, formats["cell"])
    last = 2 + len(sheet.rows)
    page.write_string(last, 0, "合计", formats["cell"])
    for at, column in enumerate(COLUMNS):
        total = sheet.total(column)
        page.write_number(last, 1 + 2 * at, total.printed, formats["cell"])
        page.write_number(last, 2 + 2 * at, total.cumulative, formats["cell"])


def _row(page: Any, at: int, row: SheetRow, cell_format: Any) -> None:
    """Write one row; 未报 is a word, never 0."""
    page.write_string(at, 0, row.name, cell_format)
    for n, column in enumerate(COLUMNS):
        cell = row.cell(column)
        if row.standing == "missing":
            page.write_string(at, 1 + 2 * n, "未报", cell_format)
        else:
            page.write_number(at, 1 + 2 * n, cell.printed, cell_format)
        page.write_number(at, 2 + 2 * n, cell.cumulative, cell_format)
    page.write_string(at, 13, _WORDS[row.standing], cell_format)

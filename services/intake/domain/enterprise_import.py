"""Reads the register of enterprises from CSV."""

from services.intake.domain.credit_code import enterprise_id, is_credit_code
from shared.contracts.envelope import Key
from shared.directory.snapshot import Directory
from shared.ids import named_id
from shared.messaging.subject import Row
from shared.tables.rows import Line, Report, RowError, TableRow, read_rows
from shared.text import _


class EnterpriseRow(Row):
    """An enterprise of the register; a small trader may have no credit code."""

    key: Key
    credit_code: str | None
    name: str
    division_code: str


class EnterpriseLine(TableRow):
    """The columns of the register."""

    credit_code: str
    name: str
    division_code: str


def read_enterprises(text: str, directory: Directory) -> Report[EnterpriseRow]:
    """Read the register; of several lines of one enterprise only the first is taken."""
    seen: set[bytes] = set()

    def take(line: Line[EnterpriseLine]) -> EnterpriseRow:
        row = _enterprise(line.row(), directory)
        if row.key in seen:
            raise RowError("credit_code", _("文件里已有这家企业"))
        seen.add(row.key)
        return row

    return read_rows(text, EnterpriseLine, take)


def _enterprise(line: EnterpriseLine, directory: Directory) -> EnterpriseRow:
    code, name, division = line.credit_code, line.name, line.division_code
    if not name or "\0" in name:
        raise RowError("name", _("没有名称"))
    if directory.division(division) is None:
        raise RowError("division_code", _("没有这个区划代码"))
    if code and not is_credit_code(code):
        raise RowError("credit_code", _("统一社会信用代码的校验位不对"))
    key = enterprise_id(code) if code else named_id("enterprise", f"{division}:{name}")
    return EnterpriseRow(key=key, credit_code=code or None, name=name, division_code=division)

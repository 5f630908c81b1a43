"""Enterprises: their credit codes, and the import of the register as a table."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from shared.contracts.envelope import Key
from shared.directory.snapshot import Directory
from shared.ids import Id, named_id
from shared.messaging.subject import Row
from shared.tables.rows import Line, Report, RowError, TableRow, Verdict, read_rows
from shared.text import _, fold

MAX_NAME = 100

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUES = {character: value for value, character in enumerate(ALPHABET)}


def check_character(first: str) -> str:
    """Compute the 18th character from the first 17 (GB 32100-2015 §4.6, weights 3ⁱ mod 31).

    Raises KeyError for a character outside the alphabet.
    """
    total = sum(_VALUES[character] * pow(3, i, 31) for i, character in enumerate(first))
    return ALPHABET[-total % 31]


def is_credit_code(code: str) -> bool:
    """Whether a code has 18 characters of the alphabet and the right check character."""
    if len(code) != 18 or not _VALUES.keys() >= set(code):
        return False
    return check_character(code[:17]) == code[17]


def enterprise_id(code: str) -> Id:
    """Derive the key of the enterprise with this code, registered or not."""
    return named_id("enterprise", code)


def trader_id(division_code: str, name: str) -> Id:
    """Derive the key of a small trader of a division that has no credit code."""
    return named_id("enterprise", f"{division_code}:{name}")


class EnterpriseRow(Row):
    """An enterprise of the register; a small trader may have no credit code.

    `folded` is the name as the search compares it.
    """

    key: Key
    credit_code: str | None
    name: str
    folded: str
    division_code: str


class EnterpriseLine(TableRow):
    credit_code: str
    name: str
    division_code: str


def read_enterprises(text: str, directory: Directory) -> Report[EnterpriseRow]:
    """Read the register; of several lines of one enterprise only the first is accepted."""
    seen: set[bytes] = set()

    def read(line: Line[EnterpriseLine]) -> EnterpriseRow:
        row = _enterprise(line.row(), directory)
        if row.key in seen:
            raise RowError("credit_code", _("文件里已有这家企业"))
        seen.add(row.key)
        return row

    return read_rows(text, EnterpriseLine, read)


def _enterprise(line: EnterpriseLine, directory: Directory) -> EnterpriseRow:
    code, name, division = line.credit_code, line.name, line.division_code
    if not name or "\0" in name:
        raise RowError("name", _("没有名称"))
    if len(name) > MAX_NAME:
        raise RowError("name", _("名称太长，最多100个字"))
    if directory.division(division) is None:
        raise RowError("division_code", _("没有这个区划代码"))
    if code and not is_credit_code(code):
        raise RowError(
            "credit_code",
            _("统一社会信用代码的校验位不对"),
            _("请核对18位代码；由表格软件改成了数字的，请把这一列设为文本再填。"),
        )
    key = enterprise_id(code) if code else trader_id(division, name)
    return EnterpriseRow(
        key=key, credit_code=code or None, name=name, folded=fold(name), division_code=division
    )


@dataclass(frozen=True, slots=True)
class PlannedEnterprise:
    """A line of a table, with what the register has of its enterprise now."""

    number: int
    row: EnterpriseRow
    before: EnterpriseRow | None

    @property
    def verdict(self) -> Verdict:
        if self.before is None:
            return "new"
        return "unchanged" if self.before == self.row else "changed"


@dataclass(frozen=True)
class RegisterPlan:
    """The changes a table makes to the register, and its rejected lines."""

    lines: Sequence[PlannedEnterprise]
    errors: Sequence[tuple[int, RowError]]

    @cached_property
    def counts(self) -> Mapping[Verdict, int]:
        """How many lines have each verdict."""
        found: Counter[Verdict] = Counter(one.verdict for one in self.lines)
        found["wrong"] = len(dict(self.errors))
        return found

    @property
    def rows(self) -> list[EnterpriseRow]:
        return [one.row for one in self.lines if one.verdict != "unchanged"]

    @cached_property
    def digest(self) -> str:
        """Two plans with the same digest make the same of the same rows."""
        found = hashlib.sha256()
        for one in self.lines:
            found.update(f"{one.row!r} {one.before!r}\n".encode())
        return found.hexdigest()


def plan_register(
    report: Report[EnterpriseRow],
    known: Mapping[Id, EnterpriseRow],
    administers: Callable[[str], bool],
) -> RegisterPlan:
    """Compare a table with the register, for whom administers the divisions that `administers`."""
    lines, errors = list[PlannedEnterprise](), list(report.errors)
    for number, row in report.taken:
        one = PlannedEnterprise(number, row, known.get(row.key))
        foreign = [code for code in _places(one) if not administers(code)]
        if foreign:
            message = _("%(code)s不归您管理", code=foreign[0])
            what_to_do = _("请交给那里的管理员导入。")
            errors.append((number, RowError("division_code", message, what_to_do)))
        else:
            lines.append(one)
    return RegisterPlan(lines, sorted(errors, key=lambda it: it[0]))


def _places(one: PlannedEnterprise) -> Iterator[str]:
    """List the divisions whose administrator must agree: the new one, and the present one."""
    yield one.row.division_code
    if one.before is not None:
        yield one.before.division_code

"""Tables people bring: a pydantic model names the columns, each line gives a row or an error."""

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationInfo, create_model

from shared.contracts.dates import FIRST_DAY, LAST_DAY
from shared.tables.files import Mark, unguarded, unmarked
from shared.text import Sentence, _, flaw_of

Verdict = Literal["wrong", "changed", "new", "unchanged"]
VERDICTS: tuple[Verdict, ...] = ("wrong", "changed", "new", "unchanged")
"""What an import does with a line; most urgent first."""


class RowError(Exception):
    """A line or a form that cannot be taken: the column, why, and what to do."""

    def __init__(
        self,
        column: str | None,
        message: Sentence,
        what_to_do: Sentence = _("请改正这一格，再导入这一行。"),
    ) -> None:
        super().__init__(f"{column}: {message}")
        self.column, self.message, self.what_to_do = column or "", message, what_to_do


class UnreadableRow(RowError):
    """From this line on the CSV cannot be read; with `whole` nothing above is imported either."""

    def __init__(self, *, whole: bool = False) -> None:
        message = _("从这里起读不了，整个文件没有登记") if whole else _("从这里起读不了")
        super().__init__("", message, _("请另存为CSV（UTF-8）或.xlsx后重试。"))


class Repeated(RowError):
    """A line that repeats one already taken."""

    def __init__(self, column: str) -> None:
        super().__init__(column, _("上面已有这一行"))


class TableRow(BaseModel):
    """A line of a table; a field with a default is a column that the head may leave out.

    Validators raise RowError, which pydantic passes through.
    """

    model_config = ConfigDict(frozen=True)

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """List all columns in order."""
        return tuple(cls.model_fields)

    @classmethod
    def required(cls) -> tuple[str, ...]:
        """List the columns the head must name."""
        return tuple(name for name, one in cls.model_fields.items() if one.is_required())


R = TypeVar("R", bound=TableRow)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Line(Generic[R]):
    """A line by its number (the head is 1): its trimmed cells by column, or what is wrong."""

    number: int
    model: type[R]
    cells: Mapping[str, str] = field(default_factory=dict)
    error: RowError | None = None

    def row(self) -> R:
        """Parse the cells; raises RowError."""
        if self.error is not None:
            raise self.error
        return _parsed(self.model, self.cells)


@dataclass(frozen=True, slots=True)
class Report(Generic[T]):
    """Accepted rows and row errors, each with its line number."""

    taken: Sequence[tuple[int, T]]
    errors: Sequence[tuple[int, RowError]]


def parse_row(model: type[R], cells: Mapping[str, str]) -> R:
    """Parse what a form sends like the cells of a line; raises RowError."""
    return _parsed(model, {name: _clean(cell) for name, cell in cells.items()})


def _parsed(model: type[R], cells: Mapping[str, str]) -> R:
    for column, cell in cells.items():
        if flaw_of(cell):
            raise RowError(column, _("这一项含有隐藏的或不能保存的字符"))
    return model.model_validate(cells)


def read_rows(text: str, model: type[R], take: Callable[[Line[R]], T]) -> Report[T]:
    """Take every line of a CSV table, keeping why the others were not taken.

    The head names the model's columns in any order; `take` raises RowError. Empty lines are passed
    over. A head without a required column ends the reading, and so does a cell that CSV cannot
    hold.
    """
    taken: list[tuple[int, T]] = []
    errors: list[tuple[int, RowError]] = []
    for line in _lines(text, model):
        try:
            taken.append((line.number, take(line)))
        except RowError as error:
            found = [] if line.error else cell_errors(model, line.cells).values()
            errors += [(line.number, one) for one in found or [error]]
    return Report(taken, errors)


def cell_errors(model: type[TableRow], cells: Mapping[str, str]) -> dict[str, RowError]:
    """Check each cell by itself: a whole row stops at its first error."""
    errors: dict[str, RowError] = {}
    for name in cells.keys() & model.model_fields.keys():
        try:
            parse_row(_cell_model(model, name), {name: cells[name]})
        except RowError as error:
            errors[name] = error
    return {name: errors[name] for name in model.columns() if name in errors}


@cache
def _cell_model(model: type[TableRow], name: str) -> type[TableRow]:
    info = model.model_fields[name]
    fields: dict[str, Any] = {name: (info.annotation, info)}
    return create_model(name, __base__=TableRow, **fields)


def require_complete(report: Report[T]) -> Report[T]:
    """Give the report of a file that can be read to its end; of another nothing is taken.

    What a file leaves out may matter as much as what it holds.
    """
    number, last = report.errors[-1] if report.errors else (0, None)
    if not isinstance(last, UnreadableRow):
        return report
    return Report([], [(number, UnreadableRow(whole=True))])


def _lines(text: str, model: type[R]) -> Iterator[Line[R]]:
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    try:
        names = list(reader.fieldnames or ())
        mark, first = unmarked(names[0] if names else "")
        if mark:
            yield Line(1, model, error=_marked(mark, first))
            return
        head = set(names)
        if not set(model.required()) <= head:
            yield Line(1, model, error=_columns_missing(model))
            return
        columns = [column for column in model.columns() if column in head]
        for fields in reader:
            mark, fields[names[0]] = unmarked(fields[names[0]] or "")
            cells = {column: _clean(fields[column] or "") for column in columns}
            error = _cells_left_over() if None in fields else None
            if mark:
                error = _marked(mark, fields[names[0]])
            elif all(cells[column] == column for column in columns):
                error = RowError("", _("这一行又是表头，没有读取"), _("请删去这一行。"))
            yield Line(reader.line_num, model, cells, error)
    except csv.Error:
        yield Line(reader.line_num, model, error=UnreadableRow())


_YEAR_FIRST = re.compile(
    r"(\d{4})(?:-(\d\d?)-|/(\d\d?)/|\.(\d\d?)\.|年(\d\d?)月)(\d\d?)日?(?: 0?0:00(?::00)?)?"
)
_SERIAL = re.compile(r"[1-9]\d{4}")
_DAY_ZERO = date(1899, 12, 30)
"""Spreadsheets count days from here."""


def parse_date(cell: str, info: ValidationInfo) -> date:
    """Parse a date as 2026-11-23, 2026/11/23, 2026年11月23日 or as a spreadsheet counts days.

    Raises RowError, also for a date that does not begin with its year: it may be read two ways.
    """
    folded = unicodedata.normalize("NFKC", cell)
    try:
        if found := _YEAR_FIRST.fullmatch(folded):
            day = date(*(int(part) for part in found.groups() if part))
        elif _SERIAL.fullmatch(folded):
            day = _DAY_ZERO + timedelta(days=int(folded))
        else:
            raise ValueError
    except ValueError:
        sentence = _("日期应写作2026-11-23：%(written)s", written=cell)
        raise RowError(info.field_name, sentence) from None
    if not FIRST_DAY <= day <= LAST_DAY:
        sentence = _("年份应在2000年到2099年之间：%(written)s", written=cell)
        raise RowError(info.field_name, sentence)
    return day


def parse_bool(cell: str, info: ValidationInfo) -> bool:
    """Parse yes or no in either language; an empty cell is no; raises RowError."""
    match cell.lower():
        case "yes" | "是" | "y" | "1":
            return True
        case "no" | "否" | "n" | "0" | "":
            return False
        case _:
            raise RowError(info.field_name, _("这一项只能填是或否"))


DateCell = Annotated[date, BeforeValidator(parse_date)]
BoolCell = Annotated[bool, BeforeValidator(parse_bool)]


def _clean(cell: str) -> str:
    return unguarded(cell.strip())


def _columns_missing(model: type[TableRow]) -> RowError:
    head = ",".join(model.required())
    return RowError(
        "", _("表头应有%(head)s", head=head), _("请先导出一份或下载表样，照它的表头填写。")
    )


def _marked(mark: Mark, first: str) -> RowError:
    """Name what a spreadsheet hides or joins: such a line is never taken."""
    match mark:
        case "merged":
            message = _("这一行有合并的单元格，看不出属于哪一行，没有登记")
            return RowError("", message, _("请取消合并，把每一格都填上，再导入。"))
        case "hidden":
            message = _("这一行是隐藏的，或被筛选掉了，没有登记")
            return RowError("", message, _("请取消隐藏和筛选，看过再导入。"))
        case "hidden column":
            message = _("%(column)s列是隐藏的，整个文件没有登记", column=first)
            return RowError("", message, _("请取消隐藏和筛选，看过再导入。"))
        case "hidden sheet":
            message = _("第一张工作表“%(name)s”是隐藏的，整个文件没有登记", name=first)
            return RowError("", message, _("请取消隐藏和筛选，看过再导入。"))
        case "sheet":
            message = _("另有一张工作表“%(name)s”，没有读取", name=first)
            return RowError("", message, _("只读第一张；要导入的请另存为单独的文件。"))


def _cells_left_over() -> RowError:
    return RowError("", _("这一行的格数多于表头"))

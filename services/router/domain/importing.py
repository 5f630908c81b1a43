"""How a table of the directory is read: a verdict on every line, the wrong cell named."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from services.router.domain.entries import PutEntry
from services.router.domain.keeping import Keeper
from shared.directory.snapshot import Directory
from shared.ids import Id
from shared.table_file import Line, read_lines
from shared.text import Sentence, _

Fields = Mapping[str, str]


class Wrong(Exception):
    """A line that cannot be taken: the column, why, and what to do."""

    def __init__(
        self,
        column: str,
        message: Sentence,
        what_to_do: Sentence = _("请改正这一格，再导入这一行。"),
    ) -> None:
        super().__init__(f"{column}: {message}")
        self.column, self.message, self.what_to_do = column, message, what_to_do


class Repeated(Wrong):
    """A line that says nothing new: what it repeats was taken."""

    def __init__(self, column: str) -> None:
        super().__init__(column, _("上面已有这一行"))


@dataclass(frozen=True, slots=True)
class Report:
    """What a file brought: entries to put, and each line that was not taken (the head is 1).

    `lines` are those that were taken, by the entry they describe.
    """

    entries: Sequence[PutEntry]
    wrong: Sequence[tuple[int, Wrong]] = ()
    lines: Mapping[Id, Sequence[int]] = field(default_factory=dict)

    @property
    def taken(self) -> int:
        """How many lines were taken."""
        return sum(map(len, self.lines.values()))


Taken = dict[Id, list[int]]
NotTaken = list[tuple[int, Wrong]]


def each(
    text: str,
    columns: Sequence[str],
    take: Callable[[Line], Id],
    optional: Sequence[str] = (),
) -> tuple[Taken, NotTaken]:
    """Take every line, keeping which entry each describes and why the others were not taken.

    Where a file cannot be read to its end, nothing of it is taken: what it leaves out is unknown.
    """
    taken: Taken = {}
    wrong: NotTaken = []
    for line in read_lines(text, columns, optional):
        if line.flaw == "unreadable":
            return {}, [(line.number, _unreadable())]
        try:
            taken.setdefault(take(line), []).append(line.number)
        except Wrong as why:
            wrong.append((line.number, why))
    return taken, wrong


def whole(line: Line, columns: Sequence[str]) -> Fields:
    """Give the cells of a line that can be read; raises Wrong."""
    if line.flaw == "columns_missing":
        head = ",".join(columns)
        raise Wrong(
            "",
            _("表头应有%(head)s", head=head),
            _("请先导出一份，照它的表头填写。"),
        )
    if line.flaw == "cells_left_over":
        raise Wrong("", _("这一行的格数多于表头"))
    return line.cells


def _unreadable() -> Wrong:
    return Wrong(
        "",
        _("从这里起读不了，整个文件没有登记"),
        _("请另存为CSV（UTF-8）或.xlsx后重试。"),
    )


def require_code(row: Fields, column: str = "code") -> None:
    """See that a natural code can stand in events; raises Wrong."""
    code = row[column]
    sound = code.isascii() and code.replace("-", "").replace("_", "").isalnum() and len(code) <= 64
    if not sound or not code[0].isalnum():
        raise Wrong(column, _("%(column)s只能用字母、数字、-和_", column=column))


def require_name(row: Fields, column: str = "name") -> None:
    """See that there is a name; raises Wrong."""
    if not row[column] or "\0" in row[column]:
        raise Wrong(column, _("没有名称"))
    if len(row[column]) > 100:
        raise Wrong(column, _("名称太长，最多100个字"))


def division_of(row: Fields, directory: Directory, by: Keeper) -> str:
    """Find a line's division, which must be known and the importer's; raises Wrong."""
    code = row["division_code"]
    if directory.division(code) is None:
        raise Wrong("division_code", _("没有这个区划代码：%(code)s", code=code))
    require_place(code, directory, by)
    return code


def require_place(code: str, directory: Directory, by: Keeper) -> None:
    """See that what a line touches lies where the importer may; raises Wrong."""
    if not by.may(directory, code):
        raise Wrong(
            "division_code",
            _("%(code)s不归您管理", code=code),
            _("请交给那里的管理员导入。"),
        )


def day_of(row: Fields, column: str) -> date:
    """Read a date as 2026-11-23; raises Wrong."""
    try:
        return date.fromisoformat(row[column])
    except ValueError:
        text = row[column]
        raise Wrong(column, _("日期应写作2026-11-23：%(written)s", written=text)) from None


def yes_of(row: Fields, column: str) -> bool:
    """Read yes or no, in either language; an empty cell is no; raises Wrong."""
    match row[column].lower():
        case "yes" | "是" | "y" | "1":
            return True
        case "no" | "否" | "n" | "0" | "":
            return False
        case _:
            raise Wrong(column, _("%(column)s只能填是或否", column=column))

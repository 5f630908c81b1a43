"""Reads the files of a city's own data, each checked against those before it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from services.router.directory.domain.city_rows import (
    RANKS,
    AbsentRow,
    CalendarRow,
    CityTables,
    DepartmentRow,
    DivisionRow,
    LevelRow,
    MatterRow,
    require_known,
)
from services.router.routing.domain.routing_table import OFFICE_KIND
from shared.contracts.codes import LEVELS
from shared.tables.rows import (
    Line,
    Repeated,
    RowError,
    TableRow,
    read_rows,
    require_complete,
)
from shared.text import _

FILES = ("levels", "divisions", "department_kinds", "absent_offices", "matters", "calendar")
"""The names of the files; each may have more columns than are read."""

R = TypeVar("R", bound=TableRow)
Above = dict[tuple[str, ...], R]
"""The sound lines above one, by their key."""


@dataclass(frozen=True, slots=True)
class FileError:
    """A line that cannot be used: its file, its number (0 for the whole file), and why."""

    file: str
    line: int
    why: RowError


@dataclass(slots=True)
class _Reader:
    texts: Mapping[str, str]
    errors: list[FileError] = field(default_factory=list)

    def read(
        self,
        name: str,
        model: type[R],
        *key: str,
        check: Callable[[R, Above[R]], None] = lambda _row, _above: None,
    ) -> list[R]:
        """Give the sound lines of a file, each key once."""
        if name not in self.texts:
            why = RowError("", _("没有这个文件"), _("请用jianyi init写出空白文件。"))
            self.errors.append(FileError(name, 0, why))
            return []
        above: Above[R] = {}

        def take(line: Line[R]) -> R:
            row = line.row()
            check(row, above)
            this = tuple(line.cells[column] for column in key)
            if this in above:
                raise Repeated(key[0])
            above[this] = row
            return row

        header, table = without_header(self.texts[name])
        report = require_complete(read_rows(table, model, take))
        self.errors += [FileError(name, header + line, error) for line, error in report.errors]
        return [row for _, row in report.taken]


def without_header(text: str) -> tuple[int, str]:
    """Take the explaining lines (#) off the top of a file: how many, and the table below."""
    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    above = 0
    while above < len(lines) and lines[above].lstrip('" ').startswith("#"):
        above += 1
    return above, "".join(lines[above:])


def read_city(texts: Mapping[str, str]) -> tuple[CityTables, list[FileError]]:
    """Read the files of a city by name: the sound lines, and why the others cannot be used."""
    reader = _Reader(texts)
    levels = {row.code: row for row in reader.read("levels", LevelRow, "code", check=_check_level)}
    divisions = reader.read(
        "divisions", DivisionRow, "code", check=partial(_check_division, levels)
    )
    departments = reader.read("department_kinds", DepartmentRow, "kind_code")
    kinds = {row.kind_code for row in departments}
    codes = {row.code for row in divisions}

    def check_absent(row: AbsentRow, _above: Above[AbsentRow]) -> None:
        require_known("kind_code", row.kind_code, kinds)
        require_known("division_code", row.division_code, codes)

    def check_matter(row: MatterRow, _above: Above[MatterRow]) -> None:
        known = {OFFICE_KIND, *kinds}
        require_known("lead_kind", row.lead_kind, known)
        for kind in row.co_kinds:
            require_known("co_kinds", kind, known - {row.lead_kind})

    tables = CityTables(
        levels,
        divisions,
        departments,
        reader.read("absent_offices", AbsentRow, "kind_code", "division_code", check=check_absent),
        reader.read("matters", MatterRow, "matter_code", check=check_matter),
        reader.read("calendar", CalendarRow, "day"),
    )
    if tables.city() is None:
        why = RowError("level", _("应当正好有一个市（level为市级）下面有区划"))
        reader.errors.append(FileError("divisions", 0, why))
    return tables, reader.errors


def _check_level(row: LevelRow, _above: Above[LevelRow]) -> None:
    if row.level in LEVELS and not row.organ_zh:
        raise RowError("organ_zh", _("没有写交办机构的名称"))


def _check_division(
    levels: Mapping[str, LevelRow], row: DivisionRow, above: Above[DivisionRow]
) -> None:
    require_known("level", row.level, levels)
    parent = above.get((row.parent_code,))
    if row.parent_code and parent is None:
        raise RowError(
            "parent_code",
            _("上面没有%(parent)s", parent=row.parent_code),
            _("请先写上级，再写下级。"),
        )
    if parent is not None:
        here, there = (RANKS[levels[one.level].level] for one in (row, parent))
        if there != here + 1:
            raise RowError(
                "level", _("%(place)s不能直接属于%(above)s", place=row.name, above=parent.name)
            )

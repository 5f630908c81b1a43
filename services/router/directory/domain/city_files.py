"""Reads the files of a city's own data, each checked against those before it."""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from string import Formatter
from typing import Annotated, TypeVar, get_args

from pydantic import AfterValidator, BeforeValidator, ValidationInfo

from services.router.directory.domain.import_plan import CodeCell, NameCell
from services.router.directory.domain.model import OFFICE_KIND
from shared.contracts.codes import LEVELS, OrganKind
from shared.contracts.envelope import EVERYWHERE
from shared.contracts.lists import PolicyLevel
from shared.tables.rows import (
    BoolCell,
    DateCell,
    Line,
    Repeated,
    RowError,
    TableRow,
    read_rows,
    require_complete,
)
from shared.text import _

RANKS: Mapping[str, int] = {"functional_area": 0} | {level: n for n, level in enumerate(LEVELS)}
"""How high a level stands; a functional area lies below a county, as townships do."""


def require_known(column: str | None, cell: str, known: Container[str]) -> None:
    """Check that a cell is one of these; raises RowError."""
    if cell not in known:
        raise RowError(column, _("%(column)s没有这一种：%(row)s", column=column, row=cell))


def _one_of(known: Container[str]) -> AfterValidator:
    def check(cell: str, info: ValidationInfo) -> str:
        require_known(info.field_name, cell, known)
        return cell

    return AfterValidator(check)


def _pattern(*known: str) -> AfterValidator:
    """Allow only these names in braces."""

    def check(cell: str, info: ValidationInfo) -> str:
        try:
            named = {name for _, name, _, _ in Formatter().parse(cell) if name is not None}
        except ValueError:
            named = {cell}
        if named - set(known):
            column, allowed = info.field_name, "".join(f"{{{one}}}" for one in sorted(known))
            raise RowError(
                column, _("%(column)s里只能用%(allowed)s", column=column, allowed=allowed)
            )
        return cell

    return AfterValidator(check)


def _parts(cell: str) -> tuple[str, ...]:
    """Split a cell of several words at its semicolons."""
    return tuple(part for part in cell.split(";") if part)


def _some(cells: Sequence[str], info: ValidationInfo) -> Sequence[str]:
    if not cells:
        raise RowError(info.field_name, _("没有用来识别的词"))
    return cells


def _division_code(code: str, info: ValidationInfo) -> str:
    if not (code.isascii() and code.isalnum() and 2 <= len(code) <= 12) or code == EVERYWHERE:
        raise RowError(
            info.field_name,
            _(
                "代码应为2至12个字母或数字，且不是%(everywhere)s：%(code)s",
                everywhere=EVERYWHERE,
                code=code,
            ),
        )
    return code


def _limit(cell: str, info: ValidationInfo) -> int:
    if not (cell.isascii() and cell.isdigit() and 1 <= int(cell) <= 365):
        raise RowError(info.field_name, _("应为1至365个工作日：%(limit)s", limit=cell))
    return int(cell)


_LevelPattern = Annotated[str, _pattern("name")]
_OFFICE = _pattern("division", "short", "city", "city_short")
_Parts = Annotated[tuple[str, ...], BeforeValidator(_parts)]


class LevelRow(TableRow):
    """A level's local name, and the name patterns of its organ and township offices."""

    code: CodeCell
    level: Annotated[str, _one_of(RANKS)]
    name_zh: NameCell
    name_en: NameCell
    organ_zh: _LevelPattern
    office_zh: _LevelPattern


class OrganSeedRow(TableRow):
    """An organ that every division of a level has beside the one that dispatches."""

    level: Annotated[str, _one_of(LEVELS)]
    code: CodeCell
    kind: Annotated[str, _one_of(get_args(OrganKind)[1:])]
    name_zh: Annotated[NameCell, _pattern("name")]


class DivisionRow(TableRow):
    """A division; `level` is the code of a line of the levels."""

    code: Annotated[str, AfterValidator(_division_code)]
    name: NameCell
    level: str
    parent_code: str


class DepartmentRow(TableRow):
    """A kind of office and how it is called in a county, in the city and in a district."""

    kind_code: CodeCell
    name_zh: Annotated[NameCell, _OFFICE]
    name_city_zh: Annotated[str, _OFFICE]
    name_en: str
    vertical: BoolCell
    name_district_zh: Annotated[str, _OFFICE]
    short_zh: _Parts


class AbsentRow(TableRow):
    """A place that has no office of a kind."""

    kind_code: str
    division_code: str


class ListedSeedRow(TableRow):
    """An entry of a list that the city's office keeps."""

    code: CodeCell
    category: str
    name: NameCell
    source: str


class PolicySeedRow(ListedSeedRow):
    """A policy that items may concern."""

    level: Annotated[str, _one_of(get_args(PolicyLevel))]


class MatterRow(TableRow):
    """A matter: whose it is, who handles it, and the words by which it is recognised."""

    matter_code: CodeCell
    parent: CodeCell
    name_zh: NameCell
    name_en: NameCell
    authority_level: Annotated[str, _one_of((*LEVELS, "national"))]
    lead_kind: str
    co_kinds: _Parts
    seed_words_zh: Annotated[_Parts, AfterValidator(_some)]
    policy_codes: _Parts
    urgent: BoolCell
    typical_limit_wd: Annotated[int, BeforeValidator(_limit)]


class CalendarRow(TableRow):
    """A day that differs from the State Council's calendar."""

    day: DateCell
    is_workday: BoolCell
    note: str


@dataclass(frozen=True, slots=True)
class CityTables:
    """The sound lines of a city's files; levels by their code."""

    levels: Mapping[str, LevelRow]
    organs: Sequence[OrganSeedRow]
    divisions: Sequence[DivisionRow]
    departments: Sequence[DepartmentRow]
    absent: Sequence[AbsentRow]
    policies: Sequence[PolicySeedRow]
    themes: Sequence[ListedSeedRow]
    functions: Sequence[ListedSeedRow]
    matters: Sequence[MatterRow]
    calendar: Sequence[CalendarRow]

    def level(self, division: DivisionRow) -> str:
        return self.levels[division.level].level

    def city(self) -> DivisionRow | None:
        """Find the only city that has divisions below it; None where there is not exactly one."""
        parents = {one.parent_code for one in self.divisions}
        cities = [
            one for one in self.divisions if self.level(one) == "city" and one.code in parents
        ]
        return cities[0] if len(cities) == 1 else None


FILES = (
    *("levels", "organs", "divisions", "department_kinds", "absent_offices"),
    *("policies", "themes", "functions", "matters", "calendar"),
)
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
        """Return the sound lines of a file, each key once."""
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
    placed = partial(_check_division, levels)
    divisions = reader.read("divisions", DivisionRow, "code", check=placed)
    departments = reader.read("department_kinds", DepartmentRow, "kind_code")
    kinds = {row.kind_code for row in departments}
    codes = {row.code for row in divisions}
    policies = {row.code: row for row in reader.read("policies", PolicySeedRow, "code")}

    def check_absent(row: AbsentRow, _above: Above[AbsentRow]) -> None:
        require_known("kind_code", row.kind_code, kinds)
        require_known("division_code", row.division_code, codes)

    def check_matter(row: MatterRow, _above: Above[MatterRow]) -> None:
        known = {OFFICE_KIND, *kinds}
        require_known("lead_kind", row.lead_kind, known)
        for kind in row.co_kinds:
            require_known("co_kinds", kind, known - {row.lead_kind})
        for code in row.policy_codes:
            require_known("policy_codes", code, policies)

    tables = CityTables(
        levels,
        reader.read("organs", OrganSeedRow, "level", "code"),
        divisions,
        departments,
        reader.read("absent_offices", AbsentRow, "kind_code", "division_code", check=check_absent),
        list(policies.values()),
        reader.read("themes", ListedSeedRow, "code"),
        reader.read("functions", ListedSeedRow, "code"),
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

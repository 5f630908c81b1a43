"""The files of a city's own data: what stands in them, and whether each line can be used."""

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field
from string import Formatter

from services.router.domain.importing import (
    Fields,
    Repeated,
    Wrong,
    day_of,
    each,
    require_code,
    require_name,
    whole,
    yes_of,
)
from services.router.domain.routing import OFFICE_KIND
from services.router.domain.seeds import Line, Tables, city_of, parts
from shared.contracts.envelope import EVERYWHERE
from shared.contracts.words import LEVELS
from shared.ids import Id, named_id
from shared.table_file import Line as TableLine
from shared.text import _

RANKS: Mapping[str, int] = {"functional_area": 0} | {level: n for n, level in enumerate(LEVELS)}
"""How high a level stands; a functional area lies below a county, as townships do."""

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "levels": ("code", "level", "name_zh", "name_en", "organ_zh", "office_zh"),
    "divisions": ("code", "name", "level", "parent_code"),
    "department_kinds": (
        "kind_code", "name_zh", "name_city_zh", "name_en", "vertical", "name_district_zh",
        "short_zh",
    ),
    "absent_offices": ("kind_code", "division_code"),
    "matters": (
        "matter_code", "parent", "name_zh", "name_en", "authority_level", "lead_kind", "co_kinds",
        "seed_words_zh", "policy_codes", "urgent", "typical_limit_wd",
    ),
    "calendar": ("day", "is_workday", "note"),
}  # fmt: skip
"""The columns that are read, by file; each file may have more."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """A line that cannot be used: its file, its number (0 for the whole file), and why."""

    file: str
    line: int
    why: Wrong


@dataclass(slots=True)
class _Reader:
    """Reads one file after the other; a later one may name what an earlier one holds."""

    texts: Mapping[str, str]
    lines: dict[str, list[Line]] = field(default_factory=dict)
    flaws: list[Flaw] = field(default_factory=list)

    def read(self, name: str, judge: Callable[[Fields], None], *key: str) -> None:
        """Keep the sound lines of a file, each key once."""
        kept = self.lines[name] = []
        seen: set[tuple[str, ...]] = set()

        def take(line: TableLine) -> Id:
            row = whole(line, COLUMNS[name])
            judge(row)
            this = tuple(row[column] for column in key)
            if this in seen:
                raise Repeated(key[0])
            seen.add(this)
            kept.append(row)
            return named_id(name, "/".join(this))

        if name not in self.texts:
            why = Wrong(
                "",
                _("没有这个文件"),
                _WRITE_IT,
            )
            self.flaws.append(Flaw(name, 0, why))
            return
        above, table = without_header(self.texts[name])
        taken, wrong = each(table, COLUMNS[name], take)
        if not taken:
            kept.clear()
        self.flaws += [Flaw(name, above + line, why) for line, why in wrong]

    def codes(self, name: str, column: str) -> Mapping[str, Line]:
        """Give the sound lines of a file by a column."""
        return {line[column]: line for line in self.lines[name]}


_WRITE_IT = _("请用jianyi init写出空白文件。")


def without_header(text: str) -> tuple[int, str]:
    """Take the explaining lines (#) off the top of a file: how many, and the table below."""
    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    above = 0
    while above < len(lines) and lines[above].lstrip('" ').startswith("#"):
        above += 1
    return above, "".join(lines[above:])


def read(texts: Mapping[str, str]) -> tuple[Tables, list[Flaw]]:
    """Read the files of a city by name: the sound lines, and why the others cannot be used."""
    reader = _Reader(texts)
    reader.read("levels", _level, "code")
    reader.read("divisions", _division(reader), "code")
    reader.read("department_kinds", _department, "kind_code")
    reader.read("absent_offices", _absent(reader), "kind_code", "division_code")
    reader.read("matters", _matter(reader), "matter_code")
    reader.read("calendar", _day, "day")
    tables = Tables(
        levels=reader.codes("levels", "code"),
        divisions=reader.lines["divisions"],
        departments=reader.lines["department_kinds"],
        absent=reader.lines["absent_offices"],
        matters=reader.lines["matters"],
        calendar=reader.lines["calendar"],
    )
    return tables, [*reader.flaws, *_whole(tables)]


def _whole(tables: Tables) -> Iterator[Flaw]:
    """See that the tables make one city."""
    if city_of(tables) is None:
        why = Wrong("level", _("应当正好有一个市（level为市级）下面有区划"))
        yield Flaw("divisions", 0, why)


def _level(row: Fields) -> None:
    require_code(row)
    require_name(row, "name_zh")
    require_name(row, "name_en")
    _one_of(row, "level", RANKS)
    for column in ("organ_zh", "office_zh"):
        _pattern(row, column, {"name"})
    if row["level"] in LEVELS and not row["organ_zh"]:
        raise Wrong("organ_zh", _("没有写交办机构的名称"))


def _division(reader: _Reader) -> Callable[[Fields], None]:
    def judge(row: Fields) -> None:
        code, parent = row["code"], row["parent_code"]
        if not (code.isascii() and code.isalnum() and 2 <= len(code) <= 12) or code == EVERYWHERE:
            raise Wrong(
                "code",
                _(
                    "代码应为2至12个字母或数字，且不是%(everywhere)s：%(code)s",
                    everywhere=EVERYWHERE,
                    code=code,
                ),
            )
        require_name(row)
        levels = reader.codes("levels", "code")
        _one_of(row, "level", levels)
        above = reader.codes("divisions", "code").get(parent)
        if parent and above is None:
            raise Wrong(
                "parent_code", _("上面没有%(parent)s", parent=parent), _("请先写上级，再写下级。")
            )
        if above is not None:
            here, there = (RANKS[levels[one["level"]]["level"]] for one in (row, above))
            if there != here + 1:
                raise Wrong(
                    "level",
                    _("%(place)s不能直接属于%(above)s", place=row["name"], above=above["name"]),
                )

    return judge


def _department(row: Fields) -> None:
    require_code(row, "kind_code")
    require_name(row, "name_zh")
    for column in ("name_zh", "name_city_zh", "name_district_zh"):
        _pattern(row, column, {"division", "short", "city", "city_short"})
    yes_of(row, "vertical")


def _absent(reader: _Reader) -> Callable[[Fields], None]:
    def judge(row: Fields) -> None:
        _one_of(row, "kind_code", reader.codes("department_kinds", "kind_code"))
        _one_of(row, "division_code", reader.codes("divisions", "code"))

    return judge


def _matter(reader: _Reader) -> Callable[[Fields], None]:
    def judge(row: Fields) -> None:
        require_code(row, "matter_code")
        require_code(row, "parent")
        require_name(row, "name_zh")
        require_name(row, "name_en")
        _one_of(row, "authority_level", (*LEVELS, "national"))
        kinds = {OFFICE_KIND, *reader.codes("department_kinds", "kind_code")}
        _one_of(row, "lead_kind", kinds)
        for kind in parts(row["co_kinds"]):
            _one_of({"co_kinds": kind}, "co_kinds", kinds - {row["lead_kind"]})
        for code in parts(row["policy_codes"]):
            require_code({"policy_codes": code}, "policy_codes")
        if not parts(row["seed_words_zh"]):
            raise Wrong("seed_words_zh", _("没有用来识别的词"))
        yes_of(row, "urgent")
        limit = row["typical_limit_wd"]
        if not (limit.isascii() and limit.isdigit() and 1 <= int(limit) <= 365):
            raise Wrong("typical_limit_wd", _("应为1至365个工作日：%(limit)s", limit=limit))

    return judge


def _day(row: Fields) -> None:
    day_of(row, "day")
    yes_of(row, "is_workday")


def _one_of(row: Fields, column: str, known: Container[str]) -> None:
    if row[column] not in known:
        raise Wrong(column, _("%(column)s没有这一种：%(row)s", column=column, row=row[column]))


def _pattern(row: Fields, column: str, known: set[str]) -> None:
    try:
        named = {name for _, name, _, _ in Formatter().parse(row[column]) if name is not None}
    except ValueError:
        named = {row[column]}
    if named - known:
        allowed = "".join(f"{{{one}}}" for one in sorted(known))
        raise Wrong(column, _("%(column)s里只能用%(allowed)s", column=column, allowed=allowed))

"""Imports: cells and context every table has in common, and the plan of a file's changes."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache, cached_property, partial
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, ValidationInfo

from services.router.directory.domain.commands import PutEntry
from services.router.directory.domain.model import DirectoryState, FieldChange, changes_of, folded
from services.router.directory.domain.refusals import gained_by_stand_in
from services.router.directory.domain.rights import (
    COMMAND_LINE,
    AdminScope,
    are_own,
    carries_on,
    reaches,
)
from services.router.directory.domain.role_holders import holds_as_long
from shared.calendar import local_day
from shared.contracts.router import DirectoryPerson
from shared.directory.snapshot import Directory
from shared.ids import Id
from shared.tables.rows import (
    Line,
    Repeated,
    RowError,
    TableRow,
    Verdict,
    read_rows,
    require_complete,
)
from shared.text import _

R = TypeVar("R", bound=TableRow)


@dataclass(frozen=True, slots=True)
class ImportContext:
    """The directory and the instant an import is checked by, and whose import it is."""

    directory: Directory
    now: datetime
    by: AdminScope = COMMAND_LINE

    @property
    def today(self) -> date:
        """The day here."""
        return local_day(self.now)

    @property
    def stamps(self) -> dict[str, Any]:
        """When and by whom an entry is put."""
        return {"occurred_at": self.now, "actor": self.by.actor}

    def require_division(self, code: str) -> None:
        """Check that a division exists and is the importer's; raises RowError."""
        if self.directory.division(code) is None:
            raise RowError("division_code", _("没有这个区划代码：%(code)s", code=code))
        self.require_area(code)

    def require_lasting(self, code: str) -> None:
        """Check that nothing new is entered where a division ends or has ended; raises RowError."""
        division = self.directory.division(code)
        if division is not None and division.valid_to is not None:
            raise RowError(
                "division_code",
                _("%(division)s已经撤并，或将要撤并", division=division.name),
                _("请登记在接续的地方。"),
            )

    def require_area(self, code: str, column: str = "division_code", cell: str = "") -> None:
        """Check that a division, or what lies there, is the importer's; raises RowError."""
        if not self.by.may(self.directory, code):
            raise RowError(
                column, _("%(code)s不归您管理", code=cell or code), _("请交给那里的管理员导入。")
            )

    def require_may_enter(self, key: Id, person: DirectoryPerson) -> None:
        """Check what a file makes of a person as a whole; raises RowError."""
        known = self.directory.person(key)
        if known is not None and any(changes_of(known, person)):
            if are_own(self.by, self.directory, key, self.today):
                raise _own_entry()
            if known.name != person.name and not reaches(self.by, self.directory, key, self.today):
                raise _beyond(known.name)
        had = known.grants if known else ()
        gained = [one for one in person.grants if not any(holds_as_long(it, one) for it in had)]
        if other := carries_on(self.directory, key, gained, self.today):
            refused = gained_by_stand_in(other.name)
            raise RowError("code", refused.message, refused.what_to_do)


def _own_entry() -> RowError:
    return RowError(
        "code",
        _("本人和本人所代理的人，登记的内容不能由本人修改"),
        _("请由另一位系统管理员导入这一行。"),
    )


def _beyond(name: str) -> RowError:
    return RowError(
        "name",
        _("%(name)s在您的范围以外还有任职，姓名不能由您修改", name=name),
        _("请写回名录里的姓名；确要改名，请交给上一级的管理员。"),
    )


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The entries of a file, and each line that was refused (the head is 1).

    `lines` are those that were taken, by the entry they describe.
    """

    entries: Sequence[PutEntry]
    errors: Sequence[tuple[int, RowError]] = ()
    lines: Mapping[Id, Sequence[int]] = field(default_factory=dict)


def read_entries(
    text: str, model: type[R], key_column: str, enter: Callable[[R], PutEntry], made: dict[Id, Any]
) -> ImportReport:
    """Read a table of one line an entry; `made` holds what the lines above one describe."""

    differs: dict[Id, RowError] = {}

    def take(line: Line[R]) -> Id:
        put = enter(line.row())
        if put.key in made:
            if made[put.key] != put.entry:
                differs[put.key] = _differs(key_column)
                raise differs[put.key]
            raise Repeated(key_column)
        made[put.key] = put.entry
        return put.key

    report = require_complete(read_rows(text, model, take))
    for _line, key in report.taken:  # a sub-point of a refused station
        if (above := getattr(made[key], "parent_id", None)) in differs:
            differs.setdefault(key, differs[above])
    wrong = [(line, differs[key]) for line, key in report.taken if key in differs]
    errors = sorted([*report.errors, *wrong], key=lambda it: it[0])
    taken = {key: [line] for line, key in report.taken if key not in differs}
    return ImportReport([PutEntry(key, made[key]) for key in taken], errors, taken)


def _differs(column: str) -> RowError:
    return RowError(
        column,
        _("同一个代码写了两行，内容不同，两行都没有登记"),
        _("请核对后只留一行，或各用各的代码。"),
    )


def check_code(code: str, info: ValidationInfo) -> str:
    """Check that events can carry a natural code; raises RowError."""
    if not code:
        raise RowError(info.field_name, _("这一项没有填"))
    sound = code.isascii() and code.replace("-", "").replace("_", "").isalnum() and len(code) <= 64
    if not (sound and code[0].isalnum()):
        raise RowError(info.field_name, _("这一项只能用字母、数字、-和_"))
    return code


def check_name(name: str, info: ValidationInfo) -> str:
    """Check that there is a name of at most 100 characters; raises RowError."""
    if not name or "\0" in name:
        raise RowError(info.field_name, _("这一项没有填"))
    if len(name) > 100:
        raise RowError(info.field_name, _("名称太长，最多100个字"))
    return name


class NumbersLedByZeros:
    """Known numbers that begin with 0: a spreadsheet may have taken that away.

    `codes` are read only for a line that needs them, once for a file.
    """

    def __init__(self, codes: Callable[[], Iterable[str]]) -> None:
        self._codes = codes

    @cached_property
    def _known(self) -> Mapping[str, str]:
        """The longest of them, by what is left without the zeros."""
        led = (one for one in self._codes() if one.startswith("0") and one.isdecimal())
        return {one.lstrip("0"): one for one in sorted(led, key=len)}

    def require_not(self, code: str) -> None:
        """Refuse a new number that may have been made of a known one; raises RowError."""
        known = self._known.get(code.lstrip("0"), "") if code.isdecimal() else ""
        if len(known) > len(code):
            raise RowError(
                "code",
                _("%(code)s像是被表格软件去掉了开头的0，名录里有%(known)s", code=code, known=known),
                _("请把这一列设为文本，写回原来的编号；确是新的，请另取一个编号。"),
            )


CodeCell = Annotated[str, AfterValidator(check_code)]
NameCell = Annotated[str, AfterValidator(check_name)]


@dataclass(frozen=True, slots=True)
class Planned:
    """The change of one entry by these lines; `put` rests on the state that was read.

    Of a new entry `changes` are the mandates and rights it comes with.
    """

    put: PutEntry
    lines: Sequence[int]
    verdict: Verdict
    changes: Sequence[FieldChange] = ()
    namesakes: Sequence[str] = ()
    """Codes of people of the same place with the same name as this new one."""


@dataclass(frozen=True)
class Plan:
    """The changes a file makes, and its rejected lines.

    Two plans with the same digest do the same to the same states.
    """

    entries: Sequence[Planned]
    errors: Sequence[tuple[int, RowError]]
    digest: str

    @property
    def puts(self) -> list[PutEntry]:
        """All acts; those on unchanged entries have no effect."""
        return [one.put for one in self.entries]

    @property
    def taken(self) -> int:
        """The number of lines that are not refused."""
        return sum(len(one.lines) for one in self.entries)

    @cached_property
    def counts(self) -> Mapping[Verdict, int]:
        """How many lines have each verdict."""
        found: Counter[Verdict] = Counter({"wrong": len(dict(self.errors))})
        for one in self.entries:
            found[one.verdict] += len(one.lines)
        return found

    @property
    def namesakes(self) -> int:
        """How many new people share a registered person's name and need confirmation."""
        return sum(bool(one.namesakes) for one in self.entries)


def plan_of(report: ImportReport, state: DirectoryState) -> Plan:
    """Compare the lines with the directory; seconds of work for the largest tables."""
    entries = list(_planned(report, state))
    return Plan(entries, report.errors, _digest(entries))


def _digest(entries: Sequence[Planned]) -> str:
    found = hashlib.sha256()
    for one in entries:
        entry = one.put.entry.model_dump_json(exclude={"occurred_at", "actor"})
        found.update(f"{one.put.key.hex()} {one.put.basis} {entry}\n".encode())
    return found.hexdigest()


def _planned(report: ImportReport, state: DirectoryState) -> Iterator[Planned]:
    names_at = cache(partial(_names_at, state.directory))
    for put in report.entries:
        row, lines = state.rows.get(put.key), report.lines[put.key]
        if row is None:
            same: Sequence[str] = ()
            gained: list[FieldChange] = []
            entry = put.entry
            if isinstance(entry, DirectoryPerson):
                same = names_at(entry.division_code).get(folded(entry.name), ())
                parts = (("mandates", entry.mandates), ("grants", entry.grants))
                gained = [FieldChange(field, (), come) for field, come in parts if come]
            yield Planned(replace(put, basis=0), lines, "new", gained, same)
            continue
        on_it = replace(put, basis=row.text_seq)
        if row.holds(put.entry):
            yield Planned(on_it, lines, "unchanged")
        else:
            yield Planned(on_it, lines, "changed", list(changes_of(row.event, put.entry)))


def _names_at(directory: Directory, code: str) -> Mapping[str, Sequence[str]]:
    """List, by name, the codes of people who belong to or hold a role in a division."""
    people, found = directory.people, dict[str, list[str]]()
    indexes = people.by_division, people.by_seat, people.by_area
    keys = {key for index in indexes for key in index.get(code, ())}
    for _key, one in people.read(sorted(keys)):
        found.setdefault(folded(one.name), []).append(one.code or "")
    return found

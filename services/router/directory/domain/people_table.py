"""The people a table describes: one line a mandate or right, each person whole or not at all."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Generic, Literal, TypeVar

from services.router.directory.domain.commands import PutEntry
from services.router.directory.domain.import_plan import (
    CodeCell,
    ImportContext,
    ImportReport,
    NameCell,
    NumbersLedByZeros,
)
from shared.contracts.router import DirectoryPerson, Grant, Mandate
from shared.ids import Id, named_id
from shared.tables.rows import Line, Repeated, RowError, TableRow, read_rows, require_complete
from shared.text import _

MAX_PARTS = 50
"""Mandates, or rights, that one person may have in a file: they are compared pair by pair."""


class PersonRow(TableRow):
    """A line that describes a person: one per mandate or right."""

    code: CodeCell
    name: NameCell

    @property
    def key(self) -> Id:
        return named_id("person", self.code)


R = TypeVar("R", bound=PersonRow)


class People(Generic[R]):
    """People of one file: a person's mandates or rights in the file replace the old ones.

    Those outside the importer's area stay. A person is imported whole or not at all, because an
    omitted line would remove a mandate or a right.
    """

    def __init__(self, context: ImportContext, part: Literal["mandates", "grants"]) -> None:
        self._context, self._directory, self._part = context, context.directory, part
        self._numbers = NumbersLedByZeros(self._codes)
        self._kept: dict[Id, DirectoryPerson] = {}
        self._spoilt: dict[Id, RowError] = {}
        self._liaisons: dict[Id, str] = {}
        self._names: dict[Id, dict[str, int]] = {}
        """The names a file writes beside one code, each with its first line."""
        self._known: dict[Id, DirectoryPerson | None] = {}

    def read(self, text: str, model: type[R], take: Callable[[R], None]) -> ImportReport:
        """Read every line, then leave out the people who cannot be imported whole."""

        def one(line: Line[R]) -> Id:
            code = line.cells.get("code", "")
            key = named_id("person", code)
            if name := line.cells.get("name"):
                self._names.setdefault(key, {}).setdefault(name, line.number)
            try:
                take(line.row())
            except Repeated:
                raise
            except RowError:
                self._spoilt.setdefault(key, _other_line(line.number))
                raise
            if liaison := line.cells.get("liaison_code"):
                self._liaisons[key] = liaison
            return key

        report = require_complete(read_rows(text, model, one))
        taken: dict[Id, list[int]] = {}
        for number, key in report.taken:
            taken.setdefault(key, []).append(number)
        errors = sorted([*report.errors, *self._leave_out(taken)], key=lambda it: it[0])
        return ImportReport([PutEntry(key, self._in_order(key)) for key in taken], errors, taken)

    def _leave_out(self, taken: dict[Id, list[int]]) -> Iterator[tuple[int, RowError]]:
        """Take out those who cannot be entered whole, then those who need them as contact."""
        followers: dict[Id, list[Id]] = {}
        for key, code in self._liaisons.items():
            followers.setdefault(named_id("person", code), []).append(key)
        waiting = list(taken)
        while waiting:
            found = ((key, self._why_not(key, taken)) for key in waiting if key in taken)
            spoilt = {key: why for key, why in found if why}
            for key, why in spoilt.items():
                yield from ((number, why) for number in taken.pop(key))
            waiting = [one for key in spoilt for one in followers.get(key, ())]

    def _why_not(self, key: Id, taken: Collection[Id]) -> RowError | None:
        """Return why a person cannot be entered although their lines are sound."""
        person = self._in_order(key)
        if len(names := self._names.get(key, {})) > 1:
            return _two_names(names)
        if code := self._liaisons.get(key):
            liaison = named_id("person", code)
            if liaison not in taken and self._directory.person(liaison) is None:
                return _no_liaison(code)
        try:
            self._context.require_may_enter(key, person)
        except RowError as why:
            return why
        return self._spoilt.get(key)

    def _in_order(self, key: Id) -> DirectoryPerson:
        """Keep the order of mandates and rights that are the same."""
        person, known = self._kept[key], self.known(key)
        had = getattr(known, self._part) if known else ()
        same = set(had) == set(getattr(person, self._part))
        return person.model_copy(update={self._part: had}) if same else person

    def has(self, row: R) -> bool:
        """Whether an earlier line of this file describes the person."""
        return row.key in self._kept

    def at(self, row: R, division_code: str) -> DirectoryPerson:
        """Return the person as described so far, with the parts outside the importer's area.

        Raises RowError, also for one who has as many parts as anybody may have.
        """
        if row.key in self._kept:
            person = self._kept[row.key]
            if len(getattr(person, self._part)) >= MAX_PARTS:
                raise _too_many()
            return person
        known = self.known(row.key)
        if known is None:
            self._numbers.require_not(row.code)
            return DirectoryPerson(
                **self._context.stamps,
                division_code=division_code,
                code=row.code,
                name=row.name,
            )
        self._context.require_area(known.division_code)
        others = tuple(one for one in getattr(known, self._part) if not self._covers(one))
        return known.model_copy(update={self._part: others} | self._context.stamps)

    def known(self, key: Id) -> DirectoryPerson | None:
        """Return a person as the directory has them."""
        if key not in self._known:
            self._known[key] = self._directory.person(key)
        return self._known[key]

    def _codes(self) -> Iterator[str]:
        people = self._directory.people
        return (one.code or "" for _key, one in people.read(people.bodies))

    def _covers(self, one: Mandate | Grant) -> bool:
        """Whether the importer may change this part by a file."""
        code = one.division_code
        known = self._directory.division(code) is not None
        return known and self._context.by.may(self._directory, code)

    def keep(self, row: R, person: DirectoryPerson, **changes: object) -> None:
        """Apply a line; an empty cell does not undo an earlier line."""
        if self.has(row):
            changes = {name: value for name, value in changes.items() if value}
        emitted = {"name": row.name, "code": row.code}
        self._kept[row.key] = person.model_copy(update=changes | emitted)


def _other_line(number: int) -> RowError:
    return RowError(
        "code",
        _("这个人的第%(number)s行有错，所以这一行也没有登记", number=number),
        _("请改正第%(number)s行，再把这个人的各行一起导入。", number=number),
    )


def _two_names(names: Mapping[str, int]) -> RowError:
    written = tuple(f"{name}（{line}）" for name, line in names.items())
    return RowError(
        "name",
        _("同一个编号写了不同的姓名（行）：%(names)s，各行都没有登记", names=written),
        _("请核对是不是两个人：各用各的编号，或改成同一个姓名。"),
    )


def _too_many() -> RowError:
    return RowError(
        "code",
        _("一个人最多登记%(most)s项，这一行和这个人的其他行都没有登记", most=str(MAX_PARTS)),
        _("请删去早已结束的，再导入这个人的各行。"),
    )


def _no_liaison(code: str) -> RowError:
    return RowError(
        "liaison_code",
        _("没有联系人%(code)s", code=code),
        _("请先登记联系人，或写在同一个文件里。"),
    )

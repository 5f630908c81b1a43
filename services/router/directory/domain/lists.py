"""Lists that an office keeps: their tables, read and written, and new entries."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, ValidationInfo

from services.router.directory.domain.commands import PutEntry
from services.router.directory.domain.import_plan import (
    CodeCell,
    ImportContext,
    ImportReport,
    NameCell,
    NumbersLedByZeros,
    read_entries,
)
from shared.contracts.lists import (
    DirectoryFunction,
    DirectoryGroup,
    DirectoryListed,
    DirectoryPolicy,
    DirectoryTheme,
    PolicyLevel,
)
from shared.directory.snapshot import Directory, listed_key
from shared.tables.rows import RowError, TableRow
from shared.text import _

ListKind = Literal["policies", "themes", "functions", "groups"]
LISTS: Mapping[ListKind, type[DirectoryListed]] = {
    "policies": DirectoryPolicy,
    "themes": DirectoryTheme,
    "functions": DirectoryFunction,
    "groups": DirectoryGroup,
}


def list_of(model: type[DirectoryListed]) -> ListKind:
    return next(kind for kind, one in LISTS.items() if one is model)


def _short(cell: str, info: ValidationInfo) -> str:
    if len(cell) > 100:
        raise RowError(info.field_name, _("这一项太长，最多100个字"))
    return cell


def _level(cell: str) -> str:
    if not cell:
        raise RowError("level", _("级别没有填"))
    if cell not in get_args(PolicyLevel):
        raise RowError("level", _("级别只能填%(levels)s", levels=get_args(PolicyLevel)))
    return cell


ShortCell = Annotated[str, AfterValidator(_short)]


class ListedRow(TableRow):
    """The columns of every list; `source` is the document that the entry comes from."""

    code: CodeCell
    name: NameCell
    category: ShortCell
    source: ShortCell
    division_code: str


class PolicyRow(ListedRow):
    level: Annotated[str, AfterValidator(_level)]


def row_model(kind: ListKind) -> type[ListedRow]:
    return PolicyRow if kind == "policies" else ListedRow


def list_reader(kind: ListKind) -> Callable[[str, ImportContext], ImportReport]:
    """Give what reads the table of a list; an entry that has ended cannot be reopened by it."""

    def read(text: str, context: ImportContext) -> ImportReport:
        enter = partial(listed_put, kind, context=context, numbers=numbers_of(kind, context))
        return read_entries(text, row_model(kind), "code", enter, {})

    return read


def numbers_of(kind: ListKind, context: ImportContext) -> NumbersLedByZeros:
    every = context.directory.entries.get(LISTS[kind].type, {})
    return NumbersLedByZeros(
        lambda: (one.code for one in every.values() if isinstance(one, DirectoryListed))
    )


def listed_put(
    kind: ListKind, row: ListedRow, context: ImportContext, numbers: NumbersLedByZeros
) -> PutEntry:
    """Make an entry of a list by a line; raises RowError."""
    context.require_division(row.division_code)
    model, directory = LISTS[kind], context.directory
    known = directory.listed(model, row.code)
    if known is None:
        context.require_lasting(row.division_code)
        numbers.require_not(row.code)
    else:
        context.require_area(known.division_code)
        if known.valid_to is not None:
            raise RowError("code", _("%(name)s已经停用，或将要停用", name=known.name))
    entry = model.model_validate(row.model_dump() | context.stamps)
    return PutEntry(listed_key(model, row.code), entry)


def list_writer(
    kind: ListKind,
) -> Callable[[Directory, Callable[[str], bool]], Iterator[Sequence[str]]]:
    """Give what writes the entries of a list that neither have ended nor will end."""

    def write(directory: Directory, may: Callable[[str], bool]) -> Iterator[Sequence[str]]:
        every = directory.entries.get(LISTS[kind].type, {}).values()
        found = [one for one in every if isinstance(one, DirectoryListed)]
        for one in sorted(found, key=lambda it: it.code):
            if may(one.division_code) and one.valid_to is None:
                yield [str(getattr(one, column)) for column in row_model(kind).columns()]

    return write

"""A new person by form: one line a mandate, or one right, by the rules of a table."""

import csv
import io
from collections.abc import Mapping, Sequence

from services.router.directory.domain.commands import PutEntry
from services.router.directory.domain.import_plan import ImportContext, plan_of
from services.router.directory.domain.model import DirectoryState
from services.router.directory.domain.refusals import same_names
from services.router.directory.domain.tables import (
    COLUMNS,
    READERS,
    NewEntryErrors,
    PersonKind,
    in_directory_already,
)
from shared.ids import named_id
from shared.tables.rows import RowError

Lines = Sequence[Mapping[str, str]]
"""The cells of each line, by column."""


def new_person(
    kind: PersonKind,
    lines: Lines,
    context: ImportContext,
    state: DirectoryState,
    *,
    are_others: bool,
) -> PutEntry:
    """Make one person of lines with the same code and name; raises NewEntryErrors.

    A person with the name of somebody there is refused until it is said that they `are_others`.
    """
    if named_id("person", lines[0]["code"].strip()) in state.rows:
        raise in_directory_already("code")
    file = io.StringIO()
    cells = ([line.get(column, "") for column in COLUMNS[kind]] for line in lines)
    csv.writer(file).writerows([COLUMNS[kind], *cells])
    report = READERS[kind](file.getvalue(), context)
    if report.errors:
        wrong = reversed([error for _line, error in report.errors])
        raise NewEntryErrors({error.column: error for error in wrong})
    [planned] = plan_of(report, state).entries
    if planned.namesakes and not are_others:
        refused = same_names(1)
        error = RowError("are_others", refused.message, refused.what_to_do)
        raise NewEntryErrors({error.column: error})
    return planned.put

"""Tables of the directory, read as an administrator brings them."""

from typing import Any

from services.router.directory.domain.import_plan import ImportContext, ImportReport
from services.router.directory.domain.tables import COLUMNS, READERS, TableKind
from shared.contracts.router import DirectoryPerson
from shared.directory.snapshot import Directory
from shared.web.i18n import english
from tests.support.places import with_entries
from tests.support.router.play import DIRECTORY, NOW

ENGLISH = english("router")


def read(kind: TableKind, *lines: str, known: Directory = DIRECTORY, **more: Any) -> ImportReport:
    """Read lines under the head of their kind; a short line leaves its last cells empty."""
    text = "\n".join((",".join(COLUMNS[kind]), *lines))
    return READERS[kind](text, ImportContext(known, NOW, **more))


def entered(report: ImportReport, known: Directory = DIRECTORY) -> Directory:
    """Give the directory with what a file brought."""
    return with_entries(known, *((put.key, put.entry) for put in report.entries))


def taken(report: ImportReport) -> int:
    return sum(map(len, report.lines.values()))


def whys(report: ImportReport) -> list[tuple[int, str]]:
    return [(line, ENGLISH.say(why.message)) for line, why in report.errors]


def person(report: ImportReport) -> DirectoryPerson:
    """The only entry that a file brought."""
    (put,) = report.entries
    assert isinstance(put.entry, DirectoryPerson)
    return put.entry

"""What every table of the directory has in common: its cells, its area, its report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, ValidationInfo

from services.router.directory.domain.admin_scope import COMMAND_LINE, AdminScope
from services.router.directory.domain.entries import PutEntry
from shared.calendar import local_day
from shared.directory.snapshot import Directory
from shared.ids import Id
from shared.tables.rows import RowError
from shared.text import _


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

    def require_area(self, code: str) -> None:
        """Check that a division is the importer's; raises RowError."""
        if not self.by.may(self.directory, code):
            raise RowError(
                "division_code",
                _("%(code)s不归您管理", code=code),
                _("请交给那里的管理员导入。"),
            )


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What a file brought: entries to put, and each line that was not taken (the head is 1).

    `lines` are those that were taken, by the entry they describe.
    """

    entries: Sequence[PutEntry]
    errors: Sequence[tuple[int, RowError]] = ()
    lines: Mapping[Id, Sequence[int]] = field(default_factory=dict)

    @property
    def taken(self) -> int:
        """How many lines were taken."""
        return sum(map(len, self.lines.values()))


def check_code(code: str, info: ValidationInfo) -> str:
    """Check that a natural code can stand in events; raises RowError."""
    sound = code.isascii() and code.replace("-", "").replace("_", "").isalnum() and len(code) <= 64
    if not sound or not code[0].isalnum():
        column = info.field_name
        raise RowError(column, _("%(column)s只能用字母、数字、-和_", column=column))
    return code


def check_name(name: str, info: ValidationInfo) -> str:
    """Check that there is a name of at most 100 characters; raises RowError."""
    if not name or "\0" in name:
        raise RowError(info.field_name, _("没有名称"))
    if len(name) > 100:
        raise RowError(info.field_name, _("名称太长，最多100个字"))
    return name


CodeCell = Annotated[str, AfterValidator(check_code)]
NameCell = Annotated[str, AfterValidator(check_name)]

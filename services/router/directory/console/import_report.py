"""Preview of a table's import: each line on the page, and as a table to download."""

from collections.abc import Iterator, Sequence
from functools import partial

from services.router.directory.console import labels
from services.router.directory.domain.import_plan import Plan, Planned
from shared.calendar import local_day
from shared.directory.credentials import credentials_hold
from shared.directory.snapshot import Directory
from shared.features.table_import.report import (
    MAX_SHOWN,
    RESULTS,
    ChangedField,
    ReportLine,
    remark_cells,
)
from shared.tables.rows import VERDICTS, RowError
from shared.text import _, listed
from shared.web.i18n import english, in_both


class Report:
    """A plan in words, by the names of the directory before and after it."""

    def __init__(self, plan: Plan, directory: Directory) -> None:
        self._plan, self._before = plan, directory
        self._after = directory.changed(
            (put.key, put.entry.type, put.entry.model_dump_json(exclude_none=True))
            for put in plan.puts
        )

    def lines(self) -> list[ReportLine]:
        """Show the first lines: those refused, then the changes, then the new entries."""
        entries = sorted(self._plan.entries, key=lambda one: VERDICTS.index(one.verdict))
        wrong = (ReportLine(str(n), "", "wrong", remarks=[why]) for n, why in self._plan.errors)
        return [*wrong, *map(self._line, entries[:MAX_SHOWN])][:MAX_SHOWN]

    def _line(self, one: Planned) -> ReportLine:
        is_new, lines = one.verdict == "new", listed(map(str, one.lines))
        href = "" if is_new else labels.address_of(self._before, one.put.key)
        remarks = list(self._remarks(one))
        return ReportLine(lines, _name(one), one.verdict, href, self._fields(one), remarks)

    def _fields(self, one: Planned) -> list[ChangedField]:
        return labels.changed_fields(one.changes, self._before, self._after)

    def _remarks(self, one: Planned) -> Iterator[RowError]:
        if one.namesakes:
            codes = tuple(one.namesakes)
            why = _("这里已有同名的人，编号%(codes)s", codes=codes)
            yield RowError("code", why, _("是同一个人的，请改用原来的编号。"))
        today = local_day(one.put.entry.occurred_at)
        if not credentials_hold(self._after, one.put.key, today):
            yield RowError("", *labels.VOID)

    def rows(self) -> list[Sequence[str]]:
        """Write one row for each line of the file, in its order, in both languages."""
        names = english("router")
        rows = [
            (n, ("", RESULTS["wrong"], "", *remark_cells([why], "router")))
            for n, why in self._plan.errors
        ]
        for one in self._plan.entries:
            entered = (
                in_both(_("%(field)s：%(parts)s", field=field, parts=listed(come)), names)
                for field, _gone, come in self._fields(one)
            )
            remarks = list(self._remarks(one))
            cells = (
                _name(one),
                RESULTS[one.verdict],
                "\n".join(entered),
                *_cells(remarks),
            )
            rows += [(number, cells) for number in one.lines]
        return [(str(number), *cells) for number, cells in sorted(rows, key=lambda row: row[0])]


_cells = partial(remark_cells, service="router")


def _name(one: Planned) -> str:
    return str(getattr(one.put.entry, "name", ""))

"""Preview of a table's import: each line on the page, and as a table to download."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.router.directory.console import labels
from services.router.directory.domain.import_plan import VERDICTS, Plan, Planned, Verdict
from shared.calendar import local_day
from shared.directory.credentials import credentials_hold
from shared.directory.snapshot import Directory
from shared.tables.rows import RowError
from shared.text import Sentence, Text, _, listed
from shared.web import components as ui
from shared.web.i18n import english, in_both

MAX_SHOWN = 200
VERDICT_NAMES: Mapping[Verdict, Sentence] = {
    "wrong": _("不能登记"),
    "changed": _("改动"),
    "new": _("新增"),
    "unchanged": _("不变"),
}
REPORT = (
    *("行 line", "名称 name", "结果 result", "登记为 entered"),
    *("列 column", "说明 why", "怎么办 what to do"),
)
_RESULTS: Mapping[Verdict, str] = {
    "wrong": "不能登记 refused",
    "changed": "改动 changed",
    "new": "新增 new",
    "unchanged": "不变 unchanged",
}


@dataclass(frozen=True, slots=True)
class ReportLine:
    """The change of one entry by some lines, or one refused line; with what is to be minded."""

    lines: Text
    name: str
    verdict: Verdict
    href: str = ""
    fields: Sequence[labels.ChangedField] = ()
    remarks: Sequence[RowError] = ()


def import_facts(plan: Plan) -> list[ui.Fact]:
    """Count the lines of each verdict."""
    return [
        ui.Fact(VERDICT_NAMES[one], f"{plan.counts[one]:,}", quiet=not plan.counts[one])
        for one in VERDICTS
    ]


def what_happens(plan: Plan) -> Text:
    if not plan.changes_anything:
        return _("没有什么要登记的。")
    if plan.counts["wrong"]:
        return _("不能登记的行不会登记；其余各行一起登记，或者一行也不登记。")
    return _("各行一起登记，或者一行也不登记。")


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

    def _fields(self, one: Planned) -> list[labels.ChangedField]:
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
        rows = [(n, ("", _RESULTS["wrong"], "", *_cells([why]))) for n, why in self._plan.errors]
        for one in self._plan.entries:
            entered = (
                _both(_("%(field)s：%(parts)s", field=field, parts=listed(come)))
                for field, _gone, come in self._fields(one)
            )
            remarks = list(self._remarks(one))
            cells = (_name(one), _RESULTS[one.verdict], "\n".join(entered), *_cells(remarks))
            rows += [(number, cells) for number in one.lines]
        return [(str(number), *cells) for number, cells in sorted(rows, key=lambda row: row[0])]


def _cells(remarks: Sequence[RowError]) -> tuple[str, str, str]:
    """The column, the reasons, and what to do."""
    whys, todos = (
        "\n".join(map(_both, parts))
        for parts in ([one.message for one in remarks], [one.what_to_do for one in remarks])
    )
    return "".join(one.column for one in remarks), whys, todos


def _both(sentence: Sentence) -> str:
    return in_both(sentence, english("router"))


def _name(one: Planned) -> str:
    return str(getattr(one.put.entry, "name", ""))

"""A file's plan as its page and its report show it, line by line."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.router.directory.console.labels import address_of, field_words, values_of
from services.router.directory.domain.import_plan import VERDICTS, Plan, Planned, Verdict
from services.router.directory.domain.tables import TableKind
from shared.directory.snapshot import Directory
from shared.text import Sentence, Text, _
from shared.web import components as ui
from shared.web.i18n import english, in_both

KINDS: Mapping[TableKind, Sentence] = {
    "units": _("承办单位"),
    "stations": _("联络站"),
    "deputies": _("代表和街道选民代表"),
    "officers": _("工作人员的任职"),
}
WORDS: Mapping[Verdict, Sentence] = {
    "wrong": _("不能登记"),
    "changed": _("改动"),
    "new": _("新增"),
    "unchanged": _("不变"),
}
REPORT = ("行 line", "名称 name", "结果 result", "列 column", "说明 why", "怎么办 what to do")
_RESULTS: Mapping[Verdict, str] = {
    "wrong": "不能登记 refused",
    "changed": "改动 changed",
    "new": "新增 new",
    "unchanged": "不变 unchanged",
}


@dataclass(frozen=True, slots=True)
class ReportLine:
    """What becomes of one entry by some lines, or of one line that is refused."""

    lines: str
    name: str
    verdict: Verdict
    href: str = ""
    fields: Sequence[tuple[Text, Sequence[Text], Sequence[Text]]] = ()
    column: str = ""
    why: Text = ""
    todo: Text = ""


def import_facts(plan: Plan) -> list[ui.Fact]:
    """Count the lines of each verdict."""
    return [
        ui.Fact(WORDS[one], f"{plan.counts[one]:,}", quiet=not plan.counts[one]) for one in VERDICTS
    ]


def report_lines(plan: Plan, directory: Directory) -> list[ReportLine]:
    """Show what asks for attention first: what is refused, what changes, what is new."""
    after = directory.changed(
        (put.key, put.entry.type, put.entry.model_dump_json(exclude_none=True)) for put in plan.puts
    )
    found = [*_wrong(plan), *(_entry(one, directory, after) for one in plan.entries)]
    return sorted(found, key=lambda line: VERDICTS.index(line.verdict))


def _wrong(plan: Plan) -> Iterator[ReportLine]:
    for number, why in plan.errors:
        yield ReportLine(
            str(number),
            "",
            "wrong",
            column=why.column,
            why=why.message,
            todo=why.what_to_do,
        )


def _entry(one: Planned, directory: Directory, after: Directory) -> ReportLine:
    fields = [
        (
            field_words(it.field),
            values_of(directory, it.field, it.before),
            values_of(after, it.field, it.after),
        )
        for it in one.changes
    ]
    href = "" if one.verdict == "new" else address_of(directory, one.put.key)
    return ReportLine(_numbers(one.lines), _name(one), one.verdict, href, fields)


def _numbers(lines: Sequence[int]) -> str:
    return "、".join(map(str, lines))


def _name(one: Planned) -> str:
    return str(getattr(one.put.entry, "name", ""))


def report_rows(plan: Plan) -> list[Sequence[str]]:
    """Write one row for each line of the file, in its order, in both languages."""
    rows: list[tuple[int, Sequence[str]]] = [
        (number, ("", _RESULTS["wrong"], it.column, in_both(it.message, english("router")),
                  in_both(it.what_to_do, english("router"))))
        for number, it in plan.errors
    ]  # fmt: skip
    for one in plan.entries:
        cells = _name(one), _RESULTS[one.verdict], "", "", ""
        rows += [(number, cells) for number in one.lines]
    return [(str(number), *cells) for number, cells in sorted(rows, key=lambda row: row[0])]

"""The preview of an import in words: each line on the page, and as a table to download."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.tables.rows import VERDICTS, RowError, Verdict
from shared.text import Sentence, Text, _
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
RESULTS: Mapping[Verdict, str] = {
    "wrong": "不能登记 refused",
    "changed": "改动 changed",
    "new": "新增 new",
    "unchanged": "不变 unchanged",
}
ChangedField = tuple[Text, Sequence[Text], Sequence[Text]]
"""A field in words, its values before and after."""


@dataclass(frozen=True, slots=True)
class ReportLine:
    """The change of one entry by some lines, or one refused line; with what is to be minded."""

    lines: Text
    name: str
    verdict: Verdict
    href: str = ""
    fields: Sequence[ChangedField] = ()
    remarks: Sequence[RowError] = ()

    @property
    def result(self) -> Sentence:
        return VERDICT_NAMES[self.verdict]


@dataclass(frozen=True, slots=True)
class Preview:
    """`counts` has how many lines of the table have each verdict; `lines` are the first of
    `entries` lines of the report; `back` is where tables are chosen.

    `digest` stands for exactly what is shown. New people who are `namesakes` are to be confirmed.
    """

    file_name: str
    kind: Text
    back: str
    address: str
    digest: str
    counts: Mapping[Verdict, int]
    lines: Sequence[ReportLine]
    entries: int
    namesakes: int = 0

    @property
    def facts(self) -> list[ui.Fact]:
        return [
            ui.Fact(VERDICT_NAMES[one], f"{self.counts[one]:,}", quiet=not self.counts[one])
            for one in VERDICTS
        ]

    @property
    def changes_anything(self) -> bool:
        return bool(self.counts["new"] or self.counts["changed"])

    @property
    def what_happens(self) -> Text:
        if not self.changes_anything:
            return _("没有什么要登记的。")
        if self.counts["wrong"]:
            return _("不能登记的行不会登记；其余各行一起登记，或者一行也不登记。")
        return _("各行一起登记，或者一行也不登记。")

    @property
    def more(self) -> int:
        """How many lines of the report are not shown."""
        return self.entries - len(self.lines)


def remark_cells(remarks: Sequence[RowError], service: str) -> tuple[str, str, str]:
    """The column, the reasons and what to do, in both languages."""
    names = english(service)
    whys, todos = (
        "\n".join(in_both(part, names) for part in parts)
        for parts in ([one.message for one in remarks], [one.what_to_do for one in remarks])
    )
    return "".join(one.column for one in remarks), whys, todos

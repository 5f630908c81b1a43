"""A deputy's year on one page: to show, to print, and as a document of Word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

from docx import Document
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.shared import RGBColor

from services.intake.actions.deidentified import DeputyYear, PublicItem
from services.intake.console import activity_views
from shared.calendar import local_day
from shared.contracts.router import DirectoryPerson
from shared.directory.people import seats_of
from shared.directory.snapshot import Directory
from shared.ids import Id
from shared.text import UNKEPT, Sentence, Text, _, listed, n_
from shared.web.actor import Actor
from shared.web.i18n import CHINESE
from shared.web.labels import OUTCOMES, RATINGS, TRANSFER_CHANNELS, WHY

MIME = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FONT, BLACK = "宋体", RGBColor(0, 0, 0)
ACTIVITIES, ITEMS, OWN_WORDS = _("参加的活动"), _("提出的建议"), _("我想对选民说的")
NO_ACTIVITY, NO_ITEM = _("这一年没有记录参加的活动。"), _("这一年没有提出建议。")
MASKED = _("企业名称、其他提出人和电话已经遮住。")
HEADS = (_("日期"), _("活动"), _("主办"))


@dataclass(frozen=True, slots=True)
class ActivityNote:
    """An activity that a deputy took part in."""

    days: Text
    what: Text
    organiser: str


@dataclass(frozen=True, slots=True)
class RaisedNote:
    """An item that a deputy raised, without whoever else did: its answer and their rating."""

    title: Text
    number: str
    day: date | None
    standing: Text
    plain: str
    rated: Text


@dataclass(frozen=True, slots=True)
class YearReport:
    """A deputy's year as it is shown and printed; `left_out` says what is missing from it."""

    year: int
    name: str
    seats: Text
    activities: Sequence[ActivityNote]
    items: Sequence[RaisedNote]
    left_out: Text
    is_past: bool

    @property
    def title(self) -> Sentence:
        return _("%(name)s%(year)s年履职情况", name=self.name, year=str(self.year))


def report_of(found: DeputyYear, by: Actor, directory: Directory) -> YearReport:
    person = directory.person(by.person_id)
    left_out = n_("来源保密或认不出企业名称的%(num)s件没有列入。", found.left_out)
    return YearReport(
        found.year,
        by.name,
        _seats(person, directory) if person else "",
        [
            ActivityNote(
                activity_views.days_of(one.row.first_day, one.row.last_day),
                activity_views.title_of(one.row, directory),
                activity_views.organiser_name(one.row, directory),
            )
            for one in found.activities
        ],
        [_raised(one, found.own_proposers) for one in found.items],
        left_out if found.left_out else "",
        found.is_past,
    )


def _seats(person: DirectoryPerson, directory: Directory) -> Text:
    places = (directory.division(code) for code in seats_of(person))
    words = _("%(place)s人大代表") if person.mandates else _("%(place)s选民代表")
    return listed(Sentence(words.text, {"place": one.name}) for one in places if one)


def _raised(one: PublicItem, own: frozenset[Id]) -> RaisedNote:
    row = one.item
    day = local_day(row.received_at) if row.received_at else None
    return RaisedNote(one.title, row.number, day, _standing(one), one.plain, _rated(one, own))


_ENDED = {
    "SUBMITTED": _("等联络站受理"),
    "SUPPLEMENT": _("退回补充"),
    "WITHDRAWN": _("已撤回"),
    "MERGED": _("并入另一件一起办理"),
}


def _standing(one: PublicItem) -> Text:
    """Tell how far an item is, naming neither unit nor station: the paper is posted outside."""
    row, progress = one.item, one.progress
    if progress.outcome is not None:
        outcome = OUTCOMES[progress.outcome]
        return _("已办结：%(outcome)s", outcome=outcome) if progress.is_closed else outcome
    match row.state:
        case "REJECTED":
            return _("不予受理：%(why)s", why=WHY[row.reason])  # type: ignore[index]
        case "TRANSFERRED":
            return _("已转%(channel)s", channel=TRANSFER_CHANNELS[row.reason])  # type: ignore[index]
        case "ACCEPTED":
            return _("当场解决") if row.solved_on_spot else _("正在办理")
    return _ENDED[row.state]


def _rated(one: PublicItem, own: frozenset[Id]) -> Text:
    """The deputy's own rating of the last reply."""
    given = next(
        (
            it
            for it in one.item.ratings
            if it.reply_no == one.progress.reply_no and it.proposer_id in own
        ),
        None,
    )
    return _("我的评价：%(result)s", result=RATINGS[given.result]) if given else ""


def document(report: YearReport, own_words: str) -> bytes:
    """Write the year as a document of Word, in Chinese as all printed papers are."""
    word = Document()
    _set_font(word)
    word.add_heading(_zh(report.title), level=0)
    if report.seats:
        word.add_paragraph(_zh(report.seats))
    word.add_heading(_zh(ACTIVITIES), level=1)
    _add_activities(word, report.activities)
    word.add_heading(_zh(ITEMS), level=1)
    if not report.items:
        word.add_paragraph(_zh(NO_ITEM))
    for one in report.items:
        _add_item(word, one)
    if own_words:
        word.add_heading(_zh(OWN_WORDS), level=1)
        for line in _zh(own_words).splitlines():
            word.add_paragraph(line)
    word.add_paragraph(_zh(MASKED))
    if report.left_out:
        word.add_paragraph(_zh(report.left_out))
    file = BytesIO()
    word.save(file)
    return file.getvalue()


def _zh(words: Text) -> str:
    """Write words in Chinese, without what no document holds: not all were typed here."""
    return UNKEPT.sub("", str(CHINESE.show(words)))


def _set_font(word: WordDocument) -> None:
    """Name a font for Chinese too: without it each program takes another one."""
    for name in ("Normal", "Title", "Heading 1"):
        style: Any = word.styles[name]
        style.font.name = FONT
        style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
        style.font.color.rgb = BLACK


def _add_activities(word: WordDocument, activities: Sequence[ActivityNote]) -> None:
    if not activities:
        word.add_paragraph(_zh(NO_ACTIVITY))
        return
    table = word.add_table(rows=0, cols=len(HEADS), style="Table Grid")
    rows: Sequence[Sequence[Text]] = [HEADS, *((o.days, o.what, o.organiser) for o in activities)]
    for row in rows:
        for cell, words in zip(table.add_row().cells, row, strict=True):
            cell.text = _zh(words)


def _add_item(word: WordDocument, one: RaisedNote) -> None:
    head = word.add_paragraph(style="List Bullet")
    head.add_run(_zh(one.title)).bold = True
    day = CHINESE.day(one.day) if one.day else ""
    facts = [part for part in (day, _zh(one.number), _zh(one.standing)) if part]
    head.add_run(f"\n{'　'.join(facts)}")
    for words in (_zh(one.plain), _zh(one.rated)):
        if words:
            head.add_run(f"\n{words}")

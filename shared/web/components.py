"""Values for the macros of `components.html`: a page fills them and passes them to its template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from shared.text import Text, _
from shared.web.labels import Light

Pace = Literal["done", "now", "todo"]


@dataclass(frozen=True, slots=True)
class Crumb:
    """One step of the breadcrumb; the last one has no address."""

    words: Text
    href: str = ""


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One line of the side menu; `count` is what waits for this person there."""

    words: Text
    href: str
    count: int | None = None
    current: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead somewhere."""

    words: Text
    href: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A word in a small frame; `soon` is amber."""

    words: Text
    kind: Literal["", "soon"] = ""


CONFIDENTIAL = Mark(_("来源保密"), "soon")
SELF_INTEREST = Mark(_("本企业"))


def marks(*, confidential: bool, self_interest: bool) -> Sequence[Mark]:
    """Mark an item whose source is kept from its unit, or that is about a deputy's own firm."""
    held = ((confidential, CONFIDENTIAL), (self_interest, SELF_INTEREST))
    return [mark for holds, mark in held if holds]


@dataclass(frozen=True, slots=True)
class Note:
    """One sentence and at most one link in an amber or blue frame."""

    kind: Literal["amber", "blue"]
    words: Text
    link: Link | None = None


PENDING = Note("blue", _("已提交，列表稍后更新"))
UNDER_REPAIR = Note("amber", _("这件事正在核对数据，暂时不能办理，也不催办；期限不变"))


def stale(person: Text, act: Text, href: str) -> Note:
    """Note for an action that was not carried out because someone else acted first."""
    words = _("刚才%(person)s已办理：%(act)s。请看最新情况", person=person, act=act)
    return Note("amber", words, Link(_("最新情况"), href))


@dataclass(frozen=True, slots=True)
class Frame:
    """Frame around a page; without a person, the bare frame of sign-in and error pages.

    `submits`: the person works at a station, so their device may keep and send new items.
    """

    crumbs: Sequence[Crumb] = ()
    menu: Sequence[Sequence[MenuEntry]] = ()
    person: str = ""
    person_id: str = ""
    submits: bool = False
    organ: Text = ""
    identity: str = ""
    leave: str = ""
    search: str = ""
    feedback: str = ""
    foot: Sequence[Text] = ()
    notes: Sequence[Note] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """One of the facts always visible at the head of a case.

    A `light` stands in place of the value, the `letter` of a class before it.
    """

    label: Text
    value: Text
    note: Text = ""
    light: Light | None = None
    quiet: bool = False
    letter: str = ""


@dataclass(frozen=True, slots=True)
class TimelineStep:
    """One step of a timeline: what, when (already written), by whom, with which document."""

    pace: Pace
    what: Text
    when: Text = ""
    who: Text = ""
    link: Link | None = None
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class ActionButton:
    """An act allowed now: a link to its form, or with `fields` a button that posts them."""

    words: Text
    href: str
    fields: Mapping[str, str] | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class ClosedAction:
    """An act of others, or one not open now, and who or why."""

    words: Text
    reason: Text


@dataclass(frozen=True, slots=True)
class GridDay:
    """One cell of the day grid: `number` counts, `mark` names (交办, 中秋), `kind` colours."""

    day: date
    number: int | None = None
    mark: Text = ""
    kind: Literal["before", "counted", "off", "start", "due"] = "counted"
    today: bool = False
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """One number and the address of its items.

    `state`: counted; `waiting` = not in the total; `missing` = 未报, a word and not a number;
    `none` = does not apply. `mark` is 更正 or 补报, `mark_href` where it is explained.
    """

    value: int = 0
    href: str = ""
    state: Literal["counted", "waiting", "missing", "none"] = "counted"
    mark: Text = ""
    corrected: bool = False
    chosen: bool = False
    mark_href: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """One choice; `hint` is a second line under it."""

    value: str
    words: Text
    hint: Text = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """One select of the filter bar; its state lives in the address."""

    name: str
    label: Text
    options: Sequence[Option]
    chosen: str = ""


_Input = Literal["text", "password", "date", "file", "hidden"]
_Files = Literal["files", "voice"]
Control = Literal[
    _Input, _Files, "textarea", "select", "ticks", "folded", "check", "choices", "stacked"
]
"""How a field is filled in: the type of an HTML input, or a macro of `forms.html`.

`files` takes several of the kinds in `accept`; `voice` is recorded, or chosen, in one file.
"""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form with what was typed and what is wrong with it.

    `accept` names the kinds of files to choose from, `autocomplete` is what a browser may fill in
    by itself (attributes of HTML). `needed` says when one that is not `required` is. The `value` of
    a control `ticks` or `folded` joins the values of the chosen options with commas; of a
    folded one at most `most` are to be chosen.
    """

    name: str
    label: Text
    value: str = ""
    error: Text = ""
    hint: Text = ""
    required: bool = True
    needed: Text = ""
    options: Sequence[Option] = field(default=())
    control: Control = "text"
    autocomplete: str = ""
    rows: int = 3
    accept: str = ""
    most: int = 0

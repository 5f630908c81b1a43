"""View models of the queue: deadline, proposal, reason and confidence of each item."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Literal

from services.router.directory.console.labels import level_words
from services.router.routing.actions import ItemView, goes_up
from services.router.routing.domain.events import limits_of
from services.router.routing.domain.model import Item, ReasonRow, TaskRow
from services.router.routing.domain.routing_table import UNSURE
from services.router.routing.domain.views import ObjectionView, ProposalView, QueueLine
from shared.calendar import Deadline, Limit, deadline, local_day
from shared.directory import Directory
from shared.directory.succession import label_at, place_seen_from
from shared.ids import TAIL, Id, from_text
from shared.settings import Limits
from shared.text import Bilingual, Sentence, Text, _, listed, n_
from shared.web import components as ui
from shared.web.forms import whole_number
from shared.web.labels import COMPLEXITIES, PROFILES, Light, light

SURE: Mapping[str, tuple[int, Sentence]] = {
    "high": (3, _("高")),
    "medium": (2, _("中")),
    "low": (1, _("低")),
}
"""Bars and label of each confidence."""

_WHYS: Mapping[str, Sentence] = {
    "authority": _("%(matter)s属%(level)s事权"),
    "vertical": _("%(matter)s由垂直管理单位办理"),
    "one_level_up": _("%(matter)s：下级没有对应单位"),
    "no_township": _("%(matter)s属%(level)s事权，没有写明是哪里"),
    "reported_up": _("%(matter)s属省级及以上事权"),
}
ERASED = _("内容已按规定删除")
_FALLBACK = _("没有明确主管单位，按兜底规则")
When = Literal["late", "today", "later"]


@dataclass(frozen=True, slots=True)
class Row:
    """One item in the queue, or on its own page; with no duty open on it nothing is due."""

    view: ItemView
    light: Light | None
    when: When | None
    due_on: date | None
    what: Text
    place: str
    why: Text
    bars: int
    sure: Text
    level: Text
    tickable: bool

    @property
    def line(self) -> QueueLine:
        return self.view.line

    @property
    def unit(self) -> str:
        """The proposed unit, the one that objects, or the one that was abolished."""
        line = self.line
        if line.objections:
            return line.objections[0].unit.short_name
        if line.homeless:
            return line.homeless[0].unit.short_name
        return line.proposal.lead.short_name if line.proposal else ""

    @property
    def marks(self) -> Sequence[ui.Mark]:
        line = self.line
        return ui.marks(confidential=line.confidential, self_interest=line.self_interest)

    @property
    def href(self) -> str:
        return f"/router/items/{self.line.item_id}"

    @property
    def short_id(self) -> str:
        return self.line.item_id[TAIL]

    @property
    def next_step(self) -> Sentence:
        """The label of the link to the item's page."""
        if self.line.duty == "objection":
            return _("审核退办")
        if self.line.duty == "rehome":
            return _("指定接办单位")
        return _("改单位") if self.tickable else _("人工判断")

    @property
    def co(self) -> Text:
        """The proposed co-handlers, empty without any."""
        co = self.line.proposal.co if self.line.proposal else ()
        return _("会办：%(units)s", units=tuple(unit.short_name for unit in co)) if co else ""

    @property
    def body(self) -> Text:
        """The text, or why there is none."""
        return self.line.body or (ERASED if self.line.erased else _("文字还在路上"))

    @property
    def under_unit(self) -> Text:
        """The line below the unit's name."""
        if self.line.duty == "objection":
            return _("单位退办")
        return _("单位已撤并") if self.line.duty == "rehome" else self.co or _("无会办")

    @property
    def objections(self) -> Sequence[tuple[str, Sentence]]:
        """Each unit that objects, with the unit it suggests."""
        return [(one.unit.short_name, _suggestion(one)) for one in self.line.objections]

    @property
    def tick(self) -> str:
        """The item and the place it was seen at, as the batch form sends them."""
        return f"{self.line.item_id}:{self.line.basis.seq if self.line.basis else 0}"


def row_of(view: ItemView, limits: Limits) -> Row:
    """Lay out one item; only a sure proposal can be ticked."""
    line, table, now = view.line, view.table, view.now
    due, calendar = _deadline(line, table.directory, limits), table.directory.calendar
    bars, sure = SURE.get(line.confidence, (1, _("低")))
    return Row(
        view=view,
        light=light(local_day(now), due.due_on, calendar, provisional=due.provisional)
        if due
        else None,
        when=_when(due, local_day(now)) if due else None,
        due_on=due.due_on if due else None,
        what=title_of(view.item) or line.body[:40] or line.number,
        place=_place(view),
        why=_why(line, table.directory),
        level=level_words(table.directory, line.level) if line.level else "–",
        bars=bars,
        sure=sure,
        tickable=_is_sure(view) and line.confidence == "high",
    )


def _deadline(line: QueueLine, directory: Directory, limits: Limits) -> Deadline | None:
    if line.since is None:
        return None
    limit = limits.dispatch if line.duty == "dispatch" else limits.decide_objection
    return deadline(line.since, limit, directory.calendar)


def _when(due: Deadline, today: date) -> When:
    return "late" if due.due_on < today else "today" if due.due_on == today else "later"


def title_of(item: Item) -> Text:
    """Return the title; empty while the text has not arrived, a notice once it is erased."""
    if item.row.erased_at is not None:
        return ERASED
    return item.text.title if item.text else ""


def done_words(item: Item, act: str, directory: Directory, task_id: Id | None) -> Sentence:
    """The effect of the decision just taken on an item, or on one task that runs on.

    Names the unit of that task, else those that were assigned last; only units that work in the
    system can object.
    """
    what, last = title_of(item) or item.row.number, item.row.dispatch_no
    running = [task for task in item.tasks if not task.ended]
    tasks = [one for one in running if one.task_id == task_id]
    tasks = tasks or [one for one in running if one.dispatch_no == last]
    units = units_of(tasks, directory)
    if not units:
        organ = directory.organ_by_id(item.row.organ_id) if item.row.organ_id else None
        return _("已上报%(organ)s：%(what)s", organ=organ.name if organ else "–", what=what)
    if act == "objection":
        return _("已答复退办，由%(units)s办理：%(what)s", units=units, what=what)
    if act == "rehome":
        return _("已指定%(units)s接着办：%(what)s", units=units, what=what)
    if all(one.external for one in tasks):
        return _("已交办%(units)s：%(what)s", units=units, what=what)
    return _("已交办%(units)s：%(what)s；交办有误的，请单位退办", units=units, what=what)


def units_of(tasks: Sequence[TaskRow], directory: Directory) -> Text:
    """The units of tasks, those that answer first; empty without any."""
    lead, co = (
        tuple(unit.short_name for task in tasks
              if (task.role == "co") is is_co and (unit := directory.unit(task.unit_id)))
        for is_co in (False, True)
    )  # fmt: skip
    if lead and co:
        return _("%(lead)s（会办：%(co)s）", lead=lead, co=co)
    return listed(lead or co) if lead or co else ""


def _why(line: QueueLine, directory: Directory) -> Text:
    """Return in a few words why the item should go there, or why it came back."""
    if line.objections:
        return _suggestion(line.objections[0])
    if line.homeless:
        return _("单位已撤并，请指定由谁接着办，期限不变")
    if line.proposal is None:
        return ""
    level = "township" if line.proposal.reason == "no_township" else line.proposal.level
    return Sentence(
        _WHYS.get(line.proposal.reason, _FALLBACK).text,
        {
            "matter": Bilingual(line.matter_zh or "", line.matter_en or ""),
            "level": level_words(directory, level),
        },
    )


def _suggestion(objection: ObjectionView) -> Sentence:
    if objection.suggested_unit is None:
        return _("单位认为不属自己办理")
    return _("建议改由%(unit)s办理", unit=objection.suggested_unit.short_name)


def _is_sure(view: ItemView) -> bool:
    proposal = view.line.proposal
    if proposal is None or proposal.reason in UNSURE:
        return False
    return proposal.at_level or goes_up(view)


def _place(view: ItemView) -> str:
    directory, row = view.table.directory, view.item.row
    owner = directory.organ_by_id(row.organ_id) if row.organ_id else None
    home = owner.division_code if owner else row.division_code
    return place_seen_from(directory, row.division_code, directory.within(home))


def facts_of(row: Row) -> Sequence[ui.Fact]:
    """List the facts that are always visible on an item's page."""
    line, item = row.line, row.view.item.row
    matter = Bilingual(line.matter_zh, line.matter_en or "") if line.matter_zh else None
    label = _("退办单位") if line.objections else _("建议承办")
    label = _("已撤并的单位") if line.duty == "rehome" else label
    units = ui.Fact(label, row.unit or _("未定"), row.co)
    if not line.duty and (running := [task for task in row.view.item.tasks if not task.ended]):
        units = ui.Fact(_("承办单位"), units_of(running, row.view.table.directory))
    return (
        ui.Fact(_("事项"), matter or _("未定"), _("由您判断") if matter is None else ""),
        units,
        ui.Fact(_("受理时定的"), PROFILES[item.profile], COMPLEXITIES[item.complexity]),
        ui.Fact(_("企业所在地"), row.place),
        _due_fact(row),
        ui.Fact(_("现在由谁交办"), row.level),
        ui.Fact(_("把握"), row.sure),
    )


def _due_fact(row: Row) -> ui.Fact:
    if row.due_on is None:
        return ui.Fact(_("时限"), _("没有要您办的时限"), quiet=True)
    return ui.Fact(_("时限"), "", _("%(day)s24:00前", day=row.due_on), row.light)


def decisions_of(view: ItemView) -> list[tuple[ReasonRow, Sentence]]:
    """The earlier decisions on an item, the latest first, each with who, at which level, when."""
    directory = view.table.directory
    return [(one, _decided(one, directory)) for one in reversed(view.item.reasons)]


def _decided(one: ReasonRow, directory: Directory) -> Sentence:
    person = directory.person(one.confirmed_by) if one.confirmed_by else None
    return _(
        "%(who)s，%(level)s，%(at)s",
        who=label_at(person, one.decided_at) if person else _("系统"),
        level=level_words(directory, one.level),
        at=one.decided_at,
    )


@dataclass(frozen=True, slots=True)
class PlannedDispatch:
    """One item of a preview; `terms` names the last day to reply and the co-handlers."""

    unit: str
    what: Text
    terms: Sentence
    provisional: bool
    object_by: Deadline


@dataclass(frozen=True, slots=True)
class Preview:
    """A batch: by unit, with the last days to sign and to object, then what is sent up."""

    count: int
    units: Sequence[tuple[str, Sequence[PlannedDispatch]]]
    escalated: Sequence[Row]
    sign_by: Deadline
    object_by: Sequence[Deadline]

    @property
    def total(self) -> Sentence:
        units, up = len(self.units), len(self.escalated)
        if up:
            count = self.count - up
            return _(
                "交办%(count)s件，%(units)s个单位；上报%(up)s件", count=count, units=units, up=up
            )
        return _("%(count)s件，%(units)s个单位", count=self.count, units=units)

    @property
    def button(self) -> Sentence:
        if not self.escalated:
            return n_("交办%(num)s件", self.count)
        if not self.units:
            return n_("上报%(num)s件", self.count)
        return n_("交办和上报%(num)s件", self.count)


def preview_of(rows: Sequence[Row], limits: Limits) -> Preview | None:
    """Work out what acting on these rows as proposed would set now; None without any."""
    rows = [row for row in rows if row.line.proposal]
    if not rows:
        return None
    up = [row for row in rows if goes_up(row.view)]
    found = [
        _planned(row, row.line.proposal, limits)
        for row in rows
        if row.line.proposal and row not in up
    ]
    found.sort(key=lambda one: one.unit)
    return Preview(
        len(rows),
        [(unit, list(items)) for unit, items in groupby(found, key=lambda one: one.unit)],
        up,
        _due(rows[0].view, limits.sign),
        sorted({one.object_by for one in found}, key=lambda due: due.due_at),
    )


def _planned(row: Row, proposal: ProposalView, limits: Limits) -> PlannedDispatch:
    matter = row.view.table.directory.matter(row.line.matter_code or "")
    profile = row.view.item.row.profile
    clocks = limits_of(matter, profile, proposal.complexity, limits)
    stated = {one.clock: _due(row.view, one.limit) for one in clocks}
    due, co = stated["reply"], tuple(unit.short_name for unit in proposal.co)
    with_co = _("%(day)s前答复，会办%(units)s", day=due.due_on, units=co)
    terms = with_co if co else _("%(day)s前答复", day=due.due_on)
    lead, object_by = proposal.lead.short_name, stated["object"]
    return PlannedDispatch(lead, row.what, terms, due.provisional, object_by)


def _due(view: ItemView, limit: Limit) -> Deadline:
    return deadline(view.now, limit, view.table.directory.calendar)


def ticked(values: Sequence[str]) -> dict[Id, int]:
    """Read the ticked items, each with the place it was seen at; anything malformed is skipped."""
    found = {}
    for value in values:
        key, _colon, seq = value.partition(":")
        with suppress(ValueError):
            if (place := whole_number(seq)) is not None:
                found[from_text(key)] = place
    return found


_WHEN: Mapping[When, Sentence] = {
    "late": _("已超期"),
    "today": _("今日到期"),
    "later": _("以后到期"),
}


def filters_of(rows: Sequence[Row], query: Mapping[str, str]) -> list[ui.Filter]:
    """List the filters of the queue with what is chosen in the query."""
    places = sorted({(row.line.division_code, row.place) for row in rows})
    units = sorted({row.unit for row in rows if row.unit})
    offered: Sequence[tuple[str, Text, Iterable[tuple[str, Text]]]] = (
        ("when", _("时限"), _WHEN.items()),
        ("place", _("镇街"), places),
        ("unit", _("建议单位"), ((unit, unit) for unit in units)),
        ("sure", _("把握"), ((value, word) for value, (_bars, word) in SURE.items())),
    )
    every = ui.Option("", _("全部"))
    return [
        ui.Filter(name, label, [every, *(ui.Option(*one) for one in options)], query.get(name, ""))
        for name, label, options in offered
    ]


def matches(row: Row, query: Mapping[str, str]) -> bool:
    line = row.line
    has = {"when": row.when, "place": line.division_code, "unit": row.unit, "sure": line.confidence}
    return all(query.get(name, "") in ("", value) for name, value in has.items())

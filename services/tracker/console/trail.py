"""The trail of a case: each event the tracker emitted, who caused it and what it changed."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial

from fastapi import APIRouter

from services.tracker.actions import CaseActions
from services.tracker.console import labels
from services.tracker.console.pages import CONSOLE
from services.tracker.domain.context import last_day
from services.tracker.domain.mirrors import WithheldTexts
from services.tracker.domain.model import TaskRow
from shared.contracts import tracker as events
from shared.contracts.codes import ClockKind
from shared.contracts.envelope import Event
from shared.contracts.router import DirectoryMatter
from shared.directory import DirectoryCopy
from shared.directory.succession import near
from shared.features.trail import (
    MAX_ROWS,
    Description,
    Names,
    TrailField,
    Trails,
    TrailSubject,
    hidden,
    lines_of,
    trail_routes,
    without_texts,
    written,
)
from shared.ids import TAIL, Id, to_text
from shared.rights import Action
from shared.text import Text, _, n_
from shared.web import components as ui
from shared.web.actor import Actor, CurrentActor
from shared.web.labels import CONTACT_CHANNELS, OUTCOMES, RATINGS, WITHHELD

TASK_STATES: Mapping[str, str] = {
    events.TaskSigned.type: "IN_PROGRESS",
    events.TaskObjected.type: "OBJECTED",
    events.TaskResumed.type: "IN_PROGRESS",
    events.ReplyDrafted.type: "SIGNOFF",
    events.ReplyDraftReturned.type: "IN_PROGRESS",
    events.CaseReplied.type: "REPLIED",
}
CASE_STATES: Mapping[str, str] = {
    events.CaseHandedBack.type: "OBJECTED",
    events.ReworkOrdered.type: "REWORK",
    events.CaseClosed.type: "CLOSED",
}


@dataclass(frozen=True, slots=True)
class Describer:
    """Describes the events of one case by its tasks and its matter."""

    names: Names
    tasks: Mapping[Id, TaskRow]
    matter: DirectoryMatter | None = None

    def __call__(self, event: Event) -> Description:
        task_id: Id | None = getattr(event, "task_id", None)
        act: Text = labels.TIMELINE.get(event.type, event.type)
        match event:
            case events.TaskSigned(by_silence=True):
                act = labels.BY_SILENCE
            case events.DeadlineSet():
                act = _("定下期限")
            case events.CaseText():
                act = _("写下的文字")
        return Description(act, self.unit(task_id, event), tuple(self._values(event)))

    def unit(self, task_id: Id | None, event: Event) -> Text:
        """Name the unit of a task as it was called at an event."""
        task = self.tasks.get(task_id) if task_id else None
        return self.names.place(task.unit_id if task else task_id, event.occurred_at)

    def _values(self, event: Event) -> Iterator[TrailField]:
        yield from _states(event)
        if late_by := getattr(event, "late_by", 0):
            hours = n_("晚%(num)s小时", math.ceil(late_by / 3600))
            yield TrailField(_("系统停用后补记"), hours)
        match event:
            case events.DeadlineSet():
                yield from self._deadlines(event)
            case events.CaseText():
                yield from _texts(event)
            case events.SupervisionRaised() | events.SupervisionDecided():
                yield from self._supervision(event)
            case events.TaskObjected(suggested_unit=bytes() as wanted):
                yield TrailField(_("建议改由"), self.names.place(wanted, event.occurred_at))
            case events.DeadlineBreached() | events.CaseUrged():
                is_opinion = self._is_opinion(event.clock, event.subject_id)
                step = labels.OPINION if is_opinion else labels.NEXT.get(event.clock, event.clock)
                yield TrailField(_("哪一步"), step)
            case events.ContactLogged():
                yield TrailField(_("方式"), CONTACT_CHANNELS[event.channel])
            case _:
                yield from _results(event)

    def _deadlines(self, event: events.DeadlineSet) -> Iterator[TrailField]:
        for one in event.clocks:
            place = one.clock, one.subject_id, one.round
            is_opinion = self._is_opinion(one.clock, one.subject_id)
            name: Text = labels.OPINION_DEADLINE if is_opinion else labels.DEADLINES[one.clock]
            if one.subject_id in self.tasks:
                unit = self.unit(one.subject_id, event)
                name = _("%(due)s（%(unit)s）", due=name, unit=unit)
            day: Text | date = last_day(one.due_at)
            if one.provisional:
                day = _("%(day)s（暂定）", day=day)
            if one.clock == "reply" and one.round == 1 and self._is_urgent(one):
                day = _("%(day)s（紧急事项）", day=day)
            yield TrailField(name, day, place)

    def _is_urgent(self, clock: events.ClockDeadline) -> bool:
        return labels.is_urgent(self.matter, clock.basis.n, self.tasks.get(clock.subject_id))

    def _is_opinion(self, clock: ClockKind, subject_id: Id) -> bool:
        """Whether what is due is a co-handler's opinion, not a reply."""
        return labels.is_opinion(clock, self.tasks.get(subject_id))

    def _supervision(
        self, event: events.SupervisionRaised | events.SupervisionDecided
    ) -> Iterator[TrailField]:
        """The system only proposes key supervision; a person decides."""
        if isinstance(event, events.SupervisionRaised):
            if event.level == "key":
                yield TrailField(_("督办建议"), labels.LEVELS["key"])
            else:
                yield TrailField(_("督办"), labels.LEVELS[event.level], "supervision")
            return
        yield TrailField(_("决定"), _("同意") if event.granted else _("不列入"))
        if event.granted:
            yield TrailField(_("督办"), labels.LEVELS[event.level], "supervision")
        if event.leader:
            yield TrailField(
                _("领衔督办"), self.names.who(event.leader, event.occurred_at), "leader"
            )


def _states(event: Event) -> Iterator[TrailField]:
    if event.type in TASK_STATES:
        now, before = labels.STATES[TASK_STATES[event.type]], labels.STATES["DISPATCHED"]
        yield TrailField(_("进度"), now, ("state", getattr(event, "task_id", None)), was=before)
    if event.type in CASE_STATES:
        yield TrailField(_("进度"), labels.STATES[CASE_STATES[event.type]], "state")


def _texts(event: events.CaseText) -> Iterator[TrailField]:
    for reply in event.replies:
        name = _("第%(no)s次答复", no=reply.reply_no)
        yield TrailField(name, written(reply.plain), ("reply", reply.reply_no))
    for kind, name in labels.TEXTS.items():
        for n, one in enumerate(getattr(event, kind)):
            yield TrailField(name, written(one.text), (kind, n))
    for n, note in enumerate(event.notes):
        yield TrailField(_("批注"), written(note), ("note", n))


def _results(event: Event) -> Iterator[TrailField]:
    match event:
        case events.ReplyDrafted():
            yield TrailField(_("拟答复结果"), OUTCOMES[event.outcome], ("draft", event.task_id))
        case events.CaseReplied():
            yield from _replied(event)
        case events.CaseRated() | events.RatingRefused() | events.RatingWindowClosed():
            yield TrailField(_("第几次答复"), event.reply_no)
            if isinstance(event, events.CaseRated):
                yield from _rated(event)
        case events.ReworkOrdered():
            yield TrailField(_("第几轮"), event.round, "round", was=event.round - 1)
        case events.CaseClosed():
            yield TrailField(_("结果"), OUTCOMES[event.outcome], "outcome")


def _rated(event: events.CaseRated) -> Iterator[TrailField]:
    place = "rating" if event.decides else ("rating", event.proposer_id)
    yield TrailField(_("评价结果"), RATINGS[event.result], place)
    if event.channel == "phone":
        yield TrailField(_("怎样评价的"), _("电话回访，第二人核对"))
    if event.channel == "visit":
        yield TrailField(_("怎样评价的"), _("当面回访，第二人核对"))
    if not event.decides:
        yield TrailField(_("谁评价的"), _("另一位提出人，办结不以此为准"))


def _replied(event: events.CaseReplied) -> Iterator[TrailField]:
    yield TrailField(_("结果"), OUTCOMES[event.outcome], "outcome")
    yield TrailField(_("兑现日期"), event.promised_on, "promised_on")
    if event.waived:
        yield TrailField(_("会办意见"), _("没有到齐，先行答复"))
    if event.late_days:
        yield TrailField(_("超期工作日，不足一个按一个计"), event.late_days)


async def find_trail(actions: CaseActions, by: Actor, key: Id) -> TrailSubject:
    """Read the trail of a case; raises NotFound as the case's page does."""
    details, emitted = await actions.read_record(by, key, MAX_ROWS)
    is_withheld = isinstance(details.texts, WithheldTexts)
    if is_withheld:
        emitted = without_texts(emitted)
    case, directory, item = details.case, details.directory, to_text(key)
    names = Names(directory, near(directory, by.grants))
    if case.row.confidential:
        emitted = hidden(emitted, _by_proposer)
    describe = Describer(names, case.tasks, directory.matter(case.row.matter_code))
    crumbs = (
        ui.Crumb(_("办件"), "/tracker/cases"),
        ui.Crumb(case.row.number or item[TAIL], f"/tracker/items/{item}"),
        ui.Crumb(_("办理记录")),
    )
    return TrailSubject(
        name=_("办理记录"),
        href=f"/tracker/items/{item}/trail",
        entry="/tracker/cases",
        crumbs=crumbs,
        code=case.row.number or item[TAIL],
        division=case.row.division_code,
        lines=lines_of(emitted, describe, names),
        note=WITHHELD if is_withheld else "",
    )


def _by_proposer(event: Event) -> bool:
    """Whether a proposer's own rating caused the event."""
    is_rating = isinstance(event, events.CaseRated | events.RatingRefused)
    return is_rating or (isinstance(event, events.CaseClosed) and event.how == "rated")


def routes(actions: CaseActions, copy: DirectoryCopy, officer: CurrentActor) -> APIRouter:
    trails = Trails(CONSOLE, copy, actions.messaging.db, partial(find_trail, actions))
    return trail_routes(trails, officer, "/items/{key}", Action.CASE_READ)

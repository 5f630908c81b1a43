"""A case played through its pure decisions, with the time and people of Luqiao."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest

from services.tracker.domain import commands
from services.tracker.domain.context import DecisionContext, Outage
from services.tracker.domain.decide import decide
from services.tracker.domain.model import Case, CaseRow, ClockRow, blank, case_state
from shared.calendar import Calendar, Limit
from shared.contracts.codes import ClockKind, RatingResult, TaskRole
from shared.contracts.envelope import Event, Tombstone
from shared.contracts.intake import ItemAccepted, ItemProposer, ItemSubmitted, RatingGiven
from shared.contracts.router import ClockLimit, ItemDispatched, TaskGiven
from shared.contracts.topics import TOPIC_OF
from shared.contracts.tracker import CaseText
from shared.errors import Conflict, Refused
from shared.ids import Id, named_id, to_text
from shared.messaging.subject import ClockDue, Command, ReceivedEvent, Record
from shared.settings import Limits
from tests.support.entries import Officer, grant
from tests.support.refusals import in_both
from tests.support.shanghai import at

ITEM = bytes(range(16))
STATION = named_id("station", "jinqing")
ORGAN = named_id("organ", "331004")
UPPER = named_id("organ", "331000")
TOWN = named_id("organ", "331004102")
UNIT = named_id("unit", "power")
OTHER = named_id("unit", "economy")
LEADER = named_id("person", "leader")
TASK = named_id("task", "1")
CO_TASK = named_id("task", "2")
CALENDAR = Calendar({})
FIFTEEN = Limit(n=15, kind="wd")


def officer(role: Any, *, unit: Id | None = None, organ: Id | None = None) -> Officer:
    return Officer(f"{role}-1", "周明远", (grant(role, "331004", unit_id=unit, organ_id=organ),))


CLERK = officer("clerk", unit=UNIT)
HEAD = officer("unit_head", unit=UNIT)
CO_CLERK = officer("clerk", unit=OTHER)
CO_HEAD = officer("unit_head", unit=OTHER)
DISPATCHER = officer("dispatcher", organ=ORGAN)


FIRST, SECOND = named_id("proposer", "first"), named_id("proposer", "second")
KIND: Any = {"station_id": STATION, "item_type": "problem", "source_kind": "enterprise"}


def emitted_by(actor: str, when: str) -> dict[str, Any]:
    return {"occurred_at": at(when), "division_code": "331004102", "actor": actor}


def submitted(when: str) -> Event:
    """Two enterprises submit together; the first one's rating counts."""
    proposers = [ItemProposer(proposer_id=one, kind="enterprise") for one in (FIRST, SECOND)]
    return ItemSubmitted(**emitted_by("station", when), **KIND, proposers=tuple(proposers))


def accepted(when: str, **more: Any) -> Event:
    values: dict[str, Any] = {
        "number": "331004102-2022-418",
        "profile": "station_item",
        "complexity": "normal",
    }
    return ItemAccepted(**emitted_by("head", when) | KIND | values | more)


def given(task_id: Id = TASK, unit_id: Id = UNIT, role: TaskRole = "lead") -> TaskGiven:
    return TaskGiven(task_id=task_id, unit_id=unit_id, role=role)


def dispatched(
    when: str, *tasks: TaskGiven, no: int = 1, reply: Limit = FIFTEEN, organ: Id = ORGAN
) -> Event:
    limits: dict[ClockKind, Limit] = {
        "sign": Limit(n=1, kind="wd"),
        "object": Limit(n=2, kind="wd"),
        "reply": reply,
    }
    return ItemDispatched(
        **emitted_by("dispatcher", when),
        dispatch_no=no,
        tasks=tasks or (given(),),
        limits=tuple(ClockLimit(clock=clock, limit=limit) for clock, limit in limits.items()),
        profile="station_item",
        complexity="normal",
        dispatcher_organ=organ,
        owner_level="county",
        matter_code="power",
        reason="matter_table",
        rule_id="R-031",
    )


def rating(when: str, result: RatingResult, reply_no: int = 1, by: Id = FIRST) -> Event:
    return RatingGiven(
        **emitted_by("proposer", when),
        proposer_id=by,
        reply_no=reply_no,
        result=result,
        by_kind="enterprise",
        channel="web",
    )


def received(event: Event, recorded_at: datetime | None = None) -> ReceivedEvent:
    """Put an event into the form a fold hears (its place does not matter to a decision)."""
    topic = TOPIC_OF[type(event)].name
    record = Record(topic, 0, 0, ITEM)
    when = recorded_at or event.occurred_at
    return ReceivedEvent(topic, ITEM, 1, ITEM, event.type, when, ITEM, event, record)


def context_at(
    now: datetime, calendar: Calendar = CALENDAR, outages: Sequence[Outage] = ()
) -> DecisionContext:
    return DecisionContext(
        now, calendar, Limits(), lambda _: ORGAN, lambda person, _: person == LEADER, outages
    )


@dataclass
class Play:
    case: Case = field(default_factory=lambda: blank(CaseRow(key=ITEM)))
    emitted: list[Event] = field(default_factory=list)
    calendar: Calendar = CALENDAR
    outages: Sequence[Outage] = ()

    def _step(self, given: Any, now: datetime) -> Sequence[Event]:
        context = context_at(now, self.calendar, self.outages)
        self.case, events = decide(self.case, given, context)
        facts = sum(not isinstance(event, CaseText | Tombstone) for event in events)
        row, told = self.case.row, len(events) - facts
        places = {"seq": row.seq + facts, "text_seq": row.text_seq + told}
        self.case = replace(self.case, row=row.model_copy(update=places))
        self.emitted += events
        return events

    def hear(self, *events: Event) -> "Play":
        for event in events:
            self._step(received(event), event.occurred_at)
        return self

    def act(self, given: Command, when: str) -> Sequence[Event]:
        return self._step(given, at(when))

    def answer(self, when: str, task: Id = TASK, by: Any = CLERK, head: Any = HEAD) -> "Play":
        """Draft the reply of a task and sign it off."""
        self.act(replace(draft(), task_id=task, by=by), when)
        self.act(commands.SignOff(ITEM, task, head), when)
        return self

    def tick(self, when: str) -> list[Event]:
        now = at(when)
        if any(clock.next_at and clock.next_at <= now for clock in self.case.clocks.values()):
            return list(self._step(ClockDue(ITEM), now))
        return []

    def clock(self, kind: ClockKind) -> ClockRow:
        (found,) = [clock for clock in self.case.clocks.values() if clock.kind == kind]
        return found

    def running(self) -> set[str]:
        return {clock.kind for clock in self.case.clocks.values()}

    @property
    def state(self) -> str:
        return case_state(self.case)


def opened(*tasks: TaskGiven) -> Play:
    """A case submitted, accepted and dispatched in September 2022 (中秋 10-12 September)."""
    return Play().hear(
        submitted("2022-09-05 09:12"),
        accepted("2022-09-05 15:40"),
        dispatched("2022-09-08 09:30", *tasks),
    )


def signed(*tasks: TaskGiven) -> Play:
    play = opened(*tasks)
    play.act(commands.Sign(ITEM, TASK, CLERK), "2022-09-08 16:20")
    return play


def contacted(*tasks: TaskGiven) -> Play:
    play = signed(*tasks)
    play.act(contact(), "2022-09-13 14:00")
    return play


def contact(task: Id = TASK, by: Officer = CLERK) -> commands.LogContact:
    return commands.LogContact(
        ITEM, task, by, commands.ContactBody(channel="phone", note="约定现场查看")
    )


def opinion(task: Id = CO_TASK, by: Officer = CO_CLERK) -> commands.FileOpinion:
    return commands.FileOpinion(ITEM, task, by, commands.OpinionBody(opinion="同意"))


def fulfil(
    task: Id = TASK, by: Officer = HEAD, outcome: Any = "solved", **more: Any
) -> commands.Fulfil:
    values = {"outcome": outcome, "plain": "已完工", "text": "已完工"} | more
    return commands.Fulfil(ITEM, task, by, commands.AnswerBody(**values))


def supervise(leader: Id | None = LEADER, by: Officer = DISPATCHER, *, granted: bool = True) -> Any:
    body = commands.SupervisionBody(level="key", granted=granted, leader=leader and to_text(leader))
    return commands.DecideSupervision(ITEM, by, body)


def draft(outcome: Any = "solved", **more: Any) -> commands.DraftReply:
    values = {"outcome": outcome, "plain": "本周接通", "text": "已安排增容"} | more
    return commands.DraftReply(ITEM, TASK, CLERK, commands.DraftBody(**values))


def replied(outcome: Any = "solved", **more: Any) -> Play:
    """The same, answered on 20 September."""
    play = contacted()
    play.act(draft(outcome, **more), "2022-09-19 10:00")
    play.act(commands.SignOff(ITEM, TASK, HEAD), "2022-09-20 10:00")
    return play


def objection(suggested: Id | None = None) -> commands.Object:
    unit = suggested and to_text(suggested)
    body = commands.ObjectBody(reason="应由区经信局办理", suggested_unit=unit)
    return commands.Object(ITEM, TASK, HEAD, body)


def refused(play: Play, act: object, when: str, code: str, kind: type[Refused] = Conflict) -> None:
    """See that an act is refused for this reason and changes nothing."""
    before, said = play.case, len(play.emitted)
    with pytest.raises(kind) as raised:
        play.act(act, when)  # type: ignore[arg-type]
    assert raised.value.code == code
    assert all(in_both(raised.value, "tracker"))
    assert (play.case, len(play.emitted)) == (before, said)

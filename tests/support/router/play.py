"""An item taken through the router's pure decisions, with the directory of the shipped tables."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.router.cli import SEED
from services.router.directory.actions import read_city_folder
from services.router.directory.domain.seeds import seed
from services.router.routing.domain import commands
from services.router.routing.domain.context import DecisionContext
from services.router.routing.domain.decide import decide
from services.router.routing.domain.model import Item, ItemRow
from services.router.routing.domain.routing_table import RoutingTable
from services.router.settings import RouterSettings
from shared.calendar import local_day
from shared.contracts.envelope import Event, Tombstone
from shared.contracts.intake import ItemAccepted, ItemProposer, ItemSubmitted, ItemText
from shared.contracts.router import (
    AssignmentText,
    Basis,
    DirectoryMatter,
    ItemDispatched,
    ItemMatched,
)
from shared.contracts.topics import TOPIC_OF
from shared.contracts.tracker import CaseHandedBack, CaseReplied, TaskObjected
from shared.directory.snapshot import Directory
from shared.errors import Refused
from shared.ids import Id, named_id, new_id, to_text
from shared.messaging.subject import Command, ReceivedEvent, Record
from tests.support.entries import Officer, grant
from tests.support.environment import NOWHERE, settings_of
from tests.support.places import with_entries
from tests.support.refusals import in_both

NOW = datetime(2022, 9, 8, 1, 30, tzinfo=UTC)
ITEM = new_id(NOW)
PERSON = named_id("person", "dispatcher")
COUNTY, TOWNSHIP, STREET, CITY, PROVINCE = "331004", "331004106", "331004002", "331000", "330000"
TABLES, FILE_ERRORS = read_city_folder(SEED)
ENTRIES = seed(TABLES, NOW)
DIRECTORY = with_entries(Directory(), *((put.key, put.entry) for put in ENTRIES))
SETTINGS = settings_of(RouterSettings, NOWHERE)

POWER = "厂区停电\n昨夜又跳闸，供电中断三小时"
"""Surely `power_supply`: a county matter of the power company, with two co-handlers."""


def unit(division: str, kind: str) -> Id:
    return named_id("unit", f"{division}:{kind}")


def organ(division: str) -> Id:
    return named_id("organ", division)


def matter(code: str) -> DirectoryMatter:
    found = DIRECTORY.matter(code)
    assert found is not None, code
    return found


def context(directory: Directory = DIRECTORY, **settings: Any) -> DecisionContext:
    return DecisionContext(
        NOW, RoutingTable(directory, local_day(NOW)), SETTINGS.model_copy(update=settings)
    )


CONTEXT = context()


def with_matter(code: str, **more: Any) -> Directory:
    changed = matter(code).model_copy(update=more)
    return with_entries(DIRECTORY, (named_id("matter", code), changed))


def emitted_by(actor: str, division: str = TOWNSHIP) -> dict[str, Any]:
    """Give the fields every event carries."""
    return {"occurred_at": NOW - timedelta(hours=1), "division_code": division, "actor": actor}


KIND: Any = {"station_id": ITEM, "item_type": "problem", "source_kind": "enterprise"}


def submitted(division: str = TOWNSHIP) -> Event:
    proposers = (ItemProposer(proposer_id=ITEM, kind="enterprise"),)
    return ItemSubmitted(**emitted_by("station", division), **KIND, proposers=proposers)


def accepted(division: str = TOWNSHIP, **more: Any) -> Event:
    values: dict[str, Any] = {
        "number": "331004-2022-0418",
        "profile": "station_item",
        "complexity": "normal",
    }
    return ItemAccepted(**emitted_by("head", division), **(KIND | values | more))


def text(words: str = POWER) -> Event:
    title, _, body = words.partition("\n")
    return ItemText(**emitted_by("station"), title=title, body=body)


def objected(task_id: Id, no: int = 1, suggested: Id | None = None) -> Event:
    return TaskObjected(
        **emitted_by("head"),
        task_id=task_id,
        dispatch_no=no,
        reason="not_ours",
        suggested_unit=suggested,
    )


def handed_back(no: int = 1) -> Event:
    return CaseHandedBack(**emitted_by("head"), reason="objection", dispatch_no=no)


def replied(task_id: Id, no: int = 1) -> Event:
    return CaseReplied(
        **emitted_by("head"),
        task_id=task_id,
        reply_no=no,
        round=1,
        outcome="solved",
        signed_by="head",
    )


def dispatcher_of(*organs: Id) -> Officer:
    grants = [grant("dispatcher", COUNTY, organ_id=one) for one in organs]
    return Officer(to_text(PERSON), "", grants)


def at(*divisions: str) -> Officer:
    return dispatcher_of(*map(organ, divisions))


def dispatch(*divisions: str, **more: Any) -> commands.Dispatch:
    return commands.Dispatch(ITEM, at(*divisions or (COUNTY,)), commands.DispatchBody(**more))


def escalate(*divisions: str, **more: Any) -> commands.Escalate:
    body = commands.EscalateBody(**{"reason": "超出本级权限"} | more)
    return commands.Escalate(ITEM, at(*divisions or (TOWNSHIP,)), body)


def objection(decision: Any, *divisions: str, **more: Any) -> commands.DecideObjection:
    body = commands.ObjectionBody(decision=decision, **{"reason": "已经研究"} | more)
    return commands.DecideObjection(ITEM, at(*divisions or (COUNTY,)), body)


def rehome(to: Id, *divisions: str, **more: Any) -> commands.Rehome:
    body = commands.RehomeBody(unit=to, **{"reason": "职能划入"} | more)
    return commands.Rehome(ITEM, at(*divisions or (COUNTY,)), body)


def seen(topic: str, seq: int) -> Basis:
    return Basis(topic=topic, seq=seq)


@dataclass
class Play:
    context: DecisionContext = CONTEXT
    item: Item = field(default_factory=lambda: Item(ItemRow(key=ITEM)))
    emitted: list[Event] = field(default_factory=list)
    seqs: dict[str, int] = field(default_factory=dict)

    def received(self, event: Event) -> ReceivedEvent:
        """Give an event the next place of its topic."""
        topic = TOPIC_OF[type(event)].name
        seq = self.seqs[topic] = self.seqs.get(topic, 0) + 1
        record = Record(topic, 0, seq, ITEM)
        return ReceivedEvent(topic, ITEM, seq, ITEM, event.type, NOW, ITEM, event, record)

    def hear(self, *events: Event) -> "Play":
        for event in events:
            self.step(self.received(event))
        return self

    def act(self, command: Command) -> Sequence[Event]:
        return self.step(command)

    def step(self, given: Any) -> Sequence[Event]:
        self.item, events = decide(self.item, given, self.context)
        words = (AssignmentText, Tombstone)
        facts = sum(not isinstance(event, words) for event in events)
        row = self.item.row.model_copy(update={"seq": self.item.row.seq + facts})
        self.item = replace(self.item, row=row)
        self.emitted += events
        return events

    @property
    def decided(self) -> list[Event]:
        """What was emitted, without the suggestions."""
        return [event for event in self.emitted if not isinstance(event, ItemMatched)]

    @property
    def dispatched(self) -> ItemDispatched:
        return [event for event in self.emitted if isinstance(event, ItemDispatched)][-1]

    def task(self, place: int = 0) -> Id:
        return self.dispatched.tasks[place].task_id


def waiting(division: str = TOWNSHIP, words: str = POWER, **more: Any) -> Play:
    """An item accepted in a township, read, and waiting there."""
    return Play().hear(submitted(division), text(words), accepted(division, **more))


def at_county(words: str = POWER, **more: Any) -> Play:
    """The same, sent up to its county."""
    play = waiting(words=words, **more)
    play.act(escalate())
    return play


def given_out(**more: Any) -> Play:
    """The same, dispatched to the power company with two co-handlers, or as `more` says."""
    play = at_county()
    play.act(dispatch(**more))
    return play


def refused(play: Play, command: commands.Decision) -> str:
    """Check that a command is refused in both languages and changes nothing; return the code."""
    before = play.item
    with pytest.raises(Refused) as error:
        play.act(command)
    why = error.value
    assert all(in_both(why, "router")), why.code
    assert play.item is before
    return why.code

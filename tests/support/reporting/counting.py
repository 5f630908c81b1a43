"""Items and activities counted through their pure decisions, as the days of 2022 went by."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.reporting.domain.apply_event import count_activity, count_item
from services.reporting.domain.facts import CellChange, Fact, cells_of
from services.reporting.domain.model import Activity, ActivityRow, Item, ItemRow
from shared.calendar import Periods, start_of_day
from shared.contracts import intake, tracker
from shared.contracts.codes import Outcome, RatingChannel, RatingResult
from shared.contracts.envelope import Event
from shared.contracts.router import ItemEscalated
from shared.contracts.topics import INTAKE_ACTIVITY, PARTITIONS, TOPIC_OF
from shared.ids import Id, derived_id, named_id
from shared.messaging.subject import ReceivedEvent, Record
from tests.support.shanghai import at

TOWN, OTHER_TOWN, COUNTY, CITY = "331004102", "331004103", "331004", "331000"
ITEM, ACTIVITY = named_id("item", "1"), named_id("activity", "1")
DEPUTY, OTHER_DEPUTY, STAFF = (named_id("person", name) for name in ("d", "e", "s"))
PERIODS = Periods()


def _said(when: str, division: str = TOWN) -> dict[str, Any]:
    return {"occurred_at": at(when), "division_code": division, "actor": "someone"}


def accepted(when: str, division: str = TOWN, number: str = "331004102-2022-1") -> Event:
    return intake.ItemAccepted(
        **_said(when, division),
        number=number,
        station_id=STAFF,
        item_type="problem",
        source_kind="enterprise",
        profile="station_item",
        complexity="normal",
    )


def rejected(when: str) -> Event:
    return intake.ItemRejected(**_said(when), reason="R4")


def transferred(when: str) -> Event:
    return intake.ItemTransferred(**_said(when), channel="petition")


def merged(when: str) -> Event:
    return intake.ItemMerged(**_said(when), merged_into=DEPUTY)


def escalated(when: str, to: Any = "city", division: str = TOWN) -> Event:
    below: Any = {"county": "township", "city": "county", "province": "city"}[to]
    return ItemEscalated(
        **_said(when, division), from_level=below, to_level=to, organ_id=STAFF, reason="above"
    )


def replied(
    when: str, outcome: Outcome = "solved", reply_no: int = 1, *, task: Id = STAFF, rnd: int = 1
) -> Event:
    return tracker.CaseReplied(
        **_said(when), task_id=task, reply_no=reply_no, round=rnd, outcome=outcome, signed_by="head"
    )


def rated(
    when: str,
    result: RatingResult = "satisfied",
    reply_no: int = 1,
    *,
    decides: bool = True,
    channel: RatingChannel = "web",
) -> Event:
    return tracker.CaseRated(
        **_said(when),
        proposer_id=STAFF,
        decides=decides,
        reply_no=reply_no,
        result=result,
        channel=channel,
    )


def window_closed(when: str, reply_no: int = 1) -> Event:
    return tracker.RatingWindowClosed(**_said(when), reply_no=reply_no, rated=False)


def rework(when: str) -> Event:
    return tracker.ReworkOrdered(**_said(when), round=2)


def kept(when: str) -> Event:
    return tracker.PromiseKept(**_said(when), reply_no=1)


def solved_on_spot(when: str) -> Event:
    return tracker.CaseClosed(**_said(when), how="solved_on_spot", outcome="solved")


def held(first_day: str, last_day: str = "", division: str = COUNTY, **more: Any) -> Event:
    first = date.fromisoformat(first_day)
    values: dict[str, Any] = {
        "occurred_at": start_of_day(first),
        "division_code": division,
        "actor": "station",
        "kind": "inspection",
        "station_id": STAFF,
        "organiser_division": division,
        "place_division": TOWN,
        "first_day": first,
        "last_day": date.fromisoformat(last_day or first_day),
    }
    return intake.ActivityHeld(**values | more)


def attended(
    first_day: str,
    person: Id = DEPUTY,
    division: str = COUNTY,
    *,
    is_deputy: bool = True,
    is_street_rep: bool = False,
) -> Event:
    first = date.fromisoformat(first_day)
    return intake.AttendanceConfirmed(
        occurred_at=start_of_day(first),
        division_code=division,
        actor="station",
        person_id=person,
        is_deputy=is_deputy,
        is_street_rep=is_street_rep,
        organiser_division=division,
        first_day=first,
    )


def cancelled(when: str, division: str = COUNTY) -> Event:
    return intake.ActivityCancelled(**_said(when, division), organiser_division=division)


def revoked(when: str, person: Id = DEPUTY, division: str = COUNTY) -> Event:
    return intake.AttendanceRevoked(
        **_said(when, division), person_id=person, organiser_division=division
    )


@dataclass
class Counting:
    items: dict[Id, Item] = field(default_factory=dict)
    activities: dict[Id, Activity] = field(default_factory=dict)
    seqs: Counter[tuple[str, Id]] = field(default_factory=Counter)

    def hear(self, *events: Event, key: Id | None = None) -> "Counting":
        """Hear events of one subject, each at the next place of its topic."""
        for event in events:
            if TOPIC_OF[type(event)] is INTAKE_ACTIVITY:
                place = key or ACTIVITY
                before = self.activities.get(place) or Activity(ActivityRow(key=place))
                given = self.received(event, place)
                self.activities[place], said = count_activity(before, given, PERIODS)
            else:
                place = key or ITEM
                state = self.items.get(place) or Item(ItemRow(key=place))
                self.items[place], said = count_item(state, self.received(event, place), PERIODS)
            assert not said
        return self

    def received(self, event: Event, key: Id) -> ReceivedEvent:
        """Put an event where its owner would: places depend on the topic and its key only."""
        topic = TOPIC_OF[type(event)].name
        self.seqs[topic, key] += 1
        seq = self.seqs[topic, key]
        event_id = derived_id(key, topic, str(seq))
        record = Record(topic, key[0] % PARTITIONS, seq, key)
        return ReceivedEvent(
            topic, key, seq, event_id, event.type, event.occurred_at, key, event, record
        )

    @property
    def facts(self) -> list[Fact]:
        states: Iterable[Item | Activity] = (*self.items.values(), *self.activities.values())
        return [fact for state in states for fact in state.facts]

    @property
    def cells(self) -> list[CellChange]:
        return cells_of(self.facts)

    def worth(self, column: str) -> int:
        return sum(fact.delta for fact in self.facts if fact.column == column)

    def changes(self, column: str) -> Sequence[tuple[int, str]]:
        """How a column rose and fell: deltas with the first day of the period each counts in."""
        return [
            (fact.delta, f"{fact.period_start:%m-%d}" if fact.period_start else "")
            for fact in self.facts
            if fact.column == column
        ]

"""The worth rule: every subject is worth 0 or 1 in a column, whatever came first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime

from services.reporting.domain.facts import Column, Fact, Rules, WorthChange, fact_of
from shared.calendar import start_of_day
from shared.contracts.envelope import Event
from shared.contracts.intake import (
    ActivityHeld,
    AttendanceConfirmed,
    ItemAccepted,
    ItemMerged,
    ItemRejected,
    ItemTransferred,
)
from shared.contracts.router import ItemEscalated
from shared.contracts.tracker import (
    CaseClosed,
    CaseRated,
    CaseReplied,
    PromiseKept,
    RatingWindowClosed,
    ReworkOrdered,
)
from shared.ids import Id
from shared.messaging.subject import Input, ReceivedEvent, Row, State, StateRow

COUNTED: frozenset[type[Event]] = frozenset(
    {
        ActivityHeld, AttendanceConfirmed, ItemAccepted, ItemMerged, ItemRejected,
        ItemTransferred, ItemEscalated, CaseClosed, CaseRated, CaseReplied, PromiseKept,
        RatingWindowClosed, ReworkOrdered,
    }
)  # fmt: skip
"""The events a figure depends on; a test names every other one of the topics heard."""


class ItemRow(StateRow):
    """What an item is worth; each column follows one topic.

    `number` and C3 follow intake, `reply_no` to C4 the tracker, C5 the router. The times say when
    the worth last changed.
    """

    number: str = ""
    c3: int = 0
    c3_at: AwareDatetime | None = None
    reply_no: int = 0
    outcome: str = ""
    kept: bool = False
    disputed: bool = False
    c4: int = 0
    c4_at: AwareDatetime | None = None
    c5: int = 0


@dataclass(frozen=True, slots=True)
class Item(State[ItemRow]):
    """An item and the facts of this set."""

    facts: tuple[Fact, ...] = ()


class ActivityRow(StateRow):
    """What an activity is worth in C1."""

    c1: int = 0


class Attendee(Row):
    """One person who counts for an activity, once."""

    activity: bytes
    person_id: bytes


@dataclass(frozen=True, slots=True)
class Activity(State[ActivityRow]):
    """An activity, who took part, and the facts of this set."""

    people: Mapping[Id, Attendee] = field(default_factory=dict)
    facts: tuple[Fact, ...] = ()


def count_item(state: Item, given: Input, rules: Rules) -> tuple[Item, Sequence[Event]]:
    """Follow one event of an item: C3 from intake, C4 from the tracker, C5 from the router."""
    match given:
        case ReceivedEvent(event=ItemAccepted() as event):
            numbered = _noted(state, number=event.number)
            return _turned(numbered, 1, "C3", given, rules), ()
        case ReceivedEvent(event=ItemRejected() | ItemTransferred() | ItemMerged()):
            return _turned(state, 0, "C3", given, rules), ()
        case ReceivedEvent(event=ItemEscalated(to_level="city")):
            return _escalated(state, given, rules), ()
        case ReceivedEvent(event=ItemEscalated()):
            return state, ()
        case ReceivedEvent(event=Event() as event):
            noted, worth = _judged(state, event)
            return _turned(noted, worth, "C4", given, rules), ()
    raise TypeError(f"not for items: {given!r}")


def _judged(state: Item, event: Event) -> tuple[Item, int]:
    """Tell whether an item is resolved after an event of its case, at level `not_disputed`.

    Resolved: the outcome is `solved` and the proposer did not say 不满意 by rating or by the end
    of the window; solved on the spot; a promise fulfilled, from its fulfilment on. Of several
    units' answers one that is not `solved` holds until a new round or a promise is kept.
    """
    row = state.row
    worth, noted = row.c4, state
    match event:
        case CaseReplied():
            kept = row.kept and event.outcome == "solved"
            reply = {"reply_no": event.reply_no, "outcome": _outcome(row, event, kept)}
            noted, worth = _noted(state, **reply, kept=kept, disputed=False), int(kept)
        case CaseRated() if event.reply_no == row.reply_no:
            disputed = event.result == "dissatisfied"
            noted = _noted(state, disputed=disputed, kept=row.kept and not disputed)
            worth = int((row.kept or row.outcome == "solved") and not disputed)
        case RatingWindowClosed() if event.reply_no == row.reply_no:
            worth = int((row.kept or row.outcome == "solved") and not row.disputed)
        case ReworkOrdered():
            noted, worth = _noted(state, disputed=True, kept=False), 0
        case PromiseKept():
            noted, worth = _noted(state, kept=True), 1
        case CaseClosed(how="solved_on_spot"):
            worth = 1
        case CaseClosed() | CaseRated() | RatingWindowClosed():
            pass
        case _:
            raise TypeError(f"not for items: {event!r}")
    return noted, worth


def _outcome(row: ItemRow, event: CaseReplied, kept: bool) -> str:
    """Let an earlier unit's answer that was not `solved` hold, unless this one is anew."""
    is_anew = kept or row.disputed or row.outcome in ("", "solved")
    return event.outcome if is_anew else row.outcome


def _noted(state: Item, **columns: object) -> Item:
    return replace(state, row=state.row.model_copy(update=columns))


def _turned(
    state: Item, worth: int, column: Literal["C3", "C4"], received: ReceivedEvent, rules: Rules
) -> Item:
    """Give the item this worth in a column; a fact is written only when it changes."""
    row, event = state.row, received.event
    was, since = (row.c3, row.c3_at) if column == "C3" else (row.c4, row.c4_at)
    if was == worth or not isinstance(event, Event):
        return state
    turn = WorthChange(column, worth, event.division_code, event.occurred_at)
    fact = fact_of(turn, since, received, rules)
    name = column.lower()
    noted = _noted(state, **{name: worth, f"{name}_at": fact.occurred_at})
    return replace(noted, facts=(*state.facts, fact))


def _escalated(state: Item, received: ReceivedEvent, rules: Rules) -> Item:
    """Count the first way up to the city; it stays counted, for the county did send it up."""
    event = received.event
    if state.row.c5 or not isinstance(event, Event):
        return state
    fact = fact_of(
        WorthChange("C5", 1, event.division_code, event.occurred_at), None, received, rules
    )
    return replace(_noted(state, c5=1), facts=(*state.facts, fact))


def count_activity(state: Activity, given: Input, rules: Rules) -> tuple[Activity, Sequence[Event]]:
    """Follow one event of an activity: C1 and C2 bear the organiser's division and first day."""
    match given:
        case ReceivedEvent(event=ActivityHeld() as event):
            return _held(state, event, given, rules), ()
        case ReceivedEvent(event=AttendanceConfirmed() as event):
            return _attended(state, event, given, rules), ()
    raise TypeError(f"not for activities: {given!r}")


def _held(state: Activity, event: ActivityHeld, received: ReceivedEvent, rules: Rules) -> Activity:
    if state.row.c1:
        return state
    turn = WorthChange("C1", 1, event.organiser_division, _first(event))
    fact = fact_of(turn, None, received, rules)
    row = state.row.model_copy(update={"c1": 1})
    return replace(state, row=row, facts=(*state.facts, fact))


def _attended(
    state: Activity, event: AttendanceConfirmed, received: ReceivedEvent, rules: Rules
) -> Activity:
    """Count a person once; staff and guests never, street representatives apart from C2."""
    if event.person_id in state.people or not (event.is_deputy or event.is_street_rep):
        return state
    column: Column = "C2" if event.is_deputy else "street_reps"
    turn = WorthChange(column, 1, event.organiser_division, _first(event), event.person_id)
    fact = fact_of(turn, None, received, rules)
    attendee = Attendee(activity=received.key, person_id=event.person_id)
    people = {**state.people, event.person_id: attendee}
    return replace(state, people=people, facts=(*state.facts, fact))


def _first(event: ActivityHeld | AttendanceConfirmed) -> datetime:
    return start_of_day(event.first_day)

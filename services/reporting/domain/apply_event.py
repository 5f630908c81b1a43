"""Counting: the effect of a received event. A subject is worth 0 or 1 in every column."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from services.reporting.domain.facts import Column, WorthChange, fact_of
from services.reporting.domain.model import Activity, Attendee, Item
from shared.calendar import Periods, start_of_day
from shared.contracts import intake, router, tracker
from shared.contracts.envelope import Event
from shared.ids import to_text
from shared.messaging.subject import Input, ReceivedEvent

COUNTED: frozenset[type[Event]] = frozenset(
    {
        intake.ActivityHeld, intake.AttendanceConfirmed, intake.ItemAccepted, intake.ItemMerged,
        intake.ItemRejected, intake.ItemTransferred, router.ItemEscalated, tracker.CaseClosed,
        tracker.CaseRated, tracker.CaseReplied, tracker.PromiseKept, tracker.RatingWindowClosed,
        tracker.ReworkOrdered,
    }
)  # fmt: skip
"""The event types that figures depend on."""


def count_item(state: Item, given: Input, periods: Periods) -> tuple[Item, Sequence[Event]]:
    """Count one event of an item: C3 follows intake, C4 the tracker, C5 the router."""
    match given:
        case ReceivedEvent(event=intake.ItemAccepted() as event):
            numbered = _updated(state, number=event.number)
            return _set_worth(numbered, 1, "C3", given, periods), ()
        case ReceivedEvent(
            event=intake.ItemRejected() | intake.ItemTransferred() | intake.ItemMerged()
        ):
            return _set_worth(state, 0, "C3", given, periods), ()
        case ReceivedEvent(event=router.ItemEscalated(to_level="city") as event):
            return _escalated(state, event, given, periods), ()
        case ReceivedEvent(event=router.ItemEscalated()):
            return state, ()
        case ReceivedEvent(event=Event() as event):
            updated, worth = _resolved(state, event)
            return _set_worth(updated, worth, "C4", given, periods), ()
    raise TypeError(f"not for items: {given!r}")


def _resolved(state: Item, event: Event) -> tuple[Item, int]:
    """Return the item after an event of its case, and 1 if it is resolved (`not_disputed`).

    Resolved: all units that answer for it answered `solved`, and the proposer did not answer 不满意
    by rating or by the end of the window, the last rating holds; solved on the spot; the promise
    kept that was the last part not solved, from then on.
    """
    row = state.row
    worth, updated = row.c4, state
    match event:
        case tracker.CaseReplied():
            updated = _answered(state, event)
            worth = int(updated.row.kept)
        case tracker.CaseRated() if event.reply_no == row.reply_no:
            disputed = event.result == "dissatisfied"
            updated = _updated(state, disputed=disputed)
            worth = int(row.is_solved and not disputed)
        case tracker.RatingWindowClosed() if event.reply_no == row.reply_no:
            worth = int(row.is_solved and not row.disputed)
        case tracker.ReworkOrdered():
            updated, worth = _updated(state, disputed=True), 0
        case tracker.PromiseKept():
            updated, worth = _updated(state, kept=True), int(row.unsolved <= 1)
        case tracker.CaseClosed(how="solved_on_spot"):
            worth = 1
        case tracker.CaseClosed() | tracker.CaseRated() | tracker.RatingWindowClosed():
            pass
        case _:
            raise TypeError(f"not for items: {event!r}")
    return updated, worth


def _answered(state: Item, event: tracker.CaseReplied) -> Item:
    """Record a unit's answer; a new round requires all of them again."""
    row = state.row
    others = row.outcomes if event.round == row.round else {}
    outcomes = {**others, to_text(event.task_id): event.outcome}
    kept = row.kept and not row.disputed and {*outcomes.values()} == {"solved"}
    reply = {"reply_no": event.reply_no, "round": event.round, "outcomes": outcomes}
    return _updated(state, **reply, kept=kept, disputed=False)


def _updated(state: Item, **columns: object) -> Item:
    return replace(state, row=state.row.model_copy(update=columns))


def _set_worth(
    state: Item, worth: int, column: Literal["C3", "C4"], received: ReceivedEvent, periods: Periods
) -> Item:
    """Set what an item is worth in a column; only a change makes a fact."""
    row, event = state.row, received.event
    was, since = (row.c3, row.c3_at) if column == "C3" else (row.c4, row.c4_at)
    if was == worth or not isinstance(event, Event):
        return state
    change = WorthChange(column, worth, event.division_code, event.occurred_at)
    fact = fact_of(change, since, received, periods)
    name = column.lower()
    updated = _updated(state, **{name: worth, f"{name}_at": fact.occurred_at})
    return replace(updated, facts=(*state.facts, fact))


def _escalated(
    state: Item, event: router.ItemEscalated, received: ReceivedEvent, periods: Periods
) -> Item:
    """Count the first escalation to the city; it stays counted, as the county did escalate."""
    if state.row.c5:
        return state
    change = WorthChange("C5", 1, event.division_code, event.occurred_at)
    fact = fact_of(change, None, received, periods)
    return replace(_updated(state, c5=1), facts=(*state.facts, fact))


def count_activity(
    state: Activity, given: Input, periods: Periods
) -> tuple[Activity, Sequence[Event]]:
    """Count one event of an activity: C1 and C2, at the organiser's division and the first day."""
    match given:
        case ReceivedEvent(event=intake.ActivityHeld() as event):
            return _held(state, event, given, periods), ()
        case ReceivedEvent(event=intake.AttendanceConfirmed() as event):
            return _attended(state, event, given, periods), ()
    raise TypeError(f"not for activities: {given!r}")


def _held(
    state: Activity, event: intake.ActivityHeld, received: ReceivedEvent, periods: Periods
) -> Activity:
    if state.row.c1:
        return state
    change = WorthChange("C1", 1, event.organiser_division, _first_day(event))
    fact = fact_of(change, None, received, periods)
    names = {"kind", "organiser_division", "place_division", "first_day", "last_day"}
    held = event.model_dump(include=names) | {"c1": 1, "firms": len(event.enterprise_ids)}
    row = state.row.model_copy(update=held)
    return replace(state, row=row, facts=(*state.facts, fact))


def _attended(
    state: Activity, event: intake.AttendanceConfirmed, received: ReceivedEvent, periods: Periods
) -> Activity:
    """Count a person once; staff and guests never, street representatives separately from C2."""
    if event.person_id in state.people or not (event.is_deputy or event.is_street_rep):
        return state
    column: Column = "C2" if event.is_deputy else "street_reps"
    change = WorthChange(column, 1, event.organiser_division, _first_day(event), event.person_id)
    fact = fact_of(change, None, received, periods)
    attendee = Attendee(activity=received.key, person_id=event.person_id)
    people = {**state.people, event.person_id: attendee}
    return replace(state, people=people, facts=(*state.facts, fact))


def _first_day(event: intake.ActivityHeld | intake.AttendanceConfirmed) -> datetime:
    return start_of_day(event.first_day)

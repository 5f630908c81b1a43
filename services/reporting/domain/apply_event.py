"""Counting: the effect of a received event. A subject is worth 0 or 1 in every column."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from services.reporting.domain.facts import AttendanceColumn, Column, Fact, WorthChange, fact_of
from services.reporting.domain.model import Activity, Attendee, Item
from shared.calendar import Periods, start_of_day
from shared.contracts import intake, router, tracker
from shared.contracts.envelope import Event
from shared.ids import Id, to_text
from shared.messaging.subject import Input, ReceivedEvent

COUNTED: frozenset[type[Event]] = frozenset(
    {
        intake.ActivityHeld, intake.ActivityCancelled, intake.AttendanceConfirmed,
        intake.AttendanceRevoked, intake.ItemAccepted, intake.ItemMerged, intake.ItemRejected,
        intake.ItemTransferred, router.ItemEscalated, tracker.CaseClosed, tracker.CaseRated,
        tracker.CaseReplied, tracker.PromiseKept, tracker.RatingWindowClosed, tracker.ReworkOrdered,
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
    by rating or by the end of the window, the last rating of the first proposer holds; solved on
    the spot; the promise kept that was the last part not solved, from then on.
    """
    row = state.row
    worth, updated = row.c4, state
    match event:
        case tracker.CaseReplied():
            updated = _answered(state, event)
            worth = int(updated.row.kept)
        case tracker.CaseRated(decides=True) if event.reply_no == row.reply_no:
            disputed = event.result == "dissatisfied"
            updated = _updated(state, disputed=disputed, rating_channel=event.channel)
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
    return _updated(state, **reply, kept=kept, disputed=False, rating_channel="")


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
    """Count one event of an activity: C1 and C2, at the organiser's division.

    Held counts on the first day; what is taken back, when it was.
    """
    match given:
        case ReceivedEvent(event=intake.ActivityHeld() as event):
            names = {"kind", "organiser_division", "place_division", "partners", "first_day",
                     "last_day"}  # fmt: skip
            held = event.model_dump(include=names) | {"firms": len(event.enterprise_ids)}
            changed = replace(state, row=state.row.model_copy(update=held | {"held": True}))
        case ReceivedEvent(event=intake.ActivityCancelled() as event):
            changed = replace(state, row=state.row.model_copy(update={"cancelled": True}))
        case ReceivedEvent(event=intake.AttendanceConfirmed() as event):
            changed = _came(state, event, given.key)
        case ReceivedEvent(event=intake.AttendanceRevoked() as event):
            changed = _stayed_away(state, event)
        case _:
            raise TypeError(f"not for activities: {given!r}")
    return _recounted(changed, given, event.organiser_division, periods), ()


def _came(state: Activity, event: intake.AttendanceConfirmed, key: Id) -> Activity:
    """Record a person; staff and guests never count, street representatives beside C2."""
    if not (event.is_deputy or event.is_street_rep):
        return state
    column: AttendanceColumn = "C2" if event.is_deputy else "street_reps"
    known = state.people.get(event.person_id)
    attendee = known or Attendee(activity=key, person_id=event.person_id, column=column)
    changed = {"came": True} if attendee.worth else {"came": True, "column": column}
    return _with(state, attendee.model_copy(update=changed))


def _stayed_away(state: Activity, event: intake.AttendanceRevoked) -> Activity:
    known = state.people.get(event.person_id)
    return _with(state, known.model_copy(update={"came": False})) if known else state


def _with(state: Activity, attendee: Attendee) -> Activity:
    return replace(state, people={**state.people, attendee.person_id: attendee})


def _recounted(
    state: Activity, received: ReceivedEvent, division: str, periods: Periods
) -> Activity:
    """Write a fact for each worth that changed: of the activity, and of each who came to it."""
    row, facts = state.row, list[Fact]()
    counts = row.held and not row.cancelled

    def recount(column: Column, was: int, since: datetime | None, person: Id | None) -> Fact | None:
        worth = int(counts and (person is None or state.people[person].came))
        if worth == was or not isinstance(received.event, Event):
            return None
        at = start_of_day(row.first_day) if worth and row.first_day else received.event.occurred_at
        fact = fact_of(WorthChange(column, worth, division, at, person), since, received, periods)
        facts.append(fact)
        return fact

    if fact := recount("C1", row.c1, row.c1_at, None):
        row = row.model_copy(update={"c1": int(fact.delta > 0), "c1_at": fact.occurred_at})
    people = dict(state.people)
    for key, one in state.people.items():
        if fact := recount(one.column, one.worth, one.worth_at, key):
            counted = {"worth": int(fact.delta > 0), "worth_at": fact.occurred_at}
            people[key] = one.model_copy(update=counted)
    return replace(state, row=row, people=people, facts=(*state.facts, *facts))

"""Decides commands on an activity: planned, changed, held or cancelled; who came, who did not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from services.intake.domain import activity_refusals as refuse
from services.intake.domain.activity_commands import (
    ActivityAct,
    AnswerInvitation,
    CancelActivity,
    ChangeActivity,
    ConfirmAttendance,
    EraseActivity,
    HoldActivity,
    HoldBody,
    NewActivity,
    NoteActivity,
    ParticipantBody,
    PlanActivity,
    PlanBody,
    RevokeAttendance,
)
from services.intake.domain.asker import Asker
from services.intake.domain.commands import StationCommand
from services.intake.domain.context import DecisionContext
from services.intake.domain.effects import MAX_REQUESTS
from services.intake.domain.enterprises import enterprise_id, trader_id
from services.intake.domain.listed import LISTS_OF_ACTIVITIES
from services.intake.domain.model import (
    Activity,
    ActivityRow,
    ActivityTextRow,
    AttendanceRow,
    InvitationRow,
)
from services.intake.domain.refusals import not_found, require_current, require_not_erased
from shared.calendar import start_of_day
from shared.contracts import intake as events
from shared.contracts.envelope import Event
from shared.ids import Id, from_text
from shared.messaging.subject import Input

Decision = tuple[Activity, Sequence[Event]]
P = TypeVar("P", AttendanceRow, InvitationRow)


def decide(state: Activity, command: Input, context: DecisionContext) -> Decision:
    """Return the activity after the command and its events; repeated, it changes nothing.

    Raises Refused.
    """
    match command:
        case NewActivity():
            return _enter(state, command, context)
        case AnswerInvitation():
            return _answer(state, command, context)
        case ActivityAct():
            return _act(state, command, context)
        case EraseActivity():
            return erase(state, command, context)
        case _:
            raise TypeError(f"not for an activity: {command!r}")


def _enter(state: Activity, command: NewActivity, context: DecisionContext) -> Decision:
    """Store an activity that is planned, or one that was held with who took part."""
    refuse.require_right(context, command.asker, command.action, command.organiser)
    if state.row.state:
        require_not_erased(state.row)
        refuse.require_same_body(state.row, command)
        return state, ()
    body, is_planned = command.body, isinstance(command, PlanActivity)
    refuse.require_open_organiser(context, command.organiser)
    organiser = context.living(body.organiser_division or command.organiser.division_code)
    refuse.require_own_organiser(command.organiser, organiser, context)
    refuse.require_sound(body, context)
    refuse.require_days(body, context, is_planned=is_planned)
    refuse.require_named(body, organiser, context)
    people = _participants(state.row.key, body.attendance, context)
    if is_planned:
        refuse.require_visit_reason(body, command.recent_visits)
    else:
        refuse.require_not_recorded(body, command.recent_visits)
    row = state.row.model_copy(
        update=_columns(command, organiser, context)
        | {"state": "PLANNED" if is_planned else "HELD"}
        | {"expected": tuple(people) if is_planned else ()}
        | _remembering(state.row, command.asker)
    )
    text = ActivityTextRow(key=row.key, enterprise_codes=body.enterprises, traders=body.traders,
                           notes=body.notes, visit_reason=body.visit_reason)  # fmt: skip
    entered = replace(state, row=row, text=text, attendance={} if is_planned else people)
    if is_planned:
        return entered, (events.ActivityPlanned(**_now(row, command, context), **_said(row)),)
    return entered, (_held(row, command), *_confirmed(row, people.values(), command))


def _columns(command: NewActivity, organiser: str, context: DecisionContext) -> dict[str, Any]:
    return _planned(command.body) | {
        "client_id": command.body.id.bytes,
        "station_id": command.organiser.station_id,
        "organ_id": command.organiser.organ_id,
        "organiser_division": organiser,
        "received_at": context.now,
        "body_digest": command.digest,
    }


def _planned(body: PlanBody) -> dict[str, Any]:
    same = {"kind", "place_division", "partners", "first_day", "last_day", *LISTS_OF_ACTIVITIES}
    return body.model_dump(include=same) | {"enterprise_ids": firms_of(body)}


def firms_of(body: PlanBody) -> tuple[Id, ...]:
    """The opaque keys of the enterprises of an activity, each once."""
    return firms_of_names(body.enterprises, body.traders, body.place_division)


def firms_of_names(codes: Iterable[str], traders: Iterable[str], place: str) -> tuple[Id, ...]:
    """The opaque keys of enterprises by their codes, and of traders of a place by their names."""
    named = (trader_id(place, name) for name in traders)
    return tuple(dict.fromkeys([*map(enterprise_id, codes), *named]))


def _act(state: Activity, command: ActivityAct, context: DecisionContext) -> Decision:
    """Check who may act in which state, then apply the command."""
    row = state.row
    refuse.require_right(context, command.asker, command.action, row, state.invited)
    if _is_repeated(row, command):
        return state, ()
    require_current(row, command)
    done, emitted = _effect(state, command, context)
    digests = (*row.digests, command.digest)[-MAX_REQUESTS:]
    kept = _remembering(row, command.asker) | {"digests": digests}
    return replace(done, row=done.row.model_copy(update=kept)), emitted


def _answer(state: Activity, command: AnswerInvitation, context: DecisionContext) -> Decision:
    """Keep what somebody answered, in place of an earlier answer; no event tells of it."""
    refuse.require_right(context, command.asker, command.action, state.row, state.invited)
    person = from_text(command.by)
    refuse.require_expected(context, state, person)
    require_current(state.row, command)
    days = state.row.model_dump(include={"first_day", "last_day"})
    answer = InvitationRow(
        activity_id=state.row.key,
        person_id=person,
        **days,
        answered_at=context.now,
        **command.body.model_dump(include={"coming", "reason"}),
    )
    return replace(state, given={**state.given, person: answer}), ()


def _effect(state: Activity, command: ActivityAct, context: DecisionContext) -> Decision:
    match command:
        case ChangeActivity():
            return _change(state, command, context)
        case HoldActivity():
            return _hold(state, command, context)
        case CancelActivity():
            return _cancel(state, command, context)
        case ConfirmAttendance():
            return _confirm(state, command, context)
        case RevokeAttendance():
            return _revoke(state, command, context)
        case NoteActivity():
            refuse.require_state(state.row, "PLANNED", "HELD")
            text = state.text.model_copy(update={"notes": command.body.notes})
            return replace(state, text=text), ()
        case _:
            raise TypeError(f"not for an activity: {command!r}")


def _is_repeated(row: ActivityRow, command: ActivityAct) -> bool:
    """Whether the command repeats a request, an act on the same basis, or the last act."""
    if command.asker.request_id and command.asker.request_id in row.request_ids:
        return True
    return command.digest in (row.digests if command.basis else row.digests[-1:])


def _remembering(row: ActivityRow, asker: Asker) -> dict[str, Any]:
    """Remember a signed request longer than its signature is valid."""
    own = (asker.request_id,) if asker.request_id else ()
    return {"request_ids": (*row.request_ids, *own)[-MAX_REQUESTS:]}


def _change(state: Activity, command: ChangeActivity, context: DecisionContext) -> Decision:
    refuse.require_state(state.row, "PLANNED")
    body = command.body
    refuse.require_sound(body, context)
    refuse.require_days(body, context, is_planned=True)
    refuse.require_named(body, state.row.organiser_division, context)
    people = _participants(state.row.key, body.attendance, context)
    refuse.require_visit_reason(body, command.recent_visits)
    columns = _planned(body) | {"expected": tuple(people), "changed_at": context.now}
    row = state.row.model_copy(update=columns)
    names = {"enterprise_codes": body.enterprises, "traders": body.traders,
             "visit_reason": body.visit_reason}  # fmt: skip
    text = state.text.model_copy(update=names)
    said = events.ActivityReplanned(**_now(row, command, context), **_said(row))
    return replace(state, row=row, text=text), (said,)


def _hold(state: Activity, command: HoldActivity, context: DecisionContext) -> Decision:
    refuse.require_state(state.row, "PLANNED")
    body = command.body
    first, last = _days_of(state.row, body)
    days = body.model_copy(update={"first_day": first, "last_day": last})
    refuse.require_days(days, context, is_planned=False)
    row = state.row.model_copy(update={"state": "HELD", "first_day": first, "last_day": last})
    people = _participants(row.key, body.attendance, context)
    held = replace(state, row=row, attendance=people)
    return held, (_held(row, command), *_confirmed(row, people.values(), command))


def _days_of(row: ActivityRow, body: HoldBody) -> tuple[date, date]:
    """The days on which it was held; moved to another first day, it lasted as long as planned."""
    planned, last = _first_day(row), row.last_day or _first_day(row)
    first = body.first_day or planned
    return first, body.last_day or first + (last - planned)


def _cancel(state: Activity, command: CancelActivity, context: DecisionContext) -> Decision:
    refuse.require_state(state.row, "PLANNED", "HELD")
    row = state.row.model_copy(update={"state": "CANCELLED"})
    text = state.text.model_copy(update={"cancel_reason": command.body.reason})
    cancelled = events.ActivityCancelled(
        **_now(row, command, context), organiser_division=row.organiser_division
    )
    return replace(state, row=row, text=text), (cancelled,)


def _confirm(state: Activity, command: ConfirmAttendance, context: DecisionContext) -> Decision:
    """Add who came; of those confirmed before nothing is said again."""
    refuse.require_state(state.row, "HELD")
    named = _participants(state.row.key, command.body.attendance, context)
    here = {one.person_id for one in state.came}
    new = {key: one for key, one in named.items() if key not in here}
    refuse.require_room(state.attendance, new)
    confirmed = replace(state, attendance={**state.attendance, **new})
    return confirmed, _confirmed(state.row, new.values(), command)


def _revoke(state: Activity, command: RevokeAttendance, context: DecisionContext) -> Decision:
    refuse.require_state(state.row, "HELD")
    people = list(dict.fromkeys(one.bytes for one in command.body.people))
    refuse.require_came(state, people)
    gone = {"came": False, "revoke_reason": command.body.reason}
    revoked = {key: state.attendance[key].model_copy(update=gone) for key in people}
    emitted = [
        events.AttendanceRevoked(
            **_now(state.row, command, context),
            person_id=key,
            organiser_division=state.row.organiser_division,
        )
        for key in people
    ]
    return replace(state, attendance={**state.attendance, **revoked}), emitted


def _participants(
    key: Id, named: Sequence[ParticipantBody], context: DecisionContext
) -> Mapping[Id, AttendanceRow]:
    """Give the people named as what the directory has them; raises Invalid."""
    refuse.require_no_one_twice(named)
    rows = {}
    for one in named:
        is_deputy, is_rep = refuse.require_capacity(one, context)
        rows[one.person_id.bytes] = AttendanceRow(
            activity_id=key, person_id=one.person_id.bytes, is_deputy=is_deputy,
            is_street_rep=is_rep,
        )  # fmt: skip
    return rows


def _said(row: ActivityRow) -> dict[str, Any]:
    names = {"kind", "station_id", "organ_id", "organiser_division", "place_division", "partners",
             "first_day", "last_day", "enterprise_ids", *LISTS_OF_ACTIVITIES}  # fmt: skip
    return row.model_dump(include=names)


def _held(row: ActivityRow, command: StationCommand) -> events.ActivityHeld:
    return events.ActivityHeld(**_on_first_day(row, command), **_said(row))


def _on_first_day(row: ActivityRow, command: StationCommand) -> dict[str, Any]:
    """Attendance too is dated on the activity's first day, whichever day the person came."""
    return {
        "occurred_at": start_of_day(_first_day(row)),
        "division_code": row.organiser_division,
        "actor": command.by,
    }


def _now(row: ActivityRow, command: StationCommand, context: DecisionContext) -> dict[str, Any]:
    return _on_first_day(row, command) | {"occurred_at": context.now}


def _first_day(row: ActivityRow) -> date:
    if row.first_day is None:
        raise TypeError("an activity that nobody has planned or recorded")
    return row.first_day


def _confirmed(
    row: ActivityRow, people: Iterable[AttendanceRow], command: StationCommand
) -> Sequence[events.AttendanceConfirmed]:
    return [
        events.AttendanceConfirmed(
            **_on_first_day(row, command),
            **one.model_dump(include={"person_id", "is_deputy", "is_street_rep"}),
            organiser_division=row.organiser_division,
            first_day=_first_day(row),
        )
        for one in people
    ]


def erase(state: Activity, command: EraseActivity, context: DecisionContext) -> Decision:
    """Delete what was written of an enterprise or a person; when repeated, also what came since.

    Notes and reasons go whole: nobody can tell whom else they name. Who came still counts.
    """
    row, of = state.row, command.of
    if not row.state:
        raise not_found()
    is_about = of == row.key or of in row.enterprise_ids
    done = replace(
        state,
        text=_without(state, of) if is_about else state.text,
        attendance={key: _silent(one, row, of) for key, one in state.attendance.items()},
        given={key: _silent(one, row, of) for key, one in state.given.items()},
    )
    if done == state:
        return state, ()
    blank = {"erased_at": context.now, "body_digest": "", "digests": ()}
    said = events.ActivityErased(
        occurred_at=context.now,
        division_code=row.organiser_division,
        actor=command.by,
        of=of,
        reason=command.reason,
    )
    return replace(done, row=row.model_copy(update=blank)), (said,)


def _without(state: Activity, of: Id) -> ActivityTextRow:
    """The names of the others alone."""
    row, text = state.row, state.text
    if of == row.key:
        return ActivityTextRow(key=row.key)
    return ActivityTextRow(
        key=row.key,
        enterprise_codes=tuple(one for one in text.enterprise_codes if enterprise_id(one) != of),
        traders=tuple(one for one in text.traders if trader_id(row.place_division, one) != of),
    )


def _silent(one: P, row: ActivityRow, of: Id) -> P:
    """Leave out why somebody stayed away, if it is theirs to erase."""
    if of not in (row.key, one.person_id):
        return one
    words = "revoke_reason" if isinstance(one, AttendanceRow) else "reason"
    return one.model_copy(update={words: ""})

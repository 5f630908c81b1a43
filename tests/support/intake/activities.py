"""Commands on activities with sound defaults, and an activity in any state."""

from datetime import date
from typing import Any
from uuid import UUID

from services.intake.domain import activity_commands as commands
from services.intake.domain.activity import decide
from services.intake.domain.activity_commands import ParticipantBody
from services.intake.domain.asker import Asker, Organiser, organiser_of
from services.intake.domain.commands import StationCommand
from services.intake.domain.model import Activity, ActivityRow, ActivityTextRow
from shared.contracts.envelope import Event
from shared.ids import Id, to_text
from tests.support.entries import grant
from tests.support.intake.commands import CONTEXT, KEY, KEY_OF_STATION, MAIN
from tests.support.intake.stations import DEPUTY, STATION, TOWNSHIP

AT_STATION = organiser_of(MAIN)
AS_DEPUTY = Asker(
    to_text(DEPUTY),
    (grant("deputy", TOWNSHIP, station_id=STATION),),
)
"""The deputy of the station, signed in."""
DAY = date(2022, 7, 4)


def unknown() -> Activity:
    return Activity(ActivityRow(key=KEY), ActivityTextRow(key=KEY))


def participant(person_id: Id, **said: bool) -> ParticipantBody:
    return ParticipantBody(person_id=UUID(bytes=person_id), **said)


def _body(day: date, **changes: Any) -> commands.ActivityBody:
    sound: dict[str, Any] = {
        "id": UUID(bytes=KEY),
        "kind": "research",
        "place_division": TOWNSHIP,
        "first_day": day,
        "last_day": day,
    }
    return commands.ActivityBody.model_construct(**(sound | changes))


def record(
    day: date = DAY, *, asker: Asker = KEY_OF_STATION, at: Organiser = AT_STATION, **changes: Any
) -> commands.RecordActivity:
    return commands.RecordActivity(KEY, asker, _body(day, **changes), at)


def plan(
    day: date = DAY,
    *,
    asker: Asker = KEY_OF_STATION,
    at: Organiser = AT_STATION,
    recent_visits: int = 0,
    **changes: Any,
) -> commands.PlanActivity:
    return commands.PlanActivity(KEY, asker, _body(day, **changes), at, recent_visits)


def change(
    *people: ParticipantBody, asker: Asker = KEY_OF_STATION, day: date = DAY
) -> commands.ChangeActivity:
    days = {name: day.isoformat() for name in ("first_day", "last_day")}
    body = commands.ChangeBody.model_validate(
        {"kind": "meeting", "place_division": TOWNSHIP, "attendance": people} | days
    )
    return commands.ChangeActivity(KEY, asker, body)


def hold(
    *people: ParticipantBody, asker: Asker = KEY_OF_STATION, **changes: Any
) -> commands.HoldActivity:
    written = {name: one.isoformat() for name, one in changes.items() if isinstance(one, date)}
    body = commands.HoldBody(attendance=people, **changes | written)
    return commands.HoldActivity(KEY, asker, body)


def confirm(
    *people: ParticipantBody, asker: Asker = KEY_OF_STATION, **changes: Any
) -> commands.ConfirmAttendance:
    body = commands.ConfirmBody(attendance=people, **changes)
    return commands.ConfirmAttendance(KEY, asker, body)


def revoke(
    *people: Id, asker: Asker = KEY_OF_STATION, reason: str = "临时有事", **changes: Any
) -> commands.RevokeAttendance:
    named = tuple(UUID(bytes=one) for one in people)
    body = commands.RevokeBody(people=named, reason=reason, **changes)
    return commands.RevokeAttendance(KEY, asker, body)


def cancel(
    *, asker: Asker = KEY_OF_STATION, reason: str = "台风", **changes: Any
) -> commands.CancelActivity:
    return commands.CancelActivity(KEY, asker, commands.CancelBody(reason=reason, **changes))


def note(
    notes: str = "企业反映用电紧张", *, asker: Asker = KEY_OF_STATION, **changes: Any
) -> commands.NoteActivity:
    return commands.NoteActivity(KEY, asker, commands.NotesBody(notes=notes, **changes))


def answer(
    *, coming: bool = True, reason: str = "", asker: Asker = AS_DEPUTY
) -> commands.AnswerInvitation:
    body = commands.AnswerBody(coming=coming, reason=reason)
    return commands.AnswerInvitation(KEY, asker, body)


def after(*given: StationCommand, activity: Activity | None = None) -> Activity:
    state = activity or unknown()
    for command in given:
        state, _ = decide(state, command, CONTEXT)
    return state


def emitted(activity: Activity, command: StationCommand) -> list[Event]:
    return list(decide(activity, command, CONTEXT)[1])


def erase() -> commands.EraseActivity:
    return commands.EraseActivity(KEY, KEY, "officer-7", "asked")

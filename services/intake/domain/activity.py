"""Activities of deputies with enterprises: reported once, after they were held."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from services.intake.domain import refusals
from services.intake.domain.commands import ActivityBody, HoldActivity
from services.intake.domain.context import DecisionContext
from services.intake.domain.enterprises import enterprise_id
from services.intake.domain.model import Activity, ActivityRow, AttendanceRow
from shared.calendar import start_of_day
from shared.contracts.envelope import Event
from shared.contracts.intake import ActivityHeld, AttendanceConfirmed
from shared.errors import Invalid
from shared.messaging.subject import Input
from shared.text import Sentence, _


def decide(
    state: Activity, command: Input, context: DecisionContext
) -> tuple[Activity, Sequence[Event]]:
    """Store an activity and who took part; repeated, it changes nothing. Raises Refused."""
    if not isinstance(command, HoldActivity):
        raise TypeError(f"not for an activity: {command!r}")
    if state.row.kind:
        if state.row.body_digest != command.digest:
            raise refusals.id_reused()
        return state, ()
    refusals.require_open(context, command.station)
    organiser = context.living(command.body.organiser_division)
    refusals.require_own_division(context, command.station, organiser)
    _require_sound(command.body, context)
    _require_no_one_twice(command.body)
    row = _row(state.row, command, organiser, context)
    attendance = tuple(_attendance(command, context))
    emitted = (_held(row, command), *_attended(row, command, attendance))
    return replace(state, row=row, attendance=attendance), emitted


def _require_sound(body: ActivityBody, context: DecisionContext) -> None:
    for code in (body.place_division, *body.partners):
        refusals.require_division(context, code)
    if body.last_day < body.first_day:
        raise Invalid(
            "days_reversed", _("结束日期早于开始日期，没有保存。"), _("请核对活动的日期。")
        )
    refusals.settled(context, start_of_day(body.last_day))
    first = start_of_day(body.first_day)
    refusals.require_recent(context, first, is_confirmed=body.date_confirmed)
    for code in body.enterprises:
        refusals.require_credit_code(code)


def _require_no_one_twice(body: ActivityBody) -> None:
    if len({one.person_id for one in body.attendance}) < len(body.attendance):
        raise Invalid("person_twice", _("同一个人写了两次，没有保存。"), _("请每人只写一次。"))


def _attendance(command: HoldActivity, context: DecisionContext) -> Iterator[AttendanceRow]:
    """Yield who took part as what the directory has them."""
    for one in command.body.attendance:
        person = context.directory.person(one.person_id.bytes)
        if person is None:
            raise Invalid(
                "unknown_person",
                _("名录里没有这个人，没有保存。"),
                _("请核对人员编号，或请管理员先登记。"),
                person_id=one.person_id.hex,
            )
        is_deputy, is_rep = bool(person.mandates), person.is_street_rep
        for said, found, word in (
            (one.is_deputy, is_deputy, _("代表")),
            (one.is_street_rep, is_rep, _("街道选民代表")),
        ):
            if said is not None and said != found:
                verb = _("是") if found else _("不是")
                raise _contradicted(person.name, verb, word, one.person_id.hex)
        yield AttendanceRow(
            activity_id=command.key, person_id=one.person_id.bytes, is_deputy=is_deputy,
            is_street_rep=is_rep,
        )  # fmt: skip


def _contradicted(name: str, verb: Sentence, word: Sentence, person_id: str) -> Invalid:
    return Invalid(
        "not_in_this_capacity",
        _("%(name)s在名录里%(verb)s%(word)s，没有保存。", name=name, word=word, verb=verb),
        _("请核对人员编号和身份；名录有误的，请管理员先更正。"),
        person_id=person_id,
    )


_COPIED = {"kind", "place_division", "partners", "first_day", "last_day"}


def _row(
    row: ActivityRow, command: HoldActivity, organiser: str, context: DecisionContext
) -> ActivityRow:
    body = command.body
    columns = body.model_dump(include=_COPIED) | {
        "client_id": body.id.bytes,
        "station_id": command.station.station_id,
        "organiser_division": organiser,
        "enterprise_ids": tuple(enterprise_id(code) for code in body.enterprises),
        "received_at": context.now,
        "body_digest": command.digest,
    }
    return row.model_copy(update=columns)


def _held(row: ActivityRow, command: HoldActivity) -> ActivityHeld:
    return ActivityHeld(
        **_origin(row, command),
        **command.body.model_dump(include=_COPIED),
        station_id=command.station.station_id,
        organiser_division=row.organiser_division,
        enterprise_ids=row.enterprise_ids,
    )


def _origin(row: ActivityRow, command: HoldActivity) -> dict[str, Any]:
    """Attendance too is dated on the activity's first day, whichever day the person came."""
    return {
        "occurred_at": start_of_day(command.body.first_day),
        "division_code": row.organiser_division,
        "actor": command.by,
    }


def _attended(
    row: ActivityRow, command: HoldActivity, attendance: Sequence[AttendanceRow]
) -> Sequence[AttendanceConfirmed]:
    return [
        AttendanceConfirmed(
            **_origin(row, command),
            **one.model_dump(exclude={"activity_id"}),
            organiser_division=row.organiser_division,
            first_day=command.body.first_day,
        )
        for one in attendance
    ]

"""An activity of deputies with enterprises: reported once, whole, after it was held."""

from collections.abc import Sequence
from dataclasses import replace

from services.intake.domain.commands import HoldActivity
from services.intake.domain.credit_code import enterprise_id
from services.intake.domain.model import Activity, ActivityRow, AttendanceRow
from services.intake.domain.refusals import (
    DecisionContext,
    id_reused,
    require_credit_code,
    require_division,
    require_open,
    require_own_division,
    require_past,
)
from shared.calendar import start_of_day
from shared.contracts.envelope import Event
from shared.contracts.intake import ActivityHeld, AttendanceConfirmed
from shared.errors import Invalid
from shared.messaging.subject import Input
from shared.text import _


def decide(
    state: Activity, given: Input, ground: DecisionContext
) -> tuple[Activity, Sequence[Event]]:
    """Take an activity in once; the same again changes nothing."""
    if not isinstance(given, HoldActivity):
        raise TypeError(f"not for an activity: {given!r}")
    if state.row.kind:
        if state.row.body_digest != given.digest:
            raise id_reused()
        return state, ()
    require_open(ground, given.signer)
    given = replace(given, organiser_division=ground.living(given.organiser_division))
    _require_sound(given, ground)
    row = _row(state.row, given, ground)
    attendance = tuple(
        AttendanceRow(
            activity_id=given.key,
            person_id=one.person_id,
            is_deputy=one.is_deputy,
            is_street_rep=one.is_street_rep,
        )
        for one in given.attendance
    )
    emitted = (_held(row, given), *_attended(given, attendance))
    return replace(state, row=row, attendance=attendance), emitted


def _require_sound(act: HoldActivity, ground: DecisionContext) -> None:
    require_own_division(ground, act.signer, act.organiser_division)
    for code in (act.place_division, *act.partners):
        require_division(ground, code)
    if act.last_day < act.first_day:
        raise Invalid(
            "days_reversed",
            _("结束日期早于开始日期，没有保存。"),
            _("请核对活动的日期。"),
        )
    require_past(ground, start_of_day(act.last_day))
    for code in act.enterprise_codes:
        require_credit_code(code)
    _require_people(act, ground)


def _require_people(act: HoldActivity, ground: DecisionContext) -> None:
    """A person counts once an activity, as a deputy only with a mandate."""
    seen = {one.person_id for one in act.attendance}
    if len(seen) < len(act.attendance):
        raise Invalid(
            "person_twice",
            _("同一个人写了两次，没有保存。"),
            _("请每人只写一次。"),
        )
    for one in act.attendance:
        person = ground.directory.person(one.person_id)
        if person is None or (one.is_deputy and not person.mandates):
            raise Invalid(
                "not_a_deputy" if person else "unknown_person",
                _("名录里没有这位代表，没有保存。"),
                _("请核对人员编号和代表身份，或请管理员先登记。"),
                person_id=one.person_id.hex(),
            )


def _row(row: ActivityRow, act: HoldActivity, ground: DecisionContext) -> ActivityRow:
    return row.model_copy(
        update={
            "client_id": act.client_id,
            "station_id": act.signer.station_id,
            "kind": act.kind,
            "organiser_division": act.organiser_division,
            "place_division": act.place_division,
            "partners": act.partners,
            "first_day": act.first_day,
            "last_day": act.last_day,
            "enterprise_ids": tuple(enterprise_id(code) for code in act.enterprise_codes),
            "received_at": ground.now,
            "body_digest": act.digest,
        }
    )


def _held(row: ActivityRow, act: HoldActivity) -> ActivityHeld:
    return ActivityHeld(
        occurred_at=start_of_day(act.first_day),
        division_code=act.organiser_division,
        actor=act.signer.code,
        kind=act.kind,
        station_id=act.signer.station_id,
        organiser_division=act.organiser_division,
        place_division=act.place_division,
        partners=act.partners,
        first_day=act.first_day,
        last_day=act.last_day,
        enterprise_ids=row.enterprise_ids,
    )


def _attended(
    act: HoldActivity, attendance: Sequence[AttendanceRow]
) -> Sequence[AttendanceConfirmed]:
    """Attendance bears the date of the activity's first day, whichever day the person came."""
    return [
        AttendanceConfirmed(
            occurred_at=start_of_day(act.first_day),
            division_code=act.organiser_division,
            actor=act.signer.code,
            person_id=one.person_id,
            is_deputy=one.is_deputy,
            is_street_rep=one.is_street_rep,
            organiser_division=act.organiser_division,
            first_day=act.first_day,
        )
        for one in attendance
    ]

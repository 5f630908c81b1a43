"""The acts on an activity, with their forms, and which of them are open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from services.intake.domain import activity_commands as commands
from services.intake.domain.activity_commands import MAX_PEOPLE, ParticipantBody
from services.intake.domain.asker import Asker, may_for
from services.intake.domain.model import Activity
from services.intake.domain.refusals import RECENT_DAYS
from shared.directory.snapshot import Directory
from shared.ids import TAIL, Id, to_text
from shared.text import _
from shared.web import components as ui
from shared.web.act_spec import ActSpec


@dataclass(frozen=True, slots=True)
class ActivityDetails:
    """An activity with what its forms show; `people` may have come, by name."""

    activity: Activity
    directory: Directory
    today: date
    people: Mapping[Id, str]


def _named(given: Any) -> Any:
    """Read ticked people as participants."""
    return [{"person_id": one} if isinstance(one, str) else one for one in given]


Ticked = Annotated[
    tuple[ParticipantBody, ...], BeforeValidator(_named), Field(max_length=MAX_PEOPLE)
]


class HoldForm(commands.HoldBody):
    attendance: Ticked = ()


class ConfirmForm(commands.ConfirmBody):
    attendance: Annotated[Ticked, Field(min_length=1)]


def _hold_fields(seen: ActivityDetails) -> list[ui.Field]:
    row = seen.activity.row
    days = [
        ui.Field(name, label, day.isoformat() if day else "", control="date")
        for name, label, day in (
            ("first_day", _("开始日期"), row.first_day),
            ("last_day", _("结束日期"), row.last_day),
        )
    ]
    gone = {key for key, one in seen.activity.answers.items() if not one.coming}
    expected = ",".join(to_text(one) for one in row.expected if one not in gone)
    late = _("日期没有写错，是很早以前的事")
    return [
        *days,
        *_ticks("attendance", _("谁来了"), seen.people, expected, required=False),
        *([ui.Field("date_confirmed", late, required=False, control="check")]
          if row.first_day and (seen.today - row.first_day).days > RECENT_DAYS else []),
    ]  # fmt: skip


def _ticks(
    name: str, label: Any, people: Mapping[Id, str], value: str = "", *, required: bool = True
) -> list[ui.Field]:
    """Offer people to tick; nothing where there is nobody."""
    options = [ui.Option(to_text(key), called) for key, called in people.items()]
    if not options:
        return []
    return [ui.Field(name, label, value, options=options, control="ticks", required=required)]


def _cancel_fields(_seen: ActivityDetails) -> list[ui.Field]:
    hint = _("已举办的取消后，活动次数和到场人次都不再计入")
    return [ui.Field("reason", _("为什么取消"), hint=hint, control="textarea")]


def _missing(seen: ActivityDetails) -> Mapping[Id, str]:
    here = {one.person_id for one in seen.activity.came}
    return {key: name for key, name in seen.people.items() if key not in here}


def _confirm_fields(seen: ActivityDetails) -> list[ui.Field]:
    return _ticks("attendance", _("还有谁来了"), _missing(seen))


def _revoke_fields(seen: ActivityDetails) -> list[ui.Field]:
    came = {one.person_id: name_of(seen.directory, one.person_id) for one in seen.activity.came}
    return [
        *_ticks("people", _("谁没有来"), came),
        ui.Field("reason", _("为什么撤销"), control="textarea"),
    ]


def _notes_fields(seen: ActivityDetails) -> list[ui.Field]:
    hint = _("看到了什么、说了什么；只有本站（本机关）能看到")
    return [
        ui.Field("notes", _("活动记录"), seen.activity.text.notes, hint=hint, required=False,
                 control="textarea", rows=6)
    ]  # fmt: skip


def _answer_fields(_seen: ActivityDetails) -> list[ui.Field]:
    hint = _("主办的联络站或机关看得到；来没来，以当天记录为准")
    return [
        ui.Field("coming", _("您能来吗"), options=COMING, control="choices"),
        ui.Field("reason", _("不能来的，可以写原因"), hint=hint, required=False,
                 control="textarea"),
    ]  # fmt: skip


COMING: Sequence[ui.Option] = (ui.Option("yes", _("能来")), ui.Option("no", _("不能来")))


def name_of(directory: Directory, person_id: Id) -> str:
    person = directory.person(person_id)
    return person.name if person else to_text(person_id)[TAIL]


ACTIVITY_ACTS: Sequence[ActSpec[ActivityDetails]] = (
    ActSpec(
        "answer",
        commands.AnswerInvitation,
        _("答复能不能来"),
        "Say whether one comes, as somebody who is expected; it never counts as attendance.",
        _answer_fields,
    ),
    ActSpec(
        "change",
        commands.ChangeActivity,
        _("改计划"),
        "Change a planned activity: the whole plan as it is to be.",
    ),
    ActSpec(
        "hold",
        commands.HoldActivity,
        _("记录已举办"),
        "Record that a planned activity was held, and who came.",
        _hold_fields,
        HoldForm,
    ),
    ActSpec(
        "confirm",
        commands.ConfirmAttendance,
        _("补记到场的人"),
        "Add people who came.",
        _confirm_fields,
        ConfirmForm,
    ),
    ActSpec(
        "notes",
        commands.NoteActivity,
        _("写活动记录"),
        "Replace the notes.",
        _notes_fields,
    ),
    ActSpec(
        "revoke",
        commands.RevokeAttendance,
        _("撤销到场"),
        "Take back that people came.",
        _revoke_fields,
    ),
    ActSpec(
        "cancel",
        commands.CancelActivity,
        _("取消活动"),
        "Cancel an activity, with the attendance of all who came.",
        _cancel_fields,
    ),
)
"""Acts on an activity that is known, the usual ones first."""
_IN_STATE: Mapping[str, frozenset[str]] = {
    "PLANNED": frozenset({"answer", "change", "hold", "notes", "cancel"}),
    "HELD": frozenset({"confirm", "notes", "revoke", "cancel"}),
}


def open_activity_acts(seen: ActivityDetails, by: Asker) -> list[ActSpec[ActivityDetails]]:
    """List the acts that the asker may do now, none of which would be refused."""
    row = seen.activity.row
    names = _IN_STATE.get(row.state, frozenset())
    if row.first_day and row.first_day > seen.today:
        names -= {"hold"}
    is_over = row.last_day is not None and row.last_day < seen.today
    if is_over or not by.is_among(row.expected):
        names -= {"answer"}
    if not _missing(seen):
        names -= {"confirm"}
    if not seen.activity.came:
        names -= {"revoke"}
    return [
        spec
        for spec in ACTIVITY_ACTS
        if spec.name in names
        and may_for(by, spec.action, row, seen.directory, seen.activity.invited)
    ]

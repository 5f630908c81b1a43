"""Refusals of activities, and the checks that their commands share."""

import math
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Protocol

from services.intake.domain import refusals
from services.intake.domain.activity_commands import (
    MAX_FIRMS,
    MAX_PEOPLE,
    NewActivity,
    ParticipantBody,
    PlanBody,
)
from services.intake.domain.asker import (
    Asker,
    Organised,
    Organiser,
    Station,
    find_organ,
    may_for,
)
from services.intake.domain.context import DecisionContext
from services.intake.domain.listed import LISTS_OF_ACTIVITIES, require_listed
from services.intake.domain.model import Activity, ActivityRow
from services.intake.domain.station_keys import LIFETIME
from shared.calendar import local_day, start_of_day
from shared.contracts.dates import FIRST_DAY
from shared.directory.snapshot import Directory
from shared.errors import Conflict, Forbidden, Invalid, NotFound, TooEarly
from shared.ids import Id
from shared.rights import Action, not_yours
from shared.text import Sentence, _, n_

MOST_DAYS, AHEAD_DAYS = 31, 366
"""Days an activity may last, and days ahead for which one may be planned: beyond, a typing error"""


class Dated(Protocol):
    """Something with days; `date_confirmed`: a date far back was checked."""

    @property
    def first_day(self) -> date | None: ...

    @property
    def last_day(self) -> date | None: ...

    @property
    def date_confirmed(self) -> bool: ...


def no_activity() -> NotFound:
    """The activity does not exist or is not of the asker's station or organ."""
    return NotFound(
        "activity_not_found",
        _("本站（本机关）没有这次活动。"),
        _("请从活动列表重新打开。"),
    )


def require_right(
    context: DecisionContext,
    asker: Asker,
    action: Action,
    organised: Organised,
    invited: Collection[Id] = (),
) -> None:
    """Refuse an act on an activity that the asker does not see, or may not act for."""
    if not may_for(asker, Action.ACTIVITY_READ, organised, context.directory, invited):
        raise no_activity()
    if not may_for(asker, action, organised, context.directory, invited):
        raise not_yours(action)


def require_organ(asker: Asker, action: Action, organ_id: Id, directory: Directory) -> Organiser:
    """Refuse to enter anything for an organ that is not the asker's, or not there."""
    organ = find_organ(directory, organ_id)
    if organ is None or not may_for(asker, action, organ, directory):
        raise Forbidden(
            "organ_not_yours",
            _("这不是您所在的机关，没有保存。"),
            _("请核对机关的编号，或请管理员核对您的授权。"),
        )
    return organ


def require_one_organiser(organisers: Sequence[Organiser]) -> Organiser:
    """Ask somebody with roles at several stations or organs which one organises it."""
    if len(organisers) != 1:
        raise Invalid(
            "organiser_required",
            _("您在几处都有职责，没有写明由哪一处组织，没有保存。"),
            _("请在地址里写明联络站的代码（station=）或机关的编号（organ=）。"),
            stations=[one.code for one in organisers if one.station_id],
            organs=[one.code for one in organisers if one.organ_id],
        )
    return organisers[0]


def require_open_organiser(context: DecisionContext, at: Organiser) -> None:
    """Refuse new activities of a closed station."""
    if at.station_id is not None:
        refusals.require_open(context, Station(at.station_id, at.code, at.division_code))


def require_same_body(row: ActivityRow, command: NewActivity) -> None:
    if row.body_digest != command.digest:
        raise refusals.id_reused()


def require_own_organiser(at: Organiser, organiser: str, context: DecisionContext) -> None:
    refusals.require_division(context, organiser)
    if not context.directory.covers(context.living(at.division_code), organiser):
        raise Forbidden(
            "division_not_yours",
            _("这个区划不归本站，没有保存。"),
            _("请由当地的联络站提交。"),
            division_code=organiser,
        )


def require_sound(body: PlanBody, context: DecisionContext) -> None:
    for code in (body.place_division, *body.partners):
        refusals.require_division(context, code)
    for code in body.enterprises:
        refusals.require_credit_code(code)
    if len(body.enterprises) + len(body.traders) > MAX_FIRMS:
        raise Invalid(
            "too_many_firms",
            _("一次活动最多写%(most)s家企业，没有保存。", most=MAX_FIRMS),
            _("请分几次活动记录。"),
        )


def require_day_order(first: date, last: date) -> date:
    """Give the last day; raises Invalid if it is before the first."""
    if last < first:
        raise Invalid(
            "days_reversed", _("结束日期早于开始日期，没有保存。"), _("请核对活动的日期。")
        )
    return last


def _require_after_start(first: date) -> None:
    """Refuse the first day of all: in UTC it begins in the year before, which no event holds."""
    if first <= FIRST_DAY:
        raise Invalid(
            "date_too_early",
            _("活动的日期应在%(day)s以后，没有保存。", day=FIRST_DAY),
            _("请核对日期。"),
        )


def _require_begun(context: DecisionContext, first: date) -> None:
    """Refuse to record what has not begun, never for good: the same request succeeds later."""
    ahead = start_of_day(first) - context.now
    if ahead > LIFETIME:
        raise TooEarly(
            "activity_in_future",
            _("活动%(day)s才开始，还不能记为已举办，没有保存。", day=first),
            _("还没有举办的，请记为计划；举办以后再记谁来了。"),
            retry_after=min(math.ceil(ahead.total_seconds()), refusals.LONGEST_WAIT),
            server_time=context.now.isoformat(),
        )


def require_days(days: Dated, context: DecisionContext, *, is_planned: bool) -> None:
    """Refuse days in the wrong order; of a held activity a first day that has not come yet."""
    first, last = days.first_day, days.last_day
    if first is None or last is None:
        raise TypeError("an activity without days")
    require_day_order(first, last)
    _require_after_start(first)
    if last - first >= timedelta(MOST_DAYS):
        raise Invalid(
            "days_too_many",
            n_("一次活动最多%(num)s天，没有保存。", MOST_DAYS),
            _("请核对活动的日期；分几次举办的，请分别记录。"),
        )
    if is_planned and first - local_day(context.now) > timedelta(AHEAD_DAYS):
        raise Invalid(
            "date_far_ahead",
            n_("计划的日期在%(num)s天以后，没有保存。", AHEAD_DAYS),
            _("请核对日期。"),
        )
    begins = start_of_day(first)
    if not is_planned:
        _require_begun(context, first)
    refusals.require_recent(context, begins, is_confirmed=days.date_confirmed)


def require_visit_reason(body: PlanBody, recent_visits: int) -> None:
    """Ask why enterprises are to be visited that were visited a short time ago: a person decides"""
    if recent_visits and not body.visit_reason:
        raise Conflict(
            "visited_recently",
            n_("这些企业近期已有%(num)s次走访，没有保存。", recent_visits),
            _("可先看那次走访的记录；仍要去的，请写明理由（visit_reason）再提交。"),
            visits=recent_visits,
        )


def require_not_recorded(body: PlanBody, joint: int) -> None:
    """Ask whether a joint activity is recorded by a partner too: it counts once (domain §7)."""
    if joint and not body.visit_reason:
        raise Conflict(
            "recorded_by_partner",
            n_("同一天到同一企业的联合活动，已有%(num)s处记过，没有保存。", joint),
            _("联合举办的只由主办方记一次；确是另一次的，请写明理由（visit_reason）再提交。"),
            visits=joint,
        )


def require_no_one_twice(named: Sequence[ParticipantBody]) -> None:
    if len({one.person_id for one in named}) < len(named):
        raise Invalid("person_twice", _("同一个人写了两次，没有保存。"), _("请每人只写一次。"))


def require_capacity(named: ParticipantBody, context: DecisionContext) -> tuple[bool, bool]:
    """Whether somebody is a deputy, and a street representative, as the directory has it.

    Raises Invalid for who is not there, and where the body says otherwise. Whoever is in the
    directory may take part, at whatever station they are: deputies from elsewhere count too.
    """
    person = context.directory.person(named.person_id.bytes)
    if person is None:
        raise Invalid(
            "unknown_person",
            _("名录里没有这个人，没有保存。"),
            _("请核对人员编号，或请管理员先登记。"),
            person_id=named.person_id.hex,
        )
    is_deputy, is_rep = bool(person.mandates), person.is_street_rep
    for said, found, word in (
        (named.is_deputy, is_deputy, _("代表")),
        (named.is_street_rep, is_rep, _("街道选民代表")),
    ):
        if said is not None and said != found:
            verb = _("是") if found else _("不是")
            raise _contradicted(person.name, verb, word, named.person_id.hex)
    return is_deputy, is_rep


def _contradicted(name: str, verb: Sentence, word: Sentence, person_id: str) -> Invalid:
    return Invalid(
        "not_in_this_capacity",
        _("%(name)s在名录里%(verb)s%(word)s，没有保存。", name=name, word=word, verb=verb),
        _("请核对人员编号和身份；名录有误的，请管理员先更正。"),
        person_id=person_id,
    )


def require_named(body: PlanBody, organiser_division: str, context: DecisionContext) -> None:
    """Refuse what is on none of the lists for the organiser's place on the activity's day."""
    for name, model in LISTS_OF_ACTIVITIES.items():
        codes: Sequence[str] = getattr(body, name)
        require_listed(context.directory, model, codes, organiser_division, body.first_day)


def require_room(known: Mapping[Id, object], new: Collection[Id]) -> None:
    if len({*known, *new}) > MAX_PEOPLE:
        raise Invalid(
            "too_many_people",
            n_("一次活动最多记%(num)s人，没有保存。", MAX_PEOPLE),
            _("请分几次活动记录。"),
        )


def require_expected(context: DecisionContext, activity: Activity, person_id: Id) -> None:
    """Refuse an answer of somebody who is not expected, or once the activity's days are over."""
    require_state(activity.row, "PLANNED")
    last = activity.row.last_day
    if person_id not in activity.row.expected:
        raise not_yours(Action.ACTIVITY_ANSWER)
    if last is not None and last < local_day(context.now):
        raise Conflict(
            "activity_over",
            _("这次活动的日期已经过了，没有保存。"),
            _("来没来，请联系主办的联络站或机关记录。"),
        )


def require_came(activity: Activity, people: Sequence[Id]) -> None:
    """Refuse to take back the attendance of somebody who is not confirmed to have come."""
    came = {one.person_id for one in activity.came}
    if missing := [key for key in people if key not in came]:
        raise Conflict(
            "not_attending",
            n_("其中%(num)s人没有记为到场，没有保存。", len(missing)),
            _("请看最新的到场名单再选。"),
            people=[key.hex() for key in missing],
        )


def require_state(row: ActivityRow, *states: str) -> None:
    if row.state in states:
        return
    if row.state == "PLANNED":
        raise Conflict(
            "activity_not_held",
            _("这次活动还没有记为已举办，没有保存。"),
            _("请先记录已举办。"),
            state=row.state,
        )
    if row.state == "HELD":
        raise Conflict(
            "activity_held",
            _("这次活动已经记为已举办，没有再记。"),
            _("到场的人可以补记；没有举办的，请取消。"),
            state=row.state,
        )
    raise Conflict(
        "activity_cancelled",
        _("这次活动已经取消，没有保存。"),
        _("重新举办的，请另记一次活动。"),
        state=row.state,
    )

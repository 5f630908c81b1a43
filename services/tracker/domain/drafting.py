"""What a reply must hold before its unit's head is asked to sign it."""

from datetime import date, timedelta

from services.tracker.domain.commands import DraftBody, DraftReply
from services.tracker.domain.context import DecisionContext
from services.tracker.domain.guards import missing_opinions
from services.tracker.domain.model import Case
from shared.calendar import local_day
from shared.errors import Invalid
from shared.text import _

LONGEST_PROMISE = timedelta(days=3650)


def check_draft(case: Case, given: DraftReply, context: DecisionContext) -> None:
    """See that a reply holds what its outcome asks for (浙江省代表建议办理规定 2016 §18-§20)."""
    body = given.body
    if body.outcome in ("in_progress", "planned"):
        _check_promise(body, local_day(context.now))
    elif body.outcome in ("deferred", "reference") and not body.reason:
        raise Invalid(
            "reason_missing",
            _("暂不能解决或供参考的，要写明原因。"),
            _("请写明原因。"),
        )
    if missing_opinions(case) and not body.waiver:
        raise Invalid(
            "opinions_missing",
            _("会办意见没有到齐；要先答复，请写明原因。"),
            _("请催会办单位，或写明原因。"),
        )


def _check_promise(body: DraftBody, today: date) -> None:
    """A promise names a day ahead, within the ten years that its clock can run, and a person."""
    if body.promised_on is None or not body.contact:
        raise Invalid(
            "promise_incomplete",
            _("正在解决或列入计划的，要写明兑现日期和联系人。"),
            _("请补上日期和联系人。"),
        )
    check_ahead(body.promised_on, today)
    if body.promised_on > today + LONGEST_PROMISE:
        raise Invalid(
            "promise_too_far",
            _("兑现日期太远，最多十年。"),
            _("请改成十年以内的日期。"),
        )


def check_ahead(promised_on: date, today: date) -> None:
    """See that a promised day lies ahead, when it is drafted and when it is signed."""
    if promised_on <= today:
        raise Invalid(
            "promise_not_ahead",
            _("兑现日期应在今天之后。"),
            _("请在草稿中改成以后的日期。"),
        )

"""What a reply must hold before its unit's head is asked to sign it."""

from datetime import date, timedelta

from services.tracker.domain.acts import DraftBody, DraftReply
from services.tracker.domain.context import Context
from services.tracker.domain.guards import missing_opinions
from services.tracker.domain.rows import Case
from shared.calendar import local_day
from shared.errors import Invalid

LONGEST_PROMISE = timedelta(days=3650)


def check_draft(case: Case, given: DraftReply, context: Context) -> None:
    """See that a reply holds what its outcome asks for (浙江省代表建议办理规定 2016 §18-§20)."""
    body = given.body
    if body.outcome in ("in_progress", "planned"):
        _check_promise(body, local_day(context.now))
    elif body.outcome in ("deferred", "reference") and not body.reason:
        raise Invalid(
            "reason_missing",
            "暂不能解决或供参考的，要写明原因。",
            "What cannot be done now needs its reason.",
            todo_zh="请写明原因。",
            todo_en="Give the reason.",
        )
    if missing_opinions(case) and not body.waiver:
        raise Invalid(
            "opinions_missing",
            "会办意见没有到齐；要先答复，请写明原因。",
            "A co-handler's opinion is missing; say why you reply without it.",
            todo_zh="请催会办单位，或写明原因。",
            todo_en="Ask the co-handler, or give the reason.",
        )


def _check_promise(body: DraftBody, today: date) -> None:
    """A promise names a day ahead, within the ten years that its clock can run, and a person."""
    if body.promised_on is None or not body.contact:
        raise Invalid(
            "promise_incomplete",
            "正在解决或列入计划的，要写明兑现日期和联系人。",
            "A promise needs its date and a person to contact.",
            todo_zh="请补上日期和联系人。",
            todo_en="Add the date and the person.",
        )
    check_ahead(body.promised_on, today)
    if body.promised_on > today + LONGEST_PROMISE:
        raise Invalid(
            "promise_too_far",
            "兑现日期太远，最多十年。",
            "The promised day is too far away; ten years at most.",
            todo_zh="请改成十年以内的日期。",
            todo_en="Choose a day within ten years.",
        )


def check_ahead(promised_on: date, today: date) -> None:
    """See that a promised day lies ahead, when it is drafted and when it is signed."""
    if promised_on <= today:
        raise Invalid(
            "promise_not_ahead",
            "兑现日期应在今天之后。",
            "The promised day must lie ahead.",
            todo_zh="请在草稿中改成以后的日期。",
            todo_en="Choose a later day in the draft.",
        )

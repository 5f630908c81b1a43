"""Asking that an item be handled again, once its reply can no longer be rated."""

from datetime import datetime, timedelta

from services.intake.domain.call_backs import ReopenRequest
from services.intake.domain.context import DecisionContext
from services.intake.domain.events import Decision, item_text, origin
from services.intake.domain.model import Item, update
from services.intake.domain.proposer_checks import require_rater, require_release, with_more
from services.intake.domain.proposer_commands import AskToReopen
from shared.calendar import local_day, start_of_day
from shared.contracts.intake import ReopenRequested
from shared.errors import Conflict
from shared.ids import Id
from shared.text import _

REOPEN_DAYS = 30
"""Days after its end in which an item may be reopened (北京市接诉即办工作条例 §11)."""


def reopen_until(item: Item) -> datetime | None:
    """When the time to ask ends; None of an item that has not ended."""
    progress = item.progress
    ended = progress.closed_at if progress and progress.is_closed else None
    ended = item.row.accepted_at if item.row.solved_on_spot else ended
    return start_of_day(local_day(ended) + timedelta(days=REOPEN_DAYS + 1)) if ended else None


def asked_to_reopen(item: Item, proposer_id: Id) -> ReopenRequest | None:
    return next(
        (
            one
            for one in item.row.reopen_requests
            if (one.proposer_id, one.reply_no) == (proposer_id, item.replies)
        ),
        None,
    )


def require_reopenable(item: Item, reply_no: int, now: datetime) -> None:
    """Refuse what a rating can still say, what was not answered, and what comes too late."""
    progress, until = item.progress, reopen_until(item)
    if reply_no != item.replies or not (reply_no or item.row.solved_on_spot):
        raise Conflict(
            "not_the_last_reply",
            _("只能就最近一次答复请求重新办理，没有保存。"),
            _("请刷新页面，看最近一次答复。"),
            replies=item.replies,
        )
    if reply_no and (progress is None or progress.rating_until is None):
        raise Conflict(
            "not_all_answered",
            _("还有单位没有答复，没有保存。"),
            _("请等几个单位都答复。"),
        )
    if progress and progress.rating_until and now < progress.rating_until:
        raise Conflict(
            "rate_instead",
            _("这次答复还可以评价，不用请求重新办理，没有保存。"),
            _("请评价：选“不满意”并写明，单位就要重新办理。"),
        )
    if until is not None and now >= until:
        raise Conflict(
            "too_late_to_reopen",
            _("办结已超过%(days)s天，没有保存。", days=REOPEN_DAYS),
            _("如有新情况，请重新提交一件。"),
        )


def ask_to_reopen(state: Item, command: AskToReopen, context: DecisionContext) -> Decision:
    """Pass the request on with the proposer's words; who dispatched the item decides it."""
    body = command.body
    require_reopenable(state, body.reply_no, context.now)
    who = require_rater(state, command.asker).row.proposer_id
    if asked_to_reopen(state, who):
        raise Conflict(
            "already_asked",
            _("您已经就这次答复请求过重新办理，没有再记一次。"),
            _("不用再办；交办的机关看得到您写的。"),
        )
    if state.row.confidential:
        require_release(state, command.asker, body, context)
    asked = ReopenRequest(
        proposer_id=who, reply_no=body.reply_no, reason=body.reason, at=context.now
    )
    done = update(state, reopen_requests=(*state.row.reopen_requests, asked))
    done = with_more(done, body.facts)
    fact = ReopenRequested(
        **origin(state, command, context),
        **asked.model_dump(include={"proposer_id", "reply_no", "reason"}),
    )
    return done, (fact, item_text(done, command, context))

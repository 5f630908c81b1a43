"""What a station may do with an item besides accepting it."""

from dataclasses import replace

from services.intake.domain.commands import Merge, Rate, Reject, Resubmit, Return, Transfer
from services.intake.domain.events import (
    Decision,
    origin,
    require_turn,
    update,
    whole_text,
    with_note,
)
from services.intake.domain.model import Item
from services.intake.domain.refusals import DecisionContext, require_words
from shared.contracts.intake import (
    ItemMerged,
    ItemRejected,
    ItemResubmitted,
    ItemReturned,
    ItemTransferred,
    RatingGiven,
)
from shared.errors import Conflict
from shared.text import _


def give_back(state: Item, act: Return, ground: DecisionContext) -> Decision:
    """Send the item back to its proposer for what is missing."""
    require_turn(state, "SUBMITTED")
    require_words(act.note, _("请写明还缺什么。"))
    fact = ItemReturned(**origin(state, act, ground), reason=act.reason)
    return with_note(
        update(state, state="SUPPLEMENT", reason=act.reason), act, act.note, fact, ground
    )


def resubmit(state: Item, act: Resubmit, ground: DecisionContext) -> Decision:
    """Append what was missing; the head decides again."""
    require_turn(state, "SUPPLEMENT")
    supplements = (*state.text.supplements, act.supplement)
    done = replace(
        update(state, state="SUBMITTED", reason=""),
        text=state.text.model_copy(update={"supplements": supplements}),
    )
    return done, (ItemResubmitted(**origin(state, act, ground)), whole_text(done, act, ground))


def reject(state: Item, act: Reject, ground: DecisionContext) -> Decision:
    """Refuse the item (浙江省代表建议办理规定 2016 §6); the proposer reads why."""
    require_turn(state, "SUBMITTED")
    require_words(act.note, _("请写明不予受理的理由，提出人会看到。"))
    fact = ItemRejected(**origin(state, act, ground), reason=act.reason)
    return with_note(
        update(state, state="REJECTED", reason=act.reason), act, act.note, fact, ground
    )


def transfer(state: Item, act: Transfer, ground: DecisionContext) -> Decision:
    """Pass the item to the channel that is there for it."""
    require_turn(state, "SUBMITTED")
    fact = ItemTransferred(**origin(state, act, ground), channel=act.channel)
    return with_note(
        update(state, state="TRANSFERRED", reason=act.channel), act, act.note, fact, ground
    )


def merge(state: Item, act: Merge, ground: DecisionContext) -> Decision:
    """End a duplicate in favour of an open item of the same enterprise; it is not counted."""
    require_turn(state, "SUBMITTED")
    same = state.row.enterprise_id is not None and (
        act.into.enterprise_id == state.row.enterprise_id
    )
    if act.into.key == act.key or not act.into.is_open or not same:
        raise Conflict(
            "merge_target",
            _("只能并入同一企业尚未办结的另一件意见建议，没有保存。"),
            _("内容相近但企业不同的，请分别受理。"),
        )
    fact = ItemMerged(**origin(state, act, ground), merged_into=act.into.key)
    done = update(state, state="MERGED", merged_into=act.into.key)
    return with_note(done, act, act.note, fact, ground)


def rate(state: Item, act: Rate, ground: DecisionContext) -> Decision:
    """Pass the proposer's judgement on; the tracker decides whether it still counts."""
    require_turn(state, "ACCEPTED")
    if act.reply_no > state.replies:
        raise Conflict(
            "unknown_reply",
            _("这次答复还没有收到，不能评价。"),
            _("请核对答复的次数，或稍后再试。"),
            replies=state.replies,
        )
    if act.result == "dissatisfied":
        require_words(act.reason, _("不满意要写明理由。"))
    fact = RatingGiven(
        **origin(state, act, ground),
        reply_no=act.reply_no,
        result=act.result,
        attitude=act.attitude,
        by_kind=state.row.source_kind,
        channel=act.channel,
    )
    reasons = list(state.text.rating_reasons) + [""] * act.reply_no
    reasons[act.reply_no - 1] = act.reason
    kept = tuple(reasons[: max(act.reply_no, len(state.text.rating_reasons))])
    if kept == state.text.rating_reasons or not act.reason:
        return state, (fact,)
    done = replace(state, text=state.text.model_copy(update={"rating_reasons": kept}))
    return done, (fact, whole_text(done, act, ground))

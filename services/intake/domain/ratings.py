"""Effects around a reply: who was told, what was said on the phone, and the ratings that count."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter
from typing import TypeVar

from services.intake.domain import refusals
from services.intake.domain.call_backs import CallBackRow, LastRating, Telling
from services.intake.domain.context import DecisionContext
from services.intake.domain.events import Decision, item_text, origin
from services.intake.domain.model import Item, update
from services.intake.domain.proposer_checks import (
    day_of_call,
    number_called,
    require_named_person,
    require_open_call_back,
    require_other_person,
    require_past_day,
    require_proposer,
    require_rater,
    require_told_of,
)
from services.intake.domain.proposer_commands import (
    CheckCallBack,
    DiscardCallBack,
    Rate,
    RatingBody,
    RecordCallBack,
    TellProposer,
)
from services.intake.domain.proposers import ProposerRow
from shared.contracts.codes import RatingChannel, RatingResult
from shared.contracts.intake import RatingGiven, RatingWords
from shared.ids import Id
from shared.text import _

T = TypeVar("T", bound=RatingWords | LastRating)


@dataclass(frozen=True, slots=True)
class _Rating:
    """A rating that counts from now on, for the tracker to judge."""

    rater: ProposerRow
    reply_no: int
    result: RatingResult
    attitude: RatingResult | None
    channel: RatingChannel
    words: str
    at: datetime
    called_by: str | None = None


def rate(state: Item, command: Rate, context: DecisionContext) -> Decision:
    """Pass the rating on; the tracker decides whether it still counts."""
    body = command.body
    refusals.require_rateable(state, body.reply_no, context.now)
    rater = require_rater(state, command.asker).row
    _require_reason(body.result, body.reason)
    chosen = (body.reply_no, body.result, body.attitude)
    words = body.reason
    if body.result != "dissatisfied" and _stands(state, rater, body):
        words = ""  # the form began with the complaint that is taken back
    given = _Rating(rater, *chosen, "web", words, context.now)
    return _counted(state, command, given, context)


def record_call_back(state: Item, command: RecordCallBack, context: DecisionContext) -> Decision:
    """Keep what a proposer said when asked until a second person has checked it."""
    body = command.body
    require_named_person(command.asker)
    at = day_of_call(context, state, body.called_on)
    refusals.require_rateable(state, body.reply_no, at)
    proposer = require_proposer(state, body.proposer_id)
    rater = proposer.row
    _require_reason(body.result, body.reason)
    row = CallBackRow(
        key=state.row.key,
        n=len(state.call_backs) + 1,
        proposer_id=rater.proposer_id,
        called_at=at,
        called_by=command.by,
        words=body.reason,
        number=number_called(body, proposer),
        **body.model_dump(include={"reply_no", "result", "attitude", "channel"}),
    )
    return _with_calls(state, (*state.call_backs, row)), ()


def check_call_back(state: Item, command: CheckCallBack, context: DecisionContext) -> Decision:
    """Let a call-back count, by somebody other than who made it."""
    call = require_open_call_back(state, command.body.n)
    require_other_person(command.asker, call)
    refusals.require_rateable(state, call.reply_no, call.called_at)
    done = _decided(state, call, "checked", command, context)
    rater = next(one.row for one in state.proposers if one.row.proposer_id == call.proposer_id)
    chosen = (call.reply_no, call.result, call.attitude)
    given = _Rating(rater, *chosen, call.channel, call.words, call.called_at, call.called_by)
    return _counted(done, command, given, context)


def discard_call_back(state: Item, command: DiscardCallBack, context: DecisionContext) -> Decision:
    """Set aside a call-back that was recorded wrongly; it never counts."""
    call = require_open_call_back(state, command.body.n)
    require_named_person(command.asker)
    return _decided(state, call, "discarded", command, context, command.body.reason), ()


def tell(state: Item, command: TellProposer, context: DecisionContext) -> Decision:
    """Record who told the proposer a reply or the decision, on which day and how."""
    body = command.body
    require_told_of(state, body.reply_no)
    require_past_day(context, body.day)
    whom = require_proposer(state, body.proposer_id).row.proposer_id if body.proposer_id else None
    how = body.model_dump(include={"reply_no", "channel", "day"})
    told = (*state.row.tellings, Telling(proposer_id=whom, by=command.by, **how))
    named = {one.proposer_id for one in told if one.reply_no == 0}
    everybody = {one.row.proposer_id for one in state.proposers}
    return update(state, tellings=told, is_told=None in named or named == everybody), ()


def _stands(state: Item, rater: ProposerRow, body: RatingBody) -> bool:
    """Whether these words are those of this proposer's earlier rating of the reply."""
    words = RatingWords(reply_no=body.reply_no, proposer_id=rater.proposer_id, reason=body.reason)
    return words in state.text.ratings


def _require_reason(result: RatingResult, reason: str) -> None:
    if result == "dissatisfied":
        refusals.require_note(reason, _("不满意要写明理由。"))


def _decided(
    item: Item, call: CallBackRow, state: str, command: CheckCallBack | DiscardCallBack,
    context: DecisionContext, why: str = "",
) -> Item:  # fmt: skip
    columns = {"state": state, "decided_by": command.by, "decided_at": context.now, "why": why}
    changed = call.model_copy(update=columns)
    return _with_calls(item, tuple(changed if one is call else one for one in item.call_backs))


def _with_calls(item: Item, calls: Sequence[CallBackRow]) -> Item:
    is_open = sum(one.state == "open" for one in calls)
    return replace(update(item, open_calls=is_open), call_backs=tuple(calls))


def _counted(
    state: Item, command: Rate | CheckCallBack, given: _Rating, context: DecisionContext
) -> Decision:
    """Emit a rating, and the text if its words are new or take back earlier ones."""
    who = given.rater.proposer_id
    fact = RatingGiven(
        **origin(state, command, context) | {"occurred_at": given.at},
        proposer_id=who,
        reply_no=given.reply_no,
        result=given.result,
        attitude=given.attitude,
        by_kind=given.rater.kind,
        channel=given.channel,
        called_by=given.called_by,
    )
    last = LastRating(**fact.model_dump(
        include={"proposer_id", "reply_no", "result", "attitude", "channel"}
    ))  # fmt: skip
    done = update(state, ratings=_replaced(state.row.ratings, last))
    words = RatingWords(reply_no=given.reply_no, proposer_id=who, reason=given.words)
    ratings = tuple(one for one in _replaced(state.text.ratings, words) if one.reason)
    if ratings == state.text.ratings:
        return done, (fact,)
    done = replace(done, text=state.text.model_copy(update={"ratings": ratings}))
    return done, (fact, item_text(done, command, context))


def _replaced(known: Sequence[T], given: T) -> tuple[T, ...]:
    """Put a proposer's last word about a reply in the place of an earlier one."""
    others: list[T] = [one for one in known if _about(one) != _about(given)]
    return tuple(sorted([*others, given], key=attrgetter("reply_no")))


def _about(one: RatingWords | LastRating) -> tuple[int, Id]:
    return one.reply_no, one.proposer_id

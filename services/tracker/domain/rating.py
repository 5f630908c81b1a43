"""Ratings of proposers: whether they count, and what follows from the first proposer's."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from services.tracker.domain.model import SYSTEM, Case, OtherRating
from shared.contracts import tracker as events
from shared.contracts.envelope import Event
from shared.contracts.intake import RatingGiven

Step = tuple[Case, Sequence[Event]]
_EMITTED = {"occurred_at", "division_code", "actor", "proposer_id", "reply_no"}
_OF_RATING = {"result", "attitude", "channel"}


def rate(case: Case, event: RatingGiven, recorded_at: datetime) -> Step:
    """Count a rating or refuse it; the time it was given decides, not the time it was read.

    The last one of the window holds: taking back a dissatisfied one ends the rework. The case goes
    on or closes by the first proposer's; those of others are kept as theirs.
    """
    emitted = event.model_dump(include=_EMITTED)
    reason = _refusal(case, event)
    if reason:
        return case, (events.RatingRefused(**emitted, reason=reason),)
    decides = event.proposer_id in case.row.proposers[:1]
    rated = events.CaseRated(**emitted, decides=decides, **event.model_dump(include=_OF_RATING))
    if not decides:
        return _with_other(case, event), (rated,)
    case = case.with_row(rating=event.result, rated_at=event.occurred_at)
    is_rework = case.row.phase == "rework"
    if event.result == "dissatisfied":
        case, more = (case, ()) if is_rework else _rework(case, event, recorded_at)
    else:
        case = _without_rework(case) if is_rework else case
        case, more = _conclude(case, event.occurred_at, event.actor, rated=True)
    return case, (rated, *more)


def _with_other(case: Case, event: RatingGiven) -> Case:
    kept = (one for one in case.row.other_ratings if not _is_by(event, one))
    names = {"proposer_id", "reply_no", "result"}
    given = OtherRating(**event.model_dump(include=names), rated_at=event.occurred_at)
    return case.with_row(other_ratings=(*kept, given))


def _is_by(event: RatingGiven, one: OtherRating) -> bool:
    return (one.proposer_id, one.reply_no) == (event.proposer_id, event.reply_no)


def _rated_at(case: Case, event: RatingGiven) -> datetime | None:
    """When this proposer rated before."""
    if event.proposer_id in case.row.proposers[:1]:
        return case.row.rated_at
    return next((one.rated_at for one in case.row.other_ratings if _is_by(event, one)), None)


def _refusal(case: Case, event: RatingGiven) -> str:
    row = case.row
    if row.reply_no == 0 or event.reply_no > row.reply_no:
        return "no_such_reply"
    if event.reply_no < row.reply_no:
        return "older_reply"
    if row.phase == "handling":
        return "not_all_answered"
    if row.rating_until is not None and event.occurred_at >= row.rating_until:
        return "window_over"
    before = _rated_at(case, event)
    if before is not None and event.occurred_at < before:
        return "later_rating"
    return ""


def _rework(case: Case, event: RatingGiven, recorded_at: datetime) -> Step:
    """Order a new answer (浙江省代表建议办理规定 2016 §24).

    After the second, supervise; of a supervised case, propose key supervision (anew).
    """
    row = case.row
    base = case.origin(event.occurred_at)
    emitted: list[Event] = [events.ReworkOrdered(**base, round=row.round + 1)]
    changes: dict[str, Any] = {
        "phase": "rework",
        "round": row.round + 1,
        "rework_at": recorded_at,
        "closed_at": None,
        "closed_how": "",
    }
    if row.round >= 2 and row.supervision in ("none", "urged"):
        changes["supervision"] = "supervised"
        emitted.append(
            events.SupervisionRaised(**base, level="supervised", reason="dissatisfied_twice")
        )
    elif row.round >= 2 and row.key_candidate in ("", "refused"):
        changes["key_candidate"] = "open"
        emitted.append(events.SupervisionRaised(**base, level="key", reason="dissatisfied_twice"))
    return case.with_row(**changes), emitted


def _without_rework(case: Case) -> Case:
    """Go back to the round before, without what was drafted since."""
    round_ = case.row.round - 1
    tasks = {
        key: task.model_copy(update={"drafted_at": None, "drafted_round": 0})
        if task.drafted_round > round_
        else task
        for key, task in case.tasks.items()
    }
    case = case.with_row(phase="replied", round=round_, rework_at=None)
    return replace(case, tasks=tasks, words=case.words.model_copy(update={"drafts": ()}))


def close_window(case: Case, at: datetime) -> Step:
    """Close the rating window without a rating, which does not count as satisfied."""
    emitted = events.RatingWindowClosed(**case.origin(at), reply_no=case.row.reply_no, rated=False)
    case, more = _conclude(case, at, SYSTEM, rated=False)
    return case, (emitted, *more)


def _conclude(case: Case, at: datetime, actor: str, *, rated: bool) -> Step:
    """Track a promise, or close the case."""
    row = case.row
    if row.outcome in ("in_progress", "planned"):
        return case.with_row(phase="tracking"), ()
    was_closed = row.phase == "closed"
    changes: dict[str, Any] = {"phase": "closed", "closed_how": "rated" if rated else "unrated"}
    if not was_closed:
        changes["closed_at"] = at
    case = case.with_row(**changes)
    if was_closed or row.outcome is None:
        return case, ()
    how: Literal["rated", "unrated"] = "rated" if rated else "unrated"
    closed = events.CaseClosed(**case.origin(at, actor), how=how, outcome=row.outcome)
    return case, (closed,)

"""The proposer's judgement: whether it counts, and where the case goes from it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.tracker.domain.model import Case
from shared.contracts.envelope import Event
from shared.contracts.intake import RatingGiven
from shared.contracts.tracker import (
    CaseClosed,
    CaseRated,
    RatingRefused,
    RatingWindowClosed,
    ReworkOrdered,
    SupervisionRaised,
)

SYSTEM = "tracker"
Step = tuple[Case, Sequence[Event]]


def rate(case: Case, event: RatingGiven, recorded_at: datetime) -> Step:
    """Take a rating or refuse it; one made inside the window counts however late it is read."""
    emitted: dict[str, Any] = {
        "occurred_at": event.occurred_at,
        "division_code": event.division_code,
        "actor": event.actor,
        "reply_no": event.reply_no,
    }
    reason = _refusal(case, event)
    if reason:
        return case, (RatingRefused(**emitted, reason=reason),)
    rated = CaseRated(**emitted, result=event.result, attitude=event.attitude)
    row = case.row.model_copy(update={"rating": event.result, "rated_at": event.occurred_at})
    case = replace(case, row=row)
    if event.result == "dissatisfied":
        case, more = _rework(case, event, recorded_at)
    else:
        case, more = _conclude(case, event.occurred_at, event.actor, rated=True)
    return case, (rated, *more)


def _refusal(case: Case, event: RatingGiven) -> str:
    row = case.row
    if row.reply_no == 0 or event.reply_no > row.reply_no:
        return "no_such_reply"
    if event.reply_no < row.reply_no:
        return "older_reply"
    if row.phase == "rework":
        return "rework_ordered"
    if row.phase == "handling":
        return "not_all_answered"
    if row.rating_until is not None and event.occurred_at >= row.rating_until:
        return "window_over"
    return ""


def _rework(case: Case, event: RatingGiven, recorded_at: datetime) -> Step:
    """A new answer is due (浙江省代表建议办理规定 2016 §24); after the second, supervision."""
    row = case.row
    base: dict[str, Any] = {
        "occurred_at": event.occurred_at,
        "division_code": event.division_code,
        "actor": SYSTEM,
    }
    emitted: list[Event] = [ReworkOrdered(**base, round=row.round + 1)]
    changes: dict[str, Any] = {
        "phase": "rework",
        "round": row.round + 1,
        "rework_at": recorded_at,
        "closed_at": None,
        "closed_how": "",
    }
    if row.round >= 2 and row.supervision in ("none", "urged"):
        changes["supervision"] = "supervised"
        emitted.append(SupervisionRaised(**base, level="supervised", reason="dissatisfied_twice"))
    return replace(case, row=row.model_copy(update=changes)), emitted


def close_window(case: Case, at: datetime) -> Step:
    """The window passed in silence: unrated, which is not satisfied."""
    row = case.row
    emitted = RatingWindowClosed(
        occurred_at=at, division_code=row.division, actor=SYSTEM, reply_no=row.reply_no, rated=False
    )
    case, more = _conclude(case, at, SYSTEM, rated=False)
    return case, (emitted, *more)


def _conclude(case: Case, at: datetime, actor: str, *, rated: bool) -> Step:
    """Follow a promise, or close."""
    row = case.row
    if row.outcome in ("in_progress", "planned"):
        return replace(case, row=row.model_copy(update={"phase": "tracking"})), ()
    was_closed = row.phase == "closed"
    changes: dict[str, Any] = {"phase": "closed", "closed_how": "rated" if rated else "unrated"}
    if not was_closed:
        changes["closed_at"] = at
    case = replace(case, row=row.model_copy(update=changes))
    if was_closed or row.outcome is None:
        return case, ()
    closed = CaseClosed(
        occurred_at=at,
        division_code=row.division,
        actor=actor,
        how="rated" if rated else "unrated",
        outcome=row.outcome,
    )
    return case, (closed,)

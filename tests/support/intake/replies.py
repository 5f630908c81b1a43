"""A reply as the tracker says it to intake."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.contracts.codes import RatingChannel, RatingResult
from shared.contracts.tracker import CaseClosed, CaseRated, CaseReplied, CaseText, ReplyWords
from shared.ids import Id
from tests.support.intake.desk import Desk
from tests.support.intake.stations import TOWNSHIP


async def replied(
    desk: Desk,
    key: Id,
    no: int = 1,
    words: Mapping[str, str] | None = None,
    **changes: Any,
) -> None:
    """Let the tracker say a reply with its words, to be rated within a week."""
    now = datetime.now(UTC)
    said: dict[str, Any] = {"occurred_at": now, "division_code": TOWNSHIP, "actor": "h"}
    task = {"task_id": bytes(16), "round": 1, "outcome": "solved", "signed_by": "officer-7"}
    until = {"rating_until": now + timedelta(days=7)}
    usual = {"plain": "本周接通", "text": "已安排增容", "signed_name": "张处长"}
    read = ReplyWords.model_validate({"reply_no": no} | usual | dict(words or {}))
    reply = CaseReplied.model_validate(said | task | until | {"reply_no": no} | changes)
    await desk.hear_all([(key, reply), (key, CaseText(**said, replies=(read,)))])


async def close(
    desk: Desk,
    key: Id,
    rating: RatingResult | None = None,
    channel: RatingChannel = "web",
    **words: str,
) -> None:
    """Let an item be answered, maybe rated, and closed."""
    await replied(desk, key, words=words)
    said = {"occurred_at": datetime.now(UTC), "division_code": TOWNSHIP, "actor": "h"}
    if rating is not None:
        by = {"proposer_id": bytes(16), "decides": True, "channel": channel}
        rated = CaseRated.model_validate(said | by | {"reply_no": 1, "result": rating})
        await desk.hear_all([(key, rated)])
    ended = {"how": "rated" if rating else "unrated", "outcome": "solved"}
    await desk.hear_all([(key, CaseClosed.model_validate(said | ended))])

"""What became of a promise is answered, and what follows from a broken one."""

from typing import Any

import pytest

from shared.errors import Invalid
from tests.support.shanghai import at
from tests.support.tracker.play import fulfil, rating, refused, replied


@pytest.mark.parametrize(
    ("outcome", "more", "then"),
    [
        ("in_progress", {"promised_on": "2023-03-01", "contact": "王工"}, "TRACKING"),
        ("deferred", {}, "CLOSED"),
    ],
)
def test_a_broken_promise_is_answered_again_with_its_reason(
    outcome: str, more: dict[str, Any], then: str
) -> None:
    play = replied("planned", promised_on="2022-11-30", contact="王工")
    play.hear(rating("2022-09-22", "satisfied"))
    refused(play, fulfil(outcome=outcome, **more), "2022-12-01", "reason_missing", Invalid)
    play.act(fulfil(outcome=outcome, reason="管线尚未迁改", **more), "2022-12-01")
    assert [e.type for e in play.emitted if e.type.startswith("case.promise")] == [
        "case.promise_broken"
    ]
    reply = play.case.words.replies[-1]
    assert (play.state, play.case.row.outcome) == ("REPLIED", outcome)
    assert (reply.reply_no, reply.reason, reply.contact) == (
        2,
        "管线尚未迁改",
        more.get("contact", ""),
    )
    assert play.running() == {"rating"}
    play.hear(rating("2022-12-02", "satisfied", reply_no=2))
    assert play.state == then
    if then == "TRACKING":
        assert play.clock("promise").due_at == at("2023-03-02 00:00")


def test_a_new_promise_has_a_later_day_and_a_contact() -> None:
    play = replied("planned", promised_on="2022-11-30", contact="王工")
    play.hear(rating("2022-09-22", "satisfied"))
    why: dict[str, Any] = {"outcome": "planned", "reason": "管线尚未迁改"}
    refused(play, fulfil(**why), "2022-12-01", "promise_incomplete", Invalid)
    same = fulfil(**why, promised_on="2022-11-30", contact="王工")
    refused(play, same, "2022-12-01", "promise_not_ahead", Invalid)

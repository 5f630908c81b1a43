"""A proposer's last word before the window's end holds, in whatever order it arrives."""

import pytest

from services.tracker.domain.commands import ContactBody, LogContact, SignOff
from shared.contracts.codes import RatingResult
from shared.contracts.tracker import CaseRated, CaseReplied, RatingRefused
from tests.support.tracker.play import (
    CLERK,
    FIRST,
    HEAD,
    ITEM,
    SECOND,
    TASK,
    Play,
    draft,
    rating,
    replied,
)

CONTACT = LogContact(ITEM, TASK, CLERK, ContactBody(channel="visit", note="上门"))
Results = list[tuple[str, RatingResult]]


def types(play: Play) -> list[str]:
    return [event.type for event in play.emitted]


def disputed(outcome: str = "solved", **more: object) -> Play:
    play = replied(outcome, **more)
    return play.hear(rating("2022-09-22", "dissatisfied"))


@pytest.mark.parametrize(
    ("outcome", "more", "state"),
    [
        ("solved", {}, "CLOSED"),
        ("planned", {"promised_on": "2022-11-30", "contact": "王工"}, "TRACKING"),
    ],
)
def test_taking_back_a_dissatisfied_rating_ends_the_rework(
    outcome: str, more: dict[str, object], state: str
) -> None:
    play = disputed(outcome, **more)
    assert play.state == "REWORK"
    play.act(CONTACT, "2022-09-23")
    play.act(draft(), "2022-09-23")
    play.hear(rating("2022-09-26", "satisfied"))
    row = play.case.row
    assert (play.state, row.round, row.rating) == (state, 1, "satisfied")
    assert "reply" not in play.running()
    assert not play.case.words.drafts
    play.hear(rating("2022-09-27", "dissatisfied"))
    assert (play.state, play.case.row.round) == ("REWORK", 2)
    assert play.clock("reply").started_at.day == 27


def test_a_dissatisfied_rating_stands_once_a_new_answer_was_given() -> None:
    play = disputed()
    play.act(CONTACT, "2022-09-23")
    play.act(draft(), "2022-09-23")
    play.act(SignOff(ITEM, TASK, HEAD), "2022-09-23")
    play.hear(rating("2022-09-26", "satisfied"))
    assert types(play)[-1] == "case.rating_refused"
    assert (play.state, play.case.row.round, play.case.row.rating) == ("REPLIED", 2, None)


def test_it_cannot_be_taken_back_after_the_window() -> None:
    play = disputed()
    play.hear(rating("2022-10-15 00:00", "satisfied"))
    assert (play.state, types(play)[-1]) == ("REWORK", "case.rating_refused")


def test_dissatisfied_twice_about_one_reply_orders_one_rework() -> None:
    play = disputed()
    play.hear(rating("2022-09-23", "dissatisfied"))
    assert (play.case.row.round, types(play).count("case.rework_ordered")) == (2, 1)


@pytest.mark.parametrize(
    "given",
    [
        [("2022-09-22", "dissatisfied"), ("2022-09-26", "satisfied")],
        [("2022-09-26", "satisfied"), ("2022-09-22", "dissatisfied")],
    ],
)
def test_of_two_ratings_the_one_given_later_holds_in_either_order(given: Results) -> None:
    play = replied()
    for when, result in given:
        play.hear(rating(when, result))
    assert (play.state, play.case.row.rating) == ("CLOSED", "satisfied")


def test_a_reply_names_the_end_of_its_rating_window() -> None:
    (reply,) = [one for one in replied().emitted if isinstance(one, CaseReplied)]
    assert reply.rating_until == replied().case.row.rating_until


def test_the_case_goes_on_by_the_first_proposers_rating_whatever_another_says() -> None:
    play = replied().hear(rating("2022-09-22", "dissatisfied", by=SECOND))
    assert (play.state, play.case.row.round, play.case.row.rating) == ("REPLIED", 1, None)
    assert "rating" in play.running()
    play.hear(rating("2022-09-23", "satisfied"))
    assert (play.state, play.case.row.rating) == ("CLOSED", "satisfied")
    rated = [event for event in play.emitted if isinstance(event, CaseRated)]
    assert [(one.proposer_id, one.decides) for one in rated] == [(SECOND, False), (FIRST, True)]


def test_the_last_rating_of_each_other_proposer_is_kept_as_theirs() -> None:
    play = replied().hear(rating("2022-09-22", "satisfied"))
    play.hear(rating("2022-09-23", "dissatisfied", by=SECOND))
    play.hear(rating("2022-09-26", "basically_satisfied", by=SECOND))
    (other,) = play.case.row.other_ratings
    assert (other.proposer_id, other.result) == (SECOND, "basically_satisfied")
    play.hear(rating("2022-09-24", "satisfied", by=SECOND))
    refused = play.emitted[-1]
    assert isinstance(refused, RatingRefused)
    assert (refused.proposer_id, refused.reason) == (SECOND, "later_rating")
    assert play.state == "CLOSED"

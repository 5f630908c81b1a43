"""The life of an item up to acceptance: every turn, and every act out of turn."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from services.intake.domain.asker import Asker, Station, by_key
from services.intake.domain.commands import StationCommand
from services.intake.domain.decide import decide
from services.intake.domain.enterprises import enterprise_id
from services.intake.domain.model import update
from shared.contracts.intake import (
    ItemAccepted,
    ItemMerged,
    ItemRejected,
    ItemResubmitted,
    ItemReturned,
    ItemSubmitted,
    ItemText,
    ItemTransferred,
    RatingGiven,
)
from shared.directory.rights import grants_of
from shared.errors import Refused
from shared.ids import named_id, to_text
from shared.messaging.subject import ClockDue
from tests.support.intake import commands
from tests.support.intake.commands import (
    CONTEXT,
    KEY,
    NOW,
    after,
    code_of,
    emitted,
    text_of,
    unknown,
)
from tests.support.intake.stations import (
    COUNTY,
    CREDIT_CODE,
    DEPUTY,
    HEAD,
    OTHER_HEAD,
    OTHER_STATION,
    OTHER_TOWNSHIP,
    STATION,
    SUB_POINT,
    TOWNSHIP,
)
from tests.support.refusals import in_both

SUB = Station(SUB_POINT, "XQ01-1", TOWNSHIP)
Make = Callable[..., StationCommand]
DECISIONS: tuple[Make, ...] = (
    commands.accept,
    commands.give_back,
    commands.reject,
    commands.transfer,
    commands.merge,
)
RETURNED = after(commands.submit(), commands.give_back())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"division_code": "999999"}, "unknown_division"),
        ({"division_code": OTHER_TOWNSHIP}, "division_not_yours"),
        ({"division_code": COUNTY}, "division_not_yours"),
        ({"occurred_at": NOW + timedelta(minutes=6)}, "occurred_in_future"),
        ({"occurred_at": NOW - timedelta(days=93)}, "date_far_back"),
        ({"enterprise_code": CREDIT_CODE[:17] + "A"}, "credit_code_check"),
        ({"deputy_id": UUID(bytes=named_id("person", "nobody"))}, "unknown_person"),
        ({"self_interest": True}, "self_interest_of_whom"),
    ],
)
def test_a_wrong_item_is_refused(changes: dict[str, Any], code: str) -> None:
    assert code_of(unknown(), commands.submit(**changes)) == code


def test_an_item_comes_in_whole_and_its_words_stay_out_of_the_facts() -> None:
    item, events = decide(unknown(), commands.submit(), CONTEXT)
    fact, text = events[0], text_of(events)
    assert isinstance(fact, ItemSubmitted)
    assert (item.row.state, item.row.received_at) == ("SUBMITTED", NOW)
    assert item.row.division_code == TOWNSHIP
    assert fact.occurred_at == NOW - timedelta(hours=1)
    (proposer,) = fact.proposers
    assert (proposer.kind, proposer.enterprise_id) == ("enterprise", enterprise_id(CREDIT_CODE))
    assert fact.actor == to_text(STATION)
    assert (text.title, text.body) == ("用电", "晚上常停电")
    assert "停电" not in fact.model_dump_json()


def test_another_content_under_the_same_id_is_refused() -> None:
    item = after(commands.submit())
    assert code_of(item, commands.submit(title="另一件")) == "id_reused"


def test_with_a_number_an_item_is_accepted_as_it_comes_in() -> None:
    item, events = decide(unknown(), commands.submit(number="331004-2022-0007"), CONTEXT)
    assert [type(event) for event in events] == [ItemSubmitted, ItemAccepted, ItemText]
    assert (item.row.state, item.row.number) == ("ACCEPTED", "331004-2022-0007")


def test_accepting_numbers_the_item_and_names_the_person() -> None:
    item, (fact,) = decide(after(commands.submit()), commands.accept(complexity="complex"), CONTEXT)
    assert isinstance(fact, ItemAccepted)
    assert (fact.number, fact.profile) == ("331004-2022-0001", "station_item")
    assert fact.complexity == "complex"
    assert fact.actor == to_text(HEAD)
    assert (item.row.state, item.row.accepted_at) == ("ACCEPTED", NOW)


def test_an_own_firm_is_no_legal_suggestion_nor_is_what_no_deputy_raised() -> None:
    suggestion, deputy = commands.accept(profile="legal_suggestion"), UUID(bytes=DEPUTY)
    own = after(commands.submit(self_interest=True, deputy_id=deputy))
    assert code_of(own, suggestion) == "own_firm_is_no_suggestion"
    scanned = after(commands.submit(source_kind="scan"))
    assert code_of(scanned, suggestion) == "no_deputy_no_suggestion"
    for raised in (
        after(commands.submit(deputy_id=deputy)),
        after(commands.submit(source_kind="deputy", deputy_id=deputy)),
        after(commands.submit(source_kind="scan"), commands.cosign(person=DEPUTY)),
    ):
        (fact,) = emitted(raised, suggestion)
        assert isinstance(fact, ItemAccepted)
        assert fact.profile == "legal_suggestion"


def test_what_was_accepted_on_paper_is_typed_in_with_its_own_time_unless_it_cannot_be() -> None:
    item, then = after(commands.submit()), NOW - timedelta(minutes=30)
    (fact,) = emitted(item, commands.accept(occurred_at=then))
    assert fact.occurred_at == then
    ahead, before = NOW + timedelta(minutes=6), NOW - timedelta(hours=2)
    assert code_of(item, commands.accept(occurred_at=ahead)) == "occurred_in_future"
    assert code_of(item, commands.accept(occurred_at=before)) == "accepted_before_submitted"


def test_returned_and_resubmitted_keeps_the_text_and_appends() -> None:
    item = after(commands.submit(), commands.give_back())
    assert (item.row.state, item.row.reason) == ("SUPPLEMENT", "unclear")
    item, events = decide(item, commands.resubmit(), CONTEXT)
    assert isinstance(events[0], ItemResubmitted)
    text = text_of(events)
    assert (item.row.state, item.row.reason) == ("SUBMITTED", "")
    assert (text.body, text.supplements) == ("晚上常停电", ("新桥工业区",))
    assert text.decision_note == "缺地点"


def test_an_act_with_the_same_content_is_done_again_only_on_its_new_basis() -> None:
    item = update(after(commands.submit(), commands.give_back(), commands.resubmit()), seq=3)
    assert code_of(item, commands.give_back()) == "done_before"
    assert code_of(item, commands.give_back(basis=commands.basis(2))) == "stale_basis"
    again = commands.give_back(basis=commands.basis(3))
    returned = after(again, item=item)
    assert returned.row.state == "SUPPLEMENT"
    later = update(after(commands.resubmit(supplement="又补一次"), item=returned), seq=5)
    assert decide(later, again, CONTEXT) == (later, ()), "answered from memory"


def test_a_signed_request_is_carried_out_once_and_then_answered_from_memory() -> None:
    once = commands.give_back(asker=replace(commands.CHIEF, request_id="r1"))
    item = after(commands.submit(), once, commands.resubmit())
    assert decide(item, once, CONTEXT) == (item, ())
    first = commands.submit(
        contact="first", asker=replace(commands.KEY_OF_STATION, request_id="s1")
    )
    item = after(first, commands.submit(contact="second"))
    assert decide(item, first, CONTEXT) == (item, ()), "an older contact does not come back"


def test_the_head_may_end_a_returned_item_with_a_reason() -> None:
    item, (fact, text) = decide(RETURNED, commands.reject(note="一直没有补充"), CONTEXT)
    assert (item.row.state, item.row.reason, type(fact)) == ("REJECTED", "R4", ItemRejected)
    assert isinstance(text, ItemText)
    assert text.decision_note == "一直没有补充"
    assert after(commands.transfer(), item=RETURNED).row.state == "TRANSFERRED"


@pytest.mark.parametrize(
    ("act", "state", "event"),
    [
        (commands.give_back(), "SUPPLEMENT", ItemReturned),
        (commands.reject(), "REJECTED", ItemRejected),
        (commands.transfer(), "TRANSFERRED", ItemTransferred),
        (commands.merge(), "MERGED", ItemMerged),
    ],
)
def test_the_head_decides(act: StationCommand, state: str, event: type) -> None:
    item, events = decide(after(commands.submit()), act, CONTEXT)
    assert item.row.state == state
    assert isinstance(events[0], event)


@pytest.mark.parametrize("make", DECISIONS)
def test_a_stations_own_key_does_not_decide(make: Make) -> None:
    act = make(asker=commands.KEY_OF_STATION)
    assert code_of(after(commands.submit()), act) == "not_yours"


def test_the_head_of_the_main_station_decides_for_its_sub_point() -> None:
    item = after(commands.submit(station=SUB))
    assert after(commands.accept(), item=item).row.state == "ACCEPTED"
    here = by_key(CONTEXT.directory, SUB, HEAD, commands.TODAY, "")
    assert after(commands.accept(asker=here), item=item).row.number
    assert code_of(after(commands.submit()), commands.accept(asker=here)) == "item_not_found"


def test_a_session_decides_wherever_its_person_is_head() -> None:
    grants = grants_of(CONTEXT.directory, HEAD, commands.TODAY)
    asker = Asker(to_text(HEAD), grants)
    for item in (after(commands.submit()), after(commands.submit(station=SUB))):
        assert after(commands.accept(asker=asker), item=item).row.state == "ACCEPTED"


@pytest.mark.parametrize("make", [commands.accept, commands.resubmit, commands.rate])
def test_another_stations_item_is_as_little_there_as_one_nobody_submitted(make: Make) -> None:
    elsewhere = Station(OTHER_STATION, "NC01", OTHER_TOWNSHIP)
    for person in (None, OTHER_HEAD):
        stranger = by_key(CONTEXT.directory, elsewhere, person, commands.TODAY, "")
        assert code_of(after(commands.submit()), make(asker=stranger)) == "item_not_found"
    assert code_of(unknown(), make()) == "item_not_found"


@pytest.mark.parametrize("makes", [[], *([make] for make in DECISIONS)])
def test_what_is_sent_again_changes_nothing(makes: list[Make]) -> None:
    acts = [commands.submit(), *(make() for make in makes)]
    item = after(*acts)
    again, events = decide(item, acts[-1], CONTEXT)
    assert again is item
    assert not events


IN_STATE = {
    "SUBMITTED": (commands.submit(),),
    "SUPPLEMENT": (commands.submit(), commands.give_back()),
    "ACCEPTED": (commands.submit(), commands.accept()),
    "WITHDRAWN": (commands.submit(), commands.withdraw()),
    "REJECTED": (commands.submit(), commands.reject()),
    "TRANSFERRED": (commands.submit(), commands.transfer()),
    "MERGED": (commands.submit(), commands.merge()),
}
IN_TURN = {
    "SUBMITTED": {
        "Accept", "Return", "Reject", "Transfer", "Merge", "Cosign", "Supplement", "Protect",
        "Withdraw",
    },
    "SUPPLEMENT": {"Resubmit", "Reject", "Transfer", "Merge", "Cosign", "Protect", "Withdraw"},
    "ACCEPTED": {"Rate", "Supplement", "Protect"},
}  # fmt: skip
MAKERS = (
    *DECISIONS, commands.resubmit, commands.rate, commands.cosign, commands.supplement,
    commands.withdraw, commands.protect,
)  # fmt: skip


@pytest.mark.parametrize("state", IN_STATE)
@pytest.mark.parametrize("make", MAKERS)
def test_an_act_out_of_turn_is_refused_with_the_reason(state: str, make: Make) -> None:
    item = update(commands.replied(after(*IN_STATE[state]), 1), digests=("another",))
    act = make()
    if type(act).__name__ in IN_TURN.get(state, ()):
        assert decide(item, act, CONTEXT)[1]
        return
    with pytest.raises(Refused) as refused:
        decide(item, act, CONTEXT)
    assert refused.value.code == "out_of_turn"
    assert refused.value.details["state"] == state
    assert all(in_both(refused.value, "intake"))


ACCEPTED = commands.replied(after(commands.submit(), commands.accept()), 2)


def test_a_rating_goes_to_the_tracker_with_who_gave_it() -> None:
    (fact,) = emitted(ACCEPTED, commands.rate(reply_no=2))
    assert isinstance(fact, RatingGiven)
    assert (fact.reply_no, fact.result) == (2, "satisfied")
    assert (fact.by_kind, fact.channel) == ("enterprise", "web")
    assert code_of(ACCEPTED, commands.rate(reply_no=3)) == "unknown_reply"


def test_a_rating_is_refused_at_the_door_where_its_window_is_known_to_be_over() -> None:
    until = NOW - timedelta(days=1)
    item = commands.replied(ACCEPTED, 2, rating_until=until)
    assert code_of(item, commands.rate(reply_no=2)) == "rating_window_over"
    assert code_of(item, commands.rate(reply_no=1)) == "older_reply"


def test_dissatisfied_needs_a_reason_which_is_text() -> None:
    assert code_of(ACCEPTED, commands.rate(reply_no=2, result="dissatisfied")) == "words_required"
    act = commands.rate(reply_no=2, result="dissatisfied", reason="没有解决")
    item, events = decide(ACCEPTED, act, CONTEXT)
    assert "没有解决" not in events[0].model_dump_json()
    ratings = text_of(events).ratings
    assert [(words.reply_no, words.reason) for words in ratings] == [(2, "没有解决")]
    act = commands.rate(reply_no=3, reason="这次好些")
    ratings = text_of(emitted(commands.replied(item, 3), act)).ratings
    assert [words.reply_no for words in ratings] == [2, 3]


def test_a_changed_mind_is_said_again() -> None:
    rate = partial(commands.rate, reply_no=2)
    item = after(rate(), item=ACCEPTED)
    assert not emitted(item, rate())
    item = after(rate(result="basically_satisfied"), item=item)
    assert code_of(item, rate()) == "done_before"
    assert emitted(item, rate(basis=commands.basis(item.row.seq)))


def test_clocks_are_not_for_an_item() -> None:
    with pytest.raises(TypeError):
        decide(unknown(), ClockDue(KEY), CONTEXT)

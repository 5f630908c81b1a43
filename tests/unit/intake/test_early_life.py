"""What proposers add to an item or take back, and what was solved at once."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from services.intake.domain.commands import Transfer, TransferBody
from services.intake.domain.decide import decide
from shared.contracts.intake import (
    ItemAccepted,
    ItemProtected,
    ItemSubmitted,
    ItemSupplemented,
    ItemWithdrawn,
)
from shared.errors import Refused
from tests.support.intake import commands
from tests.support.intake.commands import (
    CONTEXT,
    KEY,
    after,
    code_of,
    emitted,
    text_of,
    unknown,
)
from tests.support.intake.stations import DEPUTY, OTHER_STATION, STATION

RETURNED = after(commands.submit(), commands.give_back())
ACCEPTED = commands.replied(after(commands.submit(), commands.accept()), 2)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"note": ""}, "words_required"),
        ({"solved_by": None}, "solved_by_whom"),
        ({"solved_by": UUID(bytes=DEPUTY)}, "solved_by_whom"),
        ({"solved_by": UUID(bytes=OTHER_STATION)}, "solved_by_whom"),
        ({"proposer_agrees": False}, "proposer_must_agree"),
    ],
)
def test_solved_on_the_spot_says_how_and_by_which_office_and_the_proposer_agrees(
    changes: dict[str, Any], code: str
) -> None:
    item = after(commands.submit())
    assert code_of(item, commands.accept_on_spot(**changes)) == code
    done, events = decide(item, commands.accept_on_spot(), CONTEXT)
    assert isinstance(events[0], ItemAccepted)
    assert (events[0].solved_on_spot, events[0].solved_by) == (True, STATION)
    assert done.row.solved_by == STATION
    assert text_of(events).decision_note == "当场接通"


def test_what_is_given_out_was_solved_by_nobody_whatever_stands_in_the_form() -> None:
    form = commands.accept(solved_by=UUID(bytes=STATION), proposer_agrees=True)
    (fact,) = emitted(after(commands.submit()), form)
    assert isinstance(fact, ItemAccepted)
    assert (fact.solved_on_spot, fact.solved_by) == (False, None)


def test_an_item_is_withdrawn_before_it_is_accepted_and_not_after() -> None:
    for item in (after(commands.submit()), RETURNED):
        done, events = decide(item, commands.withdraw(note="已自行解决"), CONTEXT)
        assert (done.row.state, type(events[0])) == ("WITHDRAWN", ItemWithdrawn)
        assert text_of(events).decision_note == "已自行解决"
    accepted = after(commands.submit(), commands.accept())
    with pytest.raises(Refused) as refused:
        decide(accepted, commands.withdraw(), CONTEXT)
    assert "请联系交办机关处理" in str(refused.value.full_message)


def test_a_supplement_leaves_with_the_text_and_the_text_stands() -> None:
    for item in (after(commands.submit()), after(commands.submit(), commands.accept())):
        done, events = decide(item, commands.supplement(words="又停了"), CONTEXT)
        assert (done.row.state, type(events[0])) == (item.row.state, ItemSupplemented)
        text = text_of(events)
        assert (text.body, text.supplements) == ("晚上常停电", ("又停了",))
        assert "停" not in events[0].model_dump_json()


def test_what_is_closed_is_not_supplemented() -> None:
    on_spot = after(commands.submit(), commands.accept_on_spot())
    for item in (commands.replied(ACCEPTED, 2, is_closed=True), on_spot):
        assert code_of(item, commands.supplement()) == "case_closed"
    reopened = commands.replied(ACCEPTED, 2, is_closed=False)
    assert emitted(reopened, commands.supplement())


def test_more_words_of_an_accepted_confidential_item_leave_only_with_its_head() -> None:
    hidden = commands.submit(confidential=True, firm="台州新桥模具有限公司")
    waiting, accepted = after(hidden), after(hidden, commands.accept())
    by_station = commands.supplement(asker=commands.KEY_OF_STATION, words="新桥又停了")
    assert text_of(emitted(waiting, by_station)).supplements == ()
    assert code_of(accepted, by_station) == "not_yours"
    unnamed = after(
        commands.submit(confidential=True), commands.accept(name_unknown_confirmed=True)
    )
    assert code_of(unnamed, commands.supplement()) == "name_unknown"
    events = emitted(accepted, commands.supplement(words="新桥又停了，红砖厂房", mask=("红砖",)))
    assert text_of(events).supplements == ("〔保密〕又停了，〔保密〕厂房",)


def test_a_source_is_protected_later_and_the_text_leaves_anew_without_its_name() -> None:
    firm = "台州新桥模具有限公司"
    named = commands.submit(body=f"{firm}晚上停电", enterprise_code="91331004MA2AK0001R")
    for before in (after(named), after(named, commands.accept())):
        known = tuple(replace(one, firm=firm) for one in before.proposers)
        item = replace(before, proposers=known)
        done, events = decide(item, commands.protect(), CONTEXT)
        assert (done.row.state, done.row.confidential) == (item.row.state, True)
        assert isinstance(events[0], ItemProtected)
        assert "新桥模具" not in text_of(events).body
        assert code_of(done, commands.protect(asker=commands.KEY_OF_STATION)) == "protected_already"


def test_a_transferred_item_keeps_its_number_elsewhere_to_itself() -> None:
    body = TransferBody(channel="hotline_12345", other_channel_ref="GD-2022-77")
    moved = Transfer(KEY, commands.CHIEF, body)
    item, events = decide(after(commands.submit()), moved, CONTEXT)
    assert item.text.other_channel_ref == "GD-2022-77"
    assert "GD-2022-77" not in "".join(event.model_dump_json() for event in events)


def test_what_staff_entered_for_its_proposers_is_marked() -> None:
    for by_proxy in (False, True):
        item, (fact, *_) = decide(unknown(), commands.submit(entered_by_proxy=by_proxy), CONTEXT)
        assert isinstance(fact, ItemSubmitted)
        assert (item.row.entered_by_proxy, fact.entered_by_proxy) == (by_proxy, by_proxy)

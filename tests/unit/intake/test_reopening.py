"""Asking that an item be handled again: when, how often, and what of it leaves intake."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.intake.domain.decide import decide
from services.intake.domain.model import Item
from services.intake.domain.reopening import reopen_until
from shared.calendar import local_day
from shared.contracts.intake import ItemText, ReopenRequested
from shared.errors import Refused
from tests.support.intake import commands
from tests.support.intake.commands import CONTEXT, NOW, after, code_of

ACCEPTED = after(commands.submit(), commands.accept())


def closed(ago: timedelta = timedelta(days=1), **columns: Any) -> Item:
    """An item whose last reply can no longer be rated, closed so long ago."""
    sound = {"rating_until": NOW, "is_closed": True, "closed_at": NOW - ago}
    return commands.replied(ACCEPTED, 1, **(sound | columns))


def test_after_the_window_a_proposer_says_what_is_not_so_and_the_words_follow() -> None:
    done, events = decide(closed(), commands.ask_to_reopen(), CONTEXT)
    fact, text = events
    assert isinstance(fact, ReopenRequested)
    assert (fact.reply_no, fact.reason) == (1, "untrue")
    assert isinstance(text, ItemText)
    assert text.supplements == ("昨晚又停电了",)
    assert code_of(done, commands.ask_to_reopen(facts="再说一次")) == "already_asked"
    assert decide(commands.replied(done, 2), commands.ask_to_reopen(reply_no=2), CONTEXT)[1]


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"rating_until": NOW + timedelta(seconds=1)}, "rate_instead"),
        ({"rating_until": None, "is_closed": False, "closed_at": None}, "not_all_answered"),
        ({"reply_no": 2}, "not_the_last_reply"),
        ({"reply_no": 0}, "not_the_last_reply"),
        ({"closed_at": NOW - timedelta(days=31)}, "too_late_to_reopen"),
    ],
)
def test_it_is_refused_with_what_to_do_instead(columns: dict[str, Any], code: str) -> None:
    assert code_of(closed(**columns), commands.ask_to_reopen()) == code


def test_a_reply_whose_promise_is_open_may_be_contradicted_without_an_end() -> None:
    item = closed(is_closed=False, closed_at=None)
    assert reopen_until(item) is None
    assert decide(item, commands.ask_to_reopen(), CONTEXT)[1]


@pytest.mark.parametrize("ended", [NOW - timedelta(days=29), NOW - timedelta(days=30)])
def test_the_thirtieth_day_is_the_last_one(ended: datetime) -> None:
    until = reopen_until(closed(closed_at=ended))
    assert until is not None
    assert local_day(until - timedelta(microseconds=1)) == local_day(ended) + timedelta(days=30)
    assert decide(closed(closed_at=ended), commands.ask_to_reopen(), CONTEXT)[1]


def test_what_was_solved_on_the_spot_may_be_contradicted_at_once() -> None:
    item = after(commands.submit(), commands.accept_on_spot())
    _done, events = decide(item, commands.ask_to_reopen(reply_no=0), CONTEXT)
    assert isinstance(events[0], ReopenRequested)


def test_of_a_confidential_item_nothing_leaves_while_a_name_is_unknown() -> None:
    accept = commands.accept(name_unknown_confirmed=True)
    unknown = after(commands.submit(confidential=True, enterprise_code=None), accept)
    row = {"rating_until": NOW, "is_closed": True, "closed_at": NOW}
    item = commands.replied(unknown, 1, **row)
    assert item.hides_unnamed
    with pytest.raises(Refused):
        decide(item, commands.ask_to_reopen(), CONTEXT)

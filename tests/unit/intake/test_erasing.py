"""What a proposer had deleted is gone, stays gone, and nothing else changes."""

from collections.abc import Callable

import pytest

from services.intake.domain.commands import Erase, StationCommand
from services.intake.domain.decide import decide
from services.intake.domain.model import Item, TextRow
from shared.contracts.envelope import Tombstone
from shared.contracts.intake import ItemErased, ItemText
from shared.errors import Conflict, NotFound
from tests.support.intake.commands import (
    CONTEXT,
    KEY,
    NOW,
    accept,
    after,
    emitted,
    give_back,
    merge,
    rate,
    reject,
    resubmit,
    submit,
    transfer,
    unknown,
)

ERASE = Erase(KEY, "officer-1", "asked")


def erased(*acts: StationCommand) -> Item:
    return decide(after(submit(), *acts), ERASE, CONTEXT)[0]


def test_words_contact_and_digests_go_and_the_decision_stays() -> None:
    before = after(submit(contact="sealed"), accept())
    item, events = decide(before, ERASE, CONTEXT)
    (proposer,) = item.proposers
    assert (item.text, proposer.contacts, proposer.row.sealed) == (TextRow(key=KEY), (), ())
    row = item.row
    assert (proposer.row.enterprise_code, row.body_digest, row.digests) == (None, "", ())
    assert (row.state, row.number, row.erased_at) == ("ACCEPTED", "331004-2022-0001", NOW)
    fact, tombstone = events
    assert isinstance(fact, ItemErased)
    assert (fact.reason, fact.actor) == ("asked", "officer-1")
    assert isinstance(tombstone, Tombstone)
    assert tombstone.text is ItemText


def test_again_it_says_nothing_unless_words_came_since() -> None:
    item = erased()
    assert decide(item, ERASE, CONTEXT) == (item, ())
    noted = after(reject(note="已撤回同意"), item=item)
    assert [event.type for event in decide(noted, ERASE, CONTEXT)[1]] == [
        "item.erased",
        "tombstone",
    ]


@pytest.mark.parametrize(
    "act",
    [submit(), submit(contact="sealed"), submit(title="另一件"), give_back(), resubmit(), rate()],
)
def test_nothing_comes_back_and_nobody_adds_to_its_words(act: StationCommand) -> None:
    with pytest.raises(Conflict, match="erased"):
        decide(erased(), act, CONTEXT)


@pytest.mark.parametrize("make", [accept, reject, transfer, merge])
def test_its_head_still_decides(make: Callable[[], StationCommand]) -> None:
    item = after(submit())
    assert type(emitted(erased(), make())[0]) is type(emitted(item, make())[0])


def test_what_nobody_submitted_cannot_be_erased() -> None:
    with pytest.raises(NotFound):
        decide(unknown(), ERASE, CONTEXT)

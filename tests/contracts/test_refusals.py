"""Every refusal has a code of the source, and in both languages what is wrong and what to do."""

from collections import defaultdict

import pytest

from shared.contracts.topics import OWNERS
from tests.contracts import codes
from tests.contracts.codes import Refusal, refusals
from tests.support.labels import CODE

VARYING = {"not_yours", "out_of_turn", "words_required"}
"""Codes whose message comes from a table or its caller: `test_words` sees that it has English."""

SEVERAL = {
    "router": {"no_proposal", "not_found", "which_task"},
}
"""Codes with more than one message, each for its own case."""

ALL = pytest.mark.parametrize("refusal", refusals(), ids=[one.place for one in refusals()])


def test_there_are_refusals_to_look_at() -> None:
    assert len(refusals()) > 120


@ALL
def test_a_refusal_has_a_code_of_the_source(refusal: Refusal) -> None:
    """Operators count by it and programs act on it: no part of it comes from a request."""
    assert refusal.codes
    assert [code for code in refusal.codes if not CODE.fullmatch(code)] == []


@ALL
def test_a_refusal_says_what_is_wrong_and_what_to_do_in_both_languages(refusal: Refusal) -> None:
    words = codes.words_of(refusal.owner)
    assert refusal.messages or set(refusal.codes) <= VARYING | {codes.HTTP}
    assert refusal.what_to_do or set(refusal.codes) <= VARYING
    texts = (*refusal.messages, *refusal.what_to_do)
    assert [text for text in texts if words.template(text) in ("", text)] == []


@pytest.mark.parametrize("owner", ["shared", *OWNERS])
def test_a_code_means_one_thing_in_a_service(owner: str) -> None:
    messages: dict[str, set[str]] = defaultdict(set)
    for one in refusals():
        if one.owner == owner:
            for code in one.codes:
                messages[code] |= set(one.messages)
    several = {code for code, found in messages.items() if len(found) > 1}
    assert several == SEVERAL.get(owner, set())


def test_the_page_for_users_of_the_interface_lists_every_code() -> None:
    assert codes.PAGE.read_text(encoding="utf-8") == codes.page(), f"run {codes.COMMAND}"

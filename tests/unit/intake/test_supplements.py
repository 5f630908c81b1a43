"""What is added to an item stays small enough to be redacted at every act, and to leave at last."""

from unittest.mock import Mock

import pytest

from services.intake.domain import events
from services.intake.domain.asker import Asker
from services.intake.domain.commands import StationCommand
from services.intake.domain.decide import decide
from services.intake.domain.model import Item
from shared.errors import Conflict
from shared.messaging.outbox import MAX_EVENT_BYTES
from tests.support.intake import commands
from tests.support.intake.commands import CONTEXT, after, code_of, text_of
from tests.support.refusals import in_both

MOST = 20


def filled(item: Item, filler: str, by: Asker) -> Item:
    """The item once it takes no more words of this kind."""
    for n in range(MOST + 1):
        try:
            item, _ = decide(item, commands.supplement(asker=by, words=f"{n}{filler}"), CONTEXT)
        except Conflict:
            return item
    raise AssertionError("no limit")


@pytest.mark.parametrize("filler", ["又", "字a" * 3_995, "\U00020bb7" * 7_990, "\ufdfa" * 1_000])
def test_with_all_supplements_that_fit_the_head_can_still_accept(filler: str) -> None:
    item = after(commands.submit(confidential=True, proposer="王小明", firm="宏利机械有限公司"))
    item = filled(item, filler, commands.holder())
    _, emitted = decide(item, commands.accept(mask=("字",)), CONTEXT)
    text = text_of(emitted)
    assert text.supplements
    assert len(text.model_dump_json().encode()) <= MAX_EVENT_BYTES


def test_a_text_that_folding_makes_long_counts_as_that_long() -> None:
    item = after(commands.submit())
    with pytest.raises(Conflict, match="too_many_supplements") as refused:
        decide(item, commands.supplement(words="\ufdfa" * 7_990), CONTEXT)
    assert in_both(refused.value, "intake")


def test_what_is_sent_again_is_limited_like_a_supplement() -> None:
    full = after(*(commands.supplement(words=f"又{n}") for n in range(MOST)),
                 item=after(commands.submit()))  # fmt: skip
    assert code_of(after(commands.give_back(), item=full), commands.resubmit()) == (
        "too_many_supplements"
    )


@pytest.mark.parametrize("act", [commands.supplement(), commands.give_back()])
def test_no_words_are_redacted_that_do_not_leave(
    act: StationCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = after(commands.submit(confidential=True))
    monkeypatch.setattr(events, "outgoing", Mock(side_effect=AssertionError))
    decide(item, act, CONTEXT)

"""Of an item that was erased no words are left; who owes what until when stays."""

import pytest

from services.tracker.console.worklist import matter_of
from services.tracker.domain.commands import SignOff
from services.tracker.domain.mirrors import TextRow
from services.tracker.domain.model import WordsRow
from shared.contracts.envelope import Event, Tombstone
from shared.contracts.intake import ItemErased
from shared.contracts.tracker import CaseText
from shared.errors import Conflict
from shared.text import Sentence
from tests.support.shanghai import at
from tests.support.tracker.play import HEAD, ITEM, TASK, Play, contacted, draft, opened, replied


def erased(when: str) -> Event:
    return ItemErased(
        occurred_at=at(when), division_code="331004102", actor="officer", reason="asked"
    )


def drafted() -> Play:
    play = contacted()
    play.act(draft(), "2022-09-14 09:00")
    return play


def test_all_words_go_and_so_does_what_was_said_of_them() -> None:
    play = drafted()
    play.hear(erased("2022-09-14 10:00"))
    assert play.case.words == WordsRow(key=ITEM)
    tombstone = play.emitted[-1]
    assert isinstance(tombstone, Tombstone)
    assert tombstone.text is CaseText
    assert matter_of(play.case, TextRow(key=ITEM)) == Sentence("内容已按规定删除")


def test_duties_clocks_and_what_was_answered_stay() -> None:
    for play, when in ((opened(), "2022-09-08 10:00"), (replied(), "2022-09-20 13:00")):
        before = play.case
        play.hear(erased(when))
        after = play.case
        assert (after.clocks, after.tasks) == (before.clocks, before.tasks)
        assert (after.row.outcome, after.row.reply_no) == (before.row.outcome, before.row.reply_no)
        tombstones = [event for event in play.emitted if isinstance(event, Tombstone)]
        assert bool(tombstones) == bool(before.row.reply_no), "only of words that were said"


def test_a_draft_that_is_gone_cannot_be_signed_off_and_is_drafted_anew() -> None:
    play = drafted()
    play.hear(erased("2022-09-14 10:00"))
    assert play.state == "IN_PROGRESS"
    with pytest.raises(Conflict):
        play.act(SignOff(ITEM, TASK, HEAD), "2022-09-14 11:00")
    play.answer("2022-09-14 12:00")
    assert (play.state, play.case.row.reply_no) == ("REPLIED", 1)

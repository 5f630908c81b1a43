"""What the page of a case shows of the items merged into it, and of the case it was merged into."""

from typing import cast

from services.tracker.console.case_page import members, merged_into
from services.tracker.console.labels import ViewContext
from services.tracker.domain.mirrors import TextRow
from services.tracker.settings import ZHEJIANG
from shared.contracts.intake import ItemMerged, ItemUnmerged, MemberWords
from shared.ids import to_text
from shared.web.actor import Actor
from tests.support.intake.stations import HEAD, small_directory
from tests.support.shanghai import at
from tests.support.tracker.play import CLERK, ITEM, OTHER, Play, context_at, replied, submitted

VIEW = ViewContext(cast(Actor, CLERK), small_directory(), context_at(at("2022-09-20")), ZHEJIANG)
ORIGIN = {"division_code": "331004102", "actor": "head"}


def test_a_case_shows_each_member_with_its_words_day_and_who_merged_it() -> None:
    merged = {"merged_at": at("2022-09-15"), "by": to_text(HEAD), "note": "同一件事"}
    words = MemberWords(item_id=OTHER, title="停电", body="晚上常停电", **merged)
    texts = TextRow(key=ITEM).model_copy(update={"members": (words,)})
    (shown,) = members(texts, VIEW)
    head = VIEW.directory.person(HEAD)
    assert head is not None
    assert shown.words == words
    assert head.name in str(shown.merged)


def test_a_member_shows_the_state_and_the_answer_of_the_case_it_was_merged_into() -> None:
    shown = merged_into(replied().case)
    assert shown is not None
    assert shown.reply is not None
    assert (str(shown.state), shown.reply.plain) == ("已答复，待评价", "本周接通")
    assert merged_into(None) is None


def test_a_merged_item_owes_nothing_and_its_accept_clock_goes_on_when_it_comes_back() -> None:
    play = Play().hear(
        submitted("2022-09-05 09:00"),
        ItemMerged(occurred_at=at("2022-09-05 10:00"), merged_into=OTHER, **ORIGIN),
    )
    assert (play.state, play.running(), play.case.row.merged_into) == ("MERGED", set(), OTHER)
    play.hear(ItemUnmerged(occurred_at=at("2022-09-14 10:00"), merged_into=OTHER, **ORIGIN))
    assert (play.state, play.case.row.merged_into) == ("SUBMITTED", None)
    assert play.clock("accept").due_at > at("2022-09-14 10:00")

"""Items merged into one another: nothing is lost, whatever becomes of the one that stays."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from services.intake.domain.commands import Erase, Merge, MergeBody, StationCommand
from services.intake.domain.contact import SealedContact
from services.intake.domain.decide import decide
from services.intake.domain.enterprises import enterprise_id
from services.intake.domain.merging import MAX_MEMBERS_BYTES, decide_together
from services.intake.domain.model import Item, ItemRow, ProgressRow, TextRow, update
from shared.contracts.envelope import Event
from shared.contracts.intake import ItemJoined, ItemMerged, ItemProtected, ItemText, ItemUnmerged
from shared.errors import Conflict, Refused, Unavailable
from shared.ids import Id, named_id, to_text
from shared.messaging.outbox import MAX_EVENT_BYTES
from tests.support.intake import commands
from tests.support.intake.commands import CHIEF, CONTEXT, NOW, after
from tests.support.intake.stations import DEPUTY, HEAD
from tests.support.refusals import in_both

A, B, C = (named_id("item", name) for name in "ABC")
Events = Mapping[Id, Sequence[Event]]


class Desk:
    """Three items of one enterprise, and those a command concerns looked up as they stand."""

    def __init__(self, **changes: Any) -> None:
        blank = {key: Item(ItemRow(key=key), TextRow(key=key)) for key in (A, B, C)}
        self.items = {
            key: after(replace(commands.submit(title=f"第{n}件", **changes), key=key), item=item)
            for n, (key, item) in enumerate(blank.items())
        }

    def do(self, command: Any, *others: Id) -> Events:
        others += self.items[command.key].row.members
        decided = decide_together(self.items, replace(command, others=others), CONTEXT)
        self.items |= {key: item for key, (item, _) in decided.items()}
        return {key: events for key, (_, events) in decided.items()}

    def merge(self, key: Id, into: Id, note: str = "", *, same_firm: bool = False) -> Events:
        body = MergeBody(into=UUID(bytes=into), note=note, same_firm=same_firm)
        return self.do(Merge(key, CHIEF, body), into)

    def row(self, key: Id) -> ItemRow:
        return self.items[key].row

    def states(self) -> list[str]:
        return [self.row(key).state for key in (A, B, C)]


def texts(events: Sequence[Event]) -> list[ItemText]:
    return [one for one in events if isinstance(one, ItemText)]


def at(key: Id, command: StationCommand) -> StationCommand:
    return replace(command, key=key)


def test_of_two_items_merged_into_each_other_one_stays() -> None:
    desk = Desk()
    desk.merge(A, B)
    with pytest.raises(Conflict, match="merge_target"):
        desk.merge(B, A)
    assert desk.states() == ["MERGED", "SUBMITTED", "SUBMITTED"]


def test_the_same_merge_again_changes_nothing() -> None:
    desk = Desk()
    desk.merge(A, B)
    before = dict(desk.items)
    assert desk.merge(A, B) == {A: ()}
    assert desk.items == before


def test_members_move_on_with_their_item_and_come_back_when_it_ends_unhandled() -> None:
    desk = Desk()
    desk.merge(A, B, "同一件事")
    moved = desk.merge(B, C)
    assert [type(event) for event in moved[A]] == [ItemMerged]
    assert (desk.row(A).merged_into, desk.row(B).merged_into) == (C, C)
    assert (desk.row(B).members, desk.row(C).members) == ((), (B, A))
    (joined, _text) = moved[C]
    assert isinstance(joined, ItemJoined)
    assert joined.members == (B, A)
    ended = desk.do(at(C, commands.transfer()))
    assert desk.states() == ["SUBMITTED", "SUBMITTED", "TRANSFERRED"]
    assert [type(one) for key in (A, B) for one in ended[key]] == [ItemUnmerged, ItemUnmerged]
    assert (desk.row(A).merged_into, desk.row(C).members) == (None, ())
    assert [one.members for one in texts(ended[C])] == [()]
    desk.merge(A, B)
    assert desk.row(B).members == (A,)


def test_a_rejection_repeated_after_the_members_came_back_leaves_them_alone() -> None:
    desk = Desk()
    desk.merge(A, B)
    desk.do(at(B, commands.reject()))
    desk.do(at(A, commands.accept()))
    assert desk.do(at(B, commands.reject())) == {B: ()}
    assert desk.row(A).state == "ACCEPTED"


@pytest.mark.parametrize("make", [commands.reject, commands.transfer, commands.merge])
def test_an_end_prepared_before_a_merge_is_tried_again(make: Any) -> None:
    desk = Desk()
    desk.merge(A, B)
    with pytest.raises(Unavailable, match="in_flight"):
        decide(desk.items[B], at(B, make()), CONTEXT)
    with pytest.raises(Unavailable, match="in_flight"):
        decide(desk.items[A], Erase(A, "somebody", "asked"), CONTEXT)


def test_the_item_that_stays_shows_the_words_of_each_member_until_they_are_erased() -> None:
    desk = Desk()
    desk.do(at(A, commands.give_back()))
    desk.do(at(A, commands.resubmit()))
    (text,) = texts(desk.merge(A, B, "同一件事")[B])
    assert text.members == (), "before acceptance"
    (text,) = texts(desk.do(at(B, commands.accept()))[B])
    (words,) = text.members
    assert (words.item_id, words.title, words.supplements) == (A, "第0件", ("新桥工业区",))
    assert (words.merged_at, words.by, words.note) == (NOW, to_text(HEAD), "同一件事")
    (later,) = texts(desk.merge(C, B)[B])
    assert [one.item_id for one in later.members] == [A, C]
    (erased,) = texts(desk.do(Erase(A, "somebody", "asked"), B)[B])
    assert [one.item_id for one in erased.members] == [C]
    assert "第0件" not in desk.items[B].text.model_dump_json()


def test_the_words_of_a_confidential_member_leave_without_its_secret_names() -> None:
    desk = Desk(firm="宏达机械有限公司", confidential=True, body="宏达机械有限公司晚上停电")
    desk.merge(A, B)
    (text,) = texts(desk.do(at(B, commands.accept()))[B])
    assert len(text.members) == 1
    assert "宏达" not in text.model_dump_json()


def test_no_words_leave_while_the_key_of_a_contact_is_lost() -> None:
    desk = Desk(contact="sealed")
    desk.merge(A, B)
    lost = (SealedContact("sealed", None),)
    (proposer,) = desk.items[B].proposers
    desk.items[B] = replace(desk.items[B], proposers=(replace(proposer, contacts=lost),))
    for act, *others in ((at(B, commands.accept()),), (Erase(A, "somebody", "asked"), B)):
        with pytest.raises(Unavailable, match="contact_sealed"):
            desk.do(act, *others)
    assert desk.do(Erase(B, "somebody", "asked"))[B], "no words are left"


def of_enterprise(item: Item, key: Id | None) -> Item:
    (one,) = item.proposers
    row = one.row.model_copy(update={"enterprise_id": key})
    return replace(item, proposers=(replace(one, row=row),))


def closed(item: Item) -> Item:
    return replace(item, progress=ProgressRow(key=item.row.key, is_closed=True))


@pytest.mark.parametrize(
    "change",
    [
        closed,
        lambda item: update(item, state="REJECTED"),
        lambda item: update(item, erased_at=NOW),
        lambda item: of_enterprise(item, None),
        lambda item: of_enterprise(item, enterprise_id("914403001922038216")),
    ],
)
def test_only_an_open_item_of_the_same_enterprise_takes_another_in(change: Any) -> None:
    desk = Desk()
    desk.items[B] = change(desk.items[B])
    with pytest.raises(Refused, match="merge_target"):
        desk.merge(A, B)
    with pytest.raises(Refused, match="merge_target"):
        desk.merge(A, A)


@pytest.mark.parametrize("hidden", [A, B], ids=["merged", "stays"])
def test_a_confidential_item_is_not_merged_with_an_open_one(hidden: Id) -> None:
    desk = Desk()
    desk.items[hidden] = update(desk.items[hidden], confidential=True)
    with pytest.raises(Conflict, match="merge_confidential"):
        desk.do(Merge(A, CHIEF, MergeBody(into=UUID(bytes=B), name_unknown_confirmed=True)), B)
    assert desk.states() == ["SUBMITTED"] * 3


def test_two_items_without_a_registered_enterprise_are_the_same_if_the_head_says_so() -> None:
    desk = Desk(enterprise_code=None)
    with pytest.raises(Refused, match="same_firm_unconfirmed"):
        desk.merge(A, B)
    of_deputies = Desk(enterprise_code=None, source_kind="deputy", deputy_id=UUID(bytes=DEPUTY))
    with pytest.raises(Refused, match="merge_target"):
        of_deputies.merge(A, B, same_firm=True)
    desk.merge(A, B, same_firm=True)
    assert desk.states() == ["SUBMITTED" if key != A else "MERGED" for key in (A, B, C)]


def with_names(key: Id) -> StationCommand:
    """Submit an item whose words name who raised it."""
    body = "宏达机械的李大山反映停电"
    return at(key, commands.submit(body=body, proposer="李大山", firm="宏达机械有限公司"))


def named_desk() -> Desk:
    """Let one item name who raised it, and another that person too."""
    desk = Desk(body="和李大山说的一样")
    blank = Item(ItemRow(key=A), TextRow(key=A))
    item = after(with_names(A), item=blank)
    words = {"body": f"{item.text.body}，老地方", "spare_masks": ("老地方",)}
    desk.items[A] = replace(item, text=item.text.model_copy(update=words))
    return desk


def test_the_protection_of_an_item_covers_what_was_merged_into_it() -> None:
    desk = named_desk()
    desk.merge(A, B)
    protected = desk.do(at(B, commands.protect()))
    assert desk.row(A).confidential
    assert [type(event) for event in protected[A]] == [ItemProtected, ItemText]
    assert desk.do(at(B, commands.protect())) == {B: ()}
    (text,) = texts(desk.do(at(B, commands.accept(name_unknown_confirmed=True)))[B])
    assert len(text.members) == 1
    for name in ("李大山", "宏达", "老地方"):
        assert name not in text.model_dump_json()


def test_what_was_merged_into_a_confidential_item_hides_its_names_there_too() -> None:
    desk = named_desk()
    desk.items |= {key: update(desk.items[key], confidential=True) for key in (A, B)}
    desk.do(Merge(A, CHIEF, MergeBody(into=UUID(bytes=B), name_unknown_confirmed=True)), B)
    (text,) = texts(desk.do(at(B, commands.accept(name_unknown_confirmed=True)))[B])
    assert "李大山" not in text.body


def test_a_protection_prepared_before_a_merge_is_tried_again() -> None:
    desk = Desk()
    desk.merge(A, B)
    with pytest.raises(Unavailable, match="in_flight"):
        decide(desk.items[B], at(B, commands.protect()), CONTEXT)


def long_items(body: str) -> Desk:
    """Three items with as many words as each may have."""
    desk = Desk(body=body)
    for key in (A, B, C):
        for n in range(4):
            desk.do(at(key, commands.supplement(words=f"{n}{body}"[:8000])))
    return desk


def test_no_more_words_are_merged_into_an_item_than_leave_with_it_in_one_event() -> None:
    desk = long_items("字" * 7_980)
    desk.merge(A, B)
    with pytest.raises(Conflict, match="merge_too_long") as refused:
        desk.merge(C, B)
    assert in_both(refused.value, "intake")
    assert desk.states() == ["MERGED", "SUBMITTED", "SUBMITTED"]
    (text,) = texts(desk.do(at(B, commands.accept()))[B])
    assert len(text.members) == 1
    assert 200_000 < len(text.model_dump_json().encode()) < MAX_EVENT_BYTES
    with pytest.raises(Conflict, match="merge_too_long"):
        desk.merge(C, B)


def test_the_most_that_may_be_merged_is_decided_to_the_byte() -> None:
    for more, fits in ((0, True), (1, False)):
        desk = long_items("\U00020bb7" * 7_990)
        words = sum(
            len(one.encode())
            for one in (desk.items[A].text.title, desk.items[A].text.body,
                        *desk.items[A].text.supplements)
        )  # fmt: skip
        wide, narrow = divmod(MAX_MEMBERS_BYTES - words + more, 4)
        note = "\U00020bb7" * wide + "a" * narrow
        assert 0 < len(note) <= 2_000
        if fits:
            desk.merge(A, B, note)
            (text,) = texts(desk.do(at(B, commands.accept()))[B])
            assert len(text.model_dump_json().encode()) < MAX_EVENT_BYTES
        else:
            with pytest.raises(Conflict, match="merge_too_long"):
                desk.merge(A, B, note)

"""The search: whoever may see a case finds it in every state, by number, words, unit or place."""

from collections.abc import Mapping
from itertools import product
from random import Random

import pytest

from services.tracker import store
from services.tracker.domain.search import query_of
from shared.contracts.envelope import Event, Tombstone
from shared.contracts.intake import (
    ItemMerged,
    ItemRejected,
    ItemText,
    ItemTransferred,
    MemberWords,
)
from shared.directory.snapshot import Directory
from shared.ids import Id, named_id, to_text
from shared.rights import RowScope
from shared.text import fold
from tests.support.shanghai import at
from tests.support.tracker.acts import answer
from tests.support.tracker.desk import Desk
from tests.support.tracker.play import (
    ITEM,
    emitted_by,
    rating,
    submitted,
)

OTHERS = {name: named_id("item", name) for name in ("rejected", "transferred", "merged")}
BODY = "申请ＣＮＣ机床专线，\n已等６０天；Tesla 供应商催货"
EVERY_WAY = {
    "number": ("331004102-2022-418", "331004102-2022", "３３１００４１０２－２０２２"),
    "title": ("增容排队", "排", "园区 投产"),
    "body": ("cnc机床", "CNC", "专线，已等", "已等60天", "ＴＥＳＬＡ", "tesla供应商"),
    "unit": ("供电公司", "区 供电", "路桥区供电公司"),
    "place": ("金清镇",),
}
NOT_FOUND = ("增容_排队", "100%", "排队排队", "天tesla", "418", "331004103", "经信局", "投产申请")
"""The last is no part of one text: it reaches from the title into the body."""


SIGNS = "企业用电ａßİΣ１㎡-𠀀𪚥\U0010ffff"


def words(
    title: str = "园区用电增容排队，新设备无法投产", body: str = BODY, **more: object
) -> Event:
    values = emitted_by("station", "2022-09-05") | {"title": title, "body": body} | more
    return ItemText.model_validate(values)


@pytest.fixture
async def searched(given: Desk) -> Desk:
    """A dispatched case whose words can be searched."""
    await given.hear(words())
    await given.index()
    return given


async def found(desk: Desk, who: str, typed: str) -> list[str]:
    answer = await desk.get(who, f"/v1/items?q={typed.replace('%', '%25')}")
    assert answer.status_code == 200, answer.text
    return [one["item_id"] for one in answer.json()["items"]]


async def test_a_case_is_found_by_everything_it_is_known_by(searched: Desk) -> None:
    for typed in (typed for ways in EVERY_WAY.values() for typed in ways):
        assert await found(searched, "dispatcher", typed) == [to_text(ITEM)], typed
    for typed in NOT_FOUND:
        assert await found(searched, "dispatcher", typed) == [], typed


async def test_the_grams_of_a_text_hold_those_of_its_parts(given: Desk) -> None:
    chance = Random(7)
    texts = [fold("".join(chance.choices(SIGNS, k=30))) for _ in range(1_000)]
    parts = [text[chance.randrange(20) :][: chance.randint(1, 4)] for text in texts]
    held = await given.sql(
        "SELECT grams(text, true) @> grams_of_words(ARRAY[part]) AS whole,"
        " cardinality(grams_of_words(ARRAY[part])) AS n, length(part) AS length"
        " FROM unnest($1::text[], $2::text[]) AS t (text, part) WHERE part <> ''",
        texts,
        parts,
    )
    assert len(held) > 900
    assert all(one["whole"] for one in held)
    assert all(1 <= one["n"] <= max(1, one["length"] - 1) for one in held)
    (none,) = await given.sql("SELECT grams('增容排队', true) @> grams_of_words('{容增}') AS held")
    assert not none["held"]


async def test_the_index_finds_what_the_walk_finds(
    searched: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything is too far down to be walked to: below one case of a place that comes later."""
    await searched.hear(submitted("2022-09-06 09:00"), key=b"\xfe" * 16)
    monkeypatch.setattr(store, "WALKED", 1)
    for typed in (typed for ways in EVERY_WAY.values() for typed in ways if typed != "金清镇"):
        assert await found(searched, "dispatcher", typed) == [to_text(ITEM)], typed
    assert await found(searched, "dispatcher", "金清镇") == [to_text(b"\xfe" * 16), to_text(ITEM)]
    for typed in NOT_FOUND:
        assert await found(searched, "dispatcher", typed) == [], typed


async def test_everybody_finds_what_their_list_shows(
    searched: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = ("clerk", "head", "co_clerk", "dispatcher", "leader", "liaison", "station_head",
              "township", "stranger")  # fmt: skip
    listed = {
        who: (await searched.get(who, "/v1/items?show=all")).json()["items"] for who in people
    }
    assert [who for who in people if not listed[who]] == ["co_clerk", "stranger"]
    for walked, who in product((store.WALKED, 1), people):
        monkeypatch.setattr(store, "WALKED", walked)
        for typed in ("增容", "331004102-2022-418", "供电公司", "金清"):
            expected = [one["item_id"] for one in listed[who]]
            if (who, typed) == ("leader", "增容"):
                expected = []  # the city sees how far a county's case is, and none of its text
            assert await found(searched, who, typed) == expected, (who, typed)
    for who in ("operator", "deputy"):
        assert (await searched.get(who, "/v1/items?q=增容")).status_code == 403


async def test_every_state_is_found_and_shown(searched: Desk) -> None:
    await answer(searched)
    await searched.hear(rating("2022-09-09", "satisfied"))
    ends: Mapping[str, Event] = {
        "rejected": ItemRejected(**emitted_by("head", "2022-09-06"), reason="R4"),
        "transferred": ItemTransferred(**emitted_by("head", "2022-09-06"), channel="petition"),
        "merged": ItemMerged(**emitted_by("head", "2022-09-06"), merged_into=ITEM),
    }
    for name, key in OTHERS.items():
        await searched.hear(submitted("2022-09-05 10:00"), words(), ends[name], key=key)
    await searched.index()
    page = (await searched.page("dispatcher", "/cases?q=增容&show=open")).text
    for state in ("办结", "不予受理", "转其他渠道", "已并案"):
        assert f'<td class="c-result">{state} ' in page, state
    assert "全部状态，最新的在前" in page


async def test_words_of_a_merged_item_find_the_case_it_joined(searched: Desk) -> None:
    member = MemberWords(item_id=OTHERS["merged"], title="路灯长期不亮", body="夜班不安全",
                         merged_at=at("2022-09-06"), by="head")  # fmt: skip
    await searched.hear(words(members=[member]))
    await searched.index()
    assert await found(searched, "clerk", "路灯 夜班") == [to_text(ITEM)]


async def test_erased_words_are_found_no_more_and_kept_nowhere(searched: Desk) -> None:
    await searched.hear(Tombstone(**emitted_by("intake", "2022-09-09"), text=ItemText))
    await searched.index()
    assert await found(searched, "dispatcher", "增容") == []
    assert await searched.count("search_text", "search_pending") == {
        "search_text": 0, "search_pending": 0,
    }  # fmt: skip
    assert await found(searched, "dispatcher", "331004102-2022-418") == [to_text(ITEM)]


async def test_words_not_searchable_yet_are_owned_up_to(searched: Desk) -> None:
    await searched.move("2022-09-08 10:00")
    await searched.hear(words(title="厂门口雨后积水"))
    await searched.move("2022-09-08 10:05")
    page = (await searched.page("dispatcher", "/cases?q=积水")).text
    assert "另有1件刚收到或刚改动，还查不到其中的文字" in page
    assert "没有找到" in page
    async with searched.service.db.begin() as tx:
        (lag,) = await tx.fetch(store.SEARCH_LAG.sql, tx.now)
    assert 290 < float(lag["value"]) < 330  # the clock runs on between the two
    await searched.index()
    page = (await searched.page("dispatcher", "/cases?q=积水")).text
    assert ("厂门口雨后积水" in page, "还查不到" in page) == (True, False)


async def test_pages_follow_each_other_without_a_gap(
    searched: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = sorted((bytes([n]) * 16 for n in range(0x20, 0x2A)), reverse=True)
    for key in keys:
        await searched.hear(submitted("2022-09-05 10:00"), words(title="同一件事"), key=key)
    await searched.index()
    query, at_all = query_of("同一件", Directory()), store.Places(["331004102"])
    for walked in (store.WALKED, 4, 1):
        monkeypatch.setattr(store, "WALKED", walked)
        seen: list[Id] = []
        while True:
            async with searched.service.db.begin() as tx:
                last = seen[-1] if seen else store.FROM_START
                await store.search_as(tx, RowScope(codes={"texts": at_all.divisions}, keys={}))
                more = await store.search(tx, at_all, query, last, 3)
            seen += more
            if not more:
                break
        assert seen == keys, walked


async def test_a_text_changed_while_it_is_indexed_is_indexed_again(searched: Desk) -> None:
    """Its key waits anew, even though the indexer took it before."""
    await searched.hear(words(title="先前"))
    async with searched.service.db.begin() as tx:
        assert await store.index_texts(tx, 10) == 1
    await searched.hear(words(title="后来"))
    await searched.index()
    assert await found(searched, "clerk", "先前") == []
    assert await found(searched, "clerk", "后来") == [to_text(ITEM)]


async def test_a_search_says_which_texts_it_left_out(searched: Desk) -> None:
    for who, left_out in (("leader", True), ("dispatcher", False), ("clerk", False)):
        page = (await searched.page(who, "/cases?q=增容")).text
        assert ("没有查其中的事项和正文" in page) is left_out, who


@pytest.mark.parametrize(
    ("typed", "why"), [("%E2%80%8B", "至少要写一个看得见的字。"), ("长" * 41, "最多写40个字。")]
)
async def test_what_cannot_be_searched_for_is_said_above_the_list(
    searched: Desk, typed: str, why: str
) -> None:
    page = await searched.page("dispatcher", f"/cases?q={typed}")
    assert (page.status_code, f"没有查找：{why}" in page.text) == (422, True)
    assert to_text(ITEM) in page.text
    assert why in (await searched.get("dispatcher", f"/v1/items?q={typed}")).text

"""The trail of a case: who did what, when, before and after; on a page, in pieces, as a file."""

import csv
import io

import pytest

from services.tracker.console import trail
from shared.contracts.intake import ItemErased
from shared.contracts.router import FormerName, ObjectionRefused
from shared.features import trail as trail_pages
from shared.ids import named_id, to_text
from shared.tables.files import decoded, unguarded
from shared.tables.workbook import as_csv
from tests.support.refusals import problem
from tests.support.shanghai import at
from tests.support.tracker.acts import answer
from tests.support.tracker.desk import NAMES, Desk, person_id
from tests.support.tracker.play import ITEM, TASK, UNIT, accepted, dispatched, rating, submitted

TRAIL = f"/items/{to_text(ITEM)}/trail"
NOTHING = f"/items/{to_text(named_id('item', 'none'))}/trail"
COLUMNS = ("时间（北京时间）", "谁", "代码", "做了什么", "关于", "内容", "原为", "现为", "记录位置",
           "事件编号", "校验值")  # fmt: skip


async def rows(desk: Desk, who: str = "clerk") -> list[dict[str, str]]:
    """Take the trail away as a file and read it."""
    got = await desk.get(who, f"{TRAIL}.csv")
    assert got.headers["content-type"] == "text/csv; charset=utf-8"
    assert got.headers["content-disposition"].startswith("attachment; filename=")
    return read(decoded(got.content))


def read(text: str) -> list[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(text))
    assert set(COLUMNS) <= set(reader.fieldnames or ())
    return [{column: unguarded(row[column].strip()) for column in COLUMNS} for row in reader]


async def test_each_act_is_told_with_its_actor_and_what_it_changed(given: Desk) -> None:
    await answer(given)
    await given.hear(rating("2022-09-09", "satisfied"))
    told = await rows(given)
    clerk, head = ((NAMES[who], to_text(person_id(who))) for who in ("clerk", "head"))
    for act, who, content, before, after in (
        ("已签收", clerk, "进度", "待签收", "办理中"),
        ("联系提出人", clerk, "方式", "", "电话"),
        ("起草答复，待签发", clerk, "进度", "办理中", "待签发"),
        ("答复", head, "进度", "待签发", "已答复，待评价"),
        ("答复", head, "结果", "", "已解决"),
        ("办结", ("提出人", "proposer"), "进度", "", "办结"),
    ):
        (line,) = [one for one in told if (one["做了什么"], one["内容"]) == (act, content)]
        assert (line["谁"], line["代码"], line["原为"], line["现为"]) == (*who, before, after)
    said = await given.sql("SELECT topic, seq, hash FROM outbox WHERE key = $1 ORDER BY id", ITEM)
    assert list(dict.fromkeys((one["记录位置"], one["校验值"]) for one in told)) == [
        (f"{row['topic']}:{row['seq']}", row["hash"]) for row in said
    ]


async def test_a_refused_objection_stands_on_the_case_and_in_its_trail(given: Desk) -> None:
    await given.act("head", "object", {"reason": "由市政公司负责"})
    assert "由交办机关审定" in (await given.page("head", f"/items/{to_text(ITEM)}")).text
    decider = {"division_code": "331004102", "actor": to_text(person_id("dispatcher"))}
    refusal = ObjectionRefused(
        **decider, occurred_at=at("2022-09-08 11:00"), task_id=TASK, reason="studied"
    )
    await given.hear(refusal)
    text = (await given.page("head", f"/items/{to_text(ITEM)}")).text
    assert "不同意退办，由区供电公司继续办理" in text
    assert f"区人大代表工委 {NAMES['dispatcher']}" in text
    assert "由交办机关审定" not in text
    told = await rows(given)
    (back,) = [one for one in told if one["做了什么"] == "退回交办机关"]
    assert back["现为"] == "退办审核中"
    line = told[-1]
    assert (line["谁"], line["关于"], line["现为"]) == (NAMES["dispatcher"], "区供电公司", "办理中")
    assert (line["做了什么"], line["原为"]) == ("不同意退办，继续办理", "退办审核中")


async def test_the_city_sees_how_far_a_countys_case_is_but_no_text(given: Desk) -> None:
    """Not on the page, in a list, in an answer to a program, in the trail or its file."""
    await answer(given)
    item, number = to_text(ITEM), "331004102-2022-418"
    for who, reads in (("dispatcher", True), ("leader", False)):
        pages = [(await given.page(who, path)).text for path in (f"/items/{item}", TRAIL)]
        assert [("没有上报到市级" in page) for page in pages] == [not reads] * 2
        lists = [(await given.page(who, path)).text for path in (f"/items/{item}/brief", "/cases")]
        answers = [await given.get(who, path) for path in (f"/v1/items/{item}", "/v1/items")]
        for text in (*pages, *lists, *(one.text for one in answers), str(await rows(given, who))):
            written = [one for one in ("新设备", "本周接通", "约定现场查看") if one in text]
            assert bool(written) is reads, (who, written, text[:80])
            assert reads or number in text or "电话" in text
    await given.sql("UPDATE \"case\" SET owner_level = 'city'")
    assert "希望明确增容接入时间" in (await given.page("leader", f"/items/{item}")).text


async def test_a_workbook_says_the_same_and_no_cell_is_a_formula(given: Desk) -> None:
    note = {"channel": "phone", "note": "=cmd|' /C calc'!A0"}
    await given.act("clerk", "sign")
    await given.act("clerk", "contact", note)
    plain = (await given.get("clerk", f"{TRAIL}.csv")).content
    assert "'=cmd" in decoded(plain)
    assert "2022-09-08 09:30:00" in decoded(plain), "the time of Shanghai, as the page shows it"
    assert "+00:00" not in decoded(plain)
    book = await given.get("clerk", f"{TRAIL}.xlsx")
    assert read(await as_csv(book.content)) == await rows(given)


async def test_the_page_and_its_piece_show_the_latest_first_and_page(given: Desk) -> None:
    await answer(given)
    page = (await given.page("clerk", TRAIL)).text
    assert "<h1>办理记录</h1>" in page
    assert page.index("起草答复，待签发") < page.index("已签收")
    assert "进度：原为待签收，现为办理中" in page
    assert ": was " in (await given.page("dispatcher", TRAIL, "en")).text
    async with await given.client("clerk") as client:
        path = f"/tracker{TRAIL}"
        piece = (await client.get(path, headers={"HX-Request": "true"})).text
        assert ("<html" in piece, "进度：原为待签收，现为办理中" in piece) == (False, True)
        assert "这里还没有记录。" in (await client.get(f"{path}?page=50")).text
        for wrong in (f"{path}?page=0", f"{path}.pdf"):
            assert (await client.get(wrong)).status_code == 422


async def test_who_may_not_see_the_case_is_told_what_is_said_of_no_case(given: Desk) -> None:
    for who in ("stranger", "co_clerk", "operator"):
        for form in ("", ".csv", ".xlsx"):
            got = await given.get(who, f"{TRAIL}{form}")
            nothing = await given.get(who, f"{NOTHING}{form}")
            assert problem(got) in ((404, "not_found"), (403, "not_yours"))
            assert got.json() | {"trace": ""} == nothing.json() | {"trace": ""}
    assert await given.taken(ITEM) == [], "who gets no file looks at nothing"
    await rows(given)
    assert [who for who, _place in await given.taken(ITEM)] == [person_id("clerk")]


async def test_erased_words_show_as_erased_and_the_acts_stay(given: Desk) -> None:
    await answer(given)
    assert "约定现场查看" in str(await rows(given))
    gone = ItemErased(
        occurred_at=at("2022-09-08 12:00"), division_code="331004102", actor="officer-7",
        reason="asked",
    )  # fmt: skip
    await given.hear(gone)
    told = await rows(given)
    assert "约定现场查看" not in str(told)
    assert "写下的文字，已按规定删除" in {one["做了什么"] for one in told}
    assert [one["谁"] for one in told if one["做了什么"] == "文字删除"] != []
    assert NAMES["clerk"] in {one["谁"] for one in told if one["做了什么"] == "已签收"}


async def test_a_long_trail_is_cut_at_a_number_that_is_stated(
    given: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await answer(given)
    monkeypatch.setattr(trail, "MAX_ROWS", 2)
    monkeypatch.setattr(trail_pages, "MAX_ROWS", 2)
    told = await rows(given)
    assert told[0]["时间（北京时间）"] == "只列出最近2条"
    last = await given.sql("SELECT seq FROM outbox WHERE key = $1 ORDER BY id DESC LIMIT 2", ITEM)
    places = {one["记录位置"].rpartition(":")[2] for one in told[1:]}
    assert places == {str(row["seq"]) for row in last}
    assert "只列出最近2条" in (await given.page("clerk", TRAIL)).text


async def test_of_a_confidential_case_nobody_is_named_by_their_rating(desk: Desk) -> None:
    hidden = accepted("2022-09-05 15:40", confidential=True)
    await desk.hear(submitted("2022-09-05 09:12"), hidden, dispatched("2022-09-08 09:30"))
    await answer(desk)
    proposer = to_text(person_id("co_clerk"))
    rated = rating("2022-09-09", "satisfied").model_copy(update={"actor": proposer})
    await desk.hear(rated)
    told = await rows(desk)
    assert proposer not in str(told)
    for act in ("提出人评价", "办结"):
        assert {one["谁"] for one in told if one["做了什么"] == act} == {"提出人或联络站"}
    page = (await desk.page("clerk", f"/items/{to_text(ITEM)}")).text
    assert ("提出人评价" in page, "co_clerk" in page) == (True, False)


async def test_after_a_rename_the_past_keeps_the_names_of_its_day(given: Desk) -> None:
    await given.act("clerk", "sign")
    directory = given.service.copy.snapshot
    renamed = []
    for key, entry in (
        (UNIT, directory.unit(UNIT)),
        (person_id("clerk"), directory.person(person_id("clerk"))),
    ):
        assert entry is not None
        label = {
            "name": f"新{entry.name}",
            **({"short_name": f"新{entry.name}"} if key == UNIT else {}),
        }
        former = (FormerName(name=entry.name, until=at("2022-09-10 09:00")),)
        renamed.append((key, entry.model_copy(update=label | {"former_names": former})))
    await given.hear_all(renamed)
    await given.service.copy.refresh()
    (signed,) = [
        one for one in await rows(given) if one["内容"] == "进度" and one["做了什么"] == "已签收"
    ]
    unit, clerk = "区供电公司（现新区供电公司）", f"{NAMES['clerk']}（现新{NAMES['clerk']}）"
    assert (signed["谁"], signed["关于"]) == (clerk, unit)
    page = (await given.page("clerk", f"/items/{to_text(ITEM)}")).text
    for shown in (f"交办：主办{unit}", f"{unit} {clerk}"):
        assert shown in page, shown
    english = (await given.page("dispatcher", TRAIL, "en")).text
    assert "区供电公司 (now 新区供电公司)" in english

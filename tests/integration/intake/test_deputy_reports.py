"""What a deputy takes along: results of their division without names, and their own year."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from docx import Document

from shared.calendar import local_day
from shared.contracts.codes import RatingChannel, RatingResult
from shared.ids import Id, from_text, to_text
from tests.support.intake.desk import HEAD_ID, Desk, HeadedStation, an_activity, an_item
from tests.support.intake.replies import close
from tests.support.intake.sources import FIRM, register
from tests.support.intake.stations import CREDIT_CODE, DEPUTY
from tests.support.officers import inputs

OWN: dict[str, Any] = {"source_kind": "deputy", "deputy_id": to_text(DEPUTY)}
YEAR = local_day(datetime.now(UTC)).year


async def closed(
    desk: Desk,
    station: HeadedStation,
    rating: RatingResult | None = None,
    channel: RatingChannel = "web",
    **changes: Any,
) -> Id:
    """Let an item be accepted, answered, maybe rated, and closed."""
    item_id = (await station.submit(an_item(**changes))).json()["item_id"]
    release = {"name_unknown_confirmed": True}
    done = await desk.post("station_head", f"/v1/items/{item_id}/accept", release)
    assert done.status_code == 200, done.text
    key = from_text(item_id)
    await close(desk, key, rating, channel)
    return key


async def test_results_name_no_firm_and_show_nothing_secret(
    desk: Desk, station: HeadedStation
) -> None:
    await register(desk)
    before = await figures(desk)
    firm: dict[str, Any] = {"enterprise_code": CREDIT_CODE}
    await closed(desk, station, "satisfied", "phone", title=f"{FIRM}门口的路灯不亮", **firm)
    await closed(desk, station, "satisfied", title="保密的路灯", confidential=True, **firm)
    await closed(desk, station, title="没有登记的企业的路灯")
    page = (await desk.page("deputy", "/deputy/results")).text
    assert "门口的路灯不亮" in page
    assert "本周接通" in page
    for words in (FIRM, "保密的路灯", "没有登记的企业的路灯"):
        assert words not in page
    after = await figures(desk)
    assert [new - old for new, old in zip(after, before, strict=True)] == [3, 3, 2, 1]


FIGURES = ("Received", "Answered", "Satisfied", "Of the ratings, given on a call-back")


async def figures(desk: Desk) -> list[int]:
    """Read some numbers off the page."""
    page = (await desk.page("deputy", "/deputy/results", "en")).text
    return [int(_figure(page, name)) for name in FIGURES]


def _figure(page: str, name: str) -> str:
    after = page.split(f"<dt>{name}</dt>")[1]
    return after.split('counted">')[1].split("<")[0].replace(",", "")


async def test_a_year_holds_what_a_deputy_did_and_says_what_it_leaves_out(
    desk: Desk, station: HeadedStation
) -> None:
    await register(desk)
    await closed(desk, station, title=f"{FIRM}旁边积水", enterprise_code=CREDIT_CODE, **OWN)
    item_id = await station.submit(an_item(title="等受理的一件", enterprise_code=..., **OWN))
    await closed(desk, station, title="保密的积水", confidential=True,
                 enterprise_code=CREDIT_CODE, **OWN)  # fmt: skip
    assert item_id.status_code == 201
    gone = (await station.submit(an_item(title="撤回的一件", **OWN))).json()["item_id"]
    assert (await desk.post("deputy", f"/v1/items/{gone}/withdraw", {})).is_success
    assert (await station.hold(an_activity(kind="inspection"))).status_code == 201
    page = (await desk.page("deputy", "/deputy/year")).text
    for words in ("旁边积水", "等受理的一件", "本周接通", "视察：路桥区新桥镇", "1件没有列入"):
        assert words in page
    for words in (FIRM, "保密的积水", "撤回的一件"):
        assert words not in page
    assert "下一年" not in page
    before = (await desk.page("deputy", f"/deputy/year?year={YEAR - 1}")).text
    assert "旁边积水" not in before
    assert "下一年" in before


async def test_a_reply_to_merged_items_names_nobody_who_raised_any_of_them(
    desk: Desk, station: HeadedStation
) -> None:
    await register(desk)
    firm: dict[str, Any] = {"enterprise_code": CREDIT_CODE}
    asker = {"contact": {"name": "王国强", "phone": "13812341234"}}
    named = an_item(title="并入的一件", **firm, **OWN), an_item(title="大家的路灯", **firm, **asker)
    own, main = [(await station.submit(one)).json()["item_id"] for one in named]
    assert (await station.act(own, "merge", {"into": main}, HEAD_ID)).status_code == 200
    assert (await station.act(main, "accept", {}, HEAD_ID)).status_code == 200
    await close(desk, from_text(main), plain=f"{FIRM}的王国强说已经亮了")
    pages = [(await desk.page("deputy", f"/deputy/{name}")).text for name in ("year", "results")]
    assert ["并入的一件" in pages[0], "大家的路灯" in pages[1]] == [True, True]
    for page in pages:
        assert "说已经亮了" in page
        assert not [name for name in (FIRM, "王国强") if name in page]
    await desk.sql("UPDATE item SET confidential = true WHERE key = $1", from_text(main))
    assert "说已经亮了" not in (await desk.page("deputy", "/deputy/year")).text


async def test_the_year_is_taken_along_as_a_document_with_own_words(
    desk: Desk, station: HeadedStation
) -> None:
    await register(desk)
    await closed(desk, station, title=f"{FIRM}后面停电", enterprise_code=CREDIT_CODE, **OWN)
    form = inputs((await desk.page("deputy", "/deputy/year")).text)
    answer = await desk.send(
        "deputy", f"/deputy/year?year={YEAR}", form | {"words": "我会继续跟进"}
    )
    assert answer.headers["content-disposition"] == f'attachment; filename="deputy-{YEAR}.docx"'
    document = Document(BytesIO(answer.content))
    assert (await desk.send("deputy", "/deputy/year", form | {"words": ""})).is_success
    text = "\n".join(one.text for one in document.paragraphs)
    assert text.startswith(f"代表{YEAR}年履职情况")
    for words in ("后面停电", "本周接通", "已办结：", "我想对选民说的\n我会继续跟进"):
        assert words in text
    assert FIRM not in text
    long = await desk.send("deputy", "/deputy/year", form | {"words": "字" * 2001})
    assert (long.status_code, 'id="e-words"' in long.text) == (422, True)


@pytest.mark.parametrize("year", ["1", "99999"])
async def test_a_year_of_nowhere_is_led_back_into_the_calendar(desk: Desk, year: str) -> None:
    assert (await desk.page("deputy", f"/deputy/year?year={year}")).status_code == 200

"""Reports without an account: bad input first, then one report however often it is sent."""

import asyncio
import re

import pytest

from deploy.local.servers import Servers
from services.intake.domain.public_report import headline
from shared.ids import to_text
from tests.support.intake.desk import Desk, open_desk, settings_for
from tests.support.intake.visitors import (
    TEXT,
    a_visitor,
    item_behind,
    reported,
    the_form,
    words_of,
)
from tests.support.servers import fresh_database


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"text": " "}, "text", "这一项没有填"),
        ({"text": "字" * 4001}, "text", "最多写4,000个字"),
        ({"text": "\u202e反的"}, "text", ""),
        ({"firm": "名" * 61}, "firm", "最多写60个字"),
        ({"contact_phone": "12"}, "contact_phone", "请填11位手机号"),
        ({"contact_phone": "13812341234"}, "contact_name", "至少要写1个字"),
        ({"id": "nonsense"}, "id", ""),
        ({"secret": "short"}, "secret", ""),
        ({"odd": "x"}, "odd", ""),
    ],
    ids=lambda one: next(iter(one)) if isinstance(one, dict) else None,
)
async def test_every_refusal_names_what_is_wrong_and_keeps_the_text(
    desk: Desk, changes: dict[str, str], field: str, words: str
) -> None:
    before = await desk.stored()
    async with a_visitor(desk) as visitor:
        form = await the_form(visitor, firm="宏力达")
        answer = await visitor.post("/intake/report/XQ01", data=form | changes)
    assert answer.status_code == 422
    assert words in answer.text
    assert f'id="e-{field}"' in answer.text or field in ("id", "secret", "odd")
    assert "宏力达" in answer.text or field == "firm"
    assert await desk.stored() == before


async def test_the_form_of_nobodys_station_is_not_there(desk: Desk) -> None:
    async with a_visitor(desk) as visitor:
        for code in ("NONE", "..%2f", "x" * 60):
            answer = await visitor.get(f"/intake/report/{code}")
            assert answer.status_code in {404, 422}, code


async def test_sent_twice_at_once_and_again_it_is_one_item_with_one_link(desk: Desk) -> None:
    async with a_visitor(desk) as visitor:
        form = await the_form(visitor)
        answers = await asyncio.gather(
            *(visitor.post("/intake/report/XQ01", data=form) for _ in range(3))
        )
        paths = {answer.headers["location"] for answer in answers}
        assert len(paths) == 1
        path = await reported(visitor, form)
        assert paths == {f"{path}?new=1"}
        key = await item_behind(desk, path)
        assert await desk.emitted(key) == ["item.submitted", "item.text"]
        changed = await visitor.post("/intake/report/XQ01", data=form | {"text": "另一件事"})
        assert (changed.status_code, "这件已经收到" in changed.text) == (409, True)
        assert path in changed.text


async def test_who_knows_only_the_text_of_a_report_changes_nothing_of_it(desk: Desk) -> None:
    async with a_visitor(desk, "203.0.113.8") as visitor:
        form = await the_form(visitor, contact_name="王小明", contact_phone="13812341234")
        key = await item_behind(desk, await reported(visitor, form))
        other = await the_form(visitor)
        again = form | {"secret": other["secret"], "contact_phone": "13900000000"}
        answer = await visitor.post("/intake/report/XQ01", data=again)
    assert (answer.status_code, other["secret"] in form.values()) == (409, False)
    (row,) = await desk.sql("SELECT cardinality(sealed) AS n FROM proposer WHERE key = $1", key)
    assert row["n"] == 1, "the contact is the first one"


async def test_a_firm_that_is_typed_is_masked_once_the_source_is_protected(desk: Desk) -> None:
    async with a_visitor(desk, "203.0.113.8") as visitor:
        form = await the_form(visitor, text="宏力达厂门口积水。", firm="宏力达")
        key = await item_behind(desk, await reported(visitor, form))
    item_id, protect = to_text(key), {"confirmed": True}
    accepted = await desk.post("station_head", f"/v1/items/{item_id}/accept", {})
    assert accepted.is_success
    assert (await desk.post("station_head", f"/v1/items/{item_id}/protect", protect)).is_success
    out = await desk.sql(
        "SELECT convert_from(payload, 'UTF8') AS said FROM outbox "
        "WHERE key = $1 AND type = 'item.text' ORDER BY id", key,
    )  # fmt: skip
    assert ["宏力达" in row["said"] for row in out][-2:] == [True, False]


async def test_the_receipt_says_what_comes_next_and_keeps_the_link(desk: Desk) -> None:
    async with a_visitor(desk) as visitor:
        path = await reported(visitor, await the_form(visitor))
        page = await visitor.get(f"{path}?new=1")
    words = words_of(page.text)
    assert "已收到" in words
    assert "等联络站受理" in words
    assert f"https://jianyi.test{path}" in words
    assert "data:image/svg+xml" in page.text
    assert "110" in words
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert "noindex" in page.headers["x-robots-tag"]


async def test_what_a_stranger_names_stays_with_the_station_if_they_wish(desk: Desk) -> None:
    async with a_visitor(desk) as visitor:
        form = await the_form(
            visitor, text="宏力达厂门口积水。", firm="宏力达", confidential="yes",
            contact_name="王小明", contact_phone="13812341234",
        )  # fmt: skip
        key = await item_behind(desk, await reported(visitor, form))
    (text,) = await desk.sql("SELECT title, body, masks FROM item_text WHERE key = $1", key)
    assert (text["title"], text["masks"]) == ("宏力达厂门口积水", ["宏力达"])
    out = await desk.sql(
        "SELECT convert_from(payload, 'UTF8') AS said FROM outbox WHERE key = $1", key
    )
    assert not any("宏力达" in row["said"] or "13812341234" in row["said"] for row in out)
    item_id = to_text(key)
    preview = await desk.post("station_head", f"/v1/items/{item_id}/preview", {"mask": []})
    assert preview.json()["name_unknown"] is True
    assert "宏力达" not in preview.text


async def test_one_station_takes_so_many_reports_a_day_and_those_sent_again(desk: Desk) -> None:
    settings = desk.settings.reports_per_day
    async with a_visitor(desk) as visitor:
        form = await the_form(visitor, "NC01")
        path = await reported(visitor, form, "NC01")
        key = await item_behind(desk, path)
        await desk.sql(
            "INSERT INTO item (key, source_kind, station_id, received_at, state) "
            "SELECT gen_random_uuid(), 'scan', station_id, received_at, 'SUBMITTED' FROM item, "
            "generate_series(1, $2::integer) WHERE key = $1",
            key,
            settings,
        )
        assert await reported(visitor, form, "NC01") == path
        more = await visitor.post("/intake/report/NC01", data=await the_form(visitor, "NC01"))
    assert (more.status_code, int(more.headers["retry-after"]) > 0) == (429, True)
    assert TEXT in more.text


async def test_one_network_does_not_use_up_what_a_station_takes(servers: Servers) -> None:
    few = {"INTAKE_REPORTS_PER_NETWORK_AND_DAY": 2}
    async with fresh_database(servers.dsn) as dsn, open_desk(settings_for(dsn, **few)) as desk:
        async with (
            a_visitor(desk, "2001:db8:1:1::1") as visitor,
            a_visitor(desk, "2001:db8:1:1::2") as neighbour,
        ):
            first = await the_form(visitor)
            path = await reported(visitor, first)
            await reported(neighbour, await the_form(neighbour))
            more = await visitor.post("/intake/report/XQ01", data=await the_form(visitor))
            assert await reported(visitor, first) == path, "sent again it is the same"
            await reported(visitor, await the_form(visitor, "NC01"), "NC01")
        assert (more.status_code, int(more.headers["retry-after"]) > 0) == (429, True)
        assert TEXT in more.text
        assert "请换一个网络" in more.text
        async with a_visitor(desk, "2001:db8:1:2::1") as visitor:
            await reported(visitor, await the_form(visitor))
        assert not await desk.sql("SELECT FROM item WHERE item::text LIKE '%2001:db8%'")


async def test_one_address_may_not_report_without_end(desk: Desk) -> None:
    async with a_visitor(desk, "203.0.113.66") as visitor:
        form = await the_form(visitor)
        statuses = [
            (await visitor.post("/intake/report/XQ01", data=form | {"text": ""})).status_code
            for _ in range(desk.settings.reports_per_minute + 1)
        ]
    assert (statuses[0], statuses[-1]) == (422, 429)


def test_the_title_is_the_first_sentence_cut_at_a_mark() -> None:
    assert headline("夜间停电。影响三家企业。") == "夜间停电"
    assert headline("Power fails at 3.5 kV. Often.") == "Power fails at 3.5 kV"
    assert headline("！！") == "！！"
    long = "一" * 60 + "，" + "二" * 60 + "。"
    assert headline(long) == "一" * 60
    assert headline("字" * 300) == "字" * 100


async def test_without_a_channel_no_form_asks_for_an_address_and_administrators_are_told(
    desk: Desk,
) -> None:
    async with a_visitor(desk) as visitor:
        page = await visitor.get("/intake/report/XQ01")
        assert "contact_phone" in page.text
        assert "contact_email" not in page.text
    assert "contact_email" not in (await desk.page("station_staff", "/new")).text
    told = (await desk.page("admin", "/notices")).text
    assert told.count("不能，没有渠道") == 3
    assert ">2<" in (await desk.page("admin", "/notices/missing")).text


async def test_who_does_not_know_the_town_is_told_which_station_takes_it_and_why(
    desk: Desk,
) -> None:
    async with a_visitor(desk) as visitor:
        page = (await visitor.get("/intake/report")).text
        found = re.search(r'href="(/intake/report/XQ01\?unsure=1)">([^<]+)<', page)
        assert found
        assert "由XQ01接收" in found[2], "named before it is chosen"
        shown = words_of((await visitor.get(found[1])).text)
        assert "您说不清是哪个乡镇、街道，所以由XQ01接收，先核对地点再办" in shown
        back = (await visitor.get(found[1])).text
        assert 'href="/intake/report"' in back
        assert "您说不清" not in (await visitor.get("/intake/report/XQ01")).text

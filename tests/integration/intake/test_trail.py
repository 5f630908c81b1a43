"""What was done to an item here, and who read whose personal data: none without its line."""

import re
from typing import Any

from shared.ids import from_text, to_text
from tests.support.endpoints import endpoints
from tests.support.intake.desk import HEAD_ID, Desk, HeadedStation, an_item
from tests.support.intake.sources import (
    FIRM,
    NAME,
    PHONE,
    WHY,
    given_out,
    logged,
    raised,
    view_source,
)
from tests.support.intake.stations import CREDIT_CODE
from tests.support.officers import as_form

READS_OF_A_SOURCE = {"POST /v1/items/{item_id}/source-access", "POST /items/{item_id}/source"}


async def asked(desk: Desk, who: str, method: str, path: str) -> str:
    """Ask an address as an officer would, in every way it takes; give all that was answered."""
    async with await desk.client(who) as client:
        if method == "GET":
            pages = [await client.get(f"/intake{path}", headers=head) for head in HEADS]
            return "".join(page.text for page in pages)
        sent = {"json": WHY} if path.startswith("/v1") else {"data": as_form(WHY)}
        return (await client.post(f"/intake{path}", **sent)).text


HEADS: list[dict[str, str]] = [{"Accept": "text/html"}, {}, {"HX-Request": "true"}]


async def test_no_address_shows_who_raised_an_item_without_a_line_in_the_log(
    desk: Desk, station: HeadedStation
) -> None:
    item_id = await raised(desk, station)
    revealing = set()
    addresses = [address.rsplit(" ", 1) for address, _ in endpoints(desk.service.web)]
    for method, path in [(it, path) for methods, path in addresses for it in methods.split(", ")]:
        if method not in ("GET", "POST"):
            continue
        real = re.sub(r"\{(item_id|key)\}", item_id, path.replace("{form}", "csv"))
        real = re.sub(r"\{letter\w*\}|\{id\}", "1", real)
        before = len(await logged(desk, item_id))
        shown = await asked(desk, "dispatcher", method, real)
        if any(secret in shown for secret in (FIRM, NAME, PHONE)):
            revealing.add(f"{method} {path}")
            assert len(await logged(desk, item_id)) == before + 1, path
    assert revealing == READS_OF_A_SOURCE
    for path in (f"/intake/v1/items/{item_id}", "/intake/v1/items"):
        answer = (await station.send("GET", path)).text
        assert not any(secret in answer for secret in (FIRM, NAME, PHONE))


async def test_each_decision_is_told_with_its_reason_and_what_it_changed(
    desk: Desk, station: HeadedStation
) -> None:
    item_id = await raised(desk, station)
    back = {"reason": "missing_place", "note": "请写明哪个园区"}
    await station.act(item_id, "return", back, HEAD_ID)
    await station.act(item_id, "resubmit", {"supplement": "新桥工业区"})
    await station.act(item_id, "accept", {}, HEAD_ID)
    told = await desk.trail("committee", f"/items/{item_id}")
    for words in (
        f",{HEAD_ID},退回补充,,进度,待受理,退回补充,",
        ",退回补充,,理由,,没有写明地点,",
        ",写下的文字,,决定的说明,,请写明哪个园区,",
        ",补充后重交,,进度,退回补充,待受理,",
        ",写下的文字,,补充,,新桥工业区,",
        ",受理,,进度,待受理,已受理,",
    ):
        assert words in told, words
    english = (await desk.page("committee", f"/items/{item_id}/trail", "en")).text
    assert "The location is missing" in english


async def test_accesses_stand_in_the_trail_for_those_who_may_view_the_source(
    desk: Desk, station: HeadedStation
) -> None:
    item_id = await raised(desk, station, confidential=True)
    await view_source(desk, "dispatcher", item_id, words="=1+1核实")
    for who in ("leader", "committee", "station_head", "city"):
        told = await desk.trail(who, f"/items/{item_id}")
        assert ",查看来源,,看了什么,,电话," in told, who
        assert ("联系提出人：=1+1核实" in told) is (who != "city"), "who may not view it"
        assert "access_log:" in told
    takers = [person for person, _place in await desk.taken(from_text(item_id))]
    assert takers == [desk.person(who) for who in ("leader", "committee", "station_head", "city")]
    assert "导出文件" in await desk.trail("leader", f"/items/{item_id}"), "and who took it away"
    assert "导出文件" in (await desk.page("admin", "/access-log")).text
    for who in ("clerk", "liaison"):
        assert "查看来源" not in await desk.trail(who, f"/items/{item_id}"), who


async def test_who_may_not_know_who_raised_it_does_not_learn_it_from_who_sent_it(
    desk: Desk, station: HeadedStation
) -> None:
    item_id, sender = await raised(desk, station, confidential=True), desk.person("station_head")
    sent: dict[str, Any] = {"supplement": "新桥工业区"}
    await station.act(item_id, "return", {"reason": "unclear", "note": "哪里停电"}, HEAD_ID)
    again = await desk.post("station_head", f"/v1/items/{item_id}/resubmit", sent)
    assert again.is_success
    for who, may_know in (("clerk", False), ("dispatcher", True)):
        told = await desk.trail(who, f"/items/{item_id}")
        assert (to_text(sender) in told) is may_know
        assert ("提出人或联络站,withheld,补充后重交" in told) is not may_know


async def test_what_is_masked_later_stands_in_no_trail_of_those_who_may_not_view_the_source(
    desk: Desk, station: HeadedStation
) -> None:
    unregistered: dict[str, Any] = {"enterprise_code": "914403001922038216", "title": "停电"}
    item = an_item(confidential=True, contact={"name": "李四", "phone": PHONE}, **unregistered)
    item_id = (await station.submit(item)).json()["item_id"]
    await desk.hear_all([(from_text(item_id), given_out(item_id, "county"))])
    note = {"reason": "unclear", "note": "请宏利达补充照片"}
    await station.act(item_id, "return", note, HEAD_ID)
    assert "宏利达" not in await desk.trail("clerk", f"/items/{item_id}")
    await station.act(item_id, "resubmit", {"supplement": f"{NAME}来电"})
    assert (await station.act(item_id, "accept", {"mask": ["宏利达"]}, HEAD_ID)).is_success
    assert (await station.submit(item | {"contact": {"name": NAME, "phone": PHONE}})).is_success
    for who, may_know in (("clerk", False), ("liaison", False), ("dispatcher", True)):
        told = await desk.trail(who, f"/items/{item_id}")
        assert "请〔保密〕补充照片" in told
        assert "〔保密〕来电" in told
        assert (f"{NAME}来电" in told) is may_know, who
        assert ("只列出最近一次写下的文字" in told) is not may_know
        assert "宏利达" not in told


async def test_a_merge_names_the_item_it_went_into_by_its_number(
    desk: Desk, station: HeadedStation
) -> None:
    first = await raised(desk, station)
    again = an_item(enterprise_code=CREDIT_CODE)
    twin = (await station.submit(again)).json()["item_id"]
    await station.act(first, "accept", {}, HEAD_ID)
    await station.act(twin, "merge", {"into": first}, HEAD_ID)
    number = (await station.item(first)).json()["number"]
    assert f",并案,,并入,,{number}," in await desk.trail("committee", f"/items/{twin}")

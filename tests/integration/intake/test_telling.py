"""What proposers are told and asked by their station: recorded, and checked by a second person."""

import re
from datetime import UTC, date, datetime, timedelta

from shared.calendar import local_day
from shared.ids import from_text, to_text
from tests.support.intake.desk import Desk, HeadedStation, an_item
from tests.support.intake.replies import replied
from tests.support.intake.stations import DEPUTY
from tests.support.intake.visitors import (
    LEFT,
    a_visitor,
    accepted,
    answered,
    raised,
    ratings_of,
    words_of,
)
from tests.support.officers import inputs


def today() -> date:
    return local_day(datetime.now(UTC))


async def test_who_told_the_proposer_is_recorded_and_until_then_it_waits(desk: Desk) -> None:
    async with a_visitor(desk) as visitor:
        _path, item = await answered(desk, visitor, **LEFT)
    told = {"reply_no": 1, "channel": "phone", "day": today().isoformat()}
    assert f"/intake/items/{item}/tell" in (await desk.page("station_staff", "/")).text
    for wrong, code in (
        ({"day": "2019-01-01"}, "day_not_past"),
        ({"reply_no": 2}, "unknown_reply"),
        ({"reply_no": 0}, "no_reply_yet"),
    ):
        refused = await desk.post("station_staff", f"/v1/items/{item}/tell", told | wrong)
        assert refused.json()["code"] == code
    assert (await desk.post("station_staff", f"/v1/items/{item}/tell", told)).is_success
    assert f"/intake/items/{item}/tell" not in (await desk.page("station_staff", "/")).text
    assert "station_staff告诉提出人第1次答复：打电话" in words_of(
        (await desk.page("station_staff", f"/items/{item}")).text
    )


async def test_each_of_several_proposers_is_told_and_until_then_it_waits(
    desk: Desk, station: HeadedStation
) -> None:
    several = an_item(title="一起提的", co_proposers=[{"person_id": to_text(DEPUTY)}])
    item = (await station.submit(several)).json()["item_id"]
    release = {"name_unknown_confirmed": True}
    assert (await desk.post("station_head", f"/v1/items/{item}/accept", release)).is_success
    await replied(desk, from_text(item))
    form = f"/items/{item}/tell"
    shown = (await desk.page("station_staff", form)).text
    (first, second) = re.findall(r'<option value="([0-9a-f-]{36})"', shown.partition("告诉了谁")[2])
    typed = inputs(shown) | {"channel": "phone", "day": today().isoformat()}
    tellings = ((first, 1, True), (first, 1, True), (second, 1, False), ("", 2, False))
    for whom, reply_no, waits in tellings:
        await replied(desk, from_text(item), reply_no)
        told = typed | {"proposer_id": whom, "reply_no": str(reply_no)}
        assert (await desk.send("station_staff", form, told)).status_code == 303
        assert (f"/intake{form}" in (await desk.page("station_staff", "/")).text) == waits
    page = words_of((await desk.page("station_staff", f"/items/{item}")).text)
    assert "告诉提出人第1次答复：打电话，提出人2" in page


async def test_who_is_not_handled_here_is_told_and_until_then_it_waits(
    desk: Desk, station: HeadedStation
) -> None:
    """But for a stranger who left nothing to reach them by: they read it by their link."""
    item = (await station.submit(an_item(title="转走的一件"))).json()["item_id"]
    async with a_visitor(desk) as visitor:
        unknown = to_text((await raised(desk, visitor))[1])
        known = to_text((await raised(desk, visitor, **LEFT))[1])
    for one in (item, unknown, known):
        away = {"channel": "petition"}
        assert (await desk.post("station_head", f"/v1/items/{one}/transfer", away)).is_success

    async def waits(one: str) -> bool:
        return f"/intake/items/{one}/tell" in (await desk.page("station_head", "/")).text

    assert [await waits(one) for one in (item, unknown, known)] == [True, False, True]
    form = inputs((await desk.page("station_head", f"/items/{item}/tell")).text)
    told = form | {"channel": "visit", "day": today().isoformat()}
    told.pop("form_token", None)
    assert (await desk.send("station_head", f"/items/{item}/tell", told)).status_code == 303
    assert not await waits(item)
    page = words_of((await desk.page("station_head", f"/items/{item}")).text)
    assert "station_head告诉提出人不在这里办：上门或当面" in page


async def test_what_a_second_person_checks_shows_who_was_asked_how_and_the_reply(
    desk: Desk,
) -> None:
    async with a_visitor(desk) as visitor:
        path, item = await answered(desk, visitor)
        call = {"reply_no": 1, "result": "satisfied", "reason": "电通了"}
        call |= {"called_on": today().isoformat()}
        act = f"/items/{item}/call-back"
        refused = await desk.post("station_staff", f"/v1{act}", call)
        assert refused.json()["code"] == "number_called"
        page = (await desk.page("station_staff", act)).text
        assert "选“打电话”而没有登记电话时必填" in page
        for said in ({"number": "13912345678"}, {"channel": "visit"}):
            done = await desk.post("station_staff", f"/v1{act}", call | said)
            assert done.is_success, done.text
        form = words_of((await desk.page("station_head", f"/items/{item}/check-call-back")).text)
        assert "station_staff记录，打电话139****5678问提出人1（扫码反映的人）；原话：电通了" in form
        assert "station_staff记录，当面问提出人1（扫码反映的人）；原话：电通了" in form
        assert "最近一次答复" in form
        assert (await desk.post("station_head", f"/v1/items/{item}/check-call-back",
                                {"n": 2})).is_success  # fmt: skip
        assert "结果满意（回访）" in words_of((await visitor.get(path)).text)
    (row,) = await desk.sql("SELECT count(*) AS n FROM call_back WHERE number LIKE '%1234%'")
    assert row["n"] == 0, "only the masked number is kept"
    (fact,) = await ratings_of(desk, from_text(item))
    assert fact["channel"] == "visit"


async def test_a_call_back_is_refused_where_it_could_not_count(
    desk: Desk, station: HeadedStation
) -> None:
    async with a_visitor(desk) as visitor:
        _path, key = await raised(desk, visitor)
    await accepted(desk, key)
    item, act = to_text(key), f"/v1/items/{to_text(key)}/call-back"
    call = {"reply_no": 1, "result": "dissatisfied", "channel": "visit",
            "called_on": today().isoformat()}  # fmt: skip
    assert (await desk.post("station_staff", act, call)).json()["code"] == "unknown_reply"
    await replied(desk, key)
    long_ago = (today() - timedelta(days=3)).isoformat()
    for wrong, code in (
        ({}, "words_required"),
        ({"reason": "还在停电", "called_on": long_ago}, "called_before_reply"),
        ({"reason": "还在停电", "called_on": "2099-01-01"}, "day_not_past"),
        ({"reason": "还在停电", "proposer_id": item}, "unknown_proposer"),
    ):
        assert (await desk.post("station_staff", act, call | wrong)).json()["code"] == code
    by_key = await station.act(item, "call-back", call | {"reason": "还在停电"})
    assert by_key.json()["code"] == "named_person"
    assert await ratings_of(desk, key) == []


async def test_a_call_back_counts_once_a_second_person_has_checked_it(desk: Desk) -> None:
    async with a_visitor(desk) as visitor:
        path, item = await answered(desk, visitor, **LEFT)
        call = {"reply_no": 1, "result": "dissatisfied", "called_on": today().isoformat()}
        call["reason"] = "还在停电"
        check = f"/v1/items/{item}/check-call-back"
        done = await desk.post("station_staff", f"/v1/items/{item}/call-back", call)
        assert done.is_success, done.text
        assert await ratings_of(desk, from_text(item)) == []
        assert (
            f"/intake/items/{item}/check-call-back" in (await desk.page("station_head", "/")).text
        )
        assert (await desk.post("station_staff", check, {"n": 1})).json()["code"] == "same_person"
        missing = await desk.post("station_head", check, {"n": 2})
        assert missing.json()["code"] == "no_open_call_back"
        shown = (await desk.page("station_head", f"/items/{item}")).text
        assert "还在停电" in shown
        assert "等第二个人核对" in shown
        form = await desk.page("station_head", f"/items/{item}/check-call-back")
        hidden = {name: one for name, one in inputs(form.text).items() if name != "form_token"}
        sent = await desk.send(
            "station_head", f"/items/{item}/check-call-back", hidden | {"n": "1"}
        )
        assert sent.status_code == 303
        words = words_of((await visitor.get(path)).text)
        assert "您的评价：结果不满意（回访）" in words
    (fact,) = await ratings_of(desk, from_text(item))
    staff, head = (to_text(desk.person(who)) for who in ("station_staff", "station_head"))
    assert (fact["channel"], fact["called_by"], fact["actor"]) == ("phone", staff, head)


async def test_a_call_back_recorded_wrongly_is_discarded_with_a_reason(desk: Desk) -> None:
    async with a_visitor(desk) as visitor:
        _path, key = await raised(desk, visitor, **LEFT)
    await accepted(desk, key)
    await replied(desk, key)
    item = to_text(key)
    call = {"reply_no": 1, "result": "satisfied", "called_on": today().isoformat()}
    assert (await desk.post("station_staff", f"/v1/items/{item}/call-back", call)).is_success
    for body, status in (({"n": 1, "reason": "x"}, 422), ({"n": 1, "reason": "记错了一家"}, 200)):
        answer = await desk.post("station_staff", f"/v1/items/{item}/discard-call-back", body)
        assert answer.status_code == status, answer.text
    late = await desk.post("station_head", f"/v1/items/{item}/check-call-back", {"n": 1})
    assert late.json()["code"] == "no_open_call_back"
    assert await ratings_of(desk, key) == []

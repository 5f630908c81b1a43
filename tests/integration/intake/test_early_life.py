"""What proposers add or take back through the pages and the app of their station."""

from datetime import UTC, datetime
from typing import Any

from services.intake.domain.proposers import proposer_id
from shared.calendar import local_day
from shared.ids import from_text, to_text
from tests.support.intake.desk import HEAD_ID, Desk, HeadedStation, an_item
from tests.support.intake.forms import sent
from tests.support.intake.stations import CREDIT_CODE, DEPUTY, STATION, STREET_REP
from tests.support.refusals import problem

OTHER_CODE = "914403001922038216"
CALLED = {"name": "叔孙豹", "phone": "13900001111"}


async def test_several_raise_an_item_together_and_nobody_twice(
    desk: Desk, station: HeadedStation
) -> None:
    others = [
        {"enterprise_code": OTHER_CODE, "contact": CALLED},
        {"person_id": to_text(DEPUTY)},
    ]
    item = an_item(enterprise_code=CREDIT_CODE, co_proposers=others)
    item_id = (await station.submit(item)).json()["item_id"]
    rows = await desk.sql(
        "SELECT place, kind, enterprise_code, person_id, cardinality(sealed) AS contacts"
        " FROM proposer WHERE key = $1 ORDER BY place",
        from_text(item_id),
    )
    assert [tuple(row.values()) for row in rows] == [
        (1, "enterprise", CREDIT_CODE, None, 0),
        (2, "enterprise", OTHER_CODE, None, 1),
        (3, "deputy", None, DEPUTY, 0),
    ]
    before = await desk.stored()
    twice = await station.submit(an_item(enterprise_code=OTHER_CODE, co_proposers=others))
    assert problem(twice) == (422, "proposer_twice")
    mistakes: list[Any] = [[{}], [{"person_id": "x"}], others * 11, "both"]
    for wrong in mistakes:
        answer = await station.submit(an_item(co_proposers=wrong))
        assert problem(answer) == (422, "invalid")
        assert answer.json()["errors"][0]["pointer"].startswith("#/co_proposers")
    assert await desk.stored() == before


async def test_a_call_back_may_be_to_another_proposer(desk: Desk, station: HeadedStation) -> None:
    item = an_item(enterprise_code=CREDIT_CODE, co_proposers=[{"person_id": to_text(DEPUTY)}])
    item_id = (await station.submit(item)).json()["item_id"]
    assert (await station.act(item_id, "accept", {}, HEAD_ID)).status_code == 200
    await desk.sql("INSERT INTO progress (key, reply_no) VALUES ($1, 1)", from_text(item_id))
    form = (await desk.page("station_staff", f"/items/{item_id}/call-back")).text
    other = to_text(proposer_id(from_text(item_id), 2))
    assert f'value="{other}"' in form
    today = local_day(datetime.now(UTC)).isoformat()
    call = {"reply_no": 1, "result": "satisfied", "called_on": today}
    unknown = await station.act(item_id, "call-back", call | {"proposer_id": item_id}, HEAD_ID)
    assert problem(unknown) == (422, "unknown_proposer")


async def test_a_page_adds_a_cosigner_and_information_and_withdraws(desk: Desk) -> None:
    item_id = await sent(desk)
    page = f"/items/{item_id}"
    join = {"person_id": to_text(STREET_REP)}
    assert "选民代表" in (await desk.page("station_staff", f"{page}/cosign")).text
    assert (await desk.send("station_staff", f"{page}/cosign", join)).is_redirect
    assert (await desk.send("station_staff", f"{page}/cosign", join)).is_redirect, "once more"
    count = "SELECT count(*) AS n FROM proposer WHERE key = $1"
    assert (await desk.sql(count, from_text(item_id)))[0]["n"] == 2
    unknown = await desk.send("station_staff", f"{page}/cosign", {"person_id": item_id})
    assert (unknown.status_code, "名录里没有这个人" in unknown.text) == (422, True)
    more = {"supplement": "今晚又停了"}
    assert (await desk.send("station_staff", f"{page}/supplement", more)).is_redirect
    assert "今晚又停了" in (await desk.page("station_staff", page)).text
    form = (await desk.page("station_staff", f"{page}/withdraw")).text
    assert "请先问过每一位" in form
    assert (await desk.send("station_staff", f"{page}/withdraw", {})).is_redirect
    shown = (await desk.page("station_head", page)).text
    assert "提出人已撤回" in shown
    assert f"{page}/accept" not in shown


async def test_what_was_solved_on_the_spot_shows_by_whom(desk: Desk) -> None:
    item_id = await sent(desk)
    accept = f"/items/{item_id}/accept"
    form = {"complexity": "normal", "profile": "station_item", "solved_on_spot": "yes"}
    form |= {"note": "电工当场换了保险"}
    refused = await desk.send("station_head", accept, form)
    assert (refused.status_code, "由哪个单位或本站解决" in refused.text) == (422, True)
    form["solved_by"] = to_text(STATION)
    refused = await desk.send("station_head", accept, form)
    assert (refused.status_code, "还没有认可" in refused.text) == (422, True)
    assert (await desk.send("station_head", accept, form | {"proposer_agrees": "yes"})).is_redirect
    assert "XQ01当场解决" in (await desk.page("station_staff", f"/items/{item_id}")).text


async def test_an_emergency_is_told_to_call_at_once_and_keeps_its_number_here(desk: Desk) -> None:
    item_id = await sent(desk)
    form = {"channel": "emergency", "other_channel_ref": "119-2022-7"}
    assert (await desk.send("station_head", f"/items/{item_id}/transfer", form)).is_redirect
    page = (await desk.page("station_staff", f"/items/{item_id}")).text
    assert "请立即拨打110、119、120" in page
    assert "在其他渠道的编号：119-2022-7" in page
    payloads = "SELECT convert_from(payload, 'UTF8') AS body FROM outbox WHERE key = $1"
    rows = await desk.sql(payloads, from_text(item_id))
    assert not [row for row in rows if "119-2022-7" in row["body"]]


async def test_a_returned_item_shows_how_long_its_proposers_have(desk: Desk) -> None:
    item_id = await sent(desk)
    back = {"reason": "unclear", "note": "哪里停电"}
    assert (await desk.send("station_head", f"/items/{item_id}/return", back)).is_redirect
    page = (await desk.page("station_staff", f"/items/{item_id}")).text
    assert "补充期限" in page
    assert "剩" in page.partition("补充期限")[2][:400]

"""The pages of a deputy: what waits, their own items and acts, joining, invitations."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from shared.calendar import local_day
from shared.contracts.router import Mandate
from shared.ids import from_text, to_text
from tests.support.entries import grant, person
from tests.support.intake.desk import Desk, HeadedStation, an_activity, an_item, fresh_id
from tests.support.intake.forms import ID
from tests.support.intake.replies import replied
from tests.support.intake.stations import CREDIT_CODE, DEPUTY, OTHER_STATION, STATION, TOWNSHIP
from tests.support.officers import inputs

TODAY = local_day(datetime.now(UTC))
OWN = to_text(DEPUTY)


@pytest_asyncio.fixture(autouse=True)
async def deputies(desk: Desk) -> None:
    """Another deputy of the station, one without a station, one who is staff elsewhere."""
    seat = (Mandate(level="township", division_code=TOWNSHIP),)
    elsewhere = grant("station_staff", TOWNSHIP, station_id=OTHER_STATION)
    await desk.hear_all(
        [
            person(desk.person("colleague"), "同事代表", TOWNSHIP, mandates=seat,
                   station_id=STATION),
            person(desk.person("unattached"), "未编站", TOWNSHIP, mandates=seat),
            person(desk.person("both"), "两头", TOWNSHIP, elsewhere, mandates=seat,
                   station_id=STATION),
        ]
    )  # fmt: skip
    await desk.service.copy.refresh()


async def a_form(desk: Desk, who: str = "deputy", **changes: str) -> dict[str, str]:
    page = (await desk.page(who, "/new")).text
    sound = {
        **{name: value for name, value in inputs(page).items() if name != "form_token"},
        "title": "夜间停电",
        "body": "园区夜间经常停电。",
        "item_type": "problem",
        "station": "XQ01",
        "day": re.findall(r'value="(\d{4}-\d\d-\d\d)"', page)[0],
    }
    return sound | changes


async def sent(desk: Desk, who: str = "deputy", **changes: str) -> str:
    answer = await desk.send(who, "/new", await a_form(desk, who, **changes))
    assert answer.status_code == 303, re.findall(r'class="wrong"[^<]*<|class="note', answer.text)
    found = ID.search(answer.headers["location"])
    assert found
    return found[1]


async def acts_of(desk: Desk, who: str, item_id: str) -> set[str]:
    page = (await desk.page(who, f"/deputy/items/{item_id}")).text
    return set(re.findall(rf'href="/intake/deputy/items/{item_id}/([a-z]+)"', page))


async def source_of(desk: Desk, item_id: str) -> tuple[Any, list[Any]]:
    (row,) = await desk.sql("SELECT * FROM item WHERE key = $1", from_text(item_id))
    proposers = await desk.sql(
        "SELECT * FROM proposer WHERE key = $1 ORDER BY place", from_text(item_id)
    )
    return row, list(proposers)


async def test_a_deputy_raises_an_item_in_their_own_name(desk: Desk) -> None:
    item_id = await sent(desk, enterprise=CREDIT_CODE, self_interest="yes")
    row, (proposer,) = await source_of(desk, item_id)
    assert (row["source_kind"], row["entered_by_proxy"], row["self_interest"]) == (
        "deputy", False, True,
    )  # fmt: skip
    assert (proposer["kind"], proposer["person_id"]) == ("deputy", DEPUTY)
    receipt = (await desk.page("deputy", f"/items/{item_id}/receipt")).text
    assert f"/intake/deputy/items/{item_id}" in receipt
    assert "给提出人查询链接" not in receipt
    mine = (await desk.page("deputy", "/deputy/items")).text
    assert f"/intake/deputy/items/{item_id}" in mine


@pytest.mark.parametrize(
    "changes",
    [
        {"source_kind": "enterprise", "enterprise_code": CREDIT_CODE},
        {"source_kind": "station"},
        {"source_kind": "deputy", "entered_by_proxy": True},
        {"source_kind": "deputy", "deputy_id": "colleague"},
        {"source_kind": "deputy", "co_proposers": [{"person_id": "colleague"}]},
    ],
)
async def test_a_deputy_enters_nothing_for_others(desk: Desk, changes: dict[str, Any]) -> None:
    colleague = to_text(desk.person("colleague"))
    if changes.get("deputy_id"):
        changes = changes | {"deputy_id": colleague}
    if changes.get("co_proposers"):
        changes = changes | {"co_proposers": [{"person_id": colleague}]}
    before = await desk.stored()
    body = an_item(**{"source_kind": "deputy", "deputy_id": OWN} | changes)
    answer = await desk.post("deputy", "/v1/items", body)
    assert (answer.status_code, answer.json()["code"]) == (403, "own_name_only")
    assert await desk.stored() == before


async def test_who_has_no_station_is_told_so(desk: Desk) -> None:
    page = (await desk.page("unattached", "/deputy")).text
    assert "您还没有编入联络站" in page
    body = an_item(source_kind="deputy", deputy_id=to_text(desk.person("unattached")))
    answer = await desk.post("unattached", "/v1/items", body)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_attached")


async def test_the_first_page_of_stations_leads_a_deputy_to_theirs(desk: Desk) -> None:
    answer = await desk.page("deputy", "/")
    assert answer.headers["location"] == "/intake/deputy"
    assert (await desk.page("station_staff", "/deputy")).status_code == 403


async def test_what_is_returned_waits_until_the_deputy_supplies_it(desk: Desk) -> None:
    item_id = await sent(desk, title="哪条路积水")
    assert await acts_of(desk, "deputy", item_id) == {
        "supplement", "protect", "withdraw", "attachments",
    }  # fmt: skip
    back = {"reason": "unclear", "note": "哪条路"}
    assert (await desk.send("station_head", f"/items/{item_id}/return", back)).is_redirect
    assert f"/deputy/items/{item_id}/resubmit" in (await desk.page("deputy", "/deputy")).text
    assert "哪条路" in (await desk.page("deputy", f"/deputy/items/{item_id}")).text
    form = inputs((await desk.page("deputy", f"/deputy/items/{item_id}/resubmit")).text)
    empty = await desk.send("deputy", f"/deputy/items/{item_id}/resubmit", form)
    assert (empty.status_code, 'id="e-supplement"' in empty.text) == (422, True)
    more = form | {"supplement": "河西街"}
    done = await desk.send("deputy", f"/deputy/items/{item_id}/resubmit", more)
    assert done.headers["location"] == f"/intake/deputy/items/{item_id}?did=resubmit"
    row, _ = await source_of(desk, item_id)
    assert row["state"] == "SUBMITTED"
    assert f"/{item_id}/resubmit" not in (await desk.page("deputy", "/deputy")).text
    withdrawn = await desk.send("deputy", f"/deputy/items/{item_id}/withdraw", {"note": "重复了"})
    assert withdrawn.is_redirect
    assert (await source_of(desk, item_id))[0]["state"] == "WITHDRAWN"


async def test_an_answer_waits_to_be_rated_until_its_last_day(desk: Desk) -> None:
    item_id = await sent(desk, title="夜里停电要评价")
    await desk.post("station_head", f"/v1/items/{item_id}/accept", {})
    await replied(desk, from_text(item_id))
    first = (await desk.page("deputy", "/deputy")).text
    assert f"/deputy/items/{item_id}/rating" in first
    assert "本周接通" in first
    page = (await desk.page("deputy", f"/deputy/items/{item_id}")).text
    assert page.index("本周接通") < page.index("园区夜间经常停电。")
    path = f"/deputy/items/{item_id}/rating"
    form = inputs((await desk.page("deputy", path)).text) | {"result": "dissatisfied"}
    refused = await desk.send("deputy", path, form)
    assert (refused.status_code, 'id="e-reason"' in refused.text) == (422, True)
    rated = form | {"reason": "还在停", "attitude": "satisfied"}
    assert (await desk.send("deputy", path, rated)).is_redirect
    assert f"/{item_id}/rating" not in (await desk.page("deputy", "/deputy")).text
    shown = (await desk.page("deputy", f"/deputy/items/{item_id}")).text
    assert "您的评价：结果不满意，态度满意" in shown


async def test_after_acceptance_a_deputy_may_add_but_not_withdraw(desk: Desk) -> None:
    item_id = await sent(desk)
    await desk.post("station_head", f"/v1/items/{item_id}/accept", {})
    assert await acts_of(desk, "deputy", item_id) == {"supplement", "protect", "attachments"}
    path = f"/deputy/items/{item_id}/supplement"
    assert (await desk.send("deputy", path, {"supplement": "三号厂房也停"})).is_redirect
    assert "三号厂房也停" in (await desk.page("deputy", f"/deputy/items/{item_id}")).text
    late = await desk.post("deputy", f"/v1/items/{item_id}/withdraw", {})
    assert (late.status_code, late.json()["code"]) == (409, "out_of_turn")


async def test_a_colleague_joins_what_waits_and_neither_withdraws_alone(desk: Desk) -> None:
    item_id = await sent(desk, title="可以一起提的事")
    first = (await desk.page("colleague", "/deputy")).text
    assert "可以一起提的事" in first
    shown = (await desk.page("colleague", f"/deputy/items/{item_id}")).text
    assert f'action="/intake/deputy/items/{item_id}/join"' in shown
    for _twice in range(2):
        joined = await desk.send("colleague", f"/deputy/items/{item_id}/join", {})
        assert joined.headers["location"] == f"/intake/deputy/items/{item_id}?did=joined"
    assert len((await source_of(desk, item_id))[1]) == 2
    assert "可以一起提的事" in (await desk.page("colleague", "/deputy/items")).text
    for who in ("deputy", "colleague"):
        refused = await desk.send(who, f"/deputy/items/{item_id}/withdraw", {})
        assert (refused.status_code, "不能由一位撤回" in refused.text) == (409, True)
    assert "withdraw" not in await acts_of(desk, "colleague", item_id)
    shown = (await desk.page("colleague", f"/deputy/items/{item_id}")).text
    assert "由几位一起提出，要撤回请联系" in shown


async def test_nobody_joins_for_somebody_else(desk: Desk) -> None:
    item_id = await sent(desk)
    other = {"person_id": to_text(desk.person("unattached"))}
    refused = await desk.post("colleague", f"/v1/items/{item_id}/cosign", other)
    assert (refused.status_code, refused.json()["code"]) == (403, "own_name_only")


async def test_what_is_secret_accepted_or_elsewhere_is_not_there(
    desk: Desk, station: HeadedStation
) -> None:
    secret = await sent(desk, title="保密的一件", confidential="yes")
    accepted = await sent(desk, title="受理了的一件")
    await desk.post("station_head", f"/v1/items/{accepted}/accept", {})
    async with desk.station("NC01") as other:
        elsewhere = (await other.submit(an_item(division_code="331003101"))).json()["item_id"]
    own = {"person_id": to_text(desk.person("colleague"))}
    for item_id in (secret, accepted, elsewhere, fresh_id()):
        page = await desk.page("colleague", f"/deputy/items/{item_id}")
        assert page.status_code == 404
        assert (
            await desk.send("colleague", f"/deputy/items/{item_id}/join", {})
        ).status_code == 404
        hidden = await desk.post("colleague", f"/v1/items/{item_id}/cosign", own)
        assert hidden.status_code == 404, hidden.text
    assert "保密的一件" not in (await desk.page("colleague", "/deputy")).text
    assert (await desk.page("deputy", f"/deputy/items/{secret}")).status_code == 200


async def test_a_deputy_who_is_staff_elsewhere_sees_their_own_items_too(desk: Desk) -> None:
    body = an_item(source_kind="deputy", deputy_id=to_text(desk.person("both")),
                   enterprise_code=...)  # fmt: skip
    async with desk.station() as station:
        item_id = (await station.submit(body)).json()["item_id"]
    assert (await desk.page("both", f"/deputy/items/{item_id}")).status_code == 200
    path = f"/deputy/items/{item_id}/supplement"
    assert (await desk.send("both", path, {"supplement": "又停了"})).is_redirect
    assert (await desk.page("both", f"/items/{item_id}")).status_code == 403


async def planned(desk: Desk, days: int = 3, **changes: Any) -> str:
    day = (TODAY + timedelta(days)).isoformat()
    people = [{"person_id": OWN}, {"person_id": to_text(desk.person("colleague"))}]
    body = {"first_day": day, "last_day": day, "attendance": people, "enterprises": []} | changes
    answer = await desk.post("station_staff", "/v1/activities/plan", an_activity(**body))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["activity_id"])


async def test_an_invitation_waits_until_it_is_answered_and_may_be_changed(desk: Desk) -> None:
    activity = await planned(desk, 0)
    path = f"/activities/{activity}/answer"
    assert f'action="/intake{path}"' in (await desk.page("deputy", "/deputy")).text
    for coming, words in (("yes", "能来"), ("no", "不能来"), ("yes", "能来"), ("no", "不能来")):
        done = await desk.send("deputy", path, {"coming": coming, "reason": "出差"})
        assert done.headers["location"] == f"/intake/activities/{activity}?did=answer"
        own = (await desk.page("deputy", f"/activities/{activity}")).text
        assert f"您已答复：{words}" in own
    assert f'action="/intake{path}"' not in (await desk.page("deputy", "/deputy")).text
    page = (await desk.page("station_staff", f"/activities/{activity}")).text
    assert "代表：不能来，出差" in page
    assert "同事代表：还没有答复" in page
    assert "出差" not in (await desk.page("colleague", f"/activities/{activity}")).text
    form = (await desk.page("station_staff", f"/activities/{activity}/hold")).text
    ticked = re.findall(r'name="attendance" value="([^"]+)" checked', form)
    assert ticked == [to_text(desk.person("colleague"))]
    assert await desk.sql("SELECT * FROM attendance WHERE activity_id = $1",
                          from_text(activity)) == []  # fmt: skip


@pytest.mark.parametrize("who", ["station_staff", "both", "deputy"])
async def test_only_who_is_expected_answers_and_only_until_the_day(desk: Desk, who: str) -> None:
    past = -1 if who == "deputy" else 3
    activity = await planned(desk, past)
    answer = await desk.post(who, f"/v1/activities/{activity}/answer", {"coming": True})
    code = "activity_over" if who == "deputy" else "not_yours"
    assert answer.json()["code"] == code


async def test_a_plan_of_one_day_is_moved_by_its_first_day(desk: Desk) -> None:
    activity = await planned(desk)
    form = await desk.page("station_staff", f"/activities/{activity}/change")
    assert "要重新答复" in form.text
    day = (TODAY + timedelta(9)).isoformat()
    sent = inputs(form.text)
    assert not sent.get("last_day")
    sound = {"kind": "inspection", "place_division": TOWNSHIP, "attendance": OWN}
    moved = await desk.send(
        "station_staff", f"/activities/{activity}/change", sent | sound | {"first_day": day}
    )
    assert moved.is_redirect, re.findall(r'class="wrong"[^<]*<', moved.text)


async def test_an_organs_activity_is_shown_to_who_is_asked_to_it(desk: Desk) -> None:
    day = (TODAY + timedelta(4)).isoformat()
    people = [{"person_id": OWN}]
    body = an_activity(first_day=day, last_day=day, attendance=people, enterprises=[])
    answer = await desk.post("dispatcher", "/v1/activities/plan", body)
    activity = answer.json()["activity_id"]
    path = f"/activities/{activity}"
    noted = await desk.post("dispatcher", f"/v1{path}/notes", {"notes": "先不要声张"})
    assert noted.is_success, noted.text
    assert "先不要声张" in (await desk.page("dispatcher", path)).text
    assert path in (await desk.page("deputy", "/deputy")).text
    seen = await desk.page("deputy", path)
    assert (seen.status_code, "先不要声张" in seen.text) == (200, False)
    assert (await desk.page("colleague", path)).status_code == 404
    assert path not in (await desk.page("colleague", "/deputy")).text
    assert (await desk.send("deputy", f"{path}/answer", {"coming": "yes"})).is_redirect


async def test_a_list_longer_than_a_page_goes_on(desk: Desk, station: HeadedStation) -> None:
    for n in range(52):
        body = an_item(source_kind="deputy", deputy_id=OWN, title=f"第{n}根电线杆",
                       enterprise_code=...)  # fmt: skip
        assert (await station.submit(body)).status_code == 201
    first = (await desk.page("deputy", "/deputy/items")).text
    more = re.search(r"/intake/deputy/items\?before=[0-9a-f-]{36}", first)
    assert more
    second = (await desk.page("deputy", more[0].removeprefix("/intake"))).text
    assert [("第51根" in one, "第1根" in one) for one in (first, second)] == [
        (True, False), (False, True),
    ]  # fmt: skip

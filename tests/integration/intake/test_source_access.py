"""Who raised an item is shown to those with the right, for a reason; every access is logged."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from shared.features.access_log.store import AccessEntry, log_access
from shared.ids import from_text, named_id, to_text
from tests.support.eventually import eventually
from tests.support.intake.desk import (
    HEAD_ID,
    OFFICERS,
    Desk,
    HeadedStation,
    an_item,
    open_desk,
    settings_for,
)
from tests.support.intake.sources import (
    FIRM,
    NAME,
    PHONE,
    WHY,
    logged,
    raised,
    register,
    view_source,
)
from tests.support.intake.stations import COUNTY, CREDIT_CODE
from tests.support.officers import as_form
from tests.support.refusals import problem
from tests.support.servers import administrator
from tests.support.tables import all_words

MAY = frozenset({"township", "dispatcher", "committee", "leader", "station_head", "station_staff"})
HANDLE = frozenset({"clerk", "unit_head"})
UNREGISTERED, UNKNOWN = "914403001922038216", "企业没有写明，或不在企业名册里"


@pytest.mark.parametrize("confidential", [False, True])
async def test_who_may_view_a_source_and_who_gets_404(
    desk: Desk, station: HeadedStation, *, confidential: bool
) -> None:
    item_id = await raised(desk, station, confidential=confidential)
    allowed = MAY if confidential else MAY | HANDLE
    for who in OFFICERS:
        answer = await view_source(desk, who, item_id)
        page = await desk.page(who, f"/items/{item_id}/source")
        assert page.status_code == answer.status_code, who
        if who in allowed:
            assert (answer.status_code, answer.json()["proposers"][0]["phone"]) == (200, PHONE), who
        else:
            nothing = await view_source(desk, who, to_text(named_id("item", "none")))
            assert problem(answer) in ((404, "not_found"), (403, "not_yours")), who
            assert answer.json() | {"trace": ""} == nothing.json() | {"trace": ""}
    assert len(await logged(desk, item_id)) == len(allowed)
    escalated = await raised(desk, station, "city", confidential=confidential)
    assert (await view_source(desk, "city", escalated)).status_code == 200


async def test_an_access_is_logged_without_the_values(desk: Desk, station: HeadedStation) -> None:
    item_id = await raised(desk, station, confidential=True)
    words = f"回电{PHONE}核实"
    answer = await view_source(desk, "dispatcher", item_id, words=words)
    (proposer,) = answer.json()["proposers"]
    assert proposer.pop("proposer_id")
    assert proposer == {
        "kind": "enterprise", "firm": FIRM, "firm_code": CREDIT_CODE, "person": "", "name": NAME,
        "phone": PHONE, "email": "", "is_lost": False,
    }  # fmt: skip
    assert answer.headers["cache-control"] == "no-store"
    (row,) = await logged(desk, item_id)
    assert row["person_id"] == desk.person("dispatcher")
    assert row["fields"] == ["firm", "firm_code", "name", "phone"]
    assert (row["reason"], row["words"]) == ("contact", "回电138****1234核实")
    assert to_text(row["correlation_id"]) == answer.headers["x-correlation-id"]
    dsn = administrator(desk.settings.database_url.get_secret_value())
    told = await all_words(dsn, "intake")
    assert PHONE not in told
    seen = (await desk.get("dispatcher", f"/v1/items/{item_id}/source-access")).json()["accesses"]
    assert [(one["person_id"], one["reason"]) for one in seen] == [
        (to_text(desk.person("dispatcher")), "contact")
    ]
    hidden = await desk.get("clerk", f"/v1/items/{item_id}/source-access")
    assert problem(hidden) == (404, "not_found")


async def test_without_a_reason_nothing_is_shown(desk: Desk, station: HeadedStation) -> None:
    item_id = await raised(desk, station)
    for field, value in (
        ("words", " "),
        ("words", "x" * 201),
        ("words", "有\0字"),
        ("reason", "curious"),
        ("more", "x"),
    ):
        answer = await view_source(desk, "dispatcher", item_id, **{field: value})
        assert problem(answer) == (422, "invalid")
        assert answer.json()["errors"][0]["pointer"] == f"#/{field}"
        assert PHONE not in answer.text
    assert await logged(desk, item_id) == []


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_the_page_masks_until_the_form_gives_a_reason(
    desk: Desk, station: HeadedStation, lang: str
) -> None:
    item_id = await raised(desk, station, confidential=True)
    page = await desk.page("dispatcher", f"/items/{item_id}/source", lang)
    assert all(shown in page.text for shown in ("台州****", "王**", "138****1234"))
    assert not any(whole in page.text for whole in (FIRM, NAME, PHONE))
    path = f"/items/{item_id}/source"
    for form in ({}, {"reason": "contact", "words": "短"}, {"reason": "x", "words": "<b>为了核实"}):
        refused = await desk.send("dispatcher", path, form)
        assert refused.status_code == 422
        assert not any(whole in refused.text for whole in (FIRM, NAME, PHONE, "<b>为了"))
        assert 'class="wrong"' in refused.text
    assert await logged(desk, item_id) == []
    shown = await desk.send("dispatcher", path, WHY)
    assert all(whole in shown.text for whole in (FIRM, NAME, PHONE, "核实停电的时间"))
    assert shown.headers["cache-control"] == "no-store"
    again = await desk.page("dispatcher", path)
    assert PHONE not in again.text
    assert "核实停电的时间" in again.text


async def test_part_of_another_page_comes_without_frame(desk: Desk, station: HeadedStation) -> None:
    item_id = await raised(desk, station)
    async with await desk.client("dispatcher") as client:
        address = f"/intake/items/{item_id}/source"
        part = await client.get(address, headers={"HX-Request": "true"})
        refused = await client.post(address, data=as_form({}), headers={"HX-Request": "true"})
    assert "<html" not in part.text + refused.text
    assert (part.status_code, refused.status_code) == (200, 422)


async def test_a_confidential_item_leaves_without_names_also_in_supplements(
    desk: Desk, station: HeadedStation
) -> None:
    words = f"{FIRM}的{NAME}（{PHONE}）说，新桥模具夜间停电"
    item_id = await raised(desk, station, confidential=True, title=words[:90], body=words)
    await station.act(item_id, "return", {"reason": "unclear", "note": words}, HEAD_ID)
    await station.act(item_id, "resubmit", {"supplement": words})
    await station.act(item_id, "accept", {}, HEAD_ID)
    texts = await desk.sql(
        "SELECT convert_from(payload, 'UTF8') AS body FROM outbox WHERE key = $1",
        from_text(item_id),
    )
    assert len(texts) == 8
    told = "".join(text["body"] for text in texts)
    assert "夜间停电" in told
    assert not any(one in told for one in (FIRM, "新桥模具", NAME, PHONE, CREDIT_CODE))


async def test_a_name_registered_later_is_masked_and_until_then_the_head_confirms(
    desk: Desk, station: HeadedStation
) -> None:
    item = an_item(
        confidential=True, enterprise_code=UNREGISTERED, title="停电", body=f"{FIRM}停电"
    )
    item_id = (await station.submit(item)).json()["item_id"]
    shown = (await station.act(item_id, "preview", {}, HEAD_ID)).json()
    assert (shown["name_unknown"], shown["body"]) == (True, f"{FIRM}停电")
    refused = await station.act(item_id, "accept", {}, HEAD_ID)
    assert problem(refused) == (409, "name_unknown")
    assert UNKNOWN in (await desk.page("dispatcher", f"/items/{item_id}/source")).text
    await register(desk, UNREGISTERED)
    shown = (await station.act(item_id, "preview", {}, HEAD_ID)).json()
    assert (shown["name_unknown"], shown["body"]) == (False, "〔保密〕停电")
    assert (await station.act(item_id, "accept", {}, HEAD_ID)).status_code == 200
    assert UNKNOWN not in (await desk.page("dispatcher", f"/items/{item_id}/source")).text


async def test_too_many_views_within_an_hour_are_refused(servers: Any, dsn: str) -> None:
    async with open_desk(settings_for(dsn, INTAKE_SOURCE_VIEWS_PER_HOUR="2")) as desk:
        async with desk.station() as station:
            item_id = await raised(desk, station)
        for _ in range(2):
            assert (await view_source(desk, "dispatcher", item_id)).status_code == 200
        answer = await view_source(desk, "dispatcher", item_id)
        assert problem(answer) == (429, "too_many_source_views")
        assert 3500 < int(answer.headers["retry-after"]) <= 3600
        assert len(await logged(desk, item_id)) == 2
        assert (await view_source(desk, "leader", item_id)).status_code == 200


async def test_views_at_the_same_time_are_counted_one_after_another(servers: Any, dsn: str) -> None:
    async with open_desk(settings_for(dsn, INTAKE_SOURCE_VIEWS_PER_HOUR="2")) as desk:
        async with desk.station() as station:
            item_id = await raised(desk, station)
        answers = await asyncio.gather(
            *(view_source(desk, "dispatcher", item_id) for _ in range(8))
        )
        assert sorted(one.status_code for one in answers) == [200] * 2 + [429] * 6


async def test_a_contact_whose_key_is_lost_is_named(desk: Desk, station: HeadedStation) -> None:
    item_id = await raised(desk, station)
    await desk.sql("UPDATE proposer SET sealed = '{x}' WHERE key = $1", from_text(item_id))
    answer = await view_source(desk, "dispatcher", item_id)
    (proposer,) = answer.json()["proposers"]
    assert (answer.status_code, proposer["firm"], proposer["is_lost"]) == (200, FIRM, True)
    page = await desk.page("dispatcher", f"/items/{item_id}/source")
    assert "联系方式打不开" in page.text


async def test_the_access_log_is_insert_only_for_a_year(desk: Desk, station: HeadedStation) -> None:
    item_id = await raised(desk, station)
    await view_source(desk, "dispatcher", item_id)
    for statement in ("UPDATE access_log SET words = 'x'", "DELETE FROM access_log"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await desk.sql(statement)
    subject, old = from_text(item_id), "SELECT FROM access_log WHERE reason = 'other'"
    async with desk.service.db.begin() as tx:
        long_ago = replace(tx, now=tx.now - timedelta(days=400))
        await log_access(long_ago, AccessEntry(subject, subject, COUNTY, ("name",), "other"))
    assert len(await logged(desk, item_id)) == 2
    duties = [asyncio.create_task(duty()) for duty in desk.service.duties[1:]]

    async def forgotten() -> bool:
        return not await desk.sql(old)

    try:
        await eventually(forgotten)
    finally:
        for duty in duties:
            duty.cancel()
    assert len(await logged(desk, item_id)) == 1


async def test_supervisors_see_all_accesses_and_no_text_and_why_where_they_may_know(
    desk: Desk, station: HeadedStation
) -> None:
    item_id = await raised(desk, station, title="一件别人不该看到的事")
    await view_source(desk, "dispatcher", item_id, words="核实<script>停电")
    for who in ("admin", "committee", "city"):
        page = (await desk.page(who, "/access-log")).text
        assert ("核实&lt;script&gt;停电" in page, "dispatcher" in page) == (
            who == "committee",
            True,
        )
        assert not any(word in page for word in ("一件别人", FIRM, NAME, PHONE))

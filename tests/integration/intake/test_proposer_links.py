"""Links of proposers: what opens nothing first, then what the holder sees and does."""

import re
from typing import Any

import pytest

from services.intake.domain.proposer_links import digest_of, new_secret
from shared.db.pool import Tx
from shared.ids import to_text
from tests.support.intake.desk import HEAD_ID, Desk, HeadedStation, an_item
from tests.support.intake.replies import replied
from tests.support.intake.stations import DEPUTY
from tests.support.intake.visitors import (
    a_visitor,
    accepted,
    answered,
    raised,
    ratings_of,
    words_of,
)
from tests.support.officers import as_form, inputs


async def form_at(client: Any, path: str, **fields: str) -> dict[str, str]:
    page = await client.get(path)
    assert page.status_code == 200, page.text
    return inputs(page.text) | fields


def without_tokens(page: str) -> str:
    return re.sub(r'value="[0-9a-f]{16}\.[0-9a-f]{64}"|/intake/p/[^"?]*', "", page)


async def test_whatever_is_wrong_with_a_secret_the_answer_and_the_work_are_the_same(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[str]()
    fetch = Tx.fetch

    async def counted(tx: Tx, statement: str, *args: Any) -> Any:
        asked.append(statement)
        return await fetch(tx, statement, *args)

    async with a_visitor(desk) as visitor:
        path, key = await raised(desk, visitor)
        old = path.rsplit("/", 1)[1]
        give = {"reason": "提出人丢了链接"}
        item = to_text(key)
        renewed = (await desk.post("station_head", f"/v1/items/{item}/link", give)).json()["path"]
        assert (await visitor.get(renewed)).status_code == 200
        ended = await desk.post("station_head", f"/v1/items/{item}/link", give | {"renew": False})
        assert ended.json() == {"path": None}
        monkeypatch.setattr(Tx, "fetch", counted)
        seen = set()
        for secret in (
            new_secret(),
            old,
            renewed.rsplit("/", 1)[1],
            "x",
            "ä" * 20,
            "%00",
            "a" * 64,
        ):
            asked.clear()
            answer = await visitor.get(f"/intake/p/{secret}")
            seen.add((answer.status_code, without_tokens(answer.text), tuple(asked)))
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["cache-control"] == "no-store"
    assert len(seen) == 1
    ((status, words, statements),) = seen
    assert (status, "这个查询链接打不开" in words) == (404, True)
    assert len(statements) == 1


async def test_a_secret_is_nowhere_but_in_its_link(
    desk: Desk, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.intake.actions.public import PublicActions
    from shared.observability.logging import configure_logging

    configure_logging("intake")
    async with a_visitor(desk) as visitor:
        path, key = await raised(desk, visitor)
        secret = path.rsplit("/", 1)[1]
        await accepted(desk, key)
        await replied(desk, key)
        form = await form_at(visitor, f"{path}/rating", result="satisfied")
        assert (await visitor.post(f"{path}/rating", data=form)).status_code == 303
        metrics = (await visitor.get("/intake/metrics")).text

        async def broken(_self: object, _secret: str) -> None:
            raise RuntimeError(f"no {path}")

        monkeypatch.setattr(PublicActions, "open", broken)
        assert (await visitor.get(path)).status_code == 500
    kept = await desk.sql("SELECT digest FROM proposer_secret")
    assert digest_of(secret) in {row["digest"] for row in kept}
    for table in ("outbox", "item", "item_text", "proposer", "proposer_secret", "access_log"):
        rows = await desk.sql(f"SELECT to_json({table})::text AS row FROM {table}")  # noqa: S608
        assert not any(secret in row["row"] for row in rows), table
    written = "".join(capfd.readouterr())
    assert "request.failed" in written
    assert secret not in written + metrics


async def test_the_holder_follows_supplements_and_withdraws(desk: Desk) -> None:
    async with a_visitor(desk) as visitor:
        path, key = await raised(desk, visitor)
        words = words_of((await visitor.get(path)).text)
        assert "等联络站受理" in words
        form = await form_at(visitor, f"{path}/supplement", supplement="昨晚又停了")
        assert (await visitor.post(f"{path}/supplement", data=form)).status_code == 303
        assert "补充：昨晚又停了" in words_of((await visitor.get(path)).text)
        empty = await visitor.post(f"{path}/supplement", data=form | {"supplement": " "})
        assert (empty.status_code, 'id="e-supplement"' in empty.text) == (422, True)
        form = await form_at(visitor, f"{path}/withdraw", note="已经修好")
        assert (await visitor.post(f"{path}/withdraw", data=form)).status_code == 303
        words = words_of((await visitor.get(path)).text)
        assert "已撤回" in words
        assert (await visitor.get(f"{path}/withdraw")).status_code == 303
    assert (await desk.emitted(key))[-2:] == ["item.withdrawn", "item.text"]


@pytest.mark.parametrize("way", ["", "/v1"])
async def test_one_address_may_not_act_without_end(desk: Desk, way: str) -> None:
    path = f"/intake/p/{new_secret()}{way}/supplement"
    async with a_visitor(desk, f"203.0.113.{70 + len(way)}") as visitor:
        statuses = [
            (await visitor.post(path, json={"supplement": "又停了"})).status_code
            for _ in range(desk.settings.public_requests_per_minute * 2)
        ]
    assert (statuses[0], 429 in statuses) == (404, True)


async def test_what_is_returned_is_sent_again_with_what_was_missing(desk: Desk) -> None:
    async with a_visitor(desk) as visitor:
        path, key = await raised(desk, visitor)
        body = {"reason": "unclear", "note": "请写明哪条路"}
        await desk.post("station_head", f"/v1/items/{to_text(key)}/return", body)
        words = words_of((await visitor.get(path)).text)
        assert "请您补充" in words
        assert "请写明哪条路" in words
        form = await form_at(visitor, f"{path}/resubmit", supplement="工业二路")
        assert (await visitor.post(f"{path}/resubmit", data=form)).status_code == 303
        assert "等联络站受理" in words_of((await visitor.get(path)).text)


async def test_a_reply_is_rated_by_the_holder_and_the_last_rating_holds(desk: Desk) -> None:
    async with a_visitor(desk) as visitor:
        path, key = await raised(desk, visitor)
        await accepted(desk, key)
        assert "已经受理，要撤回请联系" in (await visitor.get(path)).text
        assert (await visitor.get(f"{path}/rating")).status_code == 303
        await replied(desk, key)
        page = (await visitor.get(path)).text
        words = words_of(page)
        assert words.index("本周接通") < words.index("已安排增容")
        assert "已答复，请您评价" in words
        assert not any(name in page for name in ("张处长", "officer-7"))
        form = await form_at(visitor, f"{path}/rating")
        given = form | {"result": "satisfied", "attitude": "basically_satisfied"}
        assert (await visitor.post(f"{path}/rating", data=given)).status_code == 303
        words = words_of((await visitor.get(path)).text)
        assert "您的评价：结果满意，态度基本满意" in words
        form = await form_at(visitor, f"{path}/rating")
        changed = form | {"result": "dissatisfied", "reason": "还在停电"}
        assert (await visitor.post(f"{path}/rating", data=changed)).status_code == 303
        assert "您的评价：结果不满意" in words_of((await visitor.get(path)).text)
    facts = await ratings_of(desk, key)
    assert [(one["result"], one["channel"], one.get("called_by")) for one in facts] == [
        ("satisfied", "web", None), ("dissatisfied", "web", None),
    ]  # fmt: skip


async def test_a_rating_without_a_result_or_a_reason_is_refused_at_its_field(desk: Desk) -> None:
    async with a_visitor(desk) as visitor:
        path, _item = await answered(desk, visitor)
        form = await form_at(visitor, f"{path}/rating")
        assert " checked" not in (await visitor.get(f"{path}/rating")).text
        for wrong, field in (({}, "result"), ({"result": "dissatisfied"}, "reason")):
            refused = await visitor.post(f"{path}/rating", data=form | wrong)
            assert (refused.status_code, f'id="e-{field}"' in refused.text) == (422, True)


async def test_of_several_proposers_each_sees_only_what_is_theirs(
    desk: Desk, station: HeadedStation
) -> None:
    body = an_item(
        contact={"name": "王小明", "phone": "13812341234"},
        co_proposers=[{"person_id": to_text(DEPUTY)}],
    )
    sent = await station.submit(body)
    assert sent.is_success, sent.text
    item = sent.json()["item_id"]
    (second,) = await desk.sql(
        "SELECT proposer_id FROM proposer WHERE key = $1::text::uuid AND place = 2", item
    )
    body = {"reason": "代表要看进度", "proposer_id": to_text(second["proposer_id"])}
    path = (await desk.post("station_staff", f"/v1/items/{item}/link", body)).json()["path"]
    async with a_visitor(desk) as visitor:
        page = (await visitor.get(path)).text
        assert "王小明" not in page
        assert "13812341234" not in page
        assert f"{path}/withdraw" not in page
        form = await form_at(visitor, f"{path}/supplement")
        refused = await visitor.post(f"{path}/withdraw", data=form)
        assert (refused.status_code, "几位一起提出" in refused.text) == (409, True)


async def test_the_first_of_several_is_not_offered_to_withdraw_for_all(
    desk: Desk, station: HeadedStation
) -> None:
    body = an_item(enterprise_code=..., co_proposers=[{"person_id": to_text(DEPUTY)}])
    joint = (await station.submit(body)).json()["item_id"]
    alone = (await station.submit(an_item(enterprise_code=...))).json()["item_id"]
    offers = []
    async with a_visitor(desk) as visitor:
        for item in (joint, alone):
            why = {"reason": "提出人要看进度"}
            given = await desk.post("station_staff", f"/v1/items/{item}/link", why)
            page = (await visitor.get(given.json()["path"])).text
            offers.append((f"{given.json()['path']}/withdraw" in page, "由几位一起提出" in page))
    assert offers == [(False, True), (True, False)]


async def test_nobody_at_the_station_rates_in_the_place_of_a_proposer(
    desk: Desk, station: HeadedStation
) -> None:
    async with a_visitor(desk) as visitor:
        _path, key = await raised(desk, visitor)
    await accepted(desk, key)
    await replied(desk, key)
    item, body = to_text(key), {"reply_no": 1, "result": "satisfied"}
    assert (await station.act(item, "rating", body)).status_code == 403
    assert (await station.act(item, "rating", body, HEAD_ID)).status_code == 403
    assert (await desk.post("station_head", f"/v1/items/{item}/rating", body)).status_code == 403
    link = {"reason": "提出人丢了链接"}
    alone = await station.act(item, "link", link)
    assert (alone.status_code, alone.json()["code"]) == (403, "named_person")
    assert await ratings_of(desk, key) == []


async def test_a_deputy_who_raised_an_item_rates_it_in_their_own_session(
    desk: Desk, station: HeadedStation
) -> None:
    body = an_item(source_kind="deputy", enterprise_code=..., deputy_id=to_text(DEPUTY))
    item = (await station.submit(body)).json()["item_id"]
    await desk.post("station_head", f"/v1/items/{item}/accept", {})
    (row,) = await desk.sql("SELECT key FROM item WHERE key = $1::text::uuid", item)
    await replied(desk, row["key"])
    rating = {"reply_no": 1, "result": "satisfied"}
    assert (await desk.post("deputy", f"/v1/items/{item}/rating", rating)).status_code == 200
    (fact,) = await ratings_of(desk, row["key"])
    assert (fact["by_kind"], fact["channel"]) == ("deputy", "web")
    other = (await station.submit(an_item())).json()["item_id"]
    refused = await desk.post("deputy", f"/v1/items/{other}/rating", rating)
    assert refused.status_code == 404


async def test_a_link_is_given_on_a_page_and_shown_once(desk: Desk) -> None:
    async with a_visitor(desk) as visitor:
        path, key = await raised(desk, visitor)
        item = to_text(key)
        short = await desk.send("station_staff", f"/items/{item}/link", {"reason": "x"})
        assert short.status_code == 422
        assert 'id="e-reason"' in short.text
        given = await desk.send("station_staff", f"/items/{item}/link", {"reason": "丢了要换一个"})
        found = re.search(r"https://jianyi.test(/intake/p/[a-z2-7]{26})", given.text)
        assert found
        assert (await visitor.get(found[1])).status_code == 200
        assert (await visitor.get(path)).status_code == 404
        again = (await desk.page("station_staff", f"/items/{item}/link")).text
        assert found[1] not in again
        assert "丢了要换一个" in again
        form = as_form({"reason": "提出人要停用", "end": "yes"})
        async with await desk.client("station_staff") as client:
            await client.post(f"/intake/items/{item}/link", data=form)
        assert (await visitor.get(found[1])).status_code == 404


async def test_forms_of_other_sites_are_refused_also_without_a_referrer(desk: Desk) -> None:
    async with a_visitor(desk) as visitor:
        path, _key = await raised(desk, visitor)
        form = await form_at(visitor, f"{path}/withdraw")
        for headers, status in (
            ({"Origin": "https://elsewhere.test"}, 403),
            ({"Sec-Fetch-Site": "cross-site"}, 403),
            ({"Origin": "null"}, 303),
        ):
            answer = await visitor.post(f"{path}/withdraw", data=form, headers=headers)
            assert answer.status_code == status

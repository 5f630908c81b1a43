"""The operator's pages of a service: what is parked, why, and the two ways out."""

from collections.abc import Mapping

import httpx

from shared.ids import named_id
from tests.support.eventually import eventually
from tests.support.shanghai import at
from tests.support.tracker.acts import ITEM_PATH, refused
from tests.support.tracker.dead_letters import TOPIC, close_the_gap, resets, spoil
from tests.support.tracker.desk import Desk
from tests.support.tracker.play import ITEM, accepted, submitted


async def letter_of(desk: Desk) -> str:
    (row,) = await desk.sql("SELECT min(id) AS id FROM dead_letter")
    return f"/dead-letters/{row['id']}"


async def send(desk: Desk, who: str, act: str, form: Mapping[str, str]) -> httpx.Response:
    return await desk.send(who, f"{await letter_of(desk)}/{act}", form)


async def test_a_service_without_kafka_says_so(desk: Desk) -> None:
    text = (await desk.page("operator", "/dead-letters")).text
    assert "9月8日 10:00，连不上Kafka" in text
    assert "没有搁置的事件。" in text
    assert "超期的职责" not in text  # nothing is overdue
    assert "到期日暂定的时钟" in text


async def test_a_parked_key_is_listed_with_its_cause_and_what_waits(parked: Desk) -> None:
    text = (await parked.page("operator", "/dead-letters")).text
    assert "搁置1件，需要处理" in text
    assert TOPIC in text
    assert "缺前面的事件" in text
    assert f'href="/tracker{await letter_of(parked)}"' in text
    english = (await parked.page("operator", "/dead-letters", lang="en")).text
    assert "1 blocked key needs action" in english
    assert "An earlier event is missing" in english


async def test_a_letter_opens_its_cause_its_queue_and_the_two_ways_out(parked: Desk) -> None:
    text = (await parked.page("operator", await letter_of(parked))).text
    assert "等缺的事件到达，再重放。" in text
    assert "重放，含排队1条" in text
    assert "提出丢弃" in text
    assert "须另一位运维人员确认" in text


async def test_release_replays_once_the_cause_is_gone(parked: Desk) -> None:
    assert await refused(parked, "clerk", "sign") == (409, "under_repair")
    again = await send(parked, "operator", "release", {"release_reason": "再试一次"})
    assert again.headers["location"] == "/tracker/dead-letters?released=2"
    assert "又搁置2条" in (await parked.get("operator", "/dead-letters?released=2")).text
    assert (await parked.get("operator", "/dead-letters?released=²")).status_code == 200
    await close_the_gap(parked)
    done = await send(parked, "operator", "release", {"release_reason": "缺的事件到了"})
    assert (done.status_code, done.headers["location"]) == (303, "/tracker/dead-letters?released=0")
    assert (await parked.get("clerk", ITEM_PATH)).status_code == 200
    assert (await parked.act("clerk", "sign")).status_code == 200
    text = (await parked.page("operator", "/dead-letters")).text
    assert "缺的事件到了" in text
    assert "值班运维" in text


async def test_a_form_without_a_reason_keeps_the_other_words(parked: Desk) -> None:
    empty = await send(parked, "operator", "release", {"release_reason": " "})
    assert empty.status_code == 422
    assert "请写明理由，至少4个字。" in empty.text
    long = "很长" * 300
    answer = await send(parked, "operator", "discard", {"discard_reason": long})
    assert answer.status_code == 422
    assert long in answer.text
    assert "理由最多写500个字。" in answer.text
    assert len(await parked.sql("SELECT 1 FROM dead_letter")) == 2


async def test_a_discard_waits_for_another_operator(desk: Desk) -> None:
    await spoil(desk)
    reason = {"discard_reason": "来源写错"}
    asked = await send(desk, "operator", "discard", reason)
    assert asked.headers["location"].startswith("/tracker/dead-letters?asked=")
    own = (await desk.page("operator", await letter_of(desk))).text
    assert "确认丢弃</button>" not in own
    assert "撤回丢弃" in own
    by_oneself = await send(desk, "operator", "confirm", {})
    assert by_oneself.status_code == 422
    assert "不能是提出的人" in by_oneself.text
    others = (await desk.page("second_operator", await letter_of(desk))).text
    assert "值班运维于9月8日 10:00提出丢弃：来源写错" in others
    assert "确认丢弃</button>" in others
    done = await send(desk, "second_operator", "confirm", {})
    assert done.headers["location"] == "/tracker/dead-letters?discarded=0"
    assert await desk.sql("SELECT 1 FROM dead_letter") == []
    text = (await desk.page("operator", "/dead-letters")).text
    assert "值班运维" in text
    assert "高立新" in text


async def test_whoever_reset_the_others_account_today_is_no_second_person(desk: Desk) -> None:
    await spoil(desk)
    await send(desk, "operator", "discard", {"discard_reason": "来源写错"})
    await resets(desk, "operator", "second_operator")
    done = await send(desk, "second_operator", "confirm", {})
    assert done.status_code == 409
    assert "不能算两个人" in done.text
    assert len(await desk.sql("SELECT 1 FROM dead_letter")) == 1


async def test_what_was_asked_can_be_kept(desk: Desk) -> None:
    await spoil(desk)
    await send(desk, "operator", "discard", {"discard_reason": "来源写错"})
    kept = await send(desk, "second_operator", "keep", {})
    assert kept.headers["location"] == "/tracker/dead-letters?kept=0"
    late = await send(desk, "second_operator", "confirm", {})
    assert late.status_code == 409
    assert "没有人提出丢弃这一条，或者已经撤回。" in late.text
    assert len(await desk.sql("SELECT 1 FROM dead_letter")) == 1


async def test_a_message_without_a_key_can_only_be_discarded(desk: Desk) -> None:
    envelope = desk.envelope(submitted("2022-09-05 09:12"), ITEM, at("2022-09-05 09:12"))
    await desk.service.messaging.reader._apply([desk._record(envelope)._replace(key=b"331004")])
    text = (await desk.page("operator", await letter_of(desk))).text
    assert "没有可用的键" in text
    assert "1条消息无法识别" in text
    assert "/release" not in text
    forced = await send(desk, "operator", "release", {"release_reason": "再试一次"})
    assert forced.status_code == 409
    await send(desk, "operator", "discard", {"discard_reason": "别的程序写的"})
    await send(desk, "second_operator", "confirm", {})
    assert await desk.sql("SELECT 1 FROM dead_letter") == []


async def test_without_the_right_nothing_tells_what_is_there(parked: Desk) -> None:
    letter = await letter_of(parked)
    for answer in (
        await parked.page("clerk", "/dead-letters"),
        await parked.page("leader", letter),
        await parked.page("clerk", "/dead-letters/line"),
        await parked.send("clerk", f"{letter}/release", {"release_reason": "理由在此"}),
    ):
        assert answer.status_code == 403
        assert "这里由系统运维办理。" in answer.text
        assert "缺前面的事件" not in answer.text
    there, nowhere = [
        (await parked.get("clerk", at)).json() for at in (letter, "/dead-letters/999999")
    ]
    assert there | {"trace": ""} == nowhere | {"trace": ""}
    assert len(await parked.sql("SELECT 1 FROM dead_letter")) == 2


async def test_without_a_session_one_signs_in_first(parked: Desk) -> None:
    async with await parked.client("operator") as client:
        client.cookies.clear()
        answer = await client.get("/tracker/dead-letters", headers={"Accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/router/sign-in?next=%2Ftracker%2Fdead-letters")


async def test_operators_never_see_what_people_wrote(desk: Desk) -> None:
    await spoil(desk)
    text = (await desk.page("operator", await letter_of(desk))).text
    assert "内容读不懂" in text
    assert "occurred_at" in text  # where it is wrong is told
    assert "1380000" not in text
    assert "王小明" not in text


async def test_an_operator_starts_at_the_state_of_the_system(desk: Desk) -> None:
    first = await desk.page("operator", "/")
    assert first.headers["location"] == "/tracker/dead-letters"
    text = (await desk.page("operator", "/dead-letters")).text
    assert 'href="/tracker/cases"' not in text.split("<main")[0].split('class="menu"')[1]
    for name in ("intake", "router", "reporting"):
        assert f'href="/{name}/dead-letters"' in text


async def test_every_service_shows_its_row_to_the_pages_of_the_others(parked: Desk) -> None:
    line = (await parked.page("operator", "/dead-letters/line")).text
    assert line.strip().startswith("<tr")
    assert "连不上Kafka" in line
    assert 'hx-trigger="every 10s"' in line
    still = await parked.get("operator", "/dead-letters/line?still=1")
    assert "hx-trigger" not in still.text


async def test_poison_on_kafka_parks_one_key_and_the_page_lets_it_go(
    dsn: str, bootstrap: str
) -> None:
    desk, other = Desk(dsn, bootstrap=bootstrap), named_id("item", "other")
    await desk.prepare("2022-09-08 10:00")
    async with desk.service.running():
        await desk.publish(desk.directory())
        desk.seqs[TOPIC, ITEM] = 1
        await desk.publish([(ITEM, accepted("2022-09-05 15:40"))])
        await desk.publish([(other, submitted("2022-09-05 09:12"))])

        async def is_listed() -> bool:
            page = await desk.page("operator", "/dead-letters")
            return page.status_code == 200 and "缺前面的事件" in page.text

        await eventually(is_listed)

        async def the_other_flows() -> bool:
            rows = await desk.sql("SELECT blocked FROM position WHERE key = $1", other)
            return [row["blocked"] for row in rows] == [False]

        await eventually(the_other_flows)
        desk.seqs[TOPIC, ITEM] = 0
        await desk.publish([(ITEM, submitted("2022-09-05 09:12"))])

        async def the_missing_one_waits() -> bool:
            return len(await desk.sql("SELECT 1 FROM dead_letter")) == 2

        await eventually(the_missing_one_waits)
        done = await send(desk, "operator", "release", {"release_reason": "缺的事件到了"})
        assert done.headers["location"] == "/tracker/dead-letters?released=0"

        async def nothing_is_left() -> bool:
            text = (await desk.page("operator", "/dead-letters")).text
            said = "本服务没有需要处理的事", "<h1>运行：办理</h1>", "没有搁置的事件。"
            return all(words in text for words in said)

        await eventually(nothing_is_left)
        assert "正常" in (await desk.page("operator", "/dead-letters/line")).text

"""Proposers and stations are told, once, by real gateways that also fail; and nothing secret."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from deploy.local.servers import Servers
from services.intake.domain.occasions import Happened
from services.intake.notice_store import add_notices, give_up
from shared.ids import from_text, to_text
from shared.notices import sender
from shared.notices.channel import GIVE_UP
from tests.support.eventually import eventually
from tests.support.gateways import MailServer, WebHook, a_mail_server, a_web_hook
from tests.support.intake.desk import HEAD_ID, Desk, HeadedStation, Intake, open_desk, settings_for
from tests.support.intake.sources import view_source
from tests.support.intake.stations import CREDIT_CODE, DEPUTY
from tests.support.intake.telling import (
    ADDRESS,
    TITLE,
    WANG,
    a_reply,
    answered,
    given_to_a_unit,
    link_to,
    mail_settings,
    make_due,
    notices,
    raised_by,
    send_all,
    senders,
    sending,
    urged,
    vault_of,
)
from tests.support.intake.visitors import (
    a_visitor,
    item_behind,
    reported,
    the_form,
    words_of,
)
from tests.support.servers import fresh_database


@pytest_asyncio.fixture(scope="module")
async def mail() -> AsyncIterator[MailServer]:
    with a_mail_server() as server:
        yield server


@pytest_asyncio.fixture(scope="module")
async def hook() -> AsyncIterator[WebHook]:
    with a_web_hook() as opened:
        yield opened


@pytest_asyncio.fixture(scope="module")
async def desk(
    servers: Servers, mail: MailServer, hook: WebHook, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """An intake with e-mail, and with a gateway for phones and for the offices."""
    folder = tmp_path_factory.mktemp("notices")
    addresses = folder / "addresses"
    addresses.write_text(f"{hook.url}/to/{{phone}}/{{id}}\n{hook.url}/at/{{office}}\n")
    more = mail_settings(mail) | {"JIANYI_NOTICE_APPRISE_FILE": addresses}
    async with fresh_database(servers.dsn) as dsn, open_desk(settings_for(dsn, **more)) as opened:
        yield opened


@pytest_asyncio.fixture(autouse=True)
async def quiet(desk: Desk, mail: MailServer, hook: WebHook) -> None:
    """Let every test begin with gateways that took nothing yet, and nothing that waits."""
    mail.start()
    mail.busy, hook.status = False, 200
    mail.unknown.clear()
    await desk.sql("UPDATE notice SET outcome = 'dropped', ended_at = now() WHERE outcome IS NULL")
    mail.mails.clear()
    hook.taken.clear()


def paths(hook: WebHook) -> list[str]:
    return [path.rsplit("/", 1)[0] if "/to/" in path else path for path, _ in hook.taken]


async def accepted(station: HeadedStation, **more: Any) -> str:
    item = await raised_by(station, **more)
    done = await station.act(item, "accept", {}, HEAD_ID)
    assert done.status_code == 200, done.text
    return item


async def number_of(desk: Desk, item: str) -> str:
    (row,) = await desk.sql("SELECT number FROM item WHERE key = $1", from_text(item))
    return str(row["number"])


async def test_what_happens_to_an_item_is_told_by_every_channel_and_says_nothing_secret(
    desk: Desk, station: HeadedStation, mail: MailServer, hook: WebHook
) -> None:
    item = await accepted(station)
    number = await number_of(desk, item)
    await given_to_a_unit(desk, item)
    await answered(desk, item, a_reply(to_rate=False))
    await answered(desk, item, a_reply(2))
    await send_all(desk)
    told = mail.texts()
    assert [text.splitlines()[0] for text in told] == [
        f"意见建议（编号{number}）{what}"
        for what in (
            "已受理，正在确定由哪个单位办。",
            "已交给单位办理。",
            "有单位答复了，另有单位还要答复。",
            "已答复，请看答复并评价。",
        )
    ]
    assert told[0].splitlines()[2] == (
        f"Suggestion no. {number} has been accepted; a unit is being chosen to handle it."
    )
    assert all(f"{ADDRESS}/intake/p/" in text for text in told)
    assert {one["To"] for one in mail.mails} == {WANG["email"]}
    assert paths(hook) == [f"/to/{WANG['phone']}", "/at/XQ01"] * 4
    to_station = [said["message"] for path, said in hook.taken if "/at/" in path]
    assert to_station[-1].startswith(f"意见建议（编号{number}）已答复，请告诉提出人")
    assert all(f"{ADDRESS}/intake/items/{item}" in text for text in to_station)
    everything = "".join(
        (*told, *(str(one) for one in hook.taken), *(str(one["Subject"]) for one in mail.mails))
    )
    assert not [one for one in (WANG["name"], TITLE, "station_head") if one in everything]


async def test_what_was_returned_or_refused_has_no_number_and_is_known_by_its_day(
    desk: Desk, station: HeadedStation, mail: MailServer
) -> None:
    item = await raised_by(station)
    back = {"reason": "unclear", "note": "请写明哪条路"}
    assert (await station.act(item, "return", back, HEAD_ID)).is_success
    await desk.hear_all([(from_text(item), one) for one in (urged("accept"), urged("resubmit"))])
    assert (await station.act(item, "resubmit", {"supplement": "紫藤路"})).is_success
    await desk.hear_all([(from_text(item), urged("resubmit"))])
    refused = {"reason": "R4", "note": "没有具体内容"}
    assert (await station.act(item, "reject", refused, HEAD_ID)).is_success
    await send_all(desk)
    today = f"{datetime.now(UTC) + timedelta(hours=8):%Y年%-m月%-d日}"
    assert [text.splitlines()[0] for text in mail.texts()] == [
        f"意见建议（{today}提出）补充后才能接着办，请尽快补充。",
        f"意见建议（{today}提出）还没有补充，期限已过；补充后才能接着办。",
        f"意见建议（{today}提出）没有受理，打开能看到理由。",
    ]
    assert "紫藤" not in "".join(mail.texts())


async def test_who_raised_what_goes_to_another_channel_is_told(
    desk: Desk, station: HeadedStation, mail: MailServer
) -> None:
    item = await raised_by(station)
    gone = {"channel": "petition", "other_channel_ref": "XF-7", "note": "信访在办"}
    assert (await station.act(item, "transfer", gone, HEAD_ID)).is_success
    await send_all(desk)
    (text,) = mail.texts()
    assert "已转到其他渠道" in text.splitlines()[0]
    assert "another channel" in text.splitlines()[2]
    assert not [one for one in ("XF-7", "信访在办", TITLE) if one in text]
    path = await link_to(desk, item)
    async with a_visitor(desk) as visitor:
        assert "告诉您：已转到其他渠道" in words_of((await visitor.get(path)).text)


async def test_what_was_raised_together_is_told_to_all_who_raised_it(
    desk: Desk, station: HeadedStation, mail: MailServer
) -> None:
    firm = {"enterprise_code": CREDIT_CODE}
    into, gone = await accepted(station, **firm), await raised_by(station, **firm)
    merged = await station.act(gone, "merge", {"into": into}, HEAD_ID)
    assert merged.is_success, merged.text
    await given_to_a_unit(desk, into)
    await send_all(desk)
    number = await number_of(desk, into)
    texts = [text for text in mail.texts() if "已交给单位" in text]
    assert len(texts) == 2
    assert all(number in text for text in texts)
    rows = [row for item in (into, gone) for row in await notices(desk, item)]
    stations = [row for row in rows if row["kind"] == "station"]
    assert [row["occasion"] for row in stations] == ["accepted", "dispatched"]


async def test_an_event_or_an_act_that_comes_again_tells_nothing_again(
    desk: Desk, station: HeadedStation, mail: MailServer
) -> None:
    item = await accepted(station)
    assert (await station.act(item, "accept", {}, HEAD_ID)).is_success
    await given_to_a_unit(desk, item)
    desk.seqs.clear()
    await given_to_a_unit(desk, item)
    once = await notices(desk, item)
    assert [row["occasion"] for row in once] == ["accepted"] * 3 + ["dispatched"] * 3
    await send_all(desk)
    sent = await notices(desk, item)
    given = Happened("router.assignment.v1", 1, "dispatched", datetime.now(UTC))
    async with desk.service.db.begin() as tx:  # as if the fence were lost in a restore
        key, channels = from_text(item), [one.channel for one in senders(desk)]
        await add_notices(tx, vault_of(desk), channels, {key: [given]})
    assert await notices(desk, item) == sent
    await make_due(desk)
    await send_all(desk)
    assert len(mail.mails) == 2


async def test_of_what_is_long_past_nobody_is_told(desk: Desk, station: HeadedStation) -> None:
    item = await accepted(station)
    before = await notices(desk, item)
    old = datetime.now(UTC) - GIVE_UP - timedelta(hours=1)
    await answered(desk, item, a_reply(at=old))
    assert await notices(desk, item) == before


async def test_nothing_is_lost_while_a_gateway_is_away(
    desk: Desk, station: HeadedStation, mail: MailServer, hook: WebHook,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(sender, "LONGEST_POLL", sender.POLL_SECONDS)
    mail.stop()
    hook.status, refused = 503, hook.refused
    items = [await accepted(station) for _ in range(3)]

    async def tried() -> bool:
        rows = [row for item in items for row in await notices(desk, item)]
        return {row["why"] for row in rows} == {"unreachable", "failed"}

    async with sending(desk):
        await eventually(tried)
        assert (mail.mails, hook.taken, hook.refused > refused) == ([], [], True)
        mail.start()
        hook.status = 200

        async def all_sent() -> bool:
            await make_due(desk)
            rows = [row for item in items for row in await notices(desk, item)]
            return {row["outcome"] for row in rows} == {"sent"}

        await eventually(all_sent, timeout=90)
    told = [one["Message-ID"] for one in mail.mails]
    assert len(told) >= len(items) == len(set(told))


async def test_one_that_dies_after_sending_is_followed_by_one_that_says_it_under_the_same_id(
    desk: Desk, station: HeadedStation, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = await accepted(station)
    by_mail = next(one for one in senders(desk) if one.channel.name == "smtp")
    dying = asyncio.Event()

    async def dies(*_args: object) -> None:
        dying.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as patched:
        patched.setattr(type(by_mail.queue), "end", dies)
        running = asyncio.create_task(by_mail.run())
        await dying.wait()
        running.cancel()
        await asyncio.wait([running])
    assert [row["outcome"] for row in await notices(desk, item)] == [None] * 3
    assert not await by_mail.send_next()  # not before its next try is due
    await make_due(desk)
    await send_all(desk)
    first, second = mail.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert {row["outcome"] for row in await notices(desk, item)} == {"sent"}


async def test_several_processes_send_each_notice_once(
    desk: Desk, station: HeadedStation, mail: MailServer
) -> None:
    items = [await accepted(station) for _ in range(8)]
    by_mail = next(one for one in senders(desk) if one.channel.name == "smtp")
    sent = await asyncio.gather(*(by_mail.send_next() for _ in range(8)))
    assert all(sent)
    assert len({one["Message-ID"] for one in mail.mails}) == len(mail.mails) == len(items)


async def test_who_cannot_be_reached_is_given_up_and_seen_by_operators(
    desk: Desk, station: HeadedStation, mail: MailServer, intake: Intake
) -> None:
    mail.unknown.add(WANG["email"])
    refused = await accepted(station)
    await send_all(desk)
    mail.unknown.clear()
    late = await accepted(station)
    await desk.sql("UPDATE notice SET made_at = made_at - $1::interval WHERE item = $2",
                   GIVE_UP + timedelta(seconds=1), from_text(late))  # fmt: skip
    async with desk.service.db.begin() as tx:
        await give_up(tx)
    await send_all(desk)
    assert mail.mails == []
    ends = {row["channel"]: row["outcome"] for row in await notices(desk, refused)}
    assert ends == {"smtp": "rejected", "apprise": "sent"}
    assert {row["outcome"] for row in await notices(desk, late)} == {"given_up"}
    code, listed = await intake("notices")
    lines = [line.split("\t") for line in listed.splitlines()]
    assert code == 0
    assert [line[1:3] + line[-1:] for line in lines if line[0] == refused] == [
        ["accepted", "smtp", "rejected"]
    ]
    assert [line[-1] for line in lines if line[0] == late] == ["given_up"] * 3
    assert not [word for word in WANG.values() if word in listed]
    metrics = (await desk.page("ops", "/metrics")).text
    assert re.search(r'intake_notices_failed{channel="smtp"} [1-9]', metrics)
    page = (await desk.page("admin", "/notices")).text
    assert re.search(r"七天内没有发成</span>[1-9]", page)


async def test_who_left_no_address_is_not_told_and_what_is_erased_reaches_nobody(
    desk: Desk, station: HeadedStation, mail: MailServer, hook: WebHook, intake: Intake
) -> None:
    silent = await accepted(station, contact=None)
    assert [row["kind"] for row in await notices(desk, silent)] == ["station"]
    item = await accepted(station)
    assert (await intake("erase", "--proposer", item, "--by", "committee", "--yes"))[0] == 0
    await send_all(desk)
    assert mail.mails == []
    assert {row["outcome"] for row in await notices(desk, item)} == {"dropped"}
    kept = await desk.sql("SELECT to_json(notice)::text AS row FROM notice")
    assert not [one for one in kept if any(word in one["row"] for word in WANG.values())]


async def test_addresses_and_words_are_in_no_log(
    desk: Desk, station: HeadedStation, mail: MailServer, hook: WebHook,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    with capture_logs() as written:
        mail.busy, hook.status = True, 500
        await accepted(station)
        async with sending(desk):
            await eventually(lambda: str(written).count("notices.not_sent") == 2)
            mail.busy, hook.status = False, 200
            await make_due(desk)
            await eventually(lambda: len(mail.mails) == 1 and len(hook.taken) == 2)
    ours = (one.getMessage() for one in caplog.records if one.name != "mail.log")
    said = "".join(ours) + str(written)
    assert "notices.not_sent" in said
    assert not [word for word in WANG.values() if word in said]


async def test_the_pages_of_the_station_and_of_the_proposer_show_what_was_sent(
    desk: Desk, station: HeadedStation
) -> None:
    item = await accepted(station)
    path = await link_to(desk, item)
    waiting = words_of((await desk.page("station_head", f"/items/{item}")).text)
    assert "告知提出人" not in waiting
    await send_all(desk)
    async with a_visitor(desk) as visitor:
        for page, told in (
            ((await desk.page("station_head", f"/items/{item}")).text, "告知提出人："),
            ((await visitor.get(path)).text, "告诉您："),
        ):
            words = words_of(page)
            assert f"已通过邮件{told}已受理" in words
            assert f"已通过本市的消息网关{told}已受理" in words
            assert words.count(told) == 2
        other = await raised_by(station, co_proposers=[{"person_id": to_text(DEPUTY)}])
        query = "SELECT proposer_id FROM proposer WHERE key = $1 AND place = 2"
        (second,) = await desk.sql(query, from_text(other))
        assert (await station.act(other, "accept", {}, HEAD_ID)).is_success
        await send_all(desk)
        theirs = await link_to(desk, other, proposer_id=to_text(second["proposer_id"]))
        assert "告诉您" not in words_of((await visitor.get(theirs)).text)


async def test_forms_ask_for_an_address_where_mail_is_sent_and_the_source_shows_it(
    desk: Desk, mail: MailServer
) -> None:
    async with a_visitor(desk) as visitor:
        contact = {f"contact_{name}": value for name, value in WANG.items()}
        wrong = await the_form(visitor, **contact | {"contact_email": "wang at firm"})
        refused = await visitor.post("/intake/report/XQ01", data=wrong)
        assert (refused.status_code, 'id="e-contact_email"' in refused.text) == (422, True)
        path = await reported(visitor, await the_form(visitor, **contact))
        item = to_text(await item_behind(desk, path))
    assert "contact_email" in (await desk.page("station_staff", "/new")).text
    masked = (await desk.page("station_head", f"/items/{item}/source")).text
    assert WANG["email"] not in masked
    opened = await view_source(desk, "station_head", item)
    assert opened.json()["proposers"][0]["email"] == WANG["email"]


async def test_administrators_see_who_can_be_told(desk: Desk) -> None:
    page = words_of((await desk.page("admin", "/notices")).text)
    assert page.count(" 能 ") == 3
    assert "齐了" in (await desk.page("admin", "/notices/missing")).text

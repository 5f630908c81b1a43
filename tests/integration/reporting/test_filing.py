"""The month on real Kafka: drafts by the clock, versions frozen at a cut, the city's sheet."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import date

import pytest

from deploy.local.servers import Servers
from services.reporting.domain.model import report_key
from shared.contracts.intake import ItemProposer, ItemSubmitted
from shared.contracts.reporting import ReportSubmitted
from shared.contracts.topics import REPORTING_REPORT
from shared.ids import to_text
from tests.support.eventually import eventually
from tests.support.refusals import problem
from tests.support.reporting.counting import (
    ACTIVITY,
    CITY,
    COUNTY,
    OTHER_TOWN,
    STAFF,
    TOWN,
    accepted,
    attended,
    escalated,
    held,
    rated,
    rejected,
    replied,
)
from tests.support.reporting.month import (
    CITY_SIGN,
    LINHAI_SIGN,
    OCTOBER,
    RECEIVE,
    SIGN,
    frozen_versions_prove_themselves,
    item,
    numbers_open_their_items,
    printed,
    stage,
    submitted,
    until_drafted,
)
from tests.support.reporting.places import LINHAI, WATERS
from tests.support.reporting.running import (
    END,
    RunningReporting,
    open_reporting,
    report_id,
    run_reporting,
)
from tests.support.servers import fresh_database
from tests.support.shanghai import at
from tests.support.topic_log import read_topic


async def test_a_report_is_drafted_on_the_15th_by_the_clock(dsn: str, kafka: str) -> None:
    async with run_reporting(dsn, kafka, "2022-07-14 23:00") as reporting:
        await reporting.say(accepted("2022-07-13"))
        assert await stage(reporting, end=date(2022, 7, 20)) == ""
        await reporting.move("2022-07-15 00:01")
        for filer in (COUNTY, LINHAI, CITY):
            await until_drafted(reporting, filer, date(2022, 7, 20))
        assert await reporting.sql("SELECT count(*) AS n FROM report WHERE stage <> ''") == [(3,)]


async def test_a_month_from_the_facts_to_the_city(running: RunningReporting) -> None:
    before = await running.service.messaging.reader.end_offsets()
    await running.say(accepted("2022-09-01"), replied("2022-09-05"), rated("2022-09-06"))
    await running.say(escalated("2022-09-02"))
    await running.say(held("2022-09-07"), attended("2022-09-07"), key=ACTIVITY)
    await until_drafted(running)
    await running.done(*SIGN)
    version = await submitted(running)
    assert (version["fact_count"], version["late_days"]) == (5, 0)
    assert await printed(running) == (1, 0, 1)

    event = await said_last(running)
    assert event.facts_sha256 == version["facts_sha256"]
    ends = [(one.topic, one.offset, before[one.topic, one.partition]) for one in event.cut]
    assert {topic: end - was for topic, end, was in ends if end > was} == {
        "intake.item.v1": 1,
        "router.assignment.v1": 1,
        "tracker.case.v1": 2,
        "intake.activity.v1": 2,
    }
    await running.done(RECEIVE)
    assert await stage(running) == "received"
    await numbers_open_their_items(running, "office")
    await numbers_open_their_items(running, "liaison")


async def said_last(reporting: RunningReporting) -> ReportSubmitted:
    """Read from Kafka what was last said of a submitted report."""

    async def is_emitted() -> list[ReportSubmitted]:
        events = [one.event for one in await read_topic(reporting.bootstrap, REPORTING_REPORT.name)]
        found = [event for event in events if isinstance(event, ReportSubmitted)]
        return found[-1:]

    (event,) = await eventually(is_emitted)
    return event


async def test_a_fact_after_the_cut_goes_to_the_next_report(running: RunningReporting) -> None:
    await running.say(accepted("2022-09-01"))
    await until_drafted(running)
    await running.done(*SIGN)
    await running.say(accepted("2022-09-19"), key=item("typed late"))
    await running.say(accepted("2022-09-20 23:59"), key=item("last minute"))
    await running.say(accepted("2022-09-21 00:00"), key=item("next day"))
    assert await printed(running) == (1, 0, 1)
    await running.done(RECEIVE)
    await running.move("2022-10-15 00:01")
    await until_drafted(running, end=OCTOBER)
    assert await printed(running, end=OCTOBER) == (3, 2, 4)
    await running.done(*SIGN, end=OCTOBER)
    assert (await submitted(running, end=OCTOBER))["fact_count"] == 3
    page = (await running.page("liaison", "/")).text
    assert "补报" in page
    await numbers_open_their_items(running, "liaison")
    await numbers_open_their_items(running, "liaison", "?period_end=2022-09-20")


async def test_what_is_taken_back_later_is_a_correction_and_may_be_negative(
    running: RunningReporting,
) -> None:
    await running.say(accepted("2022-09-01"))
    await until_drafted(running)
    await running.done(*SIGN, RECEIVE)
    await running.say(rejected("2022-09-18"))
    await running.move("2022-10-15 00:01")
    await until_drafted(running, end=OCTOBER)
    assert await printed(running, end=OCTOBER) == (-1, -1, 0)
    await running.done(*SIGN, end=OCTOBER)
    cell = (await running.form("liaison", str(OCTOBER)))["total"]["C3"]
    assert (cell["counted"], cell["corrected"]) == (0, -1)
    assert await running.verify() == []


async def test_what_rises_and_falls_between_two_cuts_leaves_no_line(
    running: RunningReporting,
) -> None:
    await running.say(accepted("2022-09-01"), rejected("2022-09-02"))
    cell = (await running.form("liaison"))["total"]["C3"]
    assert (cell["counted"], cell["corrected"]) == (0, 0)


async def refused_return_is_given_back(
    running: RunningReporting, given: dict[str, str], error: str
) -> None:
    """See what was typed again, the error at its field, and links that open the form."""
    path, prefix = f"/reports/{report_id()}/return", f"{to_text(report_key(COUNTY, END))}-"
    form = {f"{prefix}{name}": value for name, value in given.items()}
    place = {"period_end": str(END), "division": CITY, "version": "1"}
    answer = await running.send("office", path, place | form)
    assert answer.status_code == 422
    assert re.search(f'<p class="wrong" id="e-{prefix}(reason|note)">[^<]*{error}', answer.text)
    assert f'value="{given["note"]}"' in answer.text
    if given["reason"]:
        assert f'value="{given["reason"]}" selected' in answer.text
    assert f'href="/reporting/?division={CITY}&amp;period_end={END}&amp;lang=en"' in answer.text


async def test_a_returned_version_takes_a_new_cut(running: RunningReporting) -> None:
    await running.say(accepted("2022-09-01"))
    await until_drafted(running)
    await running.done(*SIGN)
    await running.say(accepted("2022-09-02"), key=item("2"))
    body = {"version": 1, "reason": "figures"}
    for unexplained in (body | {"reason": "other"}, body | {"reason": "other", "note": " "}):
        answer = await running.step("office", "return", unexplained)
        assert problem(answer) == (422, "return_unexplained")
    for given, error in (
        ({"reason": "", "note": ""}, "请选择退回理由"),
        ({"reason": "", "note": "没有选理由"}, "请选择退回理由"),
        ({"reason": "other", "note": ""}, "请写明原因"),
        ({"reason": "figures", "note": "长" * 201}, "最多写200个字"),
    ):
        await refused_return_is_given_back(running, given, error)
    given = {"reason": "other", "note": "大溪镇的活动少了一次"}
    assert (await running.step("office", "return", body | given)).is_success
    own = (await running.page("liaison", f"/?period_end={END}")).text
    assert given["note"] in own
    assert "已退回，表中是现在的数字" in own
    row = (await running.form())["rows"][0]
    assert (row["status"], row["figures"]["C3"]["printed"]) == ("returned", 1)
    await numbers_open_their_items(running, "office")
    await running.done(*SIGN)
    assert [(await submitted(running, n))["fact_count"] for n in (1, 2)] == [1, 2]
    answer = await running.step("office", "receive", {"version": 1})
    assert problem(answer) == (409, "stale")
    assert (await running.step("office", "receive", {"version": 2})).is_success


async def test_reports_go_in_the_order_of_their_periods(running: RunningReporting) -> None:
    await running.say(accepted("2022-09-01"))
    await until_drafted(running)
    await running.move("2022-10-15 00:01")
    await until_drafted(running, end=OCTOBER)
    await running.done(*SIGN[:2], end=OCTOBER)
    answer = await running.step("liaison", "submit", end=OCTOBER)
    assert problem(answer) == (409, "earlier_report_open")
    await running.done(*SIGN)
    assert problem(await running.step("liaison", "submit", end=OCTOBER))[1] == "earlier_report_open"
    await running.done(RECEIVE)
    assert "迟报15个工作日" in (await running.page("liaison", f"/?period_end={END}")).text
    await running.done(*SIGN[1:], end=OCTOBER)


async def test_the_citys_sheet_sums_what_was_received(running: RunningReporting) -> None:
    await running.say(accepted("2022-09-01"), escalated("2022-09-02"))
    await running.say(accepted("2022-09-01", WATERS), key=item("linhai"))
    await running.say(accepted("2022-09-01", CITY), key=item("city"))
    for filer in (COUNTY, LINHAI, CITY):
        await until_drafted(running, filer)
    await running.done(*SIGN, RECEIVE)
    await running.done(*LINHAI_SIGN, filer=LINHAI)
    form = await running.form()
    assert [row["status"] for row in form["rows"]] == ["received", "waiting", "missing"]
    assert [row["figures"]["C3"]["printed"] for row in form["rows"]] == [1, 1, None]
    assert (form["received"], form["total"]["C3"]["printed"]) == (1, 1)
    page = (await running.page("office", "/")).text
    for words in ("县（市、区）已接收1/2", "未报", "待接收", "1/2，另有市本级", "临海市，待您接收"):
        assert words in page, words
    assert await numbers_open_their_items(running, "office") > 20
    await running.done(*CITY_SIGN, RECEIVE, filer=CITY)
    await running.done(RECEIVE, filer=LINHAI)
    form = await running.form()
    assert (form["received"], form["total"]["C3"]["printed"]) == (2, 3)
    assert form["rows"][2]["figures"]["C5"] is None
    await numbers_open_their_items(running, "office")


async def test_many_open_the_citys_total_at_once(running: RunningReporting) -> None:
    await running.say(accepted("2022-09-01"))
    await until_drafted(running)
    await running.done(*SIGN, RECEIVE)
    query = f"division={CITY}&column=C3&period_end={END}&scope=total"
    ask = [running.get("office", f"/v1/facts?{query}") for _ in range(30)]
    assert {answer.status_code for answer in await asyncio.gather(*ask)} == {200}


HELD_UP = item("held up")
FORCED = {"despite_blocked": True}


@pytest.fixture
async def held_up(running: RunningReporting) -> RunningReporting:
    """A confirmed report, and an item of the county that is parked for its first event."""
    await running.say(accepted("2022-09-01"))
    running.seqs["intake.item.v1", HELD_UP] = 1
    await running.say(accepted("2022-09-02"), key=HELD_UP)
    await until_drafted(running)
    await running.done(*SIGN[:2])
    return running


async def test_only_the_head_submits_while_something_is_under_repair(
    held_up: RunningReporting,
) -> None:
    answer = await held_up.step("liaison", "submit")
    assert problem(answer) == (409, "subjects_blocked")
    assert answer.json()["subjects"] == [to_text(HELD_UP)]
    assert "有1件正在核对数据，还没有计入" in (await held_up.page("liaison", "/")).text
    assert problem(await held_up.step("liaison", "submit", FORCED))[0] == 403
    assert problem(await held_up.step("head", "submit")) == (409, "second_person_needed")
    page = (await held_up.page("head", "/")).text
    assert "仍然报送，表上注明" in page
    path = f"/reports/{report_id()}/submit"
    sent = await held_up.send("head", path, {"despite_blocked": "yes", "period_end": str(END)})
    assert sent.status_code == 303
    assert "报送时有1件正在核对数据，没有计入" in (await held_up.page("liaison", "/")).text
    assert "缺1件" in (await held_up.page("office", "/")).text


async def test_what_was_under_repair_at_the_cut_is_counted_in_the_next_report(
    held_up: RunningReporting,
) -> None:
    assert (await held_up.step("head", "submit", FORCED)).is_success
    await held_up.done(RECEIVE)
    await release(held_up)
    await held_up.move("2022-10-15 00:01")
    await until_drafted(held_up, end=OCTOBER)
    assert await printed(held_up) == (1, 0, 1)
    assert await printed(held_up, end=OCTOBER) == (1, 1, 2)
    await numbers_open_their_items(held_up, "liaison", "?period_end=2022-09-20")
    await held_up.done(*SIGN, end=OCTOBER)
    await frozen_versions_prove_themselves(held_up)


async def release(reporting: RunningReporting) -> None:
    """Say the event that was missed, and let the parked one follow it."""
    reporting.seqs["intake.item.v1", HELD_UP] = 0
    first = ItemSubmitted(
        occurred_at=at("2022-09-02"),
        division_code=TOWN,
        actor="s",
        station_id=STAFF,
        item_type="problem",
        source_kind="station",
        proposers=(ItemProposer(proposer_id=STAFF, kind="station"),),
    )
    await reporting.publish([(HELD_UP, first)])

    async def is_behind() -> bool:
        return len(await reporting.sql("SELECT id FROM dead_letter")) == 2

    await eventually(is_behind)
    await reporting.service.messaging.repairs.release(
        "intake.item.v1", HELD_UP, "ops", "its first came"
    )


@pytest.fixture
async def alone(dsn: str, bootstrap: str) -> AsyncIterator[RunningReporting]:
    """A service whose topics hold nothing of any other test."""
    async with run_reporting(dsn, bootstrap, "2022-09-19 10:00") as opened:
        yield opened


async def test_a_fresh_database_counts_the_same_from_the_same_log(
    alone: RunningReporting, servers: Servers
) -> None:
    await alone.say(accepted("2022-09-01"), rejected("2022-09-10"))
    await alone.say(accepted("2022-09-01", OTHER_TOWN), replied("2022-09-05"), key=item("2"))
    await alone.say(rated("2022-09-06"), key=item("2"))
    await alone.say(escalated("2022-09-02"), key=item("2"))
    await alone.say(held("2022-09-07"), attended("2022-09-07"), key=ACTIVITY)
    await alone.publish([(item("3"), accepted("2022-09-08"))])
    alone.seqs["intake.item.v1", item("3")] = 0
    await alone.say(accepted("2022-09-08"), key=item("3"))
    await until_drafted(alone)
    await alone.done(*SIGN)
    topics = ("tracker.case.v1", "router.assignment.v1", "intake.activity.v1", "intake.item.v1")
    async with fresh_database(servers.dsn) as dsn, open_reporting(dsn, "2022-09-19 10:00") as fresh:
        for topic in topics:
            received = await read_topic(alone.bootstrap, topic)
            subject = next(
                subject for subject in fresh.service.messaging.subjects
                if topic in {one.name for one in subject.topics}
            )  # fmt: skip
            await fresh.service.messaging.loop.apply([(subject, one) for one in received])
        for table in ("fact", "cell", "item", "activity", "attendee"):
            everything = f"SELECT * FROM {table} ORDER BY to_jsonb({table})"  # noqa: S608
            assert await fresh.sql(everything) == await alone.sql(everything), table
    await frozen_versions_prove_themselves(alone)


async def test_figures_are_not_frozen_before_the_cut_is_read(dsn: str, kafka: str) -> None:
    async with run_reporting(dsn, kafka, "2022-09-19 10:00", cut_wait_seconds=0.5) as reporting:
        await reporting.say(accepted("2022-09-01"))
        await until_drafted(reporting)
        await reporting.done(*SIGN[:2])
        async with reporting.service.db.begin() as tx:
            await tx.execute("LOCK TABLE cell")
            await reporting.publish([(item("2"), accepted("2022-09-02"))])
            answer = await reporting.step("liaison", "submit")
        assert problem(answer) == (503, "cut_not_read")
        assert answer.headers["retry-after"] == "30"
        assert await stage(reporting) == "confirmed"
        await eventually(reporting.is_read)
        await reporting.done(*SIGN[1:])  # the figures have changed: the head confirms again
        assert (await submitted(reporting))["fact_count"] == 2


@pytest.mark.parametrize("division", [TOWN, WATERS])
async def test_only_what_may_belong_to_the_filer_holds_its_report_up(
    running: RunningReporting, division: str
) -> None:
    await running.say(accepted("2022-09-01"))
    running.seqs["intake.item.v1", item("2")] = 1
    await running.say(accepted("2022-09-02", division), key=item("2"))
    await until_drafted(running)
    await running.done(*SIGN[:2])
    answer = await running.step("liaison", "submit")
    assert answer.status_code == (409 if division == TOWN else 200)


async def test_a_period_that_has_not_begun_has_no_report(running: RunningReporting) -> None:
    await running.say(accepted("2022-09-01"))
    await until_drafted(running)
    for path in ("/v1/forms?", "/v1/forms.xlsx?", "/v1/facts?division=331004&column=C3&"):
        answer = await running.get("liaison", f"{path}period_end={OCTOBER}")
        assert problem(answer) == (404, "period_not_begun")
    assert ">下一期</a>" not in (await running.page("liaison", f"/?period_end={END}")).text
    page = await running.page("liaison", f"/?period_end={OCTOBER}")
    assert "从9月21日开始" in page.text
    await running.move("2022-09-21 00:01")
    assert ">下一期</a>" in (await running.page("liaison", f"/?period_end={END}")).text
    assert (await running.form("liaison", str(OCTOBER)))["total"]["C3"]["printed"] == 1

"""Luqiao goes into Linhai on real Kafka: its figures, its last forms, its people, who is asked."""

from datetime import date
from typing import Any

import pytest

from shared.contracts.reporting import ReportLapsed, ReportSubmitted
from shared.contracts.topics import REPORTING_REPORT
from tests.support.eventually import eventually
from tests.support.refusals import problem
from tests.support.reporting.counting import CITY, COUNTY, OTHER_TOWN, TOWN, accepted, escalated
from tests.support.reporting.month import (
    LINHAI_SIGN,
    OCTOBER,
    RECEIVE,
    SIGN,
    frozen_versions_prove_themselves,
    item,
    numbers_open_their_items,
    stage,
    submitted,
    until_drafted,
)
from tests.support.reporting.places import LINHAI, WATERS, division
from tests.support.reporting.running import END, OLD, RunningReporting, report_id
from tests.support.topic_log import read_topic

NOVEMBER = date(2022, 11, 20)


async def goes_into_linhai(reporting: RunningReporting, last_day: date) -> None:
    """Enter that Luqiao ends, and wait until this is known here."""
    await reporting.publish([division(COUNTY, last_day, LINHAI)])

    async def is_known() -> bool:
        found = reporting.service.copy.snapshot.division(COUNTY)
        return found is not None and found.valid_to == last_day

    await eventually(is_known)


async def number(
    reporting: RunningReporting, who: str, query: str, column: str = "C3"
) -> tuple[int, int]:
    """Give what a form prints in a column, and its sum since the first period."""
    cell = (await reporting.form(who, query))["total"][column]
    return cell["printed"], cell["cumulative"]


@pytest.fixture
async def september(running: RunningReporting) -> RunningReporting:
    """Two counties' September: Linhai's is received, Luqiao's is drafted."""
    await running.say(accepted("2022-09-01"), escalated("2022-09-02"))
    await running.say(accepted("2022-09-03", OTHER_TOWN), key=item("2"))
    await running.say(accepted("2022-09-01", WATERS), key=item("3"))
    for filer in (COUNTY, LINHAI):
        await until_drafted(running, filer)
    await running.done(*LINHAI_SIGN, RECEIVE, filer=LINHAI)
    return running


@pytest.fixture
async def merged(september: RunningReporting) -> RunningReporting:
    """Luqiao ended on 5 October, before its September was filed; October is drafted."""
    await september.move("2022-10-10 09:00")
    await goes_into_linhai(september, date(2022, 10, 5))
    await september.say(accepted("2022-09-19"), key=item("typed late"))
    await september.say(accepted("2022-10-02"), escalated("2022-10-03"), key=item("4"))
    await september.say(accepted("2022-10-02", WATERS), key=item("5"))
    await september.move("2022-10-15 00:01")
    await until_drafted(september, LINHAI, OCTOBER)
    await until_drafted(september, CITY, OCTOBER)
    return september


async def test_the_successor_waits_for_the_form_still_owed_and_may_finish_it(
    merged: RunningReporting,
) -> None:
    assert await stage(merged, COUNTY, OCTOBER) == ""
    await old_forms_are_seen_by_those_who_hold_the_rights_now(merged)
    await merged.done(*LINHAI_SIGN[:2], filer=LINHAI, end=OCTOBER)
    answer = await merged.step("linhai_liaison", "submit", filer=LINHAI, end=OCTOBER)
    assert problem(answer) == (409, "predecessor_report_open")
    assert (answer.json()["filer"], answer.json()["period_end"]) == (COUNTY, str(END))
    there = f"division={COUNTY}&amp;period_end={END}"
    page = (await merged.page("linhai_liaison", "/")).text
    assert "路桥区已并入本单位，它截至9月20日的报表还没有接收，要先办完" in page
    assert there in page
    path = f"/reports/{report_id(LINHAI, OCTOBER)}/submit"
    form = {"period_end": str(OCTOBER), "division": LINHAI}
    refused = await merged.send("linhai_liaison", path, form)
    assert refused.status_code == 409
    assert "然后报送本期" in refused.text
    assert there in refused.text
    await merged.done(*LINHAI_SIGN, filer=COUNTY)
    assert problem(await merged.step("linhai_liaison", "submit", filer=LINHAI, end=OCTOBER))[1] == (
        "predecessor_report_open"
    )
    await merged.done(RECEIVE, filer=COUNTY)
    await merged.done(*LINHAI_SIGN[1:], filer=LINHAI, end=OCTOBER)
    assert await stage(merged, LINHAI, OCTOBER) == "submitted"


async def filed(reporting: RunningReporting) -> None:
    """Let the successor's people file what was owed, and the first common form."""
    await reporting.done(*LINHAI_SIGN, RECEIVE, filer=COUNTY)
    await reporting.done(*LINHAI_SIGN, RECEIVE, filer=LINHAI, end=OCTOBER)


async def test_nothing_is_lost_and_nothing_is_counted_twice(merged: RunningReporting) -> None:
    await filed(merged)
    assert await number(merged, "office", f"{END}&division={COUNTY}") == (3, 3)
    assert await number(merged, "office", f"{OCTOBER}&division={LINHAI}") == (2, 6)
    assert await number(merged, "office", f"{OCTOBER}&division={LINHAI}", "C5") == (1, 2)
    form = await merged.form("office", str(OCTOBER))
    assert [row["division_code"] for row in form["rows"]] == [LINHAI, CITY]
    assert (form["received"], form["total"]["C3"]["cumulative"]) == (1, 6)
    parts = [(set(one["divisions"]), one["since"]) for one in (await version(merged))["parts"]]
    assert parts == [
        ({WATERS, LINHAI}, {"filer": LINHAI, "period_end": str(END), "version": 1}),
        ({TOWN, OTHER_TOWN, COUNTY}, {"filer": COUNTY, "period_end": str(END), "version": 1}),
    ]
    for query in (f"?period_end={OCTOBER}", f"?period_end={END}"):
        assert await numbers_open_their_items(merged, "office", query) > 10
        assert await numbers_open_their_items(merged, "linhai_liaison", query) > 5
    await frozen_versions_prove_themselves(merged)
    await merged.move("2022-11-15 00:01")
    await until_drafted(merged, LINHAI, NOVEMBER)
    assert await stage(merged, COUNTY, NOVEMBER) == ""
    await merged.say(accepted("2022-10-04"), key=item("typed later"))
    assert await number(merged, "linhai_liaison", f"{NOVEMBER}&division={LINHAI}") == (1, 7)
    assert await merged.verify() == []


async def version(reporting: RunningReporting) -> dict[str, Any]:
    """Read Linhai's October as what was said of it on Kafka."""
    row = await submitted(reporting, filer=LINHAI, end=OCTOBER)

    async def is_emitted() -> list[ReportSubmitted]:
        said = [one.event for one in await read_topic(reporting.bootstrap, REPORTING_REPORT.name)]
        return [
            one
            for one in said
            if isinstance(one, ReportSubmitted) and one.facts_sha256 == row["facts_sha256"]
        ]

    return (await eventually(is_emitted))[-1].model_dump(mode="json")


async def old_forms_are_seen_by_those_who_hold_the_rights_now(merged: RunningReporting) -> None:
    old = f"division={COUNTY}&period_end={END}"
    for who, code in (("linhai_liaison", 200), ("liaison", 200), ("office", 200), ("clerk", 403)):
        assert (await merged.get(who, f"/v1/forms?{old}")).status_code == code, who
    page = (await merged.page("linhai_liaison", f"/?period_end={OCTOBER}")).text
    assert "原路桥区本级" in page
    assert "2022年10月5日止" in page
    assert f"division={COUNTY}&amp;period_end={END}" in page
    assert "10月5日止" in (await merged.page("office", f"/?period_end={END}")).text
    now = await merged.form("liaison", f"{OCTOBER}&division={COUNTY}")
    assert now["division_code"] == LINHAI
    for act in ("check", "confirm"):
        assert problem(await merged.step("liaison", act, OLD, filer=LINHAI, end=OCTOBER))[0] == 403


async def test_a_draft_lapses_when_its_county_turns_out_to_be_gone(
    september: RunningReporting,
) -> None:
    await september.done(*SIGN[:2])
    await goes_into_linhai(september, date(2022, 9, 10))

    async def is_lapsed() -> bool:
        return await stage(september) == "lapsed"

    await eventually(is_lapsed)
    assert problem(await september.step("liaison", "submit")) == (404, "no_report")

    async def is_emitted() -> bool:
        said = [one.event for one in await read_topic(september.bootstrap, REPORTING_REPORT.name)]
        return [one.filer for one in said if isinstance(one, ReportLapsed)] == [COUNTY]

    await eventually(is_emitted)
    await september.move("2022-10-15 00:01")
    await until_drafted(september, LINHAI, OCTOBER)
    assert await number(september, "linhai_liaison", f"{OCTOBER}&division={LINHAI}") == (2, 3)


async def test_what_was_sent_before_the_merger_was_entered_stands(
    september: RunningReporting,
) -> None:
    await september.done(*SIGN)
    await goes_into_linhai(september, date(2022, 9, 10))
    form = await september.form()
    assert [row["division_code"] for row in form["rows"]] == [COUNTY, LINHAI, CITY]
    await september.done(RECEIVE)
    assert (await september.form())["total"]["C3"]["printed"] == 3
    await september.move("2022-10-15 00:01")
    await until_drafted(september, LINHAI, OCTOBER)
    assert await number(september, "linhai_liaison", f"{OCTOBER}&division={LINHAI}") == (0, 3)
    await frozen_versions_prove_themselves(september)

"""The report card of the first page: what each person can do about the month's report now."""

from datetime import date
from typing import Any

import pytest

from shared.contracts import reporting as events
from shared.contracts.envelope import Event
from shared.contracts.reporting import FigureValue
from shared.ids import named_id, to_text
from tests.support.entries import division, grant, person
from tests.support.shanghai import at
from tests.support.tracker.desk import Desk, person_id
from tests.support.tracker.play import ITEM

COUNTY, TOWN, CITY, LINHAI = "331004", "331004102", "331000", "331082"
SEPTEMBER, OCTOBER = date(2022, 9, 20), date(2022, 10, 20)
HIRED = {
    "committee": ("committee_head", COUNTY),
    "town": ("dispatcher", TOWN),
    "office": ("city_office", CITY),
}


@pytest.fixture
async def month(desk: Desk) -> Desk:
    """Luqiao and Linhai with the people who see to their reports."""
    people = [
        person(person_id(who), who, code, grant(role, code)) for who, (role, code) in HIRED.items()
    ]
    await desk.hear_all([division(LINHAI, "临海市", "county", CITY), *people])
    await desk.service.copy.refresh()
    await desk.move("2022-09-16 09:00")
    return desk


async def hear(desk: Desk, model: type[Event], filer: str = COUNTY, **more: Any) -> None:
    """Hear one step of a report; people are named by who they are."""
    end = more.pop("end", SEPTEMBER)
    values: dict[str, Any] = {
        "occurred_at": at("2022-09-16"), "division_code": filer, "filer": filer,
        "actor": to_text(person_id(more.pop("by"))) if "by" in more else "system",
    }  # fmt: skip
    event = model(**values | more)
    await desk.hear(event, key=named_id("report", f"{filer}:{end}"))


async def draft(desk: Desk, filer: str = COUNTY, end: date = SEPTEMBER) -> None:
    start = end.replace(month=end.month - 1, day=21)
    await hear(desk, events.ReportDrafted, filer, end=end, period_start=start, period_end=end)


async def submit(desk: Desk, filer: str = COUNTY) -> None:
    sent = (FigureValue(column="C3", counted=4),)
    frozen = {
        "period_start": date(2022, 8, 21), "period_end": SEPTEMBER, "version": 1, "cut": (),
        "fact_count": 0, "facts_sha256": "f", "figures": sent, "figures_sha256": "f",
        "rules_version": "r", "confirmed_by": "c",
    }  # fmt: skip
    await hear(desk, events.ReportSubmitted, filer, by="liaison", **frozen)


async def card(desk: Desk, who: str) -> str:
    """Read the first page from the headline on."""
    return (await desk.page(who, "/")).text.partition("<main")[2]


async def test_each_step_is_asked_of_who_can_take_it_now_and_of_nobody_else(month: Desk) -> None:
    await draft(month)
    await draft(month, CITY)
    for event, who, words in (
        (None, "liaison", "核对报表"),
        ((events.ReportChecked, {"by": "liaison"}), "committee", "核对并确认"),
        ((events.ReportConfirmed, {"by": "committee", "checked_by": "x"}), "liaison", "报送报表"),
        ((events.ReportOutdated, {}), "committee", "报表的数字有变化，待您再确认"),
        ((events.ReportConfirmed, {"by": "committee", "checked_by": "x"}), "liaison", "报送报表"),
    ):
        if event:
            await hear(month, event[0], **event[1])
        for one in ("liaison", "committee", "town", "office", "dispatcher"):
            page = await card(month, one)
            assert (words in page) is (one == who), (words, one)
            assert ("打开月度报表" in page) is (one != who), (words, one)
    await submit(month)
    assert "接收报表" in await card(month, "office")


async def test_a_headline_does_not_deny_an_overdue_report(month: Desk) -> None:
    await draft(month)
    assert "报表待您核对</p>" in (page := await card(month, "liaison"))
    assert "今天没有到期的事；" not in page
    await month.move("2022-09-22 09:00")
    page = await card(month, "liaison")
    assert "报表待您核对，已超期" in page
    assert "今天没有到期的事；" not in page


async def test_an_overdue_report_stays_until_it_is_done(month: Desk) -> None:
    await draft(month)
    await month.move("2022-10-15 09:00")
    await draft(month, end=OCTOBER)
    page = await card(month, "liaison")
    assert f"division={COUNTY}&amp;period_end={SEPTEMBER}#task" in page
    await hear(month, events.ReportChecked, by="liaison")
    await hear(month, events.ReportConfirmed, by="committee", checked_by="x")
    await submit(month)
    await hear(month, events.ReportReceived, version=1)
    assert f"period_end={OCTOBER}#task" in await card(month, "liaison")


async def test_a_township_sees_its_line_of_the_countys_report(month: Desk) -> None:
    page = await card(month, "town")
    assert "本期报表还没有起草" in page
    await draft(month)
    page = await card(month, "town")
    assert "路桥区的报表中，金清镇的数字" in page
    assert (
        f'hx-get="/reporting/figures?division={COUNTY}&amp;period_end={SEPTEMBER}&line={TOWN}'
        in page
    )
    assert "还没有起草" not in page


async def test_the_city_office_sees_what_waits_for_it_and_what_is_overdue(month: Desk) -> None:
    for filer in (COUNTY, LINHAI, CITY):
        await draft(month, filer)
    await submit(month)
    await month.move("2022-09-22 09:00")
    page = await card(month, "office")
    assert "报表待您接收" in page
    assert "路桥区的报表" in page
    assert "临海市截至9月20日的报表超期2个工作日，还没有报送" in page
    assert "台州市本级截至9月20日的报表超期2个工作日，还没有报送" in page
    await submit(month, LINHAI)
    page = await card(month, "office")
    assert "2份报表待您接收" in page
    assert "临海市截至9月20日的报表待您接收" in page, "each of them is named"


async def test_the_citys_own_report_is_named(month: Desk) -> None:
    await draft(month, CITY)
    await submit(month, CITY)
    assert "台州市本级的报表" in await card(month, "office")


async def test_the_figures_are_those_of_the_report_as_it_stands_never_a_version_sent_before(
    month: Desk,
) -> None:
    await draft(month)
    await submit(month)
    await hear(month, events.ReportReturned, version=1, reason="figures")
    page = await card(month, "liaison")
    assert 'class="figure' not in page
    assert 'hx-get="/reporting/figures?' in page
    assert 'data-failed="现在读不到数字，请稍后再看"' in page


async def test_a_returned_report_is_late_only_by_its_first_sending(month: Desk) -> None:
    await draft(month)
    await submit(month)
    await hear(month, events.ReportReturned, version=1, reason="figures")
    await month.move("2022-09-27 09:00")
    page = await card(month, "liaison")
    assert "报表被退回，待您重新核对</p>" in page
    assert "已退回，请重报" in page
    assert "超期" not in page
    for filer in (LINHAI, CITY):
        await draft(month, filer)
    page = await card(month, "office")
    assert "路桥区截至9月20日的报表被退回，还没有重新报送" in page
    assert "临海市截至9月20日的报表超期5个工作日，还没有报送" in page


async def test_a_case_in_one_line_for_who_may_see_it(given: Desk) -> None:
    path = f"/items/{to_text(ITEM)}/brief"
    page = await given.page("dispatcher", path)
    assert page.text.strip().startswith("园区用电增容排队，新设备无法投产 · ")
    assert page.text.strip().endswith(" · 待签收")
    assert (await given.get("stranger", path)).status_code == 404

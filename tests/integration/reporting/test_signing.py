"""Signing a report: what its figures rest on, who has seen them, what a draft counts on from."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from services.reporting import app
from services.reporting.actions import SettingRefused
from tests.support.eventually import eventually
from tests.support.refusals import problem
from tests.support.reporting.counting import (
    ACTIVITY,
    CITY,
    accepted,
    attended,
    held,
)
from tests.support.reporting.month import (
    CITY_SIGN,
    LINHAI_SIGN,
    OCTOBER,
    RECEIVE,
    SIGN,
    item,
    numbers_open_their_items,
    printed,
    submitted,
    until_drafted,
)
from tests.support.reporting.places import LINHAI, WATERS
from tests.support.reporting.running import (
    END,
    RunningReporting,
    report_id,
)


@pytest.mark.parametrize("changed", [{"due_day": 25}, {"opens": date(2022, 9, 1)}])
async def test_the_periods_are_fixed_once_a_report_was_drafted(
    dsn: str, reporting: RunningReporting, changed: Mapping[str, Any]
) -> None:
    async def start(**more: Any) -> None:
        settings = reporting.settings.model_copy(update=more)
        async with app.build(settings).running():
            pass

    await start(**changed)
    await reporting.tick()
    with pytest.raises(SettingRefused, match="2022-08-21至2022-09-20"):
        await start(**changed)
    await start()


async def test_a_fact_opens_no_period_of_its_own(running: RunningReporting) -> None:
    await running.say(held("2022-07-10"), attended("2022-07-10"), key=ACTIVITY)
    await running.say(accepted("2022-08-01", WATERS))
    await until_drafted(running)
    await running.move("2022-09-19 23:00")
    await until_drafted(running, LINHAI)
    assert await running.sql("SELECT DISTINCT period_end FROM report WHERE stage <> ''") == [(END,)]
    assert await printed(running, "C1") == (1, 0, 1), "no cut was missed"
    await running.done(*SIGN)
    await running.done(*LINHAI_SIGN, filer=LINHAI)


async def until_outdated(running: RunningReporting) -> None:
    async def is_outdated() -> bool:
        rows = await running.sql("SELECT stage FROM report WHERE filer = '331004'")
        return bool(rows == [("outdated",)])

    await eventually(is_outdated)


async def confirm_again(running: RunningReporting) -> None:
    """Confirm as the page of the head shows it."""
    page = (await running.page("head", "/")).text
    assert "确认以后的变化：" in page
    assert "金清镇，收集意见建议：2变为3（累计2变为3）" in page
    again = re.search(r'name="figures_sha256" value="([0-9a-f]+)"', page)
    assert again
    form = {"figures_sha256": again[1], "period_end": str(END)}
    sent = await running.send("head", f"/reports/{report_id()}/confirm", form)
    assert sent.status_code == 303


async def test_figures_that_change_after_confirmation_are_confirmed_again(
    running: RunningReporting,
) -> None:
    await running.say(accepted("2022-09-01"))
    await until_drafted(running)
    await running.done(SIGN[0])
    seen = await running.seen("head")
    await running.say(accepted("2022-09-02"), key=item("2"))
    assert problem(await running.step("head", "confirm", seen)) == (409, "figures_changed")
    await running.done(SIGN[1])
    await running.say(accepted("2022-09-03"), key=item("3"))
    answer = await running.step("liaison", "submit")
    assert problem(answer) == (409, "confirmed_figures_changed")
    (differs,) = answer.json()["differences"]
    assert (differs["column"], differs["confirmed"]["counted"], differs["now"]["counted"]) == (
        "C3", 2, 3,
    )  # fmt: skip
    await until_outdated(running)
    page = (await running.page("liaison", "/")).text
    assert "等工委负责人再确认一次" in page
    assert re.search(r'<li class="now">(?:(?!<li).)*工委确认', page, re.DOTALL)
    assert 'formaction="/reporting/reports/' not in page
    await confirm_again(running)
    await running.done(SIGN[2])
    assert (await submitted(running))["fact_count"] == 3


async def test_a_draft_counts_on_from_what_was_submitted(running: RunningReporting) -> None:
    await running.say(accepted("2022-09-01"))
    await until_drafted(running)
    await running.move("2022-10-15 00:01")
    await until_drafted(running, end=OCTOBER)
    await running.say(accepted("2022-10-02"), key=item("2"))
    page = (await running.page("liaison", "/")).text
    assert "截至9月20日的上一期还没有报送，它的事项暂时也在本期的草稿里" in page
    assert "属上期截止后录入" not in page, "no cut has been made yet"
    assert await printed(running, end=OCTOBER) == (2, 0, 2)
    await running.done(*SIGN)
    page = (await running.page("liaison", "/")).text
    assert "截至9月20日的上一期已报送、市级还没有接收；本期的数字从它之后算起" in page
    assert await printed(running, end=OCTOBER) == (1, 0, 2)
    await running.done(*SIGN[:2], end=OCTOBER)
    page = (await running.page("liaison", "/")).text
    assert "前一期的报表还没有接收，等接收后再报送" in page
    assert "formaction" not in page
    await running.done(RECEIVE)
    await running.done(SIGN[2], end=OCTOBER)
    assert await printed(running, end=OCTOBER) == (1, 0, 2)


async def test_what_the_city_files_itself_is_opened_before_it_is_signed(
    running: RunningReporting,
) -> None:
    await running.say(accepted("2022-09-01", CITY), key=item("city"))
    await until_drafted(running, CITY)
    page = (await running.page("city_liaison", f"/?period_end={END}")).text
    own = f"division={CITY}&amp;period_end={END}&amp;own=true"
    assert f'href="/reporting/?{own}">市本级</a>' in page
    assert f'href="/reporting/?{own}#task">打开报表办理</a>' in page
    assert "formaction" not in page
    query = f"?division={CITY}&period_end={END}&own=true"
    page = (await running.page("city_liaison", f"/{query}")).text
    assert "核对无误" in page
    assert await numbers_open_their_items(running, "city_liaison", query) == 20, "none in C5"
    form = (await running.get("city_liaison", f"/v1/forms{query}")).json()
    assert (form["name"], form["total"]["C3"]["printed"]) == ("台州市本级", 1)
    await running.done(*CITY_SIGN, RECEIVE, filer=CITY)


async def test_before_its_period_is_over_a_form_says_what_is_missing(
    running: RunningReporting,
) -> None:
    await until_drafted(running)
    page = (await running.page("liaison", "/")).text
    assert "还差1天。现在报送，这些天的事项要作为补报算到下一期" in page
    assert "核对无误（本期还差1天）" in page
    await running.move("2022-09-20 09:00")
    page = (await running.page("liaison", "/")).text
    assert "还差" not in page
    assert "核对无误" in page

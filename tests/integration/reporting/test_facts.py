"""Facts and cells on a real database: once each, in the transaction that writes them."""

from collections.abc import AsyncIterator, Sequence

import pytest

from shared.contracts.codes import RatingChannel
from shared.ids import Id, named_id, to_text
from tests.support.refusals import problem
from tests.support.reporting.counting import (
    ACTIVITY,
    COUNTY,
    DEPUTY,
    ITEM,
    OTHER_TOWN,
    TOWN,
    accepted,
    attended,
    cancelled,
    escalated,
    held,
    rated,
    rejected,
    replied,
    window_closed,
)
from tests.support.reporting.running import RunningReporting, open_reporting
from tests.support.reporting.story import AUGUST


async def cells(reporting: RunningReporting) -> dict[tuple[str, str], int]:
    rows = await reporting.sql('SELECT division_code, "column", n FROM cell')
    return {(row["division_code"], row["column"]): row["n"] for row in rows}


async def test_facts_and_cells_are_written_together(reporting: RunningReporting) -> None:
    await reporting.hear(accepted("2022-09-01"), escalated("2022-09-02"), replied("2022-09-05"))
    await reporting.hear(rated("2022-09-06"))
    await reporting.hear(held("2022-09-07"), attended("2022-09-07"), key=ACTIVITY)
    assert await cells(reporting) == {
        (TOWN, "C3"): 1,
        (TOWN, "C4"): 1,
        (TOWN, "C5"): 1,
        (COUNTY, "C1"): 1,
        (COUNTY, "C2"): 1,
    }
    assert await reporting.verify() == []


async def test_hearing_everything_twice_changes_nothing(reporting: RunningReporting) -> None:
    whole = [accepted("2022-09-01"), replied("2022-09-05"), window_closed("2022-09-19")]
    await reporting.hear(*whole)
    await reporting.hear(held("2022-09-07"), attended("2022-09-07"), key=ACTIVITY)
    before = await cells(reporting), await reporting.sql("SELECT * FROM fact ORDER BY event_id")
    reporting.seqs.clear()
    await reporting.hear(*whole)
    await reporting.hear(held("2022-09-07"), attended("2022-09-07"), key=ACTIVITY)
    assert (
        await cells(reporting),
        await reporting.sql("SELECT * FROM fact ORDER BY event_id"),
    ) == before


async def test_a_deputy_of_two_sets_counts_once(reporting: RunningReporting) -> None:
    await reporting.hear(held("2022-09-07"), attended("2022-09-07"), key=ACTIVITY)
    await reporting.hear(attended("2022-09-07"), key=ACTIVITY)
    await reporting.hear(held("2022-09-07"), attended("2022-09-07"), key=named_id("activity", "2"))
    assert (await cells(reporting))[COUNTY, "C2"] == 2


async def test_many_items_at_once_move_one_cell(reporting: RunningReporting) -> None:
    keys: list[Id] = [named_id("item", str(n)) for n in range(50)]
    await reporting.hear_all([(key, accepted("2022-09-01")) for key in keys])
    await reporting.hear_all([(key, rejected("2022-09-02")) for key in keys[:20]])
    assert (await cells(reporting))[TOWN, "C3"] == 30
    assert await reporting.verify() == []


async def test_a_falsified_cell_is_found(reporting: RunningReporting) -> None:
    await reporting.hear(accepted("2022-09-01"), key=ITEM)
    await reporting.hear(accepted("2022-09-01", OTHER_TOWN), key=DEPUTY)
    assert await reporting.verify() == []
    await reporting.sql("UPDATE cell SET n = 2 WHERE division_code = $1", TOWN)
    assert await reporting.verify() == [f"{TOWN} 2022-08-21 C3: 2 != 1"]
    await reporting.sql("DELETE FROM cell WHERE division_code = $1", OTHER_TOWN)
    assert await reporting.verify() == [
        f"{TOWN} 2022-08-21 C3: 2 != 1",
        f"{OTHER_TOWN} 2022-08-21 C3: 0 != 1",
    ]


async def test_the_numbers_of_a_draft_open_their_items(reporting: RunningReporting) -> None:
    await reporting.hear(accepted("2022-09-01"), escalated("2022-09-02"))
    await reporting.hear(accepted("2022-09-01", OTHER_TOWN), key=DEPUTY)
    form = await reporting.form("liaison")
    assert form["total"]["C3"]["printed"] == 2
    assert form["total"]["C5"]["printed"] == 1
    town, _other, own = form["rows"]
    assert (town["figures"]["C5"], own["figures"]["C5"]["printed"]) == (None, 1)
    for query, numbers in (
        (f"division={TOWN}&column=C3&scope=line", 1),
        (f"division={COUNTY}&column=C3", 2),
        (f"division={COUNTY}&column=C3&scope=line", 0),
        (f"division={COUNTY}&column=C5&scope=line", 1),
        (f"division={TOWN}&column=C5&scope=line", 0),
    ):
        found = (await reporting.get("liaison", f"/v1/facts?{query}")).json()
        assert (found["figure"]["printed"], found["count"]) == (numbers, numbers), query
    listed = await reporting.get("liaison", f"/v1/facts?division={TOWN}&column=C3&scope=line")
    assert "cumulative" not in listed.json()["figure"], "nobody sums one page of facts"
    (fact,) = listed.json()["facts"]
    assert (fact["subject"], fact["number"]) == (to_text(ITEM), "331004102-2022-1")


async def test_what_was_solved_by_a_rating_on_a_call_back_says_so(
    reporting: RunningReporting,
) -> None:
    query = f"division={COUNTY}&column=C4"
    channels: Sequence[RatingChannel] = ("phone", "web")
    for reply_no, channel in enumerate(channels, 1):
        await reporting.hear(
            replied("2022-09-05", reply_no=reply_no),
            rated("2022-09-06", reply_no=reply_no, channel=channel),
        )
        page = (await reporting.page("liaison", f"/items?{query}")).text
        (fact,) = (await reporting.get("liaison", f"/v1/facts?{query}")).json()["facts"]
        assert (fact["rating_channel"], "回访评价" in page) == (channel, channel == "phone")


async def test_what_happened_before_the_first_period_is_listed_and_counted_nowhere(
    reporting: RunningReporting,
) -> None:
    await reporting.hear(accepted("2022-06-30"))
    page = (await reporting.page("liaison", "/")).text
    assert "首期以前有1条收集意见建议，不计入任何一期" in page
    query = f"division={COUNTY}&column=C3&period_end=2022-09-20&scope=uncounted"
    assert f'href="/reporting/items?{query.replace("&", "&amp;")}"' in page
    found = (await reporting.get("liaison", f"/v1/facts?{query}")).json()
    assert [fact["number"] for fact in found["facts"]] == ["331004102-2022-1"]
    assert "首期以前，不计入任何一期" in (await reporting.page("liaison", f"/items?{query}")).text
    assert (await reporting.form("liaison"))["total"]["C3"]["printed"] == 0
    assert "首期以前" not in (await reporting.page("dispatcher", "/")).text


async def test_a_period_that_was_over_before_the_first_report_has_none_on_both_pages(
    reporting: RunningReporting,
) -> None:
    await reporting.hear(accepted("2022-08-19"))
    query = "/?period_end=2022-08-20"
    assert "这一期已经结束，没有报表" in (await reporting.page("liaison", query)).text
    await reporting.tick()
    page = (await reporting.page("liaison", query)).text
    assert "还没有开始填报：本单位从截至2022年9月20日的一期起填报" in page
    assert "系统在15日起草" not in page
    assert 'class="figure' not in page, "no number, not 0"
    assert "还没有开始填报" in (city := (await reporting.page("office", query)).text)
    assert city.count('class="missing"') == 1, "only in the legend"


@pytest.fixture
async def after_august(dsn: str) -> AsyncIterator[RunningReporting]:
    """A reporting in September, after the county's report of August."""
    async with open_reporting(dsn, "2022-08-20 09:00") as reporting:
        await reporting.submit(COUNTY, AUGUST)
        await reporting.receive(COUNTY, AUGUST)
        await reporting.move("2022-09-19 10:00")
        yield reporting


async def test_the_late_part_of_a_number_is_never_more_than_the_number(
    after_august: RunningReporting,
) -> None:
    reporting = after_august
    await reporting.hear(accepted("2022-08-19"), rejected("2022-09-02"))
    cell = (await reporting.form("liaison"))["total"]["C3"]
    assert (cell["printed"], cell["late"]) == (0, 0)
    await reporting.hear(accepted("2022-08-19"), key=DEPUTY)
    cell = (await reporting.form("liaison"))["total"]["C3"]
    assert (cell["printed"], cell["late"]) == (1, 1)
    await reporting.tick()
    row = (await reporting.form("office"))["rows"][0]["figures"]["C3"]
    assert row == dict.fromkeys(row) | {"cumulative": 0}


async def test_behind_a_number_of_activities_stands_what_was_held_where_and_with_whom(
    reporting: RunningReporting,
) -> None:
    firms = (named_id("firm", "1"), named_id("firm", "2"))
    event = held("2022-09-07", kind="meeting", enterprise_ids=firms)
    await reporting.hear(event, attended("2022-09-07", reporting.person("liaison")), key=ACTIVITY)
    address = f"/activities/{to_text(ACTIVITY)}"
    for column in ("C1", "C2"):
        page = await reporting.page("liaison", f"/items?division={COUNTY}&column={column}")
        assert f'<a href="/reporting{address}">座谈，2家企业</a>' in page.text
        assert ("林晓岚</span>" in page.text) is (column == "C2")
        assert "金清镇" in page.text
    shown = (await reporting.page("liaison", address)).text
    for words in ("座谈", "路桥区", "金清镇", "2家", "林晓岚"):
        assert words in shown
    for who in ("dispatcher", "linhai_liaison"):
        assert problem(await reporting.get(who, address)) == (404, "no_activity")


async def test_visits_guests_and_partners_stand_beside_the_form_and_in_no_column(
    reporting: RunningReporting,
) -> None:
    firms = tuple(named_id("firm", n) for n in "12345")
    elsewhere = "331082"
    await reporting.hear(
        held("2022-09-07", enterprise_ids=firms),
        attended("2022-09-07", is_deputy=False, is_street_rep=True),
        key=ACTIVITY,
    )
    await reporting.hear(
        held("2022-09-08", division=elsewhere, partners=(COUNTY,), enterprise_ids=firms),
        attended("2022-09-08", division=elsewhere),
        key=named_id("activity", "elsewhere"),
    )
    await reporting.hear(
        held("2022-09-09", enterprise_ids=firms), cancelled("2022-09-09"),
        key=named_id("activity", "cancelled"),
    )  # fmt: skip
    form = await reporting.form("liaison")
    assert form["memo"] == {"visits": 5, "joint": 1, "guests": 1, "street_reps": 1}
    assert [form["total"][column]["printed"] for column in ("C1", "C2")] == [1, 0]
    assert (await reporting.form("office"))["memo"]["visits"] == 10
    page = (await reporting.page("liaison", "/")).text
    assert "<dt>走访企业家次</dt><dd>5</dd>" in page
    assert "联合举办" not in (await reporting.page("office", "/")).text


async def test_what_rose_and_fell_between_two_cuts_leaves_no_line(
    reporting: RunningReporting,
) -> None:
    await reporting.hear(accepted("2022-09-01"), rejected("2022-09-02"))
    await reporting.hear(accepted("2022-09-01", OTHER_TOWN), key=DEPUTY)
    found = (await reporting.get("liaison", f"/v1/facts?division={COUNTY}&column=C3")).json()
    assert (found["figure"]["printed"], found["count"]) == (1, 1)
    assert [fact["delta"] for fact in found["facts"]] == [1]


async def test_behind_a_number_of_items_the_tracker_names_what_the_reader_may_see(
    reporting: RunningReporting,
) -> None:
    await reporting.hear(accepted("2022-09-01"))
    query = f"/items?division={COUNTY}&column=C3"
    item = f"/tracker/items/{to_text(ITEM)}"
    page = (await reporting.page("liaison", query)).text
    assert f'<a href="{item}">331004102-2022-1</a>' in page
    assert f'hx-get="{item}/brief"' in page
    assert "/tracker/items/" not in (await reporting.page("office", query)).text

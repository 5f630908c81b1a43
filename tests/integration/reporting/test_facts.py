"""Facts and cells on a real database: once each, in the transaction that writes them."""

from shared.ids import Id, named_id, to_text
from tests.support.reporting.counting import (
    ACTIVITY,
    COUNTY,
    DEPUTY,
    ITEM,
    OTHER_TOWN,
    TOWN,
    accepted,
    attended,
    escalated,
    held,
    rated,
    rejected,
    replied,
    window_closed,
)
from tests.support.reporting.running import RunningReporting


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
    (fact,) = listed.json()["facts"]
    assert (fact["subject"], fact["number"]) == (to_text(ITEM), "331004102-2022-1")

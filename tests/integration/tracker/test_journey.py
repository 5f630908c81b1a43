"""The tracker as it runs: events come by Kafka in any order, clocks fire by themselves."""

from collections.abc import AsyncIterator
from datetime import date
from itertools import permutations

import pytest

from deploy.local.clock import move_to
from shared.contracts.intake import ItemText
from shared.contracts.reporting import ReportDrafted, ReportLapsed
from shared.contracts.router import AssignmentText, DirectoryStation, ReasonWords
from shared.ids import named_id, to_text
from tests.support.eventually import eventually
from tests.support.shanghai import at
from tests.support.tracker.acts import ITEM_PATH
from tests.support.tracker.desk import Desk
from tests.support.tracker.play import ITEM, accepted, dispatched, submitted

WORDS = ItemText(
    occurred_at=at("2022-09-05"), division_code="331004102", actor="s", title="题", body="文"
)
REASON = AssignmentText(
    occurred_at=at("2022-09-08"),
    division_code="331004102",
    actor="r",
    reasons=(ReasonWords(dispatch_no=1, zh="供电属区级", en="Power is a county matter"),),
)


@pytest.fixture
async def running(dsn: str, bootstrap: str) -> AsyncIterator[Desk]:
    """A tracker with all its parts, reading Kafka."""
    desk = Desk(dsn, bootstrap=bootstrap)
    # Before any limit ends: the events of an item may be read in several sets.
    await desk.prepare("2022-09-05 16:00")
    async with desk.service.running():
        await desk.publish(desk.directory())
        yield desk


async def test_an_item_comes_by_kafka_and_its_clocks_fire(running: Desk) -> None:
    events = [submitted("2022-09-05 09:12"), WORDS, accepted("2022-09-05 15:40")]
    events += [dispatched("2022-09-08 09:30"), REASON]
    await running.publish([(ITEM, event) for event in events])

    async def says(who: str, path: str, words: str) -> bool:
        return words in (await running.page(who, path)).text

    await eventually(lambda: says("clerk", ITEM_PATH, '"title":"题"'))
    await eventually(lambda: says("clerk", f"/items/{to_text(ITEM)}", "供电属区级"))
    await move_to(running.dsn, at("2022-10-14 09:00"))
    await eventually(lambda: says("dispatcher", ITEM_PATH, '"key_candidate":"open"'))
    said = await running.sql("SELECT type, count(*) AS n FROM outbox GROUP BY type")
    times = {row["type"]: row["n"] for row in said}
    assert times["supervision.raised"] == 2
    assert times["case.urged"] == 2  # the signature, then the reply
    await eventually(running.service.messaging.is_idle)


async def test_who_is_idle_knows_the_whole_directory_that_was_told(running: Desk) -> None:
    """A simulated day begins with people who were just entered."""
    new = named_id("station", "JQ02")

    async def is_idle() -> bool:
        answer = await running.get("operator", "/health/idle")
        return bool(answer.json()["idle"])

    await eventually(is_idle)
    told = DirectoryStation(
        occurred_at=at("2022-09-05"), division_code="331004102", actor="r", code="JQ02", name="二号"
    )
    await running.hear(told, key=new)
    await eventually(is_idle)
    assert running.service.copy.snapshot.station(new) is not None


async def test_the_report_card_follows_the_report(running: Desk) -> None:
    said = {"occurred_at": at("2022-09-15"), "division_code": "331004", "actor": "reporting"}
    period = {"period_start": date(2022, 8, 21), "period_end": date(2022, 9, 20)}
    key = named_id("report", "331004:2022-09-20")
    await running.publish(
        [(key, ReportDrafted.model_validate(said | period | {"filer": "331004"}))]
    )

    async def shows() -> bool:
        page = await running.page("liaison", "/")
        return "9月20日24:00前报送市级" in page.text

    async def asks_no_more() -> bool:
        return not await shows()

    await eventually(shows)
    await running.publish([(key, ReportLapsed.model_validate(said | {"filer": "331004"}))])
    await eventually(asks_no_more)


async def test_every_interleaving_of_the_topics_gives_the_same_rows(desk: Desk) -> None:
    items = [submitted("2022-09-05 09:12"), accepted("2022-09-05 15:40")]
    whole = [*items, dispatched("2022-09-08 09:30"), WORDS, REASON]
    orders = [one for one in permutations(whole) if one.index(items[0]) < one.index(items[1])]
    keys = [named_id("item", str(n)) for n in range(len(orders))]
    for step in range(len(whole)):
        await desk.hear_all([(key, order[step]) for key, order in zip(keys, orders, strict=True)])
    own = "'key', 'seq', 'head'"
    for table in ('"case"', "task", "item_text", "clock"):
        rows = await desk.sql(
            f"SELECT DISTINCT to_jsonb(t) - array[{own}] - 'task_id' AS it FROM {table} t"  # noqa: S608
        )
        kinds = await desk.sql("SELECT count(DISTINCT kind) FROM clock")
        assert len(rows) == (kinds[0][0] if table == "clock" else 1), table

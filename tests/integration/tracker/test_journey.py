"""The tracker as it runs: events come by Kafka in any order, clocks fire by themselves."""

import asyncio
from collections.abc import AsyncIterator
from itertools import permutations

import pytest

from deploy.local.clock import move_to
from shared.contracts.envelope import Event
from shared.contracts.intake import ItemText
from shared.contracts.reporting import ReportDrafted, ReportLapsed
from shared.contracts.router import AssignmentText, DirectoryStation, ReasonWords
from shared.ids import Id, named_id, to_text
from tests.support.eventually import eventually
from tests.support.shanghai import at
from tests.support.tracker.acts import ITEM_PATH, answer
from tests.support.tracker.desk import Desk
from tests.support.tracker.play import ITEM, accepted, dispatched, rating, submitted

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

    async def is_here() -> bool:
        answer = await running.get("clerk", ITEM_PATH)
        return answer.status_code == 200 and answer.json()["title"] == "题"

    await eventually(is_here)

    async def says_why() -> bool:
        return "供电属区级" in (await running.page("clerk", f"/items/{to_text(ITEM)}")).text

    await eventually(says_why)
    await move_to(running.dsn, at("2022-10-14 09:00"))

    async def is_supervised() -> bool:
        seen = (await running.get("dispatcher", ITEM_PATH)).json()
        return bool(seen["key_candidate"] == "open")

    await eventually(is_supervised)
    said = await running.sql("SELECT type, count(*) AS n FROM outbox GROUP BY type")
    times = {row["type"]: row["n"] for row in said}
    assert times["supervision.raised"] == 2
    assert times["case.urged"] == 2  # the signature, then the reply
    assert await running.service.messaging.is_idle() or await _idle(running)


async def _idle(desk: Desk) -> bool:
    await eventually(desk.service.messaging.is_idle)
    return True


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
    drafted = ReportDrafted(
        occurred_at=at("2022-09-15"),
        division_code="331004",
        actor="reporting",
        filer="331004",
        period_start=at("2022-08-21").date(),
        period_end=at("2022-09-20").date(),
    )
    await running.publish([(named_id("report", "331004:2022-09-20"), drafted)])

    async def shows() -> bool:
        page = await running.page("liaison", "/")
        return "9月20日24:00前报送市级" in page.text

    await eventually(shows)
    said = {"occurred_at": at("2022-09-18"), "division_code": "331004", "actor": "reporting"}
    lapsed = ReportLapsed(**said, filer="331004")
    await running.publish([(named_id("report", "331004:2022-09-20"), lapsed)])

    async def asks_no_more() -> bool:
        return not await shows()

    await eventually(asks_no_more)


def _interleavings() -> list[tuple[Event, ...]]:
    """All orders in which the four topics of an item may be read."""
    items = [submitted("2022-09-05 09:12"), accepted("2022-09-05 15:40")]
    whole = [*items, dispatched("2022-09-08 09:30"), WORDS, REASON]
    return [one for one in permutations(whole) if one.index(items[0]) < one.index(items[1])]


async def test_every_interleaving_of_the_topics_gives_the_same_rows(desk: Desk) -> None:
    await desk.move("2022-09-08 10:00")
    orders = _interleavings()
    keys = [named_id("item", str(n)) for n in range(len(orders))]
    for step in range(5):
        turn: list[tuple[Id, Event]] = [
            (key, order[step]) for key, order in zip(keys, orders, strict=True)
        ]
        await desk.hear_all(turn)
    own = "'key', 'seq', 'head'"
    for table in ('"case"', "task", "item_text", "clock"):
        rows = await desk.sql(
            f"SELECT DISTINCT to_jsonb(t) - array[{own}] - 'task_id' AS it FROM {table} t"  # noqa: S608
        )
        kinds = await desk.sql("SELECT count(DISTINCT kind) FROM clock")
        assert len(rows) == (kinds[0][0] if table == "clock" else 1), table


async def test_acts_at_once_on_one_case_have_one_winner(given: Desk) -> None:
    answers = await asyncio.gather(*(given.act("clerk", "sign") for _ in range(8)))
    assert sorted(one.status_code for one in answers) == [200] + [409] * 7


async def test_hearing_everything_twice_changes_nothing(given: Desk) -> None:
    await answer(given)
    before = await given.sql('SELECT * FROM "case"')
    given.seqs.clear()
    await given.hear(
        submitted("2022-09-05 09:12"), accepted("2022-09-05 15:40"), dispatched("2022-09-08 09:30")
    )
    assert await given.sql('SELECT * FROM "case"') == before
    await given.hear(rating("2022-09-09", "satisfied"))
    assert (await given.sql('SELECT phase FROM "case"'))[0]["phase"] == "closed"

"""What is erased stays counted: no frozen hash moves, and the whole history read anew gives it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from deploy.local.servers import Servers
from services.reporting import store
from services.reporting.domain.facts import COUNTED_TOPICS
from services.reporting.domain.freezing import figures_hash
from services.reporting.domain.ledger import filers_of
from shared.contracts.intake import ItemErased
from shared.contracts.reporting import CountedPart, CutOffset
from shared.ids import named_id
from tests.support.reporting.story import AUGUST, Story
from tests.support.servers import fresh_database
from tests.support.shanghai import at

PLACES = ("331004", "331082")
ERASED = ItemErased(
    occurred_at=datetime(2022, 8, 25, tzinfo=UTC),
    division_code="331004",
    actor="officer-7",
    reason="asked",
)


@asynccontextmanager
async def reporting(servers: Servers) -> AsyncIterator[Story]:
    """Open a reporting of its own that heard August."""
    async with fresh_database(servers.dsn) as dsn:
        story = Story(dsn)
        await story.prepare("2022-08-16 09:00")
        async with story.by_hand(story.directory()):
            for code in PLACES:
                await story.happen("2022-08", code, 6)
            yield story


async def recounted(story: Story, code: str, cut: list[CutOffset]) -> tuple[str, str]:
    """Count a county's August at a cut: the hashes of its facts and of its figures."""
    filer = filers_of(story.service.copy.snapshot, AUGUST).get(code)
    period = story.settings.periods.period_of(at(str(AUGUST)))
    assert filer
    assert period
    async with story.service.db.begin() as tx:
        parts = [CountedPart(divisions=tuple(filer.divisions))]
        count = await store.count(tx, filer, period, parts, cut)
    return count.facts_sha256, figures_hash(code, AUGUST, count.lines)


async def frozen(story: Story) -> dict[str, tuple[str, str]]:
    """Read the hashes of all frozen versions by filer."""
    rows = await story.sql("SELECT filer, facts_sha256, figures_sha256 FROM version")
    return {row["filer"]: (row["facts_sha256"], row["figures_sha256"]) for row in rows}


async def test_erasing_moves_no_frozen_hash_and_a_rebuild_finds_each_again(
    servers: Servers,
) -> None:
    erased = named_id("i", "2022-083310041")
    async with reporting(servers) as story:
        cut = [
            CutOffset(topic=it.name, partition=0, offset=story.offsets[it.name])
            for it in COUNTED_TOPICS
        ]
        await story.move("2022-08-20 09:00")
        for code in PLACES:
            await story.submit(code, AUGUST)
        before = await frozen(story)
        assert before.keys() == set(PLACES)
        await story.hear(ERASED, key=erased)
        assert await frozen(story) == before
        assert {code: await recounted(story, code, cut) for code in PLACES} == before
        assert await story.verify() == []
    async with reporting(servers) as anew:
        await anew.hear(ERASED, key=erased)
        assert {code: await recounted(anew, code, cut) for code in PLACES} == before
        assert await anew.verify() == []

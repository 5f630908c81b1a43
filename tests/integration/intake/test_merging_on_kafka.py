"""As much as may be merged into one item leaves with it through real Kafka; no more is merged."""

import asyncio
from contextlib import suppress

from deploy.local.servers import Servers
from services.intake.domain.merging import MAX_MEMBERS_BYTES
from shared.contracts.intake import ItemText
from shared.contracts.topics import INTAKE_TEXT
from shared.ids import from_text
from shared.messaging.broker import Cluster
from shared.messaging.relay import Relay
from tests.support.eventually import eventually
from tests.support.intake.desk import HEAD_ID, HeadedStation, an_item, open_desk, settings_for
from tests.support.intake.stations import CREDIT_CODE
from tests.support.refusals import problem
from tests.support.servers import fresh_database
from tests.support.topic_log import read_topic

WORD, MOST = "\U00020bb7", 7_900


async def filled(station: HeadedStation) -> str:
    """Submit an item with as many words as one may have."""
    body = an_item(enterprise_code=CREDIT_CODE, body=WORD * MOST)
    item = str((await station.submit(body)).json()["item_id"])
    for n in range(4):
        more = {"supplement": f"{n}{WORD * MOST}"}
        assert (await station.act(item, "supplement", more)).status_code == 200
    return item


async def test_the_most_that_may_be_merged_reaches_its_readers(
    servers: Servers, bootstrap: str
) -> None:
    async with (
        fresh_database(servers.dsn) as dsn,
        open_desk(settings_for(dsn, KAFKA_BOOTSTRAP_SERVERS=bootstrap)) as desk,
        desk.station() as station,
    ):
        kept, first, second = [await filled(station) for _ in range(3)]
        merge = {"into": kept, "note": ""}
        assert (await station.act(first, "merge", merge, HEAD_ID)).status_code == 200
        refused = await station.act(second, "merge", merge, HEAD_ID)
        assert problem(refused) == (409, "merge_too_long")
        accepted = await station.act(kept, "accept", {}, HEAD_ID)
        assert accepted.status_code == 200, accepted.text
        messaging = desk.service.messaging
        sending = asyncio.create_task(
            Relay(messaging.loop, Cluster.from_settings(desk.settings)).run()
        )

        async def has_left() -> bool:
            return not await desk.sql("SELECT FROM outbox_pending LIMIT 1")

        try:
            await eventually(has_left)
        finally:
            sending.cancel()
            with suppress(asyncio.CancelledError):
                await sending
    told = await read_topic(bootstrap, INTAKE_TEXT.name)
    last = [one for one in told if one.key == from_text(kept)][-1]
    assert isinstance(last.event, ItemText)
    assert len("".join(last.event.members[0].supplements).encode()) > MAX_MEMBERS_BYTES / 2

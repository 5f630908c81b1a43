"""Read-your-writes across services: wait briefly for an event, then show that it is pending."""

import asyncio
import time

from shared.contracts.topics import BY_NAME
from shared.ids import from_text
from shared.messaging.messaging import Messaging
from shared.web import components as ui

SECONDS = 1.0


async def wait_for_event(messaging: Messaging, seen: str) -> tuple[ui.Note, ...]:
    """Wait at most a second for an event of another service; then return a "pending" note.

    `seen` is `topic:key:seq`, as an act answered it.
    """
    topic, _colon, place = seen.partition(":")
    known = BY_NAME.get(topic)
    if known is None or known.owner == messaging.service:
        return ()
    try:
        key_text, _colon, seq = place.partition(":")
        key, wanted = from_text(key_text), int(seq)
    except ValueError:
        return ()
    give_up = time.monotonic() + SECONDS
    while time.monotonic() < give_up:
        async with messaging.db.begin() as tx:
            if await messaging.received(tx, topic, key) >= wanted:
                return ()
        await asyncio.sleep(0.05)
    return (ui.PENDING,)

"""A tracker whose first event of an item is missing or cannot be read."""

import json

from services.__main__ import app
from shared.contracts.router import DirectoryAccount
from shared.contracts.topics import INTAKE_ITEM
from shared.directory.snapshot import account_key
from shared.ids import Id, to_text
from shared.messaging.reader import read
from shared.messaging.subject import ReceivedEvent
from tests.support import commands
from tests.support.environment import environment
from tests.support.shanghai import at
from tests.support.tracker.desk import Desk
from tests.support.tracker.play import ITEM, submitted

SECRET = "王小明的手机13800001234"
TOPIC = INTAKE_ITEM.name


async def close_the_gap(desk: Desk) -> None:
    desk.seqs[TOPIC, ITEM] = 0
    await desk.hear(submitted("2022-09-05 09:12"))


async def spoil(desk: Desk, key: Id = ITEM) -> None:
    """Send a body that cannot be read and holds what a person wrote."""
    envelope = desk.envelope(submitted("2022-09-05 09:12"), key, at("2022-09-05 09:12"))
    body = json.dumps({"occurred_at": SECRET, "division_code": [SECRET], "actor": "s"}).encode()
    received = read(desk._record(envelope._replace(payload=body)))
    assert isinstance(received, ReceivedEvent)
    await desk.service.messaging.loop.apply([(desk.service.messaging.subjects[0], received)])


async def resets(desk: Desk, who: str, whose: str) -> None:
    """Let somebody replace the other's password on 8 September 2022."""
    person = desk.person(whose)
    reset = DirectoryAccount(
        occurred_at=at("2022-09-08 09:50"), division_code="331000", person_id=person,
        actor=to_text(desk.person(who)), act="reset", acted_at=at("2022-09-08 09:50"),
    )  # fmt: skip
    await desk.hear_all([(account_key(person, "reset"), reset)])
    await desk.service.copy.refresh()


async def jianyi(desk: Desk, *words: str) -> tuple[int, str]:
    environ = environment(desk.dsn, desk.bootstrap) | {"JIANYI_MOVED_TIME": "true"}
    return await commands.run(app, environ, *words)

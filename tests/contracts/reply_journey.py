"""Which files one officer's reply runs through, from the tracker's page to a figure of reporting.

Tracker and reporting run in this process on a real Kafka and PostgreSQL. A unit's head signs a
reply off on the page; the proposer's rating, which makes it count, is brought to reporting as the
tracker would send it; the measure ends when reporting's cell holds it. Counted is every product
file of which a function ran meanwhile, shared/messaging included, except for what any signed-in
request runs (`FRAMEWORK`) and for the clocks, which poll by themselves.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from shared.ids import to_text
from tests.contracts.sources import PRODUCT, ROOT
from tests.support.eventually import eventually
from tests.support.reporting.counting import rated
from tests.support.reporting.running import RunningReporting as Reporting
from tests.support.servers import fresh_database, fresh_servers, reset_topics
from tests.support.tracker.acts import draft
from tests.support.tracker.desk import Desk as Tracker
from tests.support.tracker.play import ITEM, TASK, accepted, dispatched, submitted

FRAMEWORK = (
    "shared/clock.py",
    "shared/db/",
    "shared/directory/copy.py",
    "shared/ids.py",
    "shared/observability/",
    "shared/service.py",
    "shared/web/",
)
CASE_TOPIC = "tracker.case.v1"
FOLDERS = tuple(str(ROOT / folder) for folder in PRODUCT)


@contextmanager
def traced() -> Iterator[set[str]]:
    """Collect the product files of which a function runs inside the block."""
    files: set[str] = set()

    def note(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(FOLDERS) and not _is_clock():
            files.add(Path(code.co_filename).relative_to(ROOT).as_posix())

    sys.setprofile(note)
    try:
        yield files
    finally:
        sys.setprofile(None)


def _is_clock() -> bool:
    task = asyncio.current_task()
    return task is not None and task.get_name() == "Clocks"


@dataclass
class Two:
    tracker: Tracker
    reporting: Reporting

    async def is_given(self) -> bool:
        answer = await self.tracker.get("clerk", f"/v1/items/{to_text(ITEM)}")
        return answer.status_code == 200 and answer.json()["state"] == "DISPATCHED"

    async def is_replied(self) -> bool:
        """Tell whether reporting has read all that the tracker emitted of the case."""
        (case,) = await self.tracker.sql('SELECT seq FROM "case"')
        self.reporting.seqs[CASE_TOPIC, ITEM] = case["seq"]
        return await self.reporting.is_read()

    async def is_counted(self) -> bool:
        return bool(
            await self.reporting.sql("SELECT 1 FROM cell WHERE \"column\" = 'C4' AND n = 1")
        )

    async def prepare_reply(self) -> None:
        events = (submitted("2022-09-05 09:12"), accepted("2022-09-05 15:40"),
                  dispatched("2022-09-08 09:30"))  # fmt: skip
        await self.tracker.publish([(ITEM, event) for event in events])
        await eventually(self.is_given)
        await draft(self.tracker)
        await eventually(self.is_replied)

    async def reply(self) -> None:
        path = f"/items/{to_text(ITEM)}/tasks/{to_text(TASK)}/sign-off"
        answer = await self.tracker.send("head", path, {})
        assert answer.status_code == 303, answer.text
        await eventually(self.is_replied)
        await self.reporting.publish([(ITEM, rated("2022-09-08"))])
        await eventually(self.is_counted)


@asynccontextmanager
async def both_running(tracker: str, reporting: str, bootstrap: str) -> AsyncIterator[Two]:
    two = Two(Tracker(tracker, bootstrap=bootstrap), Reporting(reporting, bootstrap=bootstrap))
    for one in (two.tracker, two.reporting):
        await one.prepare("2022-09-08 10:00")
    async with two.tracker.service.running(), two.reporting.service.running():
        await two.tracker.publish(two.tracker.directory())
        yield two


async def files_of_a_reply(tracker: str, reporting: str, bootstrap: str) -> list[str]:
    async with both_running(tracker, reporting, bootstrap) as two:
        await two.prepare_reply()
        with traced() as files:
            await two.reply()
    return sorted(file for file in files if not file.startswith(FRAMEWORK))


async def files_on_fresh_servers() -> list[str]:
    async with fresh_servers() as servers:
        await reset_topics(servers.bootstrap)
        async with fresh_database(servers.dsn) as one, fresh_database(servers.dsn) as two:
            return await files_of_a_reply(one, two, servers.bootstrap)

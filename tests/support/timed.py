"""A service under test whose time the test moves, in Shanghai."""

from collections import Counter
from dataclasses import dataclass

from deploy.local.clock import allow_moved_time, move_to
from shared.contracts.envelope import Event
from shared.contracts.topics import ROUTER_DIRECTORY
from shared.ids import Id
from shared.messaging.subject import ClockDue
from tests.support.officers import Officers
from tests.support.shanghai import at
from tests.support.tampering import empty


@dataclass
class Timed(Officers):
    dsn: str

    async def prepare(self, when: str) -> None:
        await self.migrate()
        await allow_moved_time(self.dsn)
        await self.move(when)

    async def begin_anew(self, when: str) -> None:
        """Forget all but the directory and set the clock."""
        await empty(self.dsn, self.service.name)
        self.seqs = Counter(
            {place: n for place, n in self.seqs.items() if place[0] == ROUTER_DIRECTORY.name}
        )
        await self.move(when)

    async def move(self, when: str) -> None:
        await move_to(self.dsn, at(when))

    async def hear(self, *events: Event, key: Id) -> None:
        """Hear events of one subject in one batch, as if Kafka had brought them."""
        await self.hear_all([(key, event) for event in events])

    async def fire(self, name: str, key: Id) -> None:
        subject = next(
            subject for subject in self.service.messaging.subjects if subject.name == name
        )
        await self.service.messaging.loop.apply([(subject, ClockDue(key))])

"""A ledger service in this process, and what a test may ask of its tables."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count

import asyncpg

from deploy.local.postgres import login
from shared.clock import Clock
from shared.contracts.envelope import Envelope
from shared.db.migrate import MESSAGING, RIGHTS, migrate
from shared.db.pool import Database
from shared.ids import Id
from shared.messaging.broker import Cluster
from shared.messaging.loop import Result
from shared.messaging.messaging import Messaging
from shared.messaging.reader import read
from shared.messaging.subject import ClockDue, Command, ReceivedEvent, Record
from tests.support.ledger import FOLDER, SERVICE, LedgerSubject, record
from tests.support.servers import NO_KAFKA
from tests.support.tampering import tamper

Row = asyncpg.Record


class Ledger:
    def __init__(self, dsn: str, bootstrap: str, subject: LedgerSubject) -> None:
        self._dsn = dsn
        self.db = Database(login(dsn, SERVICE), SERVICE, Clock())
        self.subject = subject
        self.messaging = Messaging(SERVICE, self.db, [subject], Cluster(bootstrap))
        self.loop = self.messaging.loop
        self._offsets = count()

    def records(self, *envelopes: Envelope) -> list[Record]:
        """Show envelopes as Kafka would, each at an offset of its own."""
        return [record(envelope, next(self._offsets)) for envelope in envelopes]

    async def hear(self, *envelopes: Envelope) -> None:
        """Hear these in one batch, as the reader does."""
        await self.hear_records(*self.records(*envelopes))

    async def hear_records(self, *records: Record) -> None:
        await self.messaging.reader._apply(records)

    async def apply(self, *envelopes: Envelope) -> None:
        """Give these to the loop as one batch; raises what the loop raises."""
        received = [read(one) for one in self.records(*envelopes)]
        await self.loop.apply(
            [(self.subject, one) for one in received if isinstance(one, ReceivedEvent)]
        )

    async def do(self, *acts: Command | ClockDue) -> Sequence[Result]:
        """Do acts as one batch and return what became of each."""
        return await self.loop.apply([(self.subject, act) for act in acts])

    async def sql(self, statement: str, *args: object) -> list[Row]:
        async with self.db.begin() as tx:
            return await tx.fetch(statement, *args)

    async def tamper(self, statement: str, *args: object) -> list[Row]:
        """Run one statement that the service itself has no right to."""
        return await tamper(self._dsn, SERVICE, statement, *args)

    async def row(self, key: Id) -> Row:
        return (await self.sql("SELECT * FROM ledger WHERE key = $1", key))[0]

    async def letters(self, key: Id | None = None) -> list[tuple[int | None, str]]:
        """List what is parked as (seq, reason), in order."""
        return [
            (row["seq"], row["reason"])
            for row in await self.sql(
                """SELECT seq, reason FROM dead_letter
                WHERE $1::uuid IS NULL OR key = $1 ORDER BY topic, key, seq, id""",
                key,
            )
        ]

    async def position(self, topic: str, key: Id) -> tuple[int, bool] | None:
        """Tell how far a key of a topic was read and whether it is parked."""
        rows = await self.sql(
            "SELECT seq, blocked FROM position WHERE topic = $1 AND key = $2", topic, key
        )
        return (rows[0]["seq"], rows[0]["blocked"]) if rows else None

    async def outbox(self, key: Id) -> list[int]:
        rows = await self.sql(
            "SELECT seq FROM outbox WHERE key = $1 AND topic LIKE '%.case.%' ORDER BY id", key
        )
        return [row["seq"] for row in rows]

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Ledger"]:
        """Run all parts, as a process does, until the block ends."""
        work = asyncio.create_task(self.messaging.run())
        try:
            yield self
        finally:
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work


async def migrate_ledger(dsn: str) -> None:
    await migrate(dsn, SERVICE, (RIGHTS, MESSAGING, FOLDER))


@asynccontextmanager
async def open_ledger(
    dsn: str, bootstrap: str = NO_KAFKA, subject: LedgerSubject | None = None
) -> AsyncIterator[Ledger]:
    """Open a ledger on a migrated database, maybe with another fold."""
    ledger = Ledger(dsn, bootstrap, subject or LedgerSubject())
    await ledger.db.open()
    try:
        yield ledger
    finally:
        await ledger.db.close()

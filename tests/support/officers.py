"""A service under test: what it reads, and its officers, who read, act and open pages by HTTP."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import Any

import httpx
from aiokafka import AIOKafkaProducer

import services
from shared.contracts.envelope import Envelope, Event
from shared.contracts.router import DirectorySessionKey
from shared.contracts.topics import BY_NAME
from shared.ids import Id, named_id
from shared.messaging.reader import read
from shared.messaging.subject import ReceivedEvent, Record
from shared.service import Service, migrate_service, mounted
from shared.settings import SharedSettings
from shared.tables.files import decoded
from shared.web.csrf import FORM_COOKIE, TOKEN, token_of
from shared.web.session import COOKIE, Session, issue, new_private_key
from tests.support.ledger import emitted, record, topic_of
from tests.support.servers import NO_KAFKA, administrator, schema_settings

SERVICES = Path(services.__file__).parent
BROWSER = "the secret of a browser"


def as_form(form: Mapping[str, Any]) -> dict[str, Any]:
    """Add the token that a page would have put into its form."""
    return {**form, TOKEN: token_of(BROWSER)}


@dataclass(kw_only=True)
class Officers:
    """A service under test; what it reads is brought by hand or by Kafka, as its owners would."""

    settings: SharedSettings = field(init=False)
    service: Service = field(init=False)
    bootstrap: str = NO_KAFKA
    seqs: Counter[tuple[str, Id]] = field(default_factory=Counter)
    offsets: Counter[str] = field(default_factory=Counter)
    key: Any = field(default_factory=new_private_key)

    async def migrate(self) -> None:
        name = self.service.name
        dsn = administrator(self.settings.database_url.get_secret_value())
        await migrate_service(schema_settings(dsn), name, SERVICES / name / "migrations")

    @asynccontextmanager
    async def by_hand(self, directory: Sequence[tuple[Id, Event]]) -> AsyncIterator[None]:
        """Let acts run until the block ends; events are heard when the test says so."""
        await self.service.db.open()
        acting = asyncio.create_task(self.service.messaging.acts.run())
        try:
            await self.hear_all(directory)
            await self.service.copy.refresh()
            yield
        finally:
            acting.cancel()
            with suppress(asyncio.CancelledError):
                await acting
            await self.service.db.close()

    def envelope(self, event: Event, key: Id, recorded_at: datetime) -> Envelope:
        """Put an event of another service into its envelope, at the next place of its key."""
        topic = topic_of(event)
        self.seqs[topic, key] += 1
        return emitted(key, self.seqs[topic, key], event)._replace(recorded_at=recorded_at)

    async def hear_all(self, pairs: Sequence[tuple[Id, Event]]) -> None:
        """Hear events of many keys in one batch, as if Kafka had brought them."""
        subjects = {
            topic.name: subject
            for subject in self.service.messaging.subjects
            for topic in subject.topics
        }
        inputs = []
        for key, event in pairs:
            envelope = self.envelope(event, key, event.occurred_at)
            received = read(self._record(envelope))
            assert isinstance(received, ReceivedEvent)
            inputs.append((subjects[envelope.topic], received))
        await self.service.messaging.loop.apply(inputs)

    def _record(self, envelope: Envelope) -> Record:
        self.offsets[envelope.topic] += 1
        return record(envelope, self.offsets[envelope.topic] - 1)

    async def publish(self, pairs: Sequence[tuple[Id, Event]]) -> None:
        """Say events on Kafka, as their owners would."""
        async with AIOKafkaProducer(bootstrap_servers=self.bootstrap) as producer:
            for key, event in pairs:
                one = self.envelope(event, key, event.occurred_at)
                headers = one.headers(f"/{BY_NAME[one.topic].owner}")
                await producer.send_and_wait(
                    one.topic, one.payload, key=one.key, headers=list(headers)
                )

    async def sql(self, statement: str, *args: object) -> list[Any]:
        async with self.service.db.begin() as tx:
            return await tx.fetch(statement, *args)

    async def emitted(self, key: Id) -> list[str]:
        """List the types said of one subject, in order."""
        rows = await self.sql("SELECT type FROM outbox WHERE key = $1 ORDER BY id", key)
        return [row["type"] for row in rows]

    async def count(self, *tables: str) -> Mapping[str, int]:
        counts = [f"SELECT '{table}' AS name, count(*) AS n FROM {table}" for table in tables]  # noqa: S608
        return {row["name"]: row["n"] for row in await self.sql(" UNION ALL ".join(counts))}

    def person(self, who: str) -> Id:
        return named_id("person", who)

    def session_key(self, said: Mapping[str, Any]) -> tuple[Id, Event]:
        pem = str(self.key.as_pem(private=False).decode())
        return named_id("session_key", "k1"), DirectorySessionKey(**said, kid="k1", public_pem=pem)

    async def taken(self, subject: Id) -> list[tuple[Id, str]]:
        """List who took the trail of a subject away, and for which division it is logged."""
        rows = await self.sql(
            "SELECT * FROM access_log WHERE subject = $1 AND reason = 'export' ORDER BY id", subject
        )
        assert {tuple(row["fields"]) for row in rows} <= {("trail",)}
        return [(row["person_id"], row["division_code"]) for row in rows]

    async def trail(self, who: str, path: str) -> str:
        """Take a trail away as text."""
        return decoded((await self.get(who, f"{path}/trail.csv")).content)

    async def cookie(self, who: str) -> str:
        async with self.service.db.begin() as tx:
            now = tx.now
        return str(issue(Session(self.person(who), self.person(who), now), self.key, now))

    async def client(self, who: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(mounted([self.service])),
            base_url="https://jianyi.test",
            headers={"Origin": "https://jianyi.test"},
            cookies={COOKIE: await self.cookie(who), FORM_COOKIE: BROWSER},
        )

    async def get(self, who: str, path: str) -> httpx.Response:
        async with await self.client(who) as client:
            return await client.get(f"/{self.service.name}{path}")

    async def post(self, who: str, path: str, body: Any = None) -> httpx.Response:
        async with await self.client(who) as client:
            headers = {"Content-Type": "application/json"}
            sent = "" if body is None else json.dumps(body)
            return await client.post(f"/{self.service.name}{path}", content=sent, headers=headers)

    async def page(self, who: str, path: str, lang: str = "zh") -> httpx.Response:
        async with await self.client(who) as client:
            client.cookies.set("__Host-lang", lang)
            return await client.get(f"/{self.service.name}{path}", headers={"Accept": "text/html"})

    async def send(
        self, who: str, path: str, form: Mapping[str, str | list[str]]
    ) -> httpx.Response:
        async with await self.client(who) as client:
            return await client.post(
                f"/{self.service.name}{path}", data=as_form(form), headers={"Accept": "text/html"}
            )


def inputs(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    return {name: unescape(value) for name, value in found}

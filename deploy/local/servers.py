"""Kafka and PostgreSQL together: ours, started in a folder, or the user's own."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from deploy.kafka.topics import ADMIN
from deploy.local import artifacts, folder
from deploy.local.folder import LocalServerError
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from deploy.local.server import Server
from shared.contracts.topics import OWNERS
from shared.settings import kafka_password_of


class Servers:
    """The two servers of one folder; those named in the environment are used and not started.

    `async with Servers() as servers` starts what does not run yet and stops only that.
    """

    def __init__(self, home: Path | None = None, environ: Mapping[str, str] = os.environ) -> None:
        self.home = home or folder.home(environ)
        self.kafka = Kafka(self.home / "kafka")
        self.postgres = Postgres(self.home / "postgres")
        self._own_kafka = {name: value for name, value in environ.items() if "KAFKA_" in name}
        self._bootstrap = environ.get("KAFKA_BOOTSTRAP_SERVERS")
        self._dsn = environ.get("DATABASE_URL")
        self._started: list[Server] = []

    @property
    def bootstrap(self) -> str:
        """Kafka's addresses: `KAFKA_BOOTSTRAP_SERVERS`, else ours."""
        return self._bootstrap or self.kafka.address

    @property
    def kafka_environment(self) -> dict[str, str]:
        """Environment variables by which services and administrators connect to Kafka."""
        if self._bootstrap:
            return self._own_kafka
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka.address,
            "KAFKA_TLS": "false",
            "KAFKA_USERNAME": ADMIN,
            "KAFKA_PASSWORD": self.kafka.password,
            **{kafka_password_of(name): self.kafka.password_of(name) for name in OWNERS},
        }

    @property
    def dsn(self) -> str:
        """The database's address with its password: `DATABASE_URL`, else ours."""
        return self._dsn or self.postgres.dsn

    @property
    def ours(self) -> list[Server]:
        """The servers that run here, not elsewhere."""
        return [*([] if self._bootstrap else [self.kafka]), *([] if self._dsn else [self.postgres])]

    async def start(self) -> None:
        """Start both at once; raises LocalServerError, after stopping what did start."""
        if not self._bootstrap and not artifacts.up_to_date():
            raise LocalServerError("Kafka is not installed. Run `make setup`.")
        missing = [server for server in self.ours if server.pid is None]
        results = await asyncio.gather(
            *(server.start() for server in self.ours), return_exceptions=True
        )
        if errors := [it for it in results if isinstance(it, BaseException)]:
            await self._stop(missing)
            raise errors[0]
        self._started += [server for server in missing if server not in self._started]

    async def stop(self) -> None:
        """Stop both, whoever started them."""
        await self._stop(self.ours)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop(self._started)

    @staticmethod
    async def _stop(servers: list[Server]) -> None:
        await asyncio.gather(*(server.stop() for server in servers))

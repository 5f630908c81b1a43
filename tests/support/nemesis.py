"""Ends processes as a power cut would, starts them again and waits until work goes on."""

import time
from dataclasses import dataclass, field

from deploy.local.servers import Servers
from tests.support.database import connected
from tests.support.eventually import eventually
from tests.support.system import SERVICES, System

VICTIMS = (*SERVICES, "kafka", "postgres")
RECOVERY_SECONDS = 150.0
"""A reader whose client broke with Kafka ends its process after a minute without progress."""
_FIGURES = {
    "intake": "SELECT last_value FROM intake.outbox_id",
    "router": "SELECT last_value FROM router.outbox_id",
    "tracker": "SELECT last_value FROM tracker.outbox_id",
    "reporting": "SELECT coalesce(sum(n), 0) FROM reporting.cell",
}
"""What grows while a service works."""


@dataclass
class Nemesis:
    """Kills one victim after another while others play."""

    system: System
    servers: Servers
    recoveries: list[tuple[str, float]] = field(default_factory=list)

    async def strike(self, victim: str) -> None:
        """Kill, start again, and wait until all four services have gone on.

        Raises AssertionError when they do not in time.
        """
        await self._wait_for_work()
        await self._kill(victim)
        began = time.monotonic()
        await self._start(victim)
        await self._wait_for_work()
        self.recoveries.append((victim, time.monotonic() - began))

    async def _kill(self, victim: str) -> None:
        match victim:
            case "kafka":
                await self.servers.kafka.kill()
            case "postgres":
                await self.servers.postgres.kill()
            case _:
                self.system.processes[victim].kill()

    async def _start(self, victim: str) -> None:
        match victim:
            case "kafka":
                await self.servers.kafka.start()
            case "postgres":
                await self.servers.postgres.start()
            case _:
                self.system.processes[victim].start()
                await self.system.processes[victim].wait_ready()

    async def _wait_for_work(self) -> None:
        before = await self._figures()

        async def all_went_on() -> bool:
            self.system.restart_stuck()
            assert not (ended := self.system.ended()), "\n".join(ended)
            now = await self._figures()
            return all(now[name] > before[name] for name in SERVICES)

        await eventually(all_went_on, RECOVERY_SECONDS)

    async def _figures(self) -> dict[str, int]:
        async with connected(self.system.dsn) as connection:
            return {name: await connection.fetchval(sql) for name, sql in _FIGURES.items()}

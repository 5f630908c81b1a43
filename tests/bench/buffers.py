"""Shared buffers of PostgreSQL that a page touches, by statement."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import asyncpg
import httpx

from shared.db.pool import Tx
from shared.service import Service, mounted
from shared.web.session import COOKIE


async def touched(service: Service, path: str, cookie: str) -> Counter[str]:
    """Ask an open service for a page; raises HTTPStatusError for any other answer than 200."""
    transport = httpx.ASGITransport(mounted([service]))
    async with httpx.AsyncClient(
        transport=transport, base_url="https://jianyi.test", cookies={COOKIE: cookie}
    ) as client:
        with _counting() as found:
            answer = await client.get(path, headers={"Accept": "text/html"})
    answer.raise_for_status()
    return found


@contextmanager
def _counting() -> Iterator[Counter[str]]:
    """Explain each statement before it runs, with its arguments, in its transaction and role."""
    found, fetch = Counter[str](), Tx.fetch

    async def explained(tx: Tx, sql: str, *args: Any) -> list[asyncpg.Record]:
        explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}"
        plan = json.loads(await tx.connection.fetchval(explain, *args))[0]["Plan"]
        found[sql] += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
        return await fetch(tx, sql, *args)

    with patch.object(Tx, "fetch", explained):
        yield found

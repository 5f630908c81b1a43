"""A client of the gallery that speaks HTTP without a socket."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.unit.web.gallery import build


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """Talk to the gallery's app."""
    transport = httpx.ASGITransport(build())
    async with httpx.AsyncClient(transport=transport, base_url="https://jianyi.test") as client:
        yield client

"""The doors of operations answer with what the checks found."""

import httpx
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Gauge

from shared.service import health_routes


async def test_trouble_turns_the_answer_red() -> None:
    troubles: list[str] = []
    registry = CollectorRegistry()
    Gauge("jianyi_blocked_keys", "keys that wait for an operator", registry=registry).set(3)

    async def ready() -> list[str]:
        return troubles

    async def live() -> list[str]:
        return []

    async def figures() -> CollectorRegistry:
        return registry

    app = FastAPI()
    app.include_router(health_routes(live, ready, figures))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://jianyi.test"
    ) as client:
        assert (await client.get("/health/ready")).json() == {"status": "ok", "troubles": []}
        troubles.append("database away")
        answer = await client.get("/health/ready")
        assert (answer.status_code, answer.json()["troubles"]) == (503, ["database away"])
        assert (await client.get("/health/live")).status_code == 200
        assert "jianyi_blocked_keys 3.0" in (await client.get("/metrics")).text

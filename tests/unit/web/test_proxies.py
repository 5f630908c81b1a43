"""Whose address a request has behind a proxy: the last hop that we do not trust ourselves."""

import httpx
import pytest
import uvicorn
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from shared.service import server_options
from shared.settings import SharedSettings

INGRESS, CLIENT = "172.30.83.2", "203.0.113.7"


async def who(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the address that limits and records use."""
    request = Request(scope)
    assert request.client is not None
    await PlainTextResponse(request.client.host)(scope, receive, send)


def settings(trusted: str) -> SharedSettings:
    return SharedSettings.model_validate(
        {"database_url": "postgresql://a:b@c/d", "KAFKA_BOOTSTRAP_SERVERS": "k:9092"}
        | {"JIANYI_TRUSTED_PROXIES": trusted}
    )


async def address(trusted: str, hop: str, *forwarded: str) -> str:
    config = uvicorn.Config(who, **server_options(settings(trusted)))
    config.load()
    transport = httpx.ASGITransport(app=config.loaded_app, client=(hop, 1234))
    headers = [("X-Forwarded-For", one) for one in forwarded]
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        return (await client.get("/", headers=headers)).text


@pytest.mark.parametrize(
    ("trusted", "hop", "forwarded", "expected"),
    [
        ("", "127.0.0.1", [CLIENT], "127.0.0.1"),
        ("", "::1", [CLIENT], "::1"),
        (INGRESS, "127.0.0.1", [CLIENT], "127.0.0.1"),
        (INGRESS, CLIENT, ["198.51.100.1"], CLIENT),
        (INGRESS, INGRESS, [CLIENT], CLIENT),
        (INGRESS, INGRESS, [f"198.51.100.1, {CLIENT}"], CLIENT),
        (INGRESS, INGRESS, ["198.51.100.1", CLIENT], CLIENT),
        (f"{INGRESS}, 10.0.0.0/8", INGRESS, [f"{CLIENT}, 10.1.2.3"], CLIENT),
    ],
)
async def test_the_last_hop_that_is_not_trusted_is_the_client(
    monkeypatch: pytest.MonkeyPatch, trusted: str, hop: str, forwarded: list[str], expected: str
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")  # uvicorn's own setting changes nothing
    assert await address(trusted, hop, *forwarded) == expected


@pytest.mark.parametrize("trusted", ["*", "caddy", "10.0.0.0/33", "10.0.0.1,"])
def test_a_proxy_that_is_no_address_is_refused(trusted: str) -> None:
    with pytest.raises(ValidationError):
        settings(trusted)

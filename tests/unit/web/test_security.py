"""The walls: every answer carries them, and another site cannot act in a person's name."""

import httpx
import pytest

from shared.web.middleware import CSP
from shared.web.session import COOKIE

SIGNED_IN = {"cookie": f"{COOKIE}=token"}


@pytest.mark.parametrize("path", ["/today", "/nowhere", "/bug", "/static/app.css"])
async def test_every_answer_carries_the_policy(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    assert headers["content-security-policy"] == CSP
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


async def test_no_other_site_is_let_in(client: httpx.AsyncClient) -> None:
    there = {"origin": "https://evil.test"}
    asked = {**there, "access-control-request-method": "POST"}
    for answer in (
        await client.get("/me", headers=there),
        await client.options("/sheet", headers=asked),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_pages_are_not_kept_but_files_addressed_by_content_are(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.get("/today")).headers["cache-control"] == "no-store"
    assert "immutable" in (await client.get("/static/app.css?v=1")).headers["cache-control"]
    assert (await client.get("/static/app.css")).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        (SIGNED_IN, False),
        (SIGNED_IN | {"sec-fetch-site": "same-origin"}, True),
        (SIGNED_IN | {"sec-fetch-site": "same-site"}, False),
        (SIGNED_IN | {"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        (SIGNED_IN | {"origin": "https://jianyi.test"}, True),
        (SIGNED_IN | {"origin": "https://evil.test"}, False),
        (SIGNED_IN | {"origin": "null"}, False),
        (SIGNED_IN | {"sec-fetch-site": "cross-site", "origin": "https://jianyi.test"}, False),
    ],
)
async def test_an_act_must_come_from_our_own_pages(
    client: httpx.AsyncClient, headers: dict[str, str], allowed: bool
) -> None:
    answer = await client.post("/sheet", json={"count": 1}, headers=headers)
    assert answer.status_code == (200 if allowed else 403)
    assert allowed or answer.json()["code"] == "cross_site"


async def test_reading_needs_no_proof_of_origin(client: httpx.AsyncClient) -> None:
    headers = SIGNED_IN | {"sec-fetch-site": "cross-site"}
    assert (await client.get("/me", headers=headers)).status_code == 200


async def test_hostile_text_stays_text(client: httpx.AsyncClient) -> None:
    page = (await client.get("/today", headers={"accept": "text/html"})).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page

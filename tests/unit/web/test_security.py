"""The walls: every answer carries them, and another site cannot act in a person's name."""

from types import SimpleNamespace
from typing import cast

import httpx
import pytest

from deploy.local.runner import one_address
from shared.service import Service, mounted
from shared.web.session import COOKIE
from tests.unit.web.gallery import build

SIGNED_IN = {"cookie": f"{COOKIE}=token"}
POLICY = {
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'",
    "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'",
}  # fmt: skip


@pytest.mark.parametrize("path", ["/today", "/nowhere", "/bug", "/static/app.css"])
async def test_every_answer_carries_the_policy(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    assert set(headers["content-security-policy"].split("; ")) >= POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/", "/xyz", "/static/zzz", "/favicon.ico", "/tracker"])
@pytest.mark.parametrize("host", ["localhost", "evil.test"])
async def test_so_does_every_answer_of_no_service(path: str, host: str) -> None:
    services = [cast(Service, SimpleNamespace(name="tracker", web=build()))]
    transport = httpx.ASGITransport(one_address(services))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
        headers = (await client.get(path)).headers
    assert set(headers["content-security-policy"].split("; ")) >= POLICY
    assert headers["x-content-type-options"] == "nosniff"


async def test_over_tls_a_browser_is_told_to_stay_there() -> None:
    for scheme, told in (("https", "max-age=31536000"), ("http", None)):
        transport = httpx.ASGITransport(build())
        async with httpx.AsyncClient(
            transport=transport, base_url=f"{scheme}://jianyi.test"
        ) as client:
            headers = (await client.get("/today")).headers
        assert headers.get("strict-transport-security") == told


async def test_no_address_is_made_from_the_host_a_request_names(
    client: httpx.AsyncClient,
) -> None:
    """A cache or a person would follow it to another site."""
    for path in ("/today/", "/sheet/", "/me/"):
        answer = await client.get(path, headers={"host": "evil.test"})
        assert (answer.status_code, "location" in answer.headers) == (404, False)
    services = [cast(Service, SimpleNamespace(name="tracker", web=build()))]
    transport = httpx.ASGITransport(mounted(services))
    async with httpx.AsyncClient(transport=transport, base_url="http://evil.test") as there:
        answer = await there.get("/tracker")
    assert (answer.status_code, answer.headers["location"]) == (307, "/tracker/")


async def test_a_system_of_one_machine_answers_to_the_names_of_that_machine_alone() -> None:
    transport = httpx.ASGITransport(one_address([]))
    for host, status in (("127.0.0.1:2000", 307), ("localhost", 307), ("evil.test", 400)):
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
            assert (await client.get("/")).status_code == status


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


async def test_a_choice_of_language_and_type_size_is_kept_for_this_host_only(
    client: httpx.AsyncClient,
) -> None:
    chosen = await client.get("/today?lang=en&type=large")
    cookies = chosen.headers.get_list("set-cookie")
    assert [cookie.partition("=")[0] for cookie in cookies] == ["__Host-lang", "__Host-type"]
    for cookie in cookies:
        assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= set(cookie.split("; "))
    page = (await client.get("/today")).text
    assert 'lang="en" class="large"' in page

"""The ingress as a real Caddy serves it: what it lets through, and what it answers itself."""

import asyncio
import os
import shutil
import ssl
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from deploy.local.server import choose_port, remembered_port
from shared.service import mounted
from tests.contracts.sources import ROOT, SERVICES
from tests.support.browser import served
from tests.support.environment import idle_services

AWAY = "127.0.0.1:1"
"""Where reporting would be; it does not run."""
NOT_HERE = "没有这个地址。 / There is no such address."
NO_SITE = "这里没有这个网站。 / There is no such site here."
NO_RESPONSE = (
    "系统暂时没有应答，请稍后再试。 / The system is not responding. Please try again later."
)


@pytest_asyncio.fixture(scope="module")
async def folder(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Path]:
    """A running Caddy's folder: the product's file on ports of its own, before real services."""
    place = tmp_path_factory.mktemp("caddy")
    async with served(mounted(list(idle_services().values()))) as origin:
        text = _on_own_ports(place, origin.removeprefix("http://"))
        (place / "Caddyfile").write_text(text, encoding="utf-8")
        environ = {"PATH": os.environ["PATH"], "HOME": str(place)}
        caddy = await asyncio.create_subprocess_exec(
            _caddy(), "run", "--config", "Caddyfile", cwd=place, env=environ, stderr=PIPE
        )
        assert caddy.stderr is not None
        while b"certificate obtained successfully" not in (line := await caddy.stderr.readline()):
            assert line, "Caddy ended"
        yield place
        caddy.terminate()
        await caddy.communicate()


def _caddy() -> str:
    path = shutil.which("caddy")
    if path is None:
        words = "there is no Caddy on this machine (Debian: apt install caddy)"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(words)
    return path


def _on_own_ports(place: Path, origin: str) -> str:
    http = choose_port(place / "http.port")
    https = choose_port(place / "https.port", besides=[http])
    own = f"http_port {http}\n https_port {https}\n default_bind 127.0.0.1\n skip_install_trust"
    text = (ROOT / "deploy/Caddyfile").read_text(encoding="utf-8")
    text = text.replace("reporting:8000", AWAY).replace("admin off", f"admin off\n {own}")
    for name in SERVICES:
        text = text.replace(f"{name}:8000", origin)
    return text


@pytest_asyncio.fixture
async def browser(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that trusts the certificates of this Caddy."""
    root = folder / ".local/share/caddy/pki/authorities/local/root.crt"
    port = remembered_port(folder / "https.port")
    trusting = ssl.create_default_context(cafile=root)
    async with httpx.AsyncClient(verify=trusting, base_url=f"https://localhost:{port}") as client:
        yield client


@pytest_asyncio.fixture
async def unencrypted(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that was told no scheme."""
    port = remembered_port(folder / "http.port")
    async with httpx.AsyncClient(base_url=f"http://localhost:{port}") as client:
        yield client


@pytest.mark.parametrize("service", ["intake", "router", "tracker"])
@pytest.mark.parametrize(
    "path", ["metrics", "METRICS", "%6detrics", "health/live", "health/ready", "health/idle"]
)
async def test_figures_and_health_are_for_the_inside_only(
    browser: httpx.AsyncClient, service: str, path: str
) -> None:
    assert (await browser.get(f"/{service}/openapi.json")).status_code == 200
    refused = await browser.get(f"/{service}/{path}")
    assert (refused.status_code, refused.text) == (404, NOT_HERE)


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/nowhere", (404, NOT_HERE)), ("/reporting/", (502, NO_RESPONSE))],
)
async def test_its_own_answers_have_words_in_both_languages_and_the_headers_of_all(
    browser: httpx.AsyncClient, path: str, expected: tuple[int, str]
) -> None:
    answer = await browser.get(path)
    assert (answer.status_code, answer.text) == expected
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    _assert_guarded(answer)


def _assert_guarded(answer: httpx.Response) -> None:
    headers = answer.headers
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert "server" not in headers


async def test_another_host_is_no_site_of_ours(
    browser: httpx.AsyncClient, unencrypted: httpx.AsyncClient
) -> None:
    named = {"headers": {"host": "evil.test"}, "extensions": {"sni_hostname": "localhost"}}
    for client in (browser, unencrypted):
        answer = await client.get("/tracker/", **named)  # type: ignore[arg-type]
        assert (answer.status_code, answer.text) == (421, NO_SITE)
        assert "location" not in answer.headers
        _assert_guarded(answer)


async def test_whoever_comes_without_tls_is_sent_to_the_same_page_with_it(
    unencrypted: httpx.AsyncClient,
) -> None:
    answer = await unencrypted.get("/tracker/?lang=en")
    assert answer.status_code == 308
    assert answer.headers["location"] == "https://localhost/tracker/?lang=en"
    _assert_guarded(answer)


async def test_the_services_answer_for_what_is_theirs(browser: httpx.AsyncClient) -> None:
    for path, status, told in (
        ("/", 302, "/router/"),
        ("/intake", 307, "/intake/"),
        ("/router", 307, "/router/"),
        ("/favicon.ico", 200, None),
        ("/static/app.css", 200, None),
        ("/tracker/asyncapi.json", 200, None),
    ):
        answer = await browser.get(path)
        assert (answer.status_code, answer.headers.get("location")) == (status, told), path
        assert "server" not in answer.headers
        assert ("script-src 'self'" in answer.headers["content-security-policy"]) == (path != "/")

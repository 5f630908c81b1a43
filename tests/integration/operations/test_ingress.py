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
        while b"serving initial configuration" not in (line := await caddy.stderr.readline()):
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
    text = text.replace("admin off", f"admin off\n {own}")
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


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    "path", ["metrics", "METRICS", "%6detrics", "health/live", "health/ready", "health/idle"]
)
async def test_figures_and_health_are_for_the_inside_only(
    browser: httpx.AsyncClient, service: str, path: str
) -> None:
    assert (await browser.get(f"/{service}/openapi.json")).status_code == 200
    refused = await browser.get(f"/{service}/{path}")
    assert (refused.status_code, refused.text) == (404, "")

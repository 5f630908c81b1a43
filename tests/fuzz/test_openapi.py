"""What the four services promise of their interfaces holds for requests nobody thought of."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from deploy.local.runner import SERVICES
from deploy.local.servers import Servers
from shared.web.session import COOKIE
from tests.support.city import City, fresh_city, jianyi

pytestmark = [pytest.mark.fuzz, pytest.mark.timeout(900)]
CONFIG = Path(__file__).with_name("schemathesis.toml")
SECONDS = 40
ST = str(Path(sys.executable).with_name("schemathesis"))
"""For each service, once with rights and once without: more than five minutes in all."""

TOWNSHIP, COUNTY, CITY = "331002005", "331002", "331000"
PEOPLE = (
    ("station_head", TOWNSHIP),
    ("station_staff", TOWNSHIP),
    ("dispatcher", TOWNSHIP),
    ("dispatcher", COUNTY),
    ("dispatcher", CITY),
    ("clerk", COUNTY),
    ("unit_head", COUNTY),
    ("liaison", COUNTY),
    ("committee_head", COUNTY),
    ("city_office", CITY),
    ("leader", CITY),
    ("admin", CITY),
    ("ops", CITY),
)
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "allow_header_conformance",
)
STRANGERS = (*CHECKS, "ignored_auth")
"""Whoever comes with nothing is let in nowhere the document asks for a session or a key."""


@pytest_asyncio.fixture(scope="module")
async def city(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    now = datetime.now(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%d %H:%M")
    folder = tmp_path_factory.mktemp("fuzz")
    async with fresh_city(servers, folder, now) as opened:
        for n in range(6):
            await opened.raise_item(f"item {n}", TOWNSHIP, f"企业用电第{n}件", "电费太高，想问政策")
        await opened.settle()
        yield opened


async def cast(city: City, *, with_rights: bool) -> dict[str, Any]:
    cookies = [
        f"{COOKIE}={await city.cookie(await city.person(role, place))}" for role, place in PEOPLE
    ]
    station, file = f"{TOWNSHIP}-01", city.folder / "head.json"
    if not file.exists():
        words = ("--address", city.url, "--person", f"{station}-head")
        await jianyi("station", "enrol", station, str(file), *words)
    enrolled = json.loads(file.read_text(encoding="utf-8"))
    return {
        "with_rights": with_rights,
        "origin": city.url,
        "cookies": cookies,
        "station": station,
        "station_key": enrolled["key"],
        "things": {"item_id": list(city.items.values())},
    }


@pytest.mark.parametrize("with_rights", [True, False], ids=["with rights", "without rights"])
@pytest.mark.parametrize("service", SERVICES)
async def test_no_request_is_answered_otherwise_than_the_interface_says(
    city: City, service: str, tmp_path: Path, with_rights: bool
) -> None:
    file, checks = tmp_path / "cast.json", CHECKS if with_rights else STRANGERS
    file.write_text(json.dumps(await cast(city, with_rights=with_rights)), encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        ST, f"--config-file={CONFIG}", "run", f"{city.url}/{service}/openapi.json",
        f"--checks={','.join(checks)}", f"--max-time={SECONDS}", "--seed=1", "--no-color",
        cwd=tmp_path,
        env={
            **os.environ,
            "SCHEMATHESIS_HOOKS": "tests.fuzz.rights",
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "FUZZ_CAST": str(file),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()

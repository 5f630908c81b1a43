"""What a service process writes is one JSON object a line, also what its libraries say."""

import asyncio
import json
import os
import socket
import subprocess
import sys

import pytest

from deploy.local.runner import addresses
from shared.service import migrate_service
from shared.settings import SchemaSettings, address_of
from tests.contracts.sources import ROOT, SERVICES


@pytest.mark.parametrize("service", SERVICES)
async def test_every_line_of_a_process_is_json_and_names_the_service(
    service: str, dsn: str, tmp_path: object
) -> None:
    """Its port is taken, so uvicorn says an error and the process ends."""
    told = {
        **addresses(dsn),
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "JIANYI_ENV": "development",
        "INTAKE_CONTACT_KEY_FILE": f"{tmp_path}/contact.keys",
        "ROUTER_SESSION_KEY_FILE": f"{tmp_path}/session-key.pem",
        "ROUTER_SEAL_KEY_FILE": f"{tmp_path}/seal.keys",
    }
    migrations = ROOT / "services" / service / "migrations"
    await migrate_service(SchemaSettings.model_validate(told), service, migrations)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", f"services.{service}", "serve",
            cwd=ROOT,
            env={**os.environ, **told, "JIANYI_PORT": str(taken.getsockname()[1])},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        said, errors = await process.communicate()
    assert process.returncode
    assert said == b""
    lines = [json.loads(line) for line in errors.decode().splitlines()]
    assert [line for line in lines if line["service"] != service] == []
    assert [line for line in lines if "address already in use" in str(line["event"])] != []


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_that_is_told_no_server_says_which_setting_it_needs(service: str) -> None:
    kept = {name: value for name, value in os.environ.items() if name != address_of(service)}
    done = subprocess.run(
        [sys.executable, "-m", f"services.{service}", "serve"],
        cwd=ROOT, env=kept, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert f"{address_of(service)}: Field required" in done.stderr
    assert "make run" in done.stderr
    assert "Traceback" not in done.stderr

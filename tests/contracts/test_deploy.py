"""What runs the system elsewhere is well-formed and agrees with the code."""

import re
import subprocess
import sys
import tomllib
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest
import yaml

from shared.settings import CITY
from shared.web import http_limits
from tests.contracts.sources import ROOT, SERVICES

DEPLOY = ROOT / "deploy"
DOCKERFILE, COMPOSE = DEPLOY / "Dockerfile", DEPLOY / "compose.yaml"


def run(program: str, *words: str | Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name(program), *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_image_is_built_as_hadolint_wants() -> None:
    run("hadolint", DOCKERFILE)


def test_the_compose_file_follows_its_specification() -> None:
    run("check-jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE)


def test_a_mistyped_compose_file_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "compose.yaml"
    wrong.write_text(COMPOSE.read_text().replace("healthcheck:", "healthchek:", 1))
    with pytest.raises(AssertionError, match="healthchek"):
        run("check-jsonschema", "--builtin-schema", "vendor.compose-spec", wrong)


def test_what_the_image_copies_is_there() -> None:
    copied = re.findall(r"^COPY (?!--from)(\S+)", DOCKERFILE.read_text(), re.MULTILINE)
    assert copied
    assert [path for path in copied if not (ROOT / path).exists()] == []
    let_in = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    assert {f"!{path}" for path in copied} <= set(let_in)
    assert let_in[0] == "*"
    folders = {line for line in let_in if line.startswith("!") and "." not in line}
    assert folders == {"!deploy", "!shared", "!services"}


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_runs_and_is_reached(service: str) -> None:
    compose, ingress = COMPOSE.read_text(), (DEPLOY / "Caddyfile").read_text()
    assert f"command: [services.{service}, serve]" in compose
    assert f"http://127.0.0.1:8000/{service}/health/live" in compose
    assert f"handle /{service}* {{\n\t\treverse_proxy {service}:8000" in ingress
    program = yaml.safe_load(compose)["services"][service]
    given = {CITY: "/city", "JIANYI_ADDRESS": "https://${JIANYI_SITE:-localhost}"}
    assert given.items() <= program["environment"].items()
    assert "${JIANYI_CITY:-../services/router/seed}:/city:ro" in program["volumes"]
    assert program["env_file"] == [{"path": "../settings.env", "required": False}]


def test_the_ingress_limits_heads_as_the_services_do() -> None:
    ingress = (DEPLOY / "Caddyfile").read_text()
    assert f"max_header_size {http_limits.MAX_HEAD // 1024}KB" in ingress
    assert f"read_header {http_limits.HEAD_SECONDS:.0f}s" in ingress
    assert f"read_body {http_limits.BODY_SECONDS / 60:.0f}m" in ingress


def test_kafka_is_the_same_everywhere() -> None:
    locked = tomllib.loads((DEPLOY / "local/jgo.lock.toml").read_text())["dependencies"]
    (version,) = {it["version"] for it in locked if it["artifactId"] == "kafka-clients"}
    assert COMPOSE.read_text().count(f"image: apache/kafka:{version}\n") == 2


def test_no_other_container_is_given_the_address_of_the_ingress() -> None:
    compose = yaml.safe_load(COMPOSE.read_text())
    (pool,) = compose["networks"]["default"]["ipam"]["config"]
    address = IPv4Address(compose["services"]["ingress"]["networks"]["default"]["ipv4_address"])
    assert address in IPv4Network(pool["subnet"])
    assert address not in IPv4Network(pool["ip_range"])
    assert IPv4Network(pool["ip_range"]).subnet_of(IPv4Network(pool["subnet"]))

"""Kafka as Docker Compose sets it up, read by the image's own program and run as a broker."""

import re
import subprocess
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
import yaml
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError
from pydantic import SecretStr

from deploy.local import artifacts
from deploy.local.folder import hand_over, run_as, within_reach
from deploy.local.kafka import Kafka, find_java
from deploy.local.server import choose_port, remembered_port
from shared.messaging.broker import Cluster
from tests.contracts.sources import ROOT
from tests.support.servers import open_folder

PORTS = ("9092", "9093", "9094")
"""Of the services, of the controller, and of programs inside the container."""
CLUSTER = "4L6g3nShT-eMCtK--X86sw"


class ComposeKafka(Kafka):
    """The broker of the Compose file, on ports and in a folder of its own."""

    def port(self, of: str) -> int | None:
        return remembered_port(self.folder / f"{of}.port")

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port('9092')}"

    @property
    def login(self) -> dict[str, Any]:
        """As `topics` of the Compose file."""
        return {"bootstrap_servers": f"127.0.0.1:{self.port('9094')}"}

    async def answers(self) -> bool:
        (self.folder / "port").write_text(str(self.port("9094")))
        return await super().answers()

    def prepare(self) -> list[str]:
        """Let the image's program write the settings and format the data."""
        home = self.folder.parent
        jars = within_reach(artifacts.REPOSITORY, ("",), home / "programs")
        java = [str(find_java(home)), "-cp", artifacts.classpath(jars)]
        options = []
        for option in ("default", "mounted", "final"):
            (self.folder / option).mkdir()
            hand_over(self.folder / option)
            options += [f"--{option}-configs-dir", str(self.folder / option)]
        for name in ("server.properties", "log4j2.yaml", "tools-log4j2.yaml"):
            (self.folder / "default" / name).touch()
            hand_over(self.folder / "default" / name)
        done = subprocess.run(
            [*java, "kafka.docker.KafkaDockerWrapper", "setup", *options],
            env=self._environment(), cwd=self.folder, capture_output=True, text=True, check=False,
            **run_as(),
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return [*java, "kafka.Kafka", str(self.folder / "final/server.properties")]

    def _environment(self) -> dict[str, str]:
        file = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())
        told = {name: str(v) for name, v in file["services"]["kafka"]["environment"].items()}
        for known in PORTS:
            taken = [port for one in PORTS if (port := self.port(one))]
            own = choose_port(self.folder / f"{known}.port", besides=taken)
            told = {
                name: re.sub(rf"(kafka|localhost)?:{known}\b", f"127.0.0.1:{own}", value)
                for name, value in told.items()
            }
        return told | {"CLUSTER_ID": CLUSTER, "KAFKA_LOG_DIRS": str(self.folder / "data")}


@pytest_asyncio.fixture(scope="module")
async def kafka() -> AsyncIterator[Kafka]:
    broker = ComposeKafka(open_folder() / "kafka")
    await broker.start()
    yield broker
    await broker.stop()


async def test_services_must_sign_in_to_what_compose_starts(
    kafka: Kafka, caplog: pytest.LogCaptureFixture
) -> None:
    stranger = Cluster(kafka.address, SecretStr("guessed")).options("router")
    for login in ({"bootstrap_servers": kafka.address}, stranger):
        admin = AIOKafkaAdminClient(**login)
        with pytest.raises(KafkaConnectionError):
            await admin.start()
        await admin.close()
    assert "invalid credentials with SASL mechanism SCRAM-SHA-512" in caplog.text

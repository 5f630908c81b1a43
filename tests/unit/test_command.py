"""The command line as a person meets it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.local import cli, runner
from shared.db.migrate import MigrationChanged, NewerData


def jianyi(home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    environ = {
        n: v for n, v in os.environ.items() if not n.endswith(("DATABASE_URL", "JIANYI_ENV"))
    }
    return subprocess.run(
        [sys.executable, "-m", "services", *words],
        env=environ | {"JIANYI_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_command_without_a_system_says_what_is_missing_and_what_to_do(tmp_path: Path) -> None:
    done = jianyi(tmp_path, "station", "list", "331004103-01")
    assert done.returncode == 1
    assert "\nINTAKE_DATABASE_URL: " in f"\n{done.stderr}"
    assert "make run" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_needs_no_system(tmp_path: Path) -> None:
    done = jianyi(tmp_path, "station", "enrol", "--help")
    assert done.returncode == 0
    assert "station" in done.stdout


def test_a_command_of_one_service_imports_no_other() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "services", "reporting", "rebuild", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "services.reporting.app" in done.stderr
    assert not {
        name for name in ("intake", "router", "tracker") if f"services.{name}" in done.stderr
    }


@pytest.mark.parametrize(
    ("error", "advice"),
    [(MigrationChanged, "rm -r {folder}"), (NewerData, "was created by a newer version")],
)
def test_data_of_another_version_say_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception], advice: str
) -> None:
    async def refused(*_: object, **__: object) -> None:
        raise error("0001_create.sql")

    monkeypatch.setattr(runner, "run", refused)
    done = CliRunner().invoke(cli.app, ["run"], env={"JIANYI_HOME": str(tmp_path)})
    assert done.exit_code == 1
    assert advice.format(folder=tmp_path) in done.output
    assert "0001_create.sql" in done.output

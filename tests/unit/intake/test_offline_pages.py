"""What a device keeps is renewed whenever one of its files changes."""

import re
import shutil
from pathlib import Path

import pytest

from services.intake.console import offline_pages as offline
from shared.web.console import FOLDER


def version() -> str:
    found = re.match(r'const VERSION = "([0-9a-f]{12})"', offline.service_worker.__wrapped__())
    assert found
    return found[1]


@pytest.mark.parametrize("name", [*offline.VERSIONED, *offline.IMPORTED, offline.WORKER])
def test_one_byte_of_any_file_makes_another_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    before = version()
    shutil.copytree(FOLDER, tmp_path / "static")
    monkeypatch.setattr("services.intake.console.offline_pages.FOLDER", tmp_path / "static")
    assert version() == before
    with (tmp_path / "static" / name).open("ab") as file:
        file.write(b"\n")
    assert version() != before

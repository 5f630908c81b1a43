"""One router on an address of its own, with the small city of the directory's tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.router.directory import DirectoryDesk, open_directory
from tests.support.site import Site, open_site


@pytest.fixture
async def site(dsn: str, tmp_path: Path) -> AsyncIterator[Site[DirectoryDesk]]:
    async with open_directory(dsn, tmp_path) as desk, open_site(desk) as opened:
        yield opened

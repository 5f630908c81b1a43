"""Data of a newer version are left as they are."""

from pathlib import Path

import pytest

from shared.db.migrate import MESSAGING, RIGHTS, NewerData, migrate
from tests.support.ledger import FOLDER, SERVICE

OWN = (RIGHTS, MESSAGING, FOLDER)


async def test_a_schema_that_a_newer_version_made_is_refused_by_name(
    dsn: str, tmp_path: Path
) -> None:
    newer = tmp_path / "ledger" / "migrations"
    newer.mkdir(parents=True)
    (newer / "0099_of_tomorrow.sql").write_text("CREATE TABLE tomorrow (n integer);")
    assert await migrate(dsn, SERVICE, (*OWN, newer))
    with pytest.raises(NewerData, match=r"ledger/0099_of_tomorrow.sql"):
        await migrate(dsn, SERVICE, OWN)
    assert await migrate(dsn, SERVICE, (*OWN, newer)) == []

"""SQL of the register of enterprises."""

from collections.abc import Sequence

from services.intake.domain.enterprises import EnterpriseRow
from services.intake.store import SQL
from shared.db.pool import Tx
from shared.db.rows import Table, read_rows, write_rows
from shared.ids import Id

ENTERPRISE = Table("enterprise", EnterpriseRow)


async def save_enterprises(tx: Tx, rows: Sequence[EnterpriseRow]) -> None:
    await write_rows(tx, ENTERPRISE, rows)


async def read_enterprises(tx: Tx, keys: Sequence[Id]) -> dict[Id, EnterpriseRow]:
    rows = read_rows(EnterpriseRow, await tx.fetch(SQL["read_enterprises"], keys))
    return {row.key: row for row in rows}


async def count_enterprises(tx: Tx, divisions: Sequence[str]) -> int:
    return int((await tx.fetch(SQL["count_enterprises"], divisions))[0]["n"])


async def lock_enterprises(tx: Tx) -> None:
    """Keep the register as it is until the end of the transaction."""
    await tx.execute(SQL["lock_enterprises"])

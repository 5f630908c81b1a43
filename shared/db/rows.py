"""Rows in and out: pydantic models, one JSON parameter a table."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, TypeAdapter

from shared.db.upsert import M, Table
from shared.ids import Id

if TYPE_CHECKING:
    from shared.db.pool import Tx


@cache
def _adapter(model: type[BaseModel]) -> TypeAdapter[list[Any]]:
    return TypeAdapter(list[model])  # type: ignore[valid-type]


def as_json(rows: Sequence[BaseModel]) -> bytes:
    """Write rows of one model as one JSON array."""
    return _adapter(type(rows[0])).dump_json(list(rows)) if rows else b"[]"


def read_rows(model: type[M], records: Iterable[Any]) -> list[M]:
    """Read records of exactly the model's columns."""
    return [model.model_validate(dict(record)) for record in records]


async def lock_rows(
    tx: "Tx", model: type[M], create: str, lock: str, keys: Sequence[Id]
) -> tuple[list[M], list[M]]:
    """Create the state rows that are missing and lock all, in key order.

    Returns those that stood, and those just made: they hold their model's defaults and are not
    read back. `create` returns the keys it made; `lock` selects the model's columns.
    """
    made = {row["key"] for row in await tx.fetch(create, keys)}
    known = [key for key in keys if key not in made]
    rows = read_rows(model, await tx.fetch(lock, known)) if known else []
    return rows, [model.model_validate({"key": key}) for key in keys if key in made]


async def write_rows(tx: "Tx", table: Table[M], rows: Sequence[M]) -> None:
    """Insert these rows, or replace those whose key is already there."""
    if rows:
        await tx.execute(table.upsert, as_json(rows))

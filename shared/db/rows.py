"""Rows in and out: pydantic models, one JSON parameter a table; and SQL blocks by name."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel, TypeAdapter

from shared.ids import Id

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Table(Generic[M]):
    """A table with one column for each field of its row model.

    A row whose `key` is already there is replaced. Without a key, rows are only ever inserted, and
    a second one of the same primary key is an error.
    """

    name: str
    model: type[M]
    key: tuple[str, ...] = ("key",)

    @cached_property
    def upsert(self) -> str:
        """The statement, whose only parameter is a JSON array of rows."""
        rows = f'SELECT * FROM json_populate_recordset(NULL::"{self.name}", $1::json)'  # noqa: S608  a table of ours
        insert = f'INSERT INTO "{self.name}" {rows}'
        if not self.key:
            return insert
        updated = [name for name in self.model.model_fields if name not in self.key]
        key = ", ".join(f'"{name}"' for name in self.key)
        values = ", ".join(f'"{name}" = excluded."{name}"' for name in updated)
        return f"{insert} ON CONFLICT ({key}) DO UPDATE SET {values}"


if TYPE_CHECKING:
    from shared.db.pool import Tx


@cache
def _adapter(model: type[BaseModel]) -> TypeAdapter[list[Any]]:
    return TypeAdapter(list[model])  # type: ignore[valid-type]


def as_json(rows: Sequence[BaseModel]) -> bytes:
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


_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)
_COMMENT = re.compile(r"^--.*$", re.MULTILINE)


def load_queries(path: Path) -> dict[str, str]:
    """Read the blocks of a .sql file by name, each one statement that may stand within another.

    Raises ValueError on a name used twice.
    """
    parts = _NAME.split(path.read_text(encoding="utf-8"))
    names, blocks = parts[1::2], parts[2::2]
    if len(set(names)) != len(names):
        raise ValueError(f"a name is used twice in {path.name}")
    return {
        name: _COMMENT.sub("", block).strip().rstrip(";")
        for name, block in zip(names, blocks, strict=True)
    }

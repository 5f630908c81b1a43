"""The statement that writes the rows of one model, generated from the model."""

from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

from pydantic import BaseModel

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

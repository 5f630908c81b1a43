"""Named SQL blocks: one file a service, `-- name: load_case` above each."""

import re
from pathlib import Path

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

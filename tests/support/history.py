"""The history file of a run: what players tried and what they were told, for the checker."""

import json
from pathlib import Path
from typing import Literal

Op = Literal["invoke", "ok", "unknown", "fail"]


class HistoryFile:
    """Appends JSON lines; each is on its way to the disk before the request is.

    `unknown` is a try without an answer: it may have happened, so the player asks again.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._lines = file.open("a", encoding="utf-8", buffering=1)

    def note(self, op: Op, act: str, **what: str) -> None:
        """Note one step of an act on what is named (`own` and `station`, or `item`)."""
        self._lines.write(json.dumps({"op": op, "act": act, **what}) + "\n")

    def close(self) -> None:
        self._lines.close()

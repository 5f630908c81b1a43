"""The context of intake's decisions: time and directory."""

from dataclasses import dataclass
from datetime import datetime

from shared.calendar import local_day
from shared.directory.snapshot import Directory
from shared.directory.succession import living_division


@dataclass(frozen=True, slots=True)
class DecisionContext:
    now: datetime
    directory: Directory

    def living(self, division_code: str) -> str:
        """Find the division that succeeds this one; new items belong to it."""
        return living_division(self.directory, division_code, local_day(self.now))

"""One look as the log keeps it."""

from datetime import datetime

from shared.contracts.envelope import Key
from shared.ids import to_text
from shared.messaging.subject import Row


class AccessRow(Row):
    """Who saw or took away which fields of a subject, when and why; never what was seen."""

    id: Key
    looked_at: datetime
    person_id: Key | None
    subject: Key
    division_code: str
    fields: tuple[str, ...]
    reason: str
    words: str
    correlation_id: Key

    @property
    def actor(self) -> str:
        """Who looked, as events name them; empty at a command line, where nobody signs in."""
        return to_text(self.person_id) if self.person_id else ""

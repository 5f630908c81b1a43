"""Row and visibility of the access log."""

from datetime import datetime

from shared.contracts.envelope import Key
from shared.directory.snapshot import Directory
from shared.ids import to_text
from shared.messaging.subject import Row
from shared.rights import Action, Holder, Relation, RowScope, held


class AccessRow(Row):
    """One view or export of a subject: person, time, reason and field names, never the values."""

    id: Key
    accessed_at: datetime
    person_id: Key | None
    subject: Key
    division_code: str
    fields: tuple[str, ...]
    reason: str
    words: str
    correlation_id: Key

    @property
    def actor(self) -> str:
        """The person's code as in events; empty at a command line, where nobody signs in."""
        return to_text(self.person_id) if self.person_id else ""


def overseen(by: Holder, directory: Directory) -> list[str]:
    """The divisions the user supervises: their own and all below."""
    above = {grant.division_code for grant in held(by, Action.ACCESS_LOG_READ, Relation.SUBTREE)}
    return list({code for one in above for code in (one, *directory.below(one))})


def row_scope_of(by: Holder, directory: Directory) -> RowScope:
    """Row scope of a supervisor for the access log."""
    return RowScope(codes={"overseen": overseen(by, directory)}, keys={})

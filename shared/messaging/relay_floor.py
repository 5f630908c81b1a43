"""The floor of a relay: no event is or will be pending below it, so rounds skip that range.

Sent events are deleted, yet while any transaction of the cluster keeps an old snapshot (a dump, a
long export) their dead rows stay, and a round that starts at the bottom would scan all of
them. An id drawn early may be committed late: the floor rises only past ids whose transactions
have ended.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(slots=True)
class Floor:
    """All pending ids are above `at`; new ones will be above `_settled`."""

    at: int = 0
    _settled: int = 0
    _drawn: int = 0
    _next_xid: int | None = None

    def observe(self, drawn: int, oldest_xid: int, next_xid: int) -> None:
        """Record the last id drawn and, read after it, the running transactions.

        A transaction that draws ids has its number by then, since it holds the keys' locks: once
        all below `next_xid` have ended, those that drew an id up to `drawn` have.
        """
        if self._next_xid is not None and oldest_xid < self._next_xid:
            return
        if self._next_xid is not None:
            self._settled = self._drawn
        self._drawn, self._next_xid = drawn, next_xid

    def sent(self, ids: Sequence[int]) -> None:
        """Rise past the lowest pending ids, sent and deleted, or past all when none was pending."""
        self.at = min(self._settled, ids[-1]) if ids else self._settled

"""The floor of a relay: no event waits below it and none will, so no round looks there.

Sent events are deleted, yet while any transaction of the cluster keeps an old snapshot (a dump, a
long export) their dead rows stay, and a round that begins at the bottom would walk over all of
them. An id drawn early may be committed late: the floor rises only over ids whose transactions
have ended.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(slots=True)
class Floor:
    """All waiting ids are above `at`; new ones will be above `_settled`."""

    at: int = 0
    _settled: int = 0
    _drawn: int = 0
    _next_xid: int | None = None

    def observe(self, drawn: int, oldest_xid: int, next_xid: int) -> None:
        """Take note of the last id drawn and, read after it, of the transactions that run.

        A transaction that draws ids has its number by then, since it holds the keys' locks: once
        all below `next_xid` have ended, those that drew an id up to `drawn` have.
        """
        if self._next_xid is not None and oldest_xid < self._next_xid:
            return
        if self._next_xid is not None:
            self._settled = self._drawn
        self._drawn, self._next_xid = drawn, next_xid

    def sent(self, ids: Sequence[int]) -> None:
        """Rise over the lowest waiting ids, sent and deleted, or over all when none waited."""
        self.at = min(self._settled, ids[-1]) if ids else self._settled

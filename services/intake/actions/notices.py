"""Use cases around notices: whom they reach and what they say as they are sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from services.intake import notice_store
from services.intake.domain.contact import Vault
from services.intake.domain.notices import (
    NoticeRow,
    Told,
    addressee_of,
    subject_of,
    what_happened,
    where_to_look,
)
from shared.db.pool import Database, Tx
from shared.directory import DirectoryCopy
from shared.ids import Id
from shared.notices.channel import (
    Addressee,
    Channel,
    ChannelName,
    Failure,
    Message,
    Outcome,
    wait_after,
)
from shared.notices.sender import Claimed, NoticeQueue
from shared.web import links
from shared.web.i18n import CHINESE, english, in_both

Reach = Literal["email", "phone", "station"]
_EXAMPLES: Mapping[Reach, Addressee] = {
    "email": Addressee(email="nobody@example.com"),
    "phone": Addressee(phone="13800000000"),
    "station": Addressee(office="any"),
}


@dataclass(frozen=True, slots=True)
class Notices(NoticeQueue[Id]):
    """The notices of intake, on these channels; `address` is that of the system in browsers."""

    db: Database
    copy: DirectoryCopy
    vault: Vault
    channels: Sequence[Channel]
    address: str

    async def claim(self, channel: Channel) -> Claimed[Id] | None:
        async with self.db.begin() as tx:
            while (row := await notice_store.lock_due(tx, channel.name)) is not None:
                if (claimed := await self._claimed(tx, row, channel)) is not None:
                    tries = row.tries + 1
                    columns = {"tries": tries, "next_at": tx.now + wait_after(tries)}
                    await notice_store.note_try(tx, row.model_copy(update=columns))
                    return claimed
                await notice_store.end(tx, row.id, "dropped")
        return None

    async def end(self, key: Id, outcome: Outcome) -> None:
        async with self.db.begin() as tx:
            await notice_store.end(tx, key, outcome)

    async def note_failure(self, key: Id, why: Failure) -> None:
        async with self.db.begin() as tx:
            await notice_store.note_failure(tx, key, why)

    async def is_due(self, tx: Tx, channel: ChannelName) -> bool:
        return await notice_store.is_due(tx, channel)

    def reached(self) -> Mapping[Reach, bool]:
        """Tell which kinds of recipients any channel reaches."""
        return {
            name: any(channel.reaches(one) for channel in self.channels)
            for name, one in _EXAMPLES.items()
        }

    async def count(self) -> Mapping[str, notice_store.ChannelCount]:
        """Count what waits and what failed, for each channel there is or was."""
        none = {channel.name: notice_store.ChannelCount() for channel in self.channels}
        async with self.db.begin() as tx:
            return none | await notice_store.count_notices(tx)

    async def _claimed(self, tx: Tx, row: NoticeRow, channel: Channel) -> Claimed[Id] | None:
        """Look up whom a notice reaches now, and write it; None if it reaches nobody any more."""
        found = await notice_store.read_told(tx, self.vault, row.item)
        if found is None:
            return None
        told, number = found
        to = self._addressee(row, told)
        if not channel.reaches(to):
            return None
        return Claimed(row.id, to, self._message(row, told, number))

    def _addressee(self, row: NoticeRow, told: Told) -> Addressee:
        if row.kind == "station":
            station = self.copy.snapshot.station(row.recipient)
            return Addressee(office=station.code if station else "")
        own = (one for one in told.proposers if one.row.proposer_id == row.recipient)
        return next(map(addressee_of, own), Addressee())

    def _message(self, row: NoticeRow, told: Told, number: str) -> Message:
        words = english("intake")
        path = links.station_item(row.item) if row.kind == "station" else links.PROPOSER
        what = what_happened(row, told.item, number)
        where = where_to_look(row.kind, f"{self.address.rstrip('/')}{path}")
        lines = (say(one) for say in (CHINESE.say, words.say) for one in (what, where))
        subject = in_both(subject_of(told.item, number), words)
        return Message(row.id.hex(), subject, "\n".join(lines))

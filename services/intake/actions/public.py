"""Use cases of people without an account: report something, follow and rate what they raised."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.intake import notice_store, proposer_store, store
from services.intake.actions.item_details import ItemDetails
from services.intake.actions.stations import StationActions, raised_scope
from services.intake.domain.asker import THE_PROPOSER, Asker, Station, find_station
from services.intake.domain.commands import ItemBody
from services.intake.domain.model import Item, ProgressRow, TextRow
from services.intake.domain.notices import NoticeRow
from services.intake.domain.proposers import proposer_id
from services.intake.domain.public_report import too_many_from_network, too_many_reports
from services.intake.domain.refusals import id_reused
from shared.calendar import local_day, start_of_day
from shared.directory.snapshot import Directory
from shared.directory.succession import has_ended, living_station
from shared.errors import TooManyRequests
from shared.ids import Id
from shared.messaging.subject import Applied
from shared.text import fold
from shared.web.rate_limit import RateLimit

STRANGER = Asker(THE_PROPOSER, ())


@dataclass(frozen=True, slots=True)
class RaisedItem:
    """An item as one of its proposers sees it, with how far it or what it was merged into is.

    `notices` are those that were sent to this proposer.
    """

    details: ItemDetails
    progress: ProgressRow
    is_blocked: bool
    notices: Sequence[NoticeRow]


@dataclass(frozen=True, slots=True)
class PublicActions:
    """Actions of people without an account; one station takes `reports_per_day` of theirs a day.

    `shares` limits those of a network at a station.
    """

    stations: StationActions
    reports_per_day: int
    shares: RateLimit

    @property
    def directory(self) -> Directory:
        return self.stations.copy.snapshot

    def station(self, code: str) -> Station | None:
        return find_station(self.directory, code)

    async def successor(self, station: Station) -> tuple[bool, Station | None]:
        """Tell whether a station has closed, and which one takes over from it."""
        today = local_day(await self.stations.now())
        entry = self.directory.station(station.station_id)
        if entry is None or not has_ended(entry, today):
            return False, None
        heir = living_station(self.directory, station.station_id, today)
        found = self.directory.station(heir) if heir else None
        return True, self.station(found.code) if found else None

    async def report(
        self, station: Station, body: ItemBody, secret: str, masks: Sequence[str], network: str
    ) -> Applied[Item]:
        """Submit what a stranger reports and give them their link; repeated, it is the same item.

        Raises TooManyRequests once the station has as many of one day as it takes, of all or from
        this network.
        """
        key = body.key(station)
        db = self.stations.messaging.db
        async with db.begin() as tx:
            known = await store.read_items(tx, [key])
            if known and await proposer_store.is_of_another(tx, key, secret):
                raise id_reused()
            today = start_of_day(local_day(tx.now))
            taken = await proposer_store.count_scanned(tx, station.station_id, today)
        if not known and taken >= self.reports_per_day:
            raise too_many_reports()
        if not known:
            self._use_share(station, network)
        applied = await self.stations.submit_one(STRANGER, station, body, masks)
        async with db.begin() as tx:
            await proposer_store.add_first_secret(tx, proposer_id(key, 1), secret)
        return applied

    def _use_share(self, station: Station, network: str) -> None:
        try:
            self.shares.admit(f"{station.code} {network}")
        except TooManyRequests as wait:
            raise too_many_from_network(wait.retry_after) from None

    async def registered(self, typed: str) -> str | None:
        """Find the credit code of the one registered firm with exactly this name."""
        found = await self.stations.match_firms(typed)
        same = [code for code, name in found if fold(name) == fold(typed)]
        return same[0] if len(same) == 1 else None

    async def open(self, secret: str) -> tuple[Id, Asker] | None:
        """Find the item of a proposer's link, and who asks; None unless the link is in force."""
        async with self.stations.messaging.db.begin() as tx:
            found = await proposer_store.find_proposer(tx, secret)
        if found is None:
            return None
        key, proposer = found
        return key, Asker(THE_PROPOSER, (), proposer_id=proposer)

    async def read(self, by: Asker, key: Id) -> RaisedItem:
        """Read an item as one of its proposers sees it: nothing of the others."""
        tracked = await self.stations.find(by, key)
        db = self.stations.messaging.db
        async with db.begin_as(raised_scope(by)) as tx:
            text = (await store.read_texts(tx, [key])).get(key) or TextRow(key=key)
            vault = self.stations.vault
            own = (await store.read_proposers(vault, tx, [key])).get(key, ())
            files = (await store.read_attachments(tx, [key])).get(key, ())
            item = Item(tracked.item, text, tracked.progress, own, attachments=files)
            now: datetime = tx.now
            is_blocked = await self.stations.messaging.is_blocked(tx, key)
            sent = await notice_store.list_sent(tx, key)
        async with db.begin() as tx:
            is_joint = await proposer_store.count_proposers(tx, key) > 1
        seen = ItemDetails(item, self.directory, now, is_joint=is_joint)
        return RaisedItem(seen, tracked.progress, is_blocked, sent)

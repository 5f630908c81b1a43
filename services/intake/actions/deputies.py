"""Use cases of deputies: what waits for them, what they raised, their station's coming days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake import activity_store, deputy_store, store
from services.intake.actions.activities import ActivityActions
from services.intake.actions.item_details import ItemDetails
from services.intake.actions.public import PublicActions, RaisedItem
from services.intake.actions.stations import Titled, raised_scope, titled
from services.intake.domain.asker import Asker, stations_of
from services.intake.domain.model import Activity, Item, TextRow
from services.intake.domain.proposer_commands import Cosign, CosignBody
from services.intake.domain.refusals import not_found
from services.intake.domain.rights import is_joinable
from shared.calendar import local_day
from shared.directory.snapshot import Directory
from shared.ids import Id, from_text
from shared.messaging.subject import Applied
from shared.rights import Action, RowScope

SHOWN, LATEST, COMING = 50, 8, 20


@dataclass(frozen=True, slots=True)
class DeputyWork:
    """The work that waits for a deputy, and beside it their items and their station's plans."""

    now: datetime
    returned: Sequence[Titled]
    unrated: Sequence[Titled]
    invitations: Sequence[Activity]
    raised: Sequence[Titled]
    joinable: Sequence[Titled]
    coming: Sequence[Activity]

    @property
    def is_free(self) -> bool:
        """Whether nothing waits."""
        return not (self.returned or self.unrated or self.invitations)


@dataclass(frozen=True, slots=True)
class DeputyActions:
    """Actions of deputies who are signed in; acts on items are those of proposers and stations."""

    public: PublicActions
    held: ActivityActions

    @property
    def directory(self) -> Directory:
        return self.public.directory

    async def read_work(self, by: Asker) -> DeputyWork:
        """Read what waits for a deputy, what they raised last, and what their station plans."""
        person, db = from_text(by.code), self.public.stations.messaging.db
        async with db.begin() as tx:
            now, last = tx.now, store.AFTER_ALL
            returned = await deputy_store.list_raised(tx, person, last, "SUPPLEMENT", SHOWN)
            unrated = await deputy_store.list_raised_unrated(tx, person, SHOWN)
            raised = await deputy_store.list_raised(tx, person, last, "", LATEST)
            joined = self._stations(by, Action.ITEM_COSIGN)
            free = await deputy_store.list_joinable(tx, joined, person, SHOWN)
            today, stations = local_day(now), self._stations(by, Action.ACTIVITY_READ)
            asked = await deputy_store.list_invitations(tx, person, today, SHOWN)
            coming = await deputy_store.list_coming(tx, stations, person, today, COMING)
        async with db.begin_as(raised_scope(by)) as tx:
            lists = [await titled(tx, keys) for keys in (returned, unrated, raised)]
        async with db.begin_as(self._joined_scope(by)) as tx:
            joinable = await titled(tx, free)
        async with db.begin_as(self.held.row_scope_of(by)) as tx:
            found = await activity_store.read(tx, [*asked, *coming])
        return DeputyWork(
            now,
            lists[0],
            lists[1],
            [found[key] for key in asked],
            lists[2],
            joinable,
            [found[key] for key in coming],
        )

    async def list_raised(self, by: Asker, before: Id | None, limit: int) -> Sequence[Titled]:
        """List what a deputy raised or joined, newest first, after `before`."""
        last, db = before or store.AFTER_ALL, self.public.stations.messaging.db
        async with db.begin() as tx:
            keys = await deputy_store.list_raised(tx, from_text(by.code), last, "", limit)
        async with db.begin_as(raised_scope(by)) as tx:
            return await titled(tx, keys)

    async def open(self, by: Asker, key: Id) -> RaisedItem:
        """Read an item that a deputy raised; raises NotFound."""
        raised = await self.public.read(by, key)
        if not raised.details.item.proposers:
            raise not_found()
        return raised

    async def open_joinable(self, by: Asker, key: Id) -> ItemDetails:
        """Read an item of the deputy's station that they may join; raises NotFound."""
        async with self.public.stations.messaging.db.begin_as(self._joined_scope(by)) as tx:
            tracked = (await store.read_items(tx, [key])).get(key)
            if tracked is None or not is_joinable(tracked.item):
                raise not_found()
            text = (await store.read_texts(tx, [key])).get(key) or TextRow(key=key)
            return ItemDetails(Item(tracked.item, text, tracked.progress), self.directory, tx.now)

    async def join(self, by: Asker, key: Id) -> Applied[Item]:
        """Join an item of the station in one's own name; raises Refused."""
        body = CosignBody(person_id=UUID(by.code))
        return await self.public.stations.act(Cosign(key, by, body))

    def _stations(self, by: Asker, action: Action) -> list[Id]:
        return stations_of(by, action, self.directory)

    def _joined_scope(self, by: Asker) -> RowScope:
        joined = self._stations(by, Action.ITEM_COSIGN)
        return RowScope(codes={}, keys={"joinable": joined, "raisers": [from_text(by.code)]})

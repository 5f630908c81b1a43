"""Use cases of stations around proposers' links: give one, give another, end one."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.intake import proposer_store, store
from services.intake.actions.stations import UNRATED, StationActions
from services.intake.domain.asker import Asker
from services.intake.domain.commands import Body
from services.intake.domain.model import Item, TextRow
from services.intake.domain.proposer_checks import require_named_person, require_proposer
from services.intake.domain.proposer_links import new_secret
from services.intake.domain.proposers import Proposer
from services.intake.domain.refusals import require_not_erased, require_right
from shared.ids import Id
from shared.rights import Action
from shared.text import Reason


class LinkBody(Body):
    """Why a proposer, by default the first one, gets a new link, or only loses the earlier one."""

    proposer_id: UUID | None = None
    reason: Reason
    renew: bool = True


@dataclass(frozen=True, slots=True)
class LinkActions:
    """Actions on proposers' links, by people at the item's station."""

    stations: StationActions

    async def give(self, by: Asker, key: Id, body: LinkBody) -> str | None:
        """End the link of a proposer and make the secret of a new one, which is shown once.

        None if it was only ended. Raises Refused.
        """
        item = await self._item(by, key)
        require_named_person(by)
        require_not_erased(item.row)
        proposer = require_proposer(item, body.proposer_id).row.proposer_id
        secret = new_secret() if body.renew else None
        async with self.stations.messaging.db.begin() as tx:
            if secret is None:
                await proposer_store.revoke_secret(tx, proposer, by.code, body.reason)
            else:
                await proposer_store.renew_secret(tx, proposer, secret, by.code, body.reason)
        return secret

    async def read(self, by: Asker, key: Id) -> tuple[Item, Sequence[proposer_store.LinkGiven]]:
        """Read the item with its proposers, and the links that were given; no secret is kept."""
        item = await self._item(by, key)
        async with self.stations.messaging.db.begin_as(self.stations.row_scope_of(by)) as tx:
            return item, await proposer_store.list_links(tx, key)

    async def newest(self, by: Asker) -> Id | None:
        """Find the newest item at the asker's stations that waits for its rating, else the newest.

        None if there is no item whose words are kept.
        """
        for state in (UNRATED, ""):
            for one in await self.stations.list_titled(by, state, "", None, 1):
                if one.item.erased_at is None:
                    return one.item.key
        return None

    async def _item(self, by: Asker, key: Id) -> Item:
        tracked = await self.stations.find(by, key)
        async with self.stations.messaging.db.begin_as(self.stations.row_scope_of(by)) as tx:
            found = await store.read_proposers(self.stations.vault, tx, [key])
            text = (await store.read_texts(tx, [key])).get(key) or TextRow(key=key)
        proposers: tuple[Proposer, ...] = found.get(key, ())
        item = Item(tracked.item, text, tracked.progress, proposers)
        require_right(await self.stations.context(), by, Action.LINK_GIVE, item)
        return item

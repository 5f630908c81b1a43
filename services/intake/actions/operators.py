"""Use cases of operators at the command line: keys, the register, erasures."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import itemgetter

from services.intake import store
from services.intake.domain import rights
from services.intake.domain.commands import (
    Erase,
)
from services.intake.domain.enterprises import EnterpriseRow, read_enterprises
from services.intake.domain.model import ItemRow
from services.intake.domain.station_keys import (
    StationKey,
    holder_at,
    read_station_keys,
    require_added,
)
from shared.calendar import local_day
from shared.contracts.intake import ItemErased
from shared.db.pool import Database
from shared.directory import DirectoryCopy
from shared.ids import Id
from shared.messaging.loop import Result
from shared.tables.rows import Report, RowError


@dataclass(frozen=True, slots=True)
class OperatorActions:
    """Actions of operators at the command line; `run` carries out commands on items."""

    db: Database
    copy: DirectoryCopy
    run: Callable[[Sequence[Erase]], Awaitable[Sequence[Result]]]

    async def add_key(self, key: StationKey, person_code: str) -> None:
        """Add a key of a station, or of the person there who has this code; raises RowError."""
        async with self.db.begin() as tx:
            today = local_day(tx.now)
            person_id = holder_at(key.station_code, person_code, self.copy.snapshot, today)
            require_added(await store.add_key(tx, replace(key, person_id=person_id)))

    async def import_keys(self, text: str) -> Report[StationKey]:
        """Add the keys of a CSV table; each row is added or refused on its own."""
        async with self.db.begin() as tx:
            report = read_station_keys(text, self.copy.snapshot, local_day(tx.now))
            added, errors = [], list(report.errors)
            for line, key in report.taken:
                try:
                    require_added(await store.add_key(tx, key))
                    added.append((line, key))
                except RowError as error:
                    errors.append((line, error))
        return Report(added, sorted(errors, key=itemgetter(0)))

    async def revoke_key(self, kid: str) -> bool:
        """Revoke a key now; False when there is no such live key."""
        async with self.db.begin() as tx:
            return await store.revoke_key(tx, kid)

    async def list_keys(self, station_code: str) -> Sequence[store.StoredKey]:
        """List a station's keys, oldest first."""
        async with self.db.begin() as tx:
            return await store.list_keys(tx, station_code)

    async def import_enterprises(self, text: str) -> Report[EnterpriseRow]:
        report = read_enterprises(text, self.copy.snapshot)
        async with self.db.begin() as tx:
            await store.save_enterprises(tx, [row for _line, row in report.taken])
        return report

    async def plan_erasure(self, proposer: Id, by: str) -> tuple[str, Sequence[ItemRow]]:
        """Find who has the code `by`, and the items of a proposer or the one with this id.

        Invalid if nobody has the code, Forbidden if one of the items is not theirs to erase.
        """
        async with self.db.begin() as tx:
            found = await store.list_items_of_proposer(tx, proposer)
            who = rights.eraser(by, found, self.copy.snapshot, local_day(tx.now))
        return who, found

    async def erase(self, commands: Sequence[Erase]) -> Sequence[tuple[Id, Result]]:
        """Erase items, each also where it was merged into another."""
        async with self.db.begin() as tx:
            items = await store.read_items(tx, [one.key for one in commands])
        into = {key: one.item.merged_into for key, one in items.items()}
        results = await self.run(
            [replace(one, others=(key,)) if (key := into.get(one.key)) else one for one in commands]
        )
        return [(one.key, result) for one, result in zip(commands, results, strict=True)]

    async def list_erasures(self) -> Sequence[tuple[Id, datetime, ItemErased]]:
        """List erasures in order: item, time recorded, event."""
        async with self.db.begin() as tx:
            return await store.list_erasures(tx)

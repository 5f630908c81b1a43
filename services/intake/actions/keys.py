"""Use cases of stations' keys: at the command line, and of those who administer stations."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import itemgetter

from services.intake import store
from services.intake.domain.asker import Station, find_station
from services.intake.domain.station_keys import (
    StationKey,
    holder_at,
    no_such_station,
    read_station_keys,
    require_added,
)
from shared.calendar import local_day
from shared.db.pool import Database
from shared.directory import Directory, DirectoryCopy
from shared.directory.succession import has_ended
from shared.ids import Id
from shared.rights import Action, Holder, Resource, may
from shared.tables.rows import Report, RowError


@dataclass(frozen=True, slots=True)
class KeyCount:
    """A station with the number of its live keys, and when one of them was last used.

    The app of a main station also serves its sub-points, which need no key of their own.
    """

    code: str
    name: str
    division_code: str
    is_main: bool
    live: int
    used_at: datetime | None

    @property
    def lacks_key(self) -> bool:
        return self.is_main and not self.live


@dataclass(frozen=True, slots=True)
class KeyActions:
    db: Database
    copy: DirectoryCopy

    async def add_key(self, key: StationKey, person_code: str, by: Id | None = None) -> None:
        """Add a key of a station, or of the person there who has this code; raises RowError."""
        async with self.db.begin() as tx:
            today = local_day(tx.now)
            person_id = holder_at(key.station_code, person_code, self.copy.snapshot, today)
            require_added(await store.add_key(tx, replace(key, person_id=person_id), by))

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

    async def revoke_key(self, kid: str, by: Id | None = None, station: str = "") -> bool:
        """Revoke a key now, if one is named of this station; False for no such live key."""
        async with self.db.begin() as tx:
            return await store.revoke_key(tx, kid, by, station)

    async def list_keys(self, station_code: str) -> Sequence[store.StoredKey]:
        """List a station's keys, oldest first."""
        async with self.db.begin() as tx:
            return await store.list_keys(tx, station_code)

    async def now(self) -> datetime:
        async with self.db.begin() as tx:
            return tx.now

    def administered(self, by: Holder, code: str) -> Station:
        """Find a station whose keys this person administers; raises NotFound."""
        station = find_station(self.copy.snapshot, code)
        if station is None or not _administers(by, self.copy.snapshot, station.division_code):
            raise no_such_station()
        return station

    async def count_keys(self, by: Holder) -> Sequence[KeyCount]:
        """Count the keys of every open station of somebody's area, those without any first."""
        directory = self.copy.snapshot
        async with self.db.begin() as tx:
            counts, today = await store.count_keys(tx), local_day(tx.now)
        found = [
            KeyCount(
                one.code,
                one.name,
                one.division_code,
                one.parent_id is None,
                *counts.get(one.code, (0, None)),
            )
            for one in directory.stations().values()
            if not has_ended(one, today) and _administers(by, directory, one.division_code)
        ]
        return sorted(found, key=lambda one: (not one.lacks_key, one.code))


def _administers(by: Holder, directory: Directory, code: str) -> bool:
    return may(by, Action.STATION_KEY_MANAGE, Resource(within=directory.within(code)))

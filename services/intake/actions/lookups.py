"""Use cases of apps and pages that look up: people, places, firms, earlier items, changes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from services.intake import lookup_store, store
from services.intake.actions.stations import StationActions, Titled, row_scope, titled
from services.intake.domain.asker import Asker, stations_of
from services.intake.domain.cursor import Cursor
from services.intake.domain.enterprises import enterprise_id, is_credit_code
from services.intake.domain.listed import L, choices_of
from services.intake.domain.similar import alike
from services.intake.store import TrackedItem
from shared.calendar import local_day
from shared.contracts.codes import Role
from shared.contracts.router import DirectoryMatter, DirectoryPerson, DirectoryStation
from shared.directory.snapshot import Directory, holds
from shared.ids import Id
from shared.rights import Action
from shared.web.rate_limit import RateLimit

EARLIER, RECENT = 5, 500
PER_MINUTE = 120
"""Searches in the register that one person may make in a minute: more than anybody types."""


class Attached(NamedTuple):
    """A person with the station they belong to."""

    key: Id
    person: DirectoryPerson
    station: DirectoryStation


class Changes(NamedTuple):
    """Changed items in order; the next ones come after `next`, `more` of them now."""

    items: Sequence[TrackedItem]
    next: Cursor
    more: bool


@dataclass
class LookupActions:
    """Look-ups, limited to the stations where the asker submits or reads items."""

    stations: StationActions
    _limit: RateLimit = field(default_factory=lambda: RateLimit(PER_MINUTE))

    @property
    def _directory(self) -> Directory:
        return self.stations.copy.snapshot

    def deputies(self, by: Asker) -> list[Attached]:
        """List the deputies attached to the asker's stations."""
        people = self._directory.people
        return [
            Attached(key, person, station)
            for station_id, station in self._places(by)
            for key, person in people.at(people.by_station, station_id)
            if person.mandates
        ]

    async def staff(self, by: Asker) -> list[tuple[Attached, list[Role]]]:
        """List who works at the asker's stations today, with their roles there."""
        today = local_day(await self.stations.now())
        people = self._directory.people
        found = []
        for station_id, station in self._places(by):
            for key, person in people.at(people.by_office, station_id):
                roles = [
                    grant.role
                    for grant in person.grants
                    if grant.station_id == station_id and holds(grant, today)
                ]
                if roles:
                    found.append((Attached(key, person, station), roles))
        return found

    def sub_points(self, by: Asker) -> list[tuple[DirectoryStation, str]]:
        """List the sub-points of the asker's stations, each with the code of its main station."""
        directory = self._directory
        mains = ((one, directory.station(one.parent_id)) for _, one in self._places(by)
                 if one.parent_id)  # fmt: skip
        return [(one, main.code) for one, main in mains if main is not None]

    async def listed(self, by: Asker, model: type[L]) -> list[L]:
        """List what items and activities of the asker's stations may name of a list today."""
        places = dict.fromkeys(station.division_code for _, station in self._places(by))
        return choices_of(self._directory, model, places, local_day(await self.stations.now()))

    def matters(self) -> list[DirectoryMatter]:
        return self._directory.matters()

    async def firms(self, by: Asker, typed: str) -> Sequence[tuple[str, str]]:
        """Find registered firms by code or first letters; raises TooManyRequests."""
        self._limit.admit(by.code)
        return await self.stations.match_firms(typed)

    async def earlier(self, by: Asker, enterprise: str, title: str) -> Sequence[Titled]:
        """List what the asker's stations raised for the same enterprise, then in like words."""
        code = await self._code(by, enterprise) if enterprise else ""
        stations = stations_of(by, Action.ITEM_READ, self._directory)
        async with self.stations.messaging.db.begin_as(row_scope(stations)) as tx:
            keys: list[Id] = []
            if code:
                firm = enterprise_id(code)
                keys += await lookup_store.list_of_firm(tx, firm, stations, EARLIER)
            if title:
                recent = await lookup_store.list_recent_titles(tx, stations, RECENT)
                keys += alike(title, recent, EARLIER)
            return await titled(tx, list(dict.fromkeys(keys)))

    async def _code(self, by: Asker, enterprise: str) -> str:
        if is_credit_code(enterprise.upper()):
            return enterprise.upper()
        found = await self.firms(by, enterprise)
        same = [code for code, name in found if name == enterprise] or [code for code, _ in found]
        return same[0] if len(same) == 1 else ""

    async def changes(self, by: Asker, since: str, limit: int) -> Changes:
        """List the items of the asker's stations that changed; raises CursorOutdated."""
        stations = stations_of(by, Action.ITEM_READ, self._directory)
        cursor = Cursor.read(since, stations) if since else Cursor.start(stations)
        async with self.stations.messaging.db.begin_as(row_scope(stations)) as tx:
            found = await lookup_store.list_changes(tx, stations, cursor, limit)
            items = await store.read_items(tx, [key for key, _cursor in found])
        last = found[-1][1] if found else cursor
        return Changes([items[key] for key, _cursor in found], last, len(found) == limit)

    def _places(self, by: Asker) -> list[tuple[Id, DirectoryStation]]:
        directory = self._directory
        keys = stations_of(by, Action.ITEM_SUBMIT, directory)
        found = ((key, directory.station(key)) for key in keys)
        return [(key, one) for key, one in found if one is not None]

"""Use cases of stations and the people there: submit, decide, read."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from services.intake import store
from services.intake.domain.asker import Asker, Station, stations_held, stations_of
from services.intake.domain.commands import (
    Accept,
    ActivityBody,
    HoldActivity,
    ItemBody,
    Merge,
    Rate,
    Reject,
    Resubmit,
    Return,
    StationCommand,
    Submit,
    Transfer,
)
from services.intake.domain.contact import Vault
from services.intake.domain.context import DecisionContext
from services.intake.domain.effects import number, series_of
from services.intake.domain.events import outgoing
from services.intake.domain.model import Activity, Item, ItemRow
from services.intake.domain.refusals import (
    not_found,
    require_one_station,
    require_right,
    require_station,
)
from shared.directory import DirectoryCopy
from shared.errors import Problem, Unavailable
from shared.ids import Id
from shared.messaging.messaging import Messaging
from shared.messaging.subject import Applied, Subject
from shared.rights import Action, RowScope
from shared.text import _
from shared.web.act_spec import ActSpec

ACTS: Sequence[ActSpec[None]] = (
    ActSpec("accept", Accept, _("受理"), "Accept an item; it gets the next number of its county."),
    ActSpec("return", Return, _("退回补充"), "Ask the proposer for what is missing."),
    ActSpec("resubmit", Resubmit, _("补充后重交"), "Supply what was missing."),
    ActSpec("reject", Reject, _("不予受理"), "Refuse an item that is not admissible."),
    ActSpec("transfer", Transfer, _("转其他渠道"), "Pass an item to another channel."),
    ActSpec("merge", Merge, _("并案"), "Merge a duplicate into an open item."),
    ActSpec("rating", Rate, _("转交提出人的评价"), "Pass on the proposer's rating of a reply."),
)
"""Acts of a station on a submitted item."""


@dataclass
class StationActions:
    """Actions of stations and the people there; `auto_accept` numbers items as they come."""

    messaging: Messaging
    items: Subject[Item, DecisionContext]
    activities: Subject[Activity, DecisionContext]
    copy: DirectoryCopy
    vault: Vault
    auto_accept: bool
    _in_flight: set[Id] = field(default_factory=set)

    async def submit(
        self, by: Asker, station: Station, bodies: Sequence[ItemBody]
    ) -> list[Applied[Item] | Problem]:
        """Submit items at a station in one transaction; each is stored or refused on its own.

        Unavailable (`in_flight`) for an item that is being submitted by another request.
        """
        numbers: Sequence[str] = [""] * len(bodies)
        if self.auto_accept:
            numbers = await self._draw(station.division_code, len(bodies))
        firms, merged = await self._firms(bodies), await self._merged(by, station, bodies)
        commands = [
            Submit(
                key := body.key(station),
                by,
                body,
                station,
                self.vault.seal(key, body.contact) if body.contact else "",
                firms.get(body.enterprise_code or "", ""),
                drawn,
                others=(merged[key],) if key in merged else (),
            )
            for body, drawn in zip(bodies, numbers, strict=True)
        ]
        async with self._claim(command.key for command in commands) as claimed:
            results = await asyncio.gather(
                *(self._submit(one, alone=one.key in claimed) for one in commands),
                return_exceptions=True,
            )
        return [_problem_or_result(result) for result in results]

    @asynccontextmanager
    async def _claim(self, keys: Iterable[Id]) -> AsyncIterator[frozenset[Id]]:
        """Claim those of these items that no other request is submitting."""
        claimed = frozenset(keys) - self._in_flight
        self._in_flight |= claimed
        try:
            yield claimed
        finally:
            self._in_flight -= claimed

    async def _submit(self, command: Submit, *, alone: bool) -> Applied[Item]:
        if not alone:
            raise Unavailable("in_flight", retry_after=1)
        return await self.messaging.act(self.items, command)

    async def _firms(self, bodies: Sequence[ItemBody]) -> dict[str, str]:
        """Map the credit codes of confidential items to the names that must not leave."""
        codes = [one.enterprise_code for one in bodies if one.confidential and one.enterprise_code]
        if not codes:
            return {}
        async with self.messaging.db.begin() as tx:
            return await store.name_firms(tx, codes)

    async def _merged(
        self, by: Asker, station: Station, bodies: Sequence[ItemBody]
    ) -> dict[Id, Id]:
        """Map items whose contact may be corrected to what they were merged into."""
        keys = [one.key(station) for one in bodies if one.contact]
        if not keys:
            return {}
        async with self.messaging.db.begin_as(_row_scope(self._stations(by))) as tx:
            return await store.read_merges(tx, keys)

    async def _draw(self, division_code: str, n: int) -> Sequence[str]:
        async with self.messaging.db.begin() as tx:
            series = series_of(self.copy.snapshot, division_code, tx.now)
            first = await store.draw_numbers(tx, series, n)
        return [number(series, running) for running in range(first, first + n)]

    async def act(self, command: StationCommand) -> Applied[Item]:
        """Carry out a command on an item that the asker sees; raises Refused."""
        item = (await self.find(command.asker, command.key)).item
        return await self.messaging.act(self.items, await self._completed(command, item))

    async def _completed(self, command: StationCommand, item: ItemRow) -> StationCommand:
        """Add the number drawn for an item, and the other items that the command concerns."""
        match command:
            case Accept():
                (drawn,) = await self._draw(item.division_code, 1)
                return replace(command, number=drawn)
            case Merge():
                await self.find(command.asker, command.into)
                return replace(command, others=(command.into, *item.members))
            case Reject() | Transfer():
                return replace(command, others=item.members)
            case _:
                return command

    async def preview(self, by: Asker, key: Id, masks: Sequence[str]) -> dict[str, Any]:
        """Build the words that leave intake if the head accepts an item with these masks.

        `name_unknown`: they may hold the name of an enterprise that is not registered.
        """
        station_id = (await self.find(by, key)).item.station_id
        async with self.messaging.db.begin() as tx:
            context = await self.items.context(tx)
            item = (await self.items.load(tx, [key]))[key]
        require_right(context, by, Action.ITEM_ACCEPT, station_id)
        unknown = item.row.hides_unnamed(item.firm)
        return outgoing(item, context, masks) | {"name_unknown": unknown}

    async def hold_activity(
        self, by: Asker, station: Station, body: ActivityBody
    ) -> Applied[Activity]:
        command = HoldActivity(body.key(station), by, body, station)
        return await self.messaging.act(self.activities, command)

    def station_of(self, by: Asker, action: Action, code: str | None) -> Station:
        """Find the station that something new is entered at: the one named, else the only one.

        Raises Forbidden for one where the asker may not do this, Invalid if several could be meant.
        """
        directory = self.copy.snapshot
        if code is not None:
            return require_station(by, action, code, directory)
        if by.station is not None:
            return by.station
        return require_one_station(stations_held(by, action, directory))

    async def find(self, by: Asker, key: Id) -> store.TrackedItem:
        """Find an item of a station where the asker reads items; raises NotFound."""
        stations = self._stations(by)
        async with self.messaging.db.begin_as(_row_scope(stations)) as tx:
            tracked = (await store.read_items(tx, [key])).get(key)
        if tracked is None or tracked.item.station_id not in stations:
            raise not_found()
        return tracked

    async def list_items(
        self, by: Asker, state: str, before: Id | None, limit: int
    ) -> list[store.TrackedItem]:
        """List items of the asker's stations and their sub-points, newest first, after `before`."""
        stations = self._stations(by)
        async with self.messaging.db.begin_as(_row_scope(stations)) as tx:
            return await store.list_items(tx, stations, state, before or store.AFTER_ALL, limit)

    def _stations(self, by: Asker) -> list[Id]:
        return stations_of(by, Action.ITEM_READ, self.copy.snapshot)


def _row_scope(stations: Sequence[Id]) -> RowScope:
    return RowScope(codes={}, keys={"stations": stations})


def _problem_or_result(result: Applied[Item] | BaseException) -> Applied[Item] | Problem:
    """Return a problem as an answer; any other error is raised."""
    if isinstance(result, BaseException) and not isinstance(result, Problem):
        raise result
    return result

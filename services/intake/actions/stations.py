"""Use cases of stations and the people there: submit, decide, read."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from services.intake import notice_store, station_store, store
from services.intake.actions.item_details import ItemDetails, OtherItem
from services.intake.domain.asker import Asker, Station, stations_held, stations_of
from services.intake.domain.commands import (
    Accept,
    ItemBody,
    Merge,
    Reject,
    StationCommand,
    Submit,
    Transfer,
)
from services.intake.domain.contact import Vault
from services.intake.domain.context import DecisionContext
from services.intake.domain.effects import number, series_of
from services.intake.domain.enterprises import is_credit_code
from services.intake.domain.events import outgoing
from services.intake.domain.model import Item, ItemRow, ProgressRow, TextRow
from services.intake.domain.notices import NoticeRow
from services.intake.domain.proposer_commands import Protect, Withdraw
from services.intake.domain.proposers import Proposer
from services.intake.domain.refusals import (
    not_found,
    require_one_station,
    require_right,
    require_station,
)
from services.intake.domain.rights import SHOWS_ITEM, is_joinable, may_act
from shared.db.pool import Tx
from shared.directory import DirectoryCopy
from shared.errors import Problem, Unavailable
from shared.ids import Id, from_text, to_text
from shared.messaging.messaging import Messaging
from shared.messaging.outbox import OutboxEvent, list_emitted
from shared.messaging.subject import Applied, Subject
from shared.rights import Action, Relation, RowScope, held

SHOWN, OTHERS, FIRMS, MAX_EVENTS = 50, 50, 20, 200
TRIES, WAIT_SECONDS = 40, 0.05
"""How often a second click asks for what the first one is still storing."""
UNRATED = "UNRATED"
"""The filter for answered items that may still be rated."""


class Titled(NamedTuple):
    """An item of a list with its title as it was written; empty once erased."""

    item: ItemRow
    progress: ProgressRow
    title: str


class TitledList(NamedTuple):
    """The beginning of a list, and its whole length."""

    rows: Sequence[Titled]
    total: int


@dataclass(frozen=True, slots=True)
class WaitingItems:
    """The work that waits at the asker's stations, by the act it waits for."""

    now: datetime
    submitted: TitledList
    returned: TitledList
    unchecked: TitledList
    untold: TitledList
    unrated: TitledList

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        lists = (self.submitted, self.returned, self.unchecked, self.untold, self.unrated)
        return not any(one.total for one in lists)


@dataclass(frozen=True, slots=True)
class OpenedItem:
    """An item with its events and the notices sent of it, and whether it is under repair."""

    details: ItemDetails
    events: Sequence[OutboxEvent]
    merged_number: str
    is_blocked: bool
    notices: Sequence[NoticeRow]


@dataclass
class StationActions:
    """Actions of stations and the people there; `auto_accept` numbers items as they come."""

    messaging: Messaging
    items: Subject[Item, DecisionContext]
    copy: DirectoryCopy
    vault: Vault
    auto_accept: bool
    _in_flight: set[Id] = field(default_factory=set)

    async def submit_one(
        self, by: Asker, station: Station, body: ItemBody, masks: Sequence[str] = ()
    ) -> Applied[Item]:
        """Submit an item, waiting for a second click on the same form; raises Problem."""
        for _try in range(TRIES):
            (result,) = await self.submit(by, station, [body], masks)
            if not isinstance(result, Unavailable) or result.code != "in_flight":
                break
            await asyncio.sleep(WAIT_SECONDS)
        if isinstance(result, Problem):
            raise result
        return result

    async def submit(
        self, by: Asker, station: Station, bodies: Sequence[ItemBody], masks: Sequence[str] = ()
    ) -> list[Applied[Item] | Problem]:
        """Submit items at a station in one transaction; each is stored or refused on its own.

        Unavailable (`in_flight`) for an item that is being submitted by another request.
        """
        numbers: Sequence[str] = [""] * len(bodies)
        if self.auto_accept:
            numbers = await self._draw(station.division_code, len(bodies))
        firms, merged = await self._firms(bodies), await self._merged(station, bodies)
        commands = [
            Submit(
                key := body.key(station),
                by,
                body,
                station,
                self._sealed(key, body),
                firms,
                drawn,
                masks=tuple(masks),
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

    def _sealed(self, key: Id, body: ItemBody) -> tuple[str, ...]:
        contacts = (one.contact for one in body.named)
        return tuple(self.vault.seal(key, one) if one else "" for one in contacts)

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
        codes = [
            named.enterprise_code
            for one in bodies
            if one.confidential
            for named in one.named
            if named.enterprise_code
        ]
        if not codes:
            return {}
        async with self.messaging.db.begin() as tx:
            return await store.name_firms(tx, codes)

    async def _merged(self, station: Station, bodies: Sequence[ItemBody]) -> dict[Id, Id]:
        """Map items whose contacts may be corrected to what they were merged into."""
        keys = [one.key(station) for one in bodies if any(named.contact for named in one.named)]
        if not keys:
            return {}
        async with self.messaging.db.begin_as(row_scope([station.station_id])) as tx:
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
            case Withdraw() | Reject() | Transfer() | Protect():
                return replace(command, others=item.members)
            case _:
                return command

    async def preview(
        self, by: Asker, key: Id, masks: Sequence[str], supplements: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Build the words that leave intake if the head lets an item go with these masks.

        `name_unknown`: they may hold the name of an enterprise that is not known.
        """
        await self.find(by, key)
        async with self.messaging.db.begin() as tx:
            context = await self.items.context(tx)
            item = (await self.items.load(tx, [key]))[key]
        require_right(context, by, Action.ITEM_ACCEPT, item)
        more = (*item.text.supplements, *supplements)
        item = replace(item, text=item.text.model_copy(update={"supplements": more}))
        return outgoing(item, context, masks) | {"name_unknown": item.hides_unnamed}

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
        """Find an item of a station where the asker reads items, one they raised or may join.

        Raises NotFound.
        """
        scope = self.row_scope_of(by)
        async with self.messaging.db.begin_as(scope) as tx:
            tracked = (await store.read_items(tx, [key])).get(key)
            proposers = await self._proposers(tx, key) if scope.keys["raisers"] else ()
        if tracked is None:
            raise not_found()
        item = Item(tracked.item, TextRow(key=key), proposers=proposers)
        shown = (*SHOWS_ITEM, *((Action.ITEM_COSIGN,) if is_joinable(item.row) else ()))
        if not any(may_act(by, one, item, self.copy.snapshot) for one in shown):
            raise not_found()
        return tracked

    async def _proposers(self, tx: Tx, key: Id) -> tuple[Proposer, ...]:
        return (await store.read_proposers(self.vault, tx, [key])).get(key, ())

    async def list_items(
        self, by: Asker, state: str, before: Id | None, limit: int
    ) -> list[store.TrackedItem]:
        """List items of the asker's stations and their sub-points, newest first, after `before`."""
        stations = self.stations_of(by)
        async with self.messaging.db.begin_as(row_scope(stations)) as tx:
            return await store.list_items(tx, stations, state, before or store.AFTER_ALL, limit)

    async def read_waiting(self, by: Asker) -> WaitingItems:
        """Read what the asker's stations have to do, from accepting to having a reply rated."""
        stations = self.stations_of(by)
        async with self.messaging.db.begin() as tx:
            lists = (
                await station_store.list_waiting(tx, stations, "SUBMITTED", SHOWN),
                await station_store.list_waiting(tx, stations, "SUPPLEMENT", SHOWN),
                await station_store.list_unchecked(tx, stations, SHOWN),
                await station_store.list_untold(tx, stations, SHOWN),
                await station_store.list_unrated(tx, stations, SHOWN),
            )
        async with self.messaging.db.begin_as(row_scope(stations)) as tx:
            shown = [TitledList(await titled(tx, one.keys), one.total) for one in lists]
            return WaitingItems(tx.now, *shown)

    async def list_titled(
        self, by: Asker, state: str, typed: str, before: Id | None, limit: int
    ) -> Sequence[Titled]:
        """List items of the asker's stations, newest first: all, in one state, or as searched."""
        stations, last = self.stations_of(by), before or store.AFTER_ALL
        async with self.messaging.db.begin() as tx:
            if typed:
                keys = await station_store.search_items(tx, stations, state, typed, last, limit)
            elif state == UNRATED:
                keys = await station_store.list_unrated_items(tx, stations, last, limit)
            else:
                keys = await store.list_keys_of_items(tx, stations, state, last, limit)
        async with self.messaging.db.begin_as(row_scope(stations)) as tx:
            return await titled(tx, keys)

    async def open_item(self, by: Asker, key: Id) -> OpenedItem:
        """Read an item with all that its page shows; raises NotFound."""
        tracked, stations = await self.find(by, key), self.stations_of(by)
        async with self.messaging.db.begin_as(self.row_scope_of(by)) as tx:
            text = (await store.read_texts(tx, [key])).get(key) or TextRow(key=key)
            proposers = await self._proposers(tx, key)
            calls = (await store.read_call_backs(tx, [key])).get(key, ())
            members = (await store.read_members(self.vault, tx, [tracked.item])).get(key, ())
            item = Item(tracked.item, text, tracked.progress, proposers, calls, joined=members)
            twins = await titled(tx, await store.list_of_same_firms(tx, item, stations, OTHERS))
            others = [
                OtherItem(to_text(one.item.key), f"{one.item.number} {one.title}".strip())
                for one in twins
                if one.title and not one.progress.is_closed
            ]
            into = tracked.item.merged_into
            merged = (await store.read_items(tx, [into])).get(into) if into else None
            return OpenedItem(
                ItemDetails(item, self.copy.snapshot, tx.now, others),
                await list_emitted(tx, key, MAX_EVENTS),
                merged.item.number if merged else "",
                await self.messaging.is_blocked(tx, key),
                await notice_store.list_sent(tx, key),
            )

    async def match_firms(self, typed: str) -> Sequence[tuple[str, str]]:
        """Find registered firms by code or by the first letters of their names: code and name."""
        async with self.messaging.db.begin() as tx:
            if is_credit_code(typed.upper()):
                return list((await store.name_firms(tx, [typed.upper()])).items())
            return await store.firms_that_begin(tx, typed, FIRMS)

    def stations_at(self, by: Asker) -> list[Station]:
        """List the stations where the asker may submit, with their sub-points."""
        directory = self.copy.snapshot
        found = (
            (key, directory.station(key)) for key in stations_of(by, Action.ITEM_SUBMIT, directory)
        )
        return [Station(key, one.code, one.division_code) for key, one in found if one is not None]

    async def context(self) -> DecisionContext:
        async with self.messaging.db.begin() as tx:
            return await self.items.context(tx)

    async def now(self) -> datetime:
        async with self.messaging.db.begin() as tx:
            return tx.now

    def stations_of(self, by: Asker) -> list[Id]:
        """List the stations whose items the asker reads."""
        return stations_of(by, Action.ITEM_READ, self.copy.snapshot)

    def row_scope_of(self, by: Asker) -> RowScope:
        """The rows of the asker's stations, of what they raised, and of what they may join."""
        joined = stations_of(by, Action.ITEM_COSIGN, self.copy.snapshot)
        keys = {"stations": self.stations_of(by), "raisers": raisers_of(by), "joinable": joined}
        return RowScope(codes={}, keys=keys)


async def titled(tx: Tx, keys: Sequence[Id]) -> list[Titled]:
    items, texts = await store.read_items(tx, keys), await store.read_texts(tx, keys)
    return [
        Titled(items[key].item, items[key].progress, texts[key].title if key in texts else "")
        for key in keys
    ]


def raisers_of(by: Asker) -> list[Id]:
    """List those whose own items the asker reads: the proposer of a link, or a deputy."""
    if by.proposer_id is not None:
        return [by.proposer_id]
    return [from_text(by.code)] if held(by, Action.RAISED_READ, Relation.PROPOSED) else []


def raised_scope(by: Asker) -> RowScope:
    """The rows of what the asker raised alone, whatever else they may read."""
    return RowScope(codes={}, keys={"raisers": raisers_of(by)})


def row_scope(stations: Sequence[Id]) -> RowScope:
    return RowScope(codes={}, keys={"stations": stations})


def _problem_or_result(result: Applied[Item] | BaseException) -> Applied[Item] | Problem:
    """Return a problem as an answer; any other error is raised."""
    if isinstance(result, BaseException) and not isinstance(result, Problem):
        raise result
    return result

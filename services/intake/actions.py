"""Use cases of intake: of stations, of officers, and of operators at the command line."""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from services.intake import store
from services.intake.domain import rights
from services.intake.domain.commands import (
    Accept,
    ActivityBody,
    Erase,
    HoldActivity,
    ItemBody,
    Merge,
    Rate,
    Reject,
    Resubmit,
    Return,
    Signer,
    StationCommand,
    Submit,
    Transfer,
)
from services.intake.domain.contact import Vault
from services.intake.domain.context import DecisionContext
from services.intake.domain.effects import number, series_of
from services.intake.domain.enterprises import EnterpriseRow, read_enterprises
from services.intake.domain.events import outgoing
from services.intake.domain.model import Activity, Item, ItemRow
from services.intake.domain.refusals import not_found, require_head
from services.intake.domain.source_access import (
    FirmSearchBody,
    SealedSource,
    SourceAccessBody,
    SourceView,
    TooManySourceViews,
)
from services.intake.domain.station_keys import (
    StationKey,
    read_station_keys,
    require_added,
    require_open_station,
)
from shared.calendar import local_day
from shared.contracts.intake import ItemErased
from shared.db.pool import Database, Tx
from shared.directory import DirectoryCopy
from shared.errors import Problem, Unavailable
from shared.features.access_log.rows import AccessRow, overseen
from shared.features.access_log.store import AccessEntry, log_access
from shared.ids import Id
from shared.messaging.loop import Result
from shared.messaging.messaging import Messaging
from shared.messaging.outbox import list_emitted
from shared.messaging.subject import Applied, Subject
from shared.rights import Action, RowScope
from shared.tables.rows import Report, RowError
from shared.text import _, folded_words
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
VIEWS_WINDOW = timedelta(hours=1)
FIRM_ITEMS, CANDIDATES = 20, 200


@dataclass
class StationActions:
    """Actions of stations; with `auto_accept` every item is numbered as it is submitted."""

    messaging: Messaging
    items: Subject[Item, DecisionContext]
    activities: Subject[Activity, DecisionContext]
    copy: DirectoryCopy
    vault: Vault
    auto_accept: bool
    _in_flight: set[Id] = field(default_factory=set)

    async def submit(
        self, signer: Signer, bodies: Sequence[ItemBody]
    ) -> list[Applied[Item] | Problem]:
        """Submit items in one transaction; each is stored or refused on its own.

        Unavailable (`in_flight`) for an item that is being submitted by another request.
        """
        numbers = await self._draw(signer, len(bodies)) if self.auto_accept else [""] * len(bodies)
        firms, merged = await self._firms(bodies), await self._merged(signer, bodies)
        commands = [
            Submit(
                body.key(signer),
                signer,
                body,
                self.vault.seal(body.key(signer), body.contact) if body.contact else "",
                firms.get(body.enterprise_code or "", ""),
                drawn,
                others=(merged[key],) if (key := body.key(signer)) in merged else (),
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

    async def _merged(self, signer: Signer, bodies: Sequence[ItemBody]) -> dict[Id, Id]:
        """Map items whose contact may be corrected to what they were merged into."""
        keys = [one.key(signer) for one in bodies if one.contact]
        if not keys:
            return {}
        async with self.messaging.db.begin_as(_row_scope(self._stations(signer))) as tx:
            return await store.read_merges(tx, keys)

    async def _draw(self, signer: Signer, n: int) -> Sequence[str]:
        async with self.messaging.db.begin() as tx:
            series = series_of(self.copy.snapshot, signer.division_code, tx.now)
            first = await store.draw_numbers(tx, series, n)
        return [number(series, running) for running in range(first, first + n)]

    async def act(self, command: StationCommand) -> Applied[Item]:
        """Carry out a command on an item of this station; raises Refused."""
        item = (await self.find(command.signer, command.key)).item
        return await self.messaging.act(self.items, await self._completed(command, item))

    async def _completed(self, command: StationCommand, item: ItemRow) -> StationCommand:
        """Add the number drawn for an item, and the other items that the command concerns."""
        match command:
            case Accept():
                (drawn,) = await self._draw(command.signer, 1)
                return replace(command, number=drawn)
            case Merge():
                await self.find(command.signer, command.into)
                return replace(command, others=(command.into, *item.members))
            case Reject() | Transfer():
                return replace(command, others=item.members)
            case _:
                return command

    async def preview(self, signer: Signer, key: Id, masks: Sequence[str]) -> dict[str, Any]:
        """Build the words that leave intake if the head accepts an item with these masks.

        `name_unknown`: they may hold the name of an enterprise that is not registered.
        """
        item_row = (await self.find(signer, key)).item
        async with self.messaging.db.begin() as tx:
            context = await self.items.context(tx)
            item = (await self.items.load(tx, [key]))[key]
        require_head(context, signer, Action.ITEM_ACCEPT, item_row.station_id)
        unknown = item.row.hides_unnamed(item.firm)
        return outgoing(item, context, masks) | {"name_unknown": unknown}

    async def hold_activity(self, signer: Signer, body: ActivityBody) -> Applied[Activity]:
        command = HoldActivity(body.key(signer), signer, body)
        return await self.messaging.act(self.activities, command)

    async def find(self, signer: Signer, key: Id) -> store.TrackedItem:
        """Find an item of this station or one of its sub-points; raises NotFound."""
        stations = self._stations(signer)
        async with self.messaging.db.begin_as(_row_scope(stations)) as tx:
            tracked = (await store.read_items(tx, [key])).get(key)
        if tracked is None or tracked.item.station_id not in stations:
            raise not_found()
        return tracked

    async def list_items(
        self, signer: Signer, state: str, before: Id | None, limit: int
    ) -> list[store.TrackedItem]:
        """List items of this station and its sub-points, newest first, from after `before`."""
        stations = self._stations(signer)
        async with self.messaging.db.begin_as(_row_scope(stations)) as tx:
            return await store.list_items(tx, stations, state, before or store.AFTER_ALL, limit)

    def _stations(self, signer: Signer) -> list[Id]:
        return self.copy.snapshot.with_points(signer.station_id)


def _row_scope(stations: Sequence[Id]) -> RowScope:
    return RowScope(codes={}, keys={"stations": stations})


def _problem_or_result(result: Applied[Item] | BaseException) -> Applied[Item] | Problem:
    """Return a problem as an answer; any other error is raised."""
    if isinstance(result, BaseException) and not isinstance(result, Problem):
        raise result
    return result


@dataclass(frozen=True, slots=True)
class OfficerActions:
    """Actions of officers on an item; all raise NotFound for an item the officer may not see."""

    db: Database
    copy: DirectoryCopy
    vault: Vault
    source_views_per_hour: int

    async def view_source(self, by: rights.Asker, key: Id, body: SourceAccessBody) -> SourceView:
        """Show who raised an item and log which fields were shown and why, for 12 months.

        Raises TooManySourceViews beyond the hourly quota of this officer.
        """
        directory = self.copy.snapshot
        async with self.db.begin_as(rights.row_scope_of(by, directory)) as tx:
            source = await self._find_source(tx, by, key)
            await self._views_left(tx, by.person_id)
            view = source.opened(directory, self.vault)
            code, why = source.item.division_code, (body.reason, body.words)
            await log_access(tx, AccessEntry(by.person_id, key, code, view.fields, *why))
        return view

    async def _views_left(self, tx: Tx, person_id: Id) -> int:
        limit = self.source_views_per_hour
        earlier = await store.list_source_views(tx, person_id, tx.now - VIEWS_WINDOW)
        if len(earlier) >= limit:
            wait = earlier[-limit] + VIEWS_WINDOW - tx.now
            raise TooManySourceViews(math.ceil(wait.total_seconds()))
        return limit - len(earlier)

    async def find_by_firm(
        self, by: rights.Asker, body: FirmSearchBody
    ) -> tuple[Sequence[SealedSource], bool]:
        """Find what firms of this name raised, of what the officer may know; and whether all.

        Each item found, or a search in vain, is a view: logged, and counted in the hourly quota.
        """
        async with self.db.begin() as tx:
            firms = await store.find_firms(tx, folded_words(body.firm))
        async with self.db.begin_as(rights.row_scope_of(by, self.copy.snapshot)) as tx:
            most = min(FIRM_ITEMS, await self._views_left(tx, by.person_id))
            found = await self._list_known(tx, by, firms, most + 1)
            views = [(one.item.key, one.item.division_code, "firm") for one in found[:most]]
            for subject, code, seen in views or [rights.nothing_found(by)]:
                entry = AccessEntry(by.person_id, subject, code, [seen], body.reason, body.words)
                await log_access(tx, entry)
        return found[:most], len(found) <= most

    async def _list_known(
        self, tx: Tx, by: rights.Asker, firms: Sequence[Id], limit: int
    ) -> list[SealedSource]:
        found, before = list[SealedSource](), store.AFTER_ALL
        while len(found) < limit and (
            some := await store.list_items_of_firms(tx, firms, before, CANDIDATES)
        ):
            before = some[-1].item.key
            found += [
                one
                for one in some
                if rights.may_see_source(by, one.item, one.progress, self.copy.snapshot)
            ]
        return found[:limit]

    async def read_source(
        self, by: rights.Asker, key: Id
    ) -> tuple[SealedSource, SourceView, Sequence[AccessRow]]:
        """Read an item, the masked view of who raised it, and the accesses to that."""
        directory = self.copy.snapshot
        async with self.db.begin_as(rights.row_scope_of(by, directory)) as tx:
            source = await self._find_source(tx, by, key)
            accesses = await store.list_accesses(tx, key)
        return source, source.opened(directory, self.vault).masked(), accesses

    async def _find_source(self, tx: Tx, by: rights.Asker, key: Id) -> SealedSource:
        source = await store.read_source(tx, key)
        if source is None or not rights.may_see_source(
            by, source.item, source.progress, self.copy.snapshot
        ):
            raise rights.not_visible()
        return source

    async def read_history(self, by: rights.Asker, key: Id, limit: int) -> store.ItemHistory:
        """Read the last `limit` events; accesses only for viewers of the source and supervisors."""
        directory = self.copy.snapshot
        async with self.db.begin_as(rights.row_scope_of(by, directory)) as tx:
            tracked = (await store.read_items(tx, [key])).get(key)
            if tracked is None or not rights.may_see(by, tracked.item, tracked.progress, directory):
                raise rights.not_visible()
            item, events = tracked.item, await list_emitted(tx, key, limit)
            shows_source = rights.may_see_source(by, item, tracked.progress, directory)
            audits = shows_source or item.division_code in overseen(by, directory)
            return store.ItemHistory(
                item,
                events,
                await store.list_accesses(tx, key) if audits else (),
                await store.read_numbers(tx, events),
                shows_source,
                rights.may_read_texts(by, item, tracked.progress, directory),
            )


@dataclass(frozen=True, slots=True)
class OperatorActions:
    """Actions of operators at the command line; `run` carries out commands on items."""

    db: Database
    copy: DirectoryCopy
    run: Callable[[Sequence[Erase]], Awaitable[Sequence[Result]]]

    async def add_key(self, key: StationKey) -> None:
        async with self.db.begin() as tx:
            require_open_station(key.station_code, self.copy.snapshot, local_day(tx.now))
            require_added(await store.add_key(tx, key))

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

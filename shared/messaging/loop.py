"""The one loop: fence, load, decide, save, say, in one transaction, for sets of inputs."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from shared.contracts.envelope import Envelope
from shared.db.failures import is_transient
from shared.db.pool import Database, Tx
from shared.errors import Refused, UnderRepair
from shared.ids import Id, new_id, to_text
from shared.messaging import outbox
from shared.messaging.fault_points import reached
from shared.messaging.fence import Judged, Place, columns, fence
from shared.messaging.fold import (
    Act,
    Applied,
    Broken,
    Change,
    ClockedFold,
    Due,
    Fold,
    Heard,
    Input,
    Reason,
    State,
)
from shared.messaging.metrics import Metrics
from shared.messaging.parking import CLOCK_TOPIC, DeadLetter, clock_letter, save_dead_letters
from shared.messaging.sql import SQL
from shared.observability.traces import traced

log = structlog.get_logger()

AnyFold = Fold[Any, Any]
AnyState = State[Any]
Result = Applied[Any] | Exception | None


Opening = Callable[[Tx], Awaitable[None]]
"""What a set does first in its transaction (a release takes its letters off the queue)."""


class SetFailed(Exception):
    """Saving a set failed for good; its keys are tried one by one."""


@dataclass
class Batch:
    """One set on its way through the transaction."""

    inputs: Sequence[tuple[AnyFold, Input]]
    results: list[Result] = field(default_factory=list)
    judged: dict[Place, Judged] = field(default_factory=dict)
    parked_keys: frozenset[Id] = frozenset()
    before: dict[tuple[str, Id], AnyState] = field(default_factory=dict)
    states: dict[tuple[str, Id], AnyState] = field(default_factory=dict)
    contexts: dict[str, Any] = field(default_factory=dict)
    said: list[Envelope] = field(default_factory=list)
    dead: list[DeadLetter] = field(default_factory=list)
    doom: Exception | None = None
    opening: Opening | None = None
    whole: bool = False

    @property
    def heard(self) -> list[Heard]:
        """The events among the inputs."""
        return [given for _, given in self.inputs if isinstance(given, Heard)]

    def folds(self) -> list[AnyFold]:
        """The folds concerned, always in the same order."""
        return sorted({fold.name: fold for fold, _ in self.inputs}.values(), key=lambda f: f.name)

    def is_fresh(self, heard: Heard) -> bool:
        """Tell whether an event is applied in this set, and not merely a copy."""
        return self.judged[heard.topic, heard.key].fresh.get(heard.seq) is heard

    def park(self, heard: Heard, reason: Reason, trace: str = "") -> None:
        """Stop this key of this topic at `heard`; what follows it waits behind."""
        place = (heard.topic, heard.key)
        judged = self.judged[place]
        if reason != "behind":
            self.judged[place] = judged._replace(after=judged.stop_before(heard))
        self.dead.append(DeadLetter(heard.record, reason, trace, heard))


class Loop:
    """Runs sets of inputs of one service; every input of every kind passes here."""

    def __init__(self, service: str, db: Database, metrics: Metrics) -> None:
        self.service, self.db, self.metrics = service, db, metrics
        self.said = asyncio.Event()
        self.progress_at = time.monotonic()
        self.months = outbox.Months(db)

    async def apply(
        self,
        inputs: Sequence[tuple[AnyFold, Input]],
        dead: Sequence[DeadLetter] = (),
        opening: Opening | None = None,
        *,
        whole: bool = False,
    ) -> list[Result]:
        """Apply a set and return one result an input, in order.

        Raises Unavailable when the database is away; then nothing of the set is done. With `whole`
        it is all or nothing: the first refusal or failure of any act is raised.
        """
        batch = Batch(inputs, dead=list(dead), opening=opening, whole=whole)
        try:
            await self._transact(batch)
        except SetFailed as failed:
            if whole:
                raise _cause(failed) from None
            return await self._one_by_one(batch)
        return batch.results

    async def _transact(self, batch: Batch) -> None:
        given_dead = len(batch.dead)
        async with self.db.begin() as tx:
            if batch.opening is not None:
                await batch.opening(tx)
            await self._fence(tx, batch)
            await self._load(tx, batch)
            for fold, given in batch.inputs:
                batch.results.append(self._decide(batch, fold, given, tx))
            if batch.whole:
                _require_all(batch.results)
            await self._save(tx, batch)
            await _forget(tx, batch)
            if batch.said:
                await self.months.ensure(tx.now)
                await outbox.save(tx, batch.said)
            await save_dead_letters(tx, batch.dead)
            await _settle(tx, batch)
            await reached("before_commit")
        await reached("after_commit")
        self.progress_at = time.monotonic()
        if batch.said:
            self.said.set()
        self.metrics.applied(batch.judged.values(), batch.dead[given_dead:], batch.said)

    async def _fence(self, tx: Tx, batch: Batch) -> None:
        heard = batch.heard
        if heard:
            compacted = frozenset(
                topic.name for fold in batch.folds() for topic in fold.topics if topic.compacted
            )
            reopened = batch.opening is not None
            batch.judged = await fence(tx, heard, compacted, reopened=reopened)
            for judged in batch.judged.values():
                batch.dead += [DeadLetter(h.record, why, "", h) for h, why in judged.parked]
        others = {given.key for _, given in batch.inputs if not isinstance(given, Heard)}
        if others:
            rows = await tx.fetch(SQL["list_parked_keys"], sorted(others))
            batch.parked_keys = frozenset(row["key"] for row in rows)

    async def _load(self, tx: Tx, batch: Batch) -> None:
        for fold in batch.folds():
            wanted = [given for f, given in batch.inputs if f.name == fold.name]
            keys = sorted({given.key for given in wanted if self._is_live(batch, fold, given)})
            if not keys:
                continue
            if isinstance(fold, ClockedFold) and all(isinstance(given, Due) for given in wanted):
                loaded = await fold.claim(tx, keys)
            else:
                loaded = await fold.load(tx, keys)
            batch.before |= {(fold.name, key): state for key, state in loaded.items()}
            batch.contexts[fold.name] = await fold.context(tx)
        batch.states = dict(batch.before)

    @staticmethod
    def _is_live(batch: Batch, fold: AnyFold, given: Input) -> bool:
        if isinstance(given, Heard):
            return given.type not in fold.ignores and batch.is_fresh(given)
        return given.key not in batch.parked_keys

    def _decide(self, batch: Batch, fold: AnyFold, given: Input, tx: Tx) -> Result:
        match given:
            case Heard():
                self._hear(batch, fold, given, tx)
                return None
            case Act():
                if given.key in batch.parked_keys:
                    return UnderRepair()
                return self._act(batch, fold, given, tx)
            case Due():
                return self._fire(batch, fold, given, tx)

    def _hear(self, batch: Batch, fold: AnyFold, heard: Heard, tx: Tx) -> None:
        if not batch.is_fresh(heard):
            return
        if batch.judged[heard.topic, heard.key].after.seq < heard.seq:
            batch.park(heard, "behind")
        elif batch.doom is not None:
            batch.park(heard, "save", traced(batch.doom))
        elif heard.type in fold.ignores:
            return
        elif isinstance(heard.event, Broken):
            batch.park(heard, heard.event.reason, heard.event.traceback)
        else:
            self._hear_whole(batch, fold, heard, tx)

    def _hear_whole(self, batch: Batch, fold: AnyFold, heard: Heard, tx: Tx) -> None:
        try:
            self._step(batch, fold, heard, tx, heard.correlation_id)
        except Exception as error:
            log.exception("event.parked", **_traced(heard, heard.correlation_id), seq=heard.seq)
            batch.park(heard, "decide", traced(error))

    def _act(self, batch: Batch, fold: AnyFold, act: Act, tx: Tx) -> Result:
        if batch.doom is not None:
            return batch.doom
        correlation_id = act.correlation_id or new_id(tx.now)
        try:
            return self._step(batch, fold, act, tx, correlation_id)
        except Refused as refused:
            return refused
        except Exception as error:
            log.exception("act.failed", **_traced(act, correlation_id), act=type(act).__name__)
            return error

    def _fire(self, batch: Batch, fold: AnyFold, due: Due, tx: Tx) -> Result:
        if (fold.name, due.key) not in batch.states:
            return None
        try:
            if batch.doom is not None:
                raise batch.doom
            return self._step(batch, fold, due, tx, new_id(tx.now))
        except Exception as error:
            log.exception("clock.parked", key=due.key.hex())
            topic = f"{self.service}{CLOCK_TOPIC}"
            batch.dead.append(clock_letter(topic, due.key, traced(error)))
            return error

    def _step(
        self, batch: Batch, fold: AnyFold, given: Input, tx: Tx, correlation_id: Id
    ) -> Applied[Any]:
        """Decide one input on the present state; the state stays as it was if anything raises."""
        place = (fold.name, given.key)
        state, events = fold.decide(batch.states[place], given, batch.contexts[fold.name])
        state, said = outbox.stamp(self.service, state, events, tx.now, correlation_id)
        batch.states[place] = state
        batch.said += said
        return Applied(state, tuple(said))

    async def _save(self, tx: Tx, batch: Batch) -> None:
        for fold in batch.folds():
            changes = [
                Change(before, batch.states[place])
                for place, before in batch.before.items()
                if place[0] == fold.name and batch.states[place] is not before
            ]
            if changes:
                try:
                    await fold.save(tx, changes)
                except Exception as error:
                    if is_transient(error):
                        raise
                    raise SetFailed from error

    async def _one_by_one(self, failed: Batch) -> list[Result]:
        """Apply each key alone, so that only the one that cannot be saved is parked."""
        results: dict[int, Result] = {}
        groups: dict[Id, list[int]] = {}
        for index, (_, given) in enumerate(failed.inputs):
            groups.setdefault(given.key, []).append(index)
        for indexes in groups.values():
            inputs = [failed.inputs[index] for index in indexes]
            alone = Batch(inputs, opening=failed.opening)
            try:
                await self._transact(alone)
            except SetFailed as error:
                alone = Batch(inputs, doom=_cause(error), opening=failed.opening)
                await self._transact(alone)
            results |= zip(indexes, alone.results, strict=True)
        unreadable = [it for it in failed.dead if it.heard is None and it.reason != "clock"]
        if unreadable:
            await self._transact(Batch([], dead=unreadable))
        return [results[index] for index in range(len(failed.inputs))]


def _require_all(results: Sequence[Result]) -> None:
    for result in results:
        if isinstance(result, Exception):
            raise result


async def _forget(tx: Tx, batch: Batch) -> None:
    """Keep no row of a subject that only refused acts asked for.

    No other transaction can rest on such a row: until our commit it sees none and waits for us,
    and then makes its own. Rows that stood before stay, so whoever found one still finds it.
    """
    refused = {
        (fold.name, given.key)
        for (fold, given), result in zip(batch.inputs, batch.results, strict=True)
        if isinstance(result, Exception)
    }
    for fold in batch.folds() if refused else ():
        untouched = [
            key
            for (name, key), before in batch.before.items()
            if name == fold.name and (name, key) in refused and batch.states[name, key] is before
        ]
        if untouched:
            await fold.forget(tx, untouched)


def _traced(given: Heard | Act, correlation_id: Id) -> dict[str, str]:
    """Name an input so that a search in all logs finds the whole journey."""
    traced = {"key": given.key.hex(), "correlation_id": to_text(correlation_id)}
    return {"topic": given.topic, **traced} if isinstance(given, Heard) else traced


def _cause(failed: SetFailed) -> Exception:
    cause = failed.__cause__
    return cause if isinstance(cause, Exception) else failed


async def _settle(tx: Tx, batch: Batch) -> None:
    """Write the positions that stood before, or that a parked event moved back."""
    changed = [
        place
        for place, judged in sorted(batch.judged.items())
        if judged.after.parked or (judged.existed and judged.after != judged.stored)
    ]
    if changed:
        await tx.execute(SQL["save_positions"], *columns(changed, batch.judged))

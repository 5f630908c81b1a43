"""The message loop: fence, load, decide, save and emit a batch of inputs in one transaction."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import structlog

from shared.contracts.envelope import Envelope
from shared.db.pool import Database, Tx, is_transient
from shared.errors import Refused, TooEarly, UnderRepair
from shared.ids import Id, new_id, to_text
from shared.messaging import outbox
from shared.messaging.dead_letters import CLOCK_TOPIC, DeadLetter, clock_letter, save_dead_letters
from shared.messaging.fence import PositionKey, Verdict, columns, fence
from shared.messaging.metrics import Metrics
from shared.messaging.sql import SQL
from shared.messaging.subject import (
    Applied,
    Change,
    ClockDue,
    ClockedSubject,
    Command,
    DeadLetterReason,
    Input,
    ReceivedEvent,
    State,
    Subject,
    Unreadable,
    keys_of,
)
from shared.observability.logging import masked_traceback

log = structlog.get_logger()

AnySubject = Subject[Any, Any]
AnyState = State[Any]
Result = Applied[Any] | Exception | None


OnBegin = Callable[[Tx], Awaitable[None]]
"""Runs first in a batch's transaction (a release deletes its letters from the queue)."""


class SetFailed(Exception):
    """Saving a batch failed permanently; its keys are tried one by one."""


@dataclass
class Batch:
    """One batch during its transaction."""

    inputs: Sequence[tuple[AnySubject, Input]]
    results: list[Result] = field(default_factory=list)
    judged: dict[PositionKey, Verdict] = field(default_factory=dict)
    blocked_keys: frozenset[Id] = frozenset()
    before: dict[tuple[str, Id], AnyState] = field(default_factory=dict)
    states: dict[tuple[str, Id], AnyState] = field(default_factory=dict)
    contexts: dict[str, Any] = field(default_factory=dict)
    emitted: list[Envelope] = field(default_factory=list)
    dead: list[DeadLetter] = field(default_factory=list)
    save_error: Exception | None = None
    on_begin: OnBegin | None = None
    whole: bool = False

    @property
    def received(self) -> list[ReceivedEvent]:
        return [given for _, given in self.inputs if isinstance(given, ReceivedEvent)]

    def subjects(self) -> list[AnySubject]:
        """The subjects concerned, always in the same order."""
        return sorted(
            {subject.name: subject for subject, _ in self.inputs}.values(), key=lambda f: f.name
        )

    def is_fresh(self, received: ReceivedEvent) -> bool:
        """Whether an event is applied in this batch and is not a duplicate."""
        return self.judged[received.topic, received.key].fresh.get(received.seq) is received

    def block(self, received: ReceivedEvent, reason: DeadLetterReason, trace: str = "") -> None:
        """Block this key of this topic at `received`; later events queue behind it."""
        place = (received.topic, received.key)
        judged = self.judged[place]
        if reason != "behind":
            self.judged[place] = judged._replace(after=judged.stop_before(received))
        self.dead.append(DeadLetter(received.record, reason, trace, received))


class Loop:
    """Runs batches of inputs of one service; the only path for inputs of every kind."""

    def __init__(self, service: str, db: Database, metrics: Metrics) -> None:
        self.service, self.db, self.metrics = service, db, metrics
        self.emitted = asyncio.Event()
        self.progress_at = time.monotonic()
        self.months = outbox.Months(db)

    async def apply(
        self,
        inputs: Sequence[tuple[AnySubject, Input]],
        dead: Sequence[DeadLetter] = (),
        on_begin: OnBegin | None = None,
        *,
        whole: bool = False,
    ) -> list[Result]:
        """Apply a batch and return one result an input, in order.

        Raises Unavailable without a database; then nothing of the batch is done. With `whole`
        it is all or nothing: the first refusal or failure of any act is raised.
        """
        batch = Batch(inputs, dead=list(dead), on_begin=on_begin, whole=whole)
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
            if batch.on_begin is not None:
                await batch.on_begin(tx)
            await self._fence(tx, batch)
            await self._load(tx, batch)
            for subject, given in batch.inputs:
                batch.results.append(self._decide(batch, subject, given, tx))
            if batch.whole:
                _require_all(batch.results)
            await self._save(tx, batch)
            await _forget(tx, batch)
            if batch.emitted:
                await self.months.ensure(tx.now)
                await outbox.save(tx, batch.emitted)
            await save_dead_letters(tx, batch.dead)
            await _settle(tx, batch)
            await reached("before_commit")
        await reached("after_commit")
        self.progress_at = time.monotonic()
        if batch.emitted:
            self.emitted.set()
        self.metrics.applied(batch.judged.values(), batch.dead[given_dead:], batch.emitted)

    async def _fence(self, tx: Tx, batch: Batch) -> None:
        received = batch.received
        if received:
            compacted = frozenset(
                topic.name
                for subject in batch.subjects()
                for topic in subject.topics
                if topic.compacted
            )
            exists = batch.on_begin is not None
            batch.judged = await fence(tx, received, compacted, exists=exists)
            for judged in batch.judged.values():
                batch.dead += [DeadLetter(h.record, why, "", h) for h, why in judged.blocked]
        others = {
            key
            for _, given in batch.inputs
            if not isinstance(given, ReceivedEvent)
            for key in keys_of(given)
        }
        if others:
            rows = await tx.fetch(SQL["list_blocked_keys"], sorted(others))
            batch.blocked_keys = frozenset(row["key"] for row in rows)

    async def _load(self, tx: Tx, batch: Batch) -> None:
        for subject in batch.subjects():
            wanted = [given for f, given in batch.inputs if f.name == subject.name]
            live = (given for given in wanted if self._is_live(batch, subject, given))
            keys = sorted({key for given in live for key in keys_of(given)})
            if not keys:
                continue
            if isinstance(subject, ClockedSubject) and all(
                isinstance(given, ClockDue) for given in wanted
            ):
                loaded = await subject.claim(tx, keys)
            else:
                loaded = await subject.load(tx, keys)
            batch.before |= {(subject.name, key): state for key, state in loaded.items()}
            batch.contexts[subject.name] = await subject.context(tx)
        batch.states = dict(batch.before)

    @staticmethod
    def _is_live(batch: Batch, subject: AnySubject, given: Input) -> bool:
        if isinstance(given, ReceivedEvent):
            return given.type not in subject.ignores and batch.is_fresh(given)
        return batch.blocked_keys.isdisjoint(keys_of(given))

    def _decide(self, batch: Batch, subject: AnySubject, given: Input, tx: Tx) -> Result:
        match given:
            case ReceivedEvent():
                self._apply_event(batch, subject, given, tx)
                return None
            case Command():
                if not batch.blocked_keys.isdisjoint(keys_of(given)):
                    return UnderRepair()
                return self._execute(batch, subject, given, tx)
            case ClockDue():
                return self._fire(batch, subject, given, tx)

    def _apply_event(
        self, batch: Batch, subject: AnySubject, received: ReceivedEvent, tx: Tx
    ) -> None:
        if not batch.is_fresh(received):
            return
        if batch.judged[received.topic, received.key].after.seq < received.seq:
            batch.block(received, "behind")
        elif batch.save_error is not None:
            batch.block(received, "save", masked_traceback(batch.save_error))
        elif received.type in subject.ignores:
            return
        elif isinstance(received.event, Unreadable):
            batch.block(received, received.event.reason, received.event.traceback)
        else:
            self._apply_decided(batch, subject, received, tx)

    def _apply_decided(
        self, batch: Batch, subject: AnySubject, received: ReceivedEvent, tx: Tx
    ) -> None:
        try:
            self._step(batch, subject, received, tx, received.correlation_id)
        except Exception as error:
            log.exception(
                "event.dead_lettered",
                **_log_fields(received, received.correlation_id),
                seq=received.seq,
            )
            batch.block(received, "decide", masked_traceback(error))

    def _execute(self, batch: Batch, subject: AnySubject, act: Command, tx: Tx) -> Result:
        if batch.save_error is not None:
            return batch.save_error
        correlation_id = act.correlation_id or new_id(tx.now)
        try:
            return self._step(batch, subject, act, tx, correlation_id)
        except (Refused, TooEarly) as refused:
            return refused
        except Exception as error:
            log.exception(
                "command.failed", **_log_fields(act, correlation_id), act=type(act).__name__
            )
            return error

    def _fire(self, batch: Batch, subject: AnySubject, due: ClockDue, tx: Tx) -> Result:
        if (subject.name, due.key) not in batch.states:
            return None
        try:
            if batch.save_error is not None:
                raise batch.save_error
            return self._step(batch, subject, due, tx, new_id(tx.now))
        except Exception as error:
            log.exception("clock.dead_lettered", key=due.key.hex())
            topic = f"{self.service}{CLOCK_TOPIC}"
            batch.dead.append(clock_letter(topic, due.key, masked_traceback(error)))
            return error

    def _step(
        self, batch: Batch, subject: AnySubject, given: Input, tx: Tx, correlation_id: Id
    ) -> Applied[Any]:
        """Decide one input on the present state; the state stays as it was if anything raises."""
        context = batch.contexts[subject.name]
        states = {key: batch.states[subject.name, key] for key in keys_of(given)}
        if isinstance(given, Command) and given.others:
            decided = subject.decide_together(states, given, context)
        else:
            decided = {given.key: subject.decide(states[given.key], given, context)}
        stamped = {
            key: outbox.stamp(self.service, state, events, tx.now, correlation_id)
            for key, (state, events) in decided.items()
        }
        for key, (state, emitted) in stamped.items():
            batch.states[subject.name, key] = state
            batch.emitted += emitted
        state, emitted = stamped[given.key]
        return Applied(state, tuple(emitted))

    async def _save(self, tx: Tx, batch: Batch) -> None:
        for subject in batch.subjects():
            changes = [
                Change(before, batch.states[place])
                for place, before in batch.before.items()
                if place[0] == subject.name and batch.states[place] is not before
            ]
            if changes:
                try:
                    await subject.save(tx, changes)
                except Exception as error:
                    if is_transient(error):
                        raise
                    raise SetFailed from error

    async def _one_by_one(self, failed: Batch) -> list[Result]:
        """Apply each key alone, so that only the one that cannot be saved is blocked."""
        results: dict[int, Result] = {}
        groups: dict[Id, list[int]] = {}
        for index, (_, given) in enumerate(failed.inputs):
            groups.setdefault(given.key, []).append(index)
        for indexes in groups.values():
            inputs = [failed.inputs[index] for index in indexes]
            alone = Batch(inputs, on_begin=failed.on_begin)
            try:
                await self._transact(alone)
            except SetFailed as error:
                alone = Batch(inputs, save_error=_cause(error), on_begin=failed.on_begin)
                await self._transact(alone)
            results |= zip(indexes, alone.results, strict=True)
        unreadable = [it for it in failed.dead if it.received is None and it.reason != "clock"]
        if unreadable:
            await self._transact(Batch([], dead=unreadable))
        return [results[index] for index in range(len(failed.inputs))]


def _require_all(results: Sequence[Result]) -> None:
    for result in results:
        if isinstance(result, Exception):
            raise result


async def _forget(tx: Tx, batch: Batch) -> None:
    """Delete new rows of subjects whose commands were all refused.

    No other transaction can depend on such a row: until our commit it does not see the row,
    waits, and then creates its own. Rows that existed before are kept.
    """
    refused = {
        (subject.name, key)
        for (subject, given), result in zip(batch.inputs, batch.results, strict=True)
        if isinstance(result, Exception)
        for key in keys_of(given)
    }
    for subject in batch.subjects() if refused else ():
        untouched = [
            key
            for (name, key), before in batch.before.items()
            if name == subject.name and (name, key) in refused and batch.states[name, key] is before
        ]
        if untouched:
            await subject.forget(tx, untouched)


def _log_fields(given: ReceivedEvent | Command, correlation_id: Id) -> dict[str, str]:
    """Log fields of an input, by which all logs of its path can be found."""
    fields = {"key": given.key.hex(), "correlation_id": to_text(correlation_id)}
    if isinstance(given, ReceivedEvent):
        fields["topic"] = given.topic
    return fields


def _cause(failed: SetFailed) -> Exception:
    cause = failed.__cause__
    return cause if isinstance(cause, Exception) else failed


async def _settle(tx: Tx, batch: Batch) -> None:
    """Save the positions that existed before, or that a blocked event moved back."""
    changed = [
        place
        for place, judged in sorted(batch.judged.items())
        if judged.after.blocked or (judged.existed and judged.after != judged.stored)
    ]
    if changed:
        await tx.execute(SQL["save_positions"], *columns(changed, batch.judged))


FaultPoint = Literal[
    "before_commit",  # a batch: everything is written, nothing is committed
    "after_commit",  # a batch: committed, its senders have no answer yet
    "before_offset_commit",  # the reader: applied, Kafka does not have the offset yet
    "after_send",  # the relay: Kafka has a round, the outbox still holds it
    "after_round",  # the relay: the round is off the outbox
    "after_queue_read",  # a release: the queue is read and not locked yet
]

armed: dict[FaultPoint, Callable[[], Awaitable[None]]] = {}
"""Callbacks by fault point; empty outside tests."""


async def reached(point: FaultPoint) -> None:
    """Run the callback that a test has set at this fault point."""
    if armed and point in armed:
        await armed[point]()

"""Operator actions on dead letters: replay them, or discard them with a second person."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from shared.db.pool import Tx
from shared.errors import Conflict, Invalid
from shared.ids import Id
from shared.messaging import dead_letters
from shared.messaging.dead_letters import StoredDeadLetter
from shared.messaging.loop import AnySubject, Loop, reached
from shared.messaging.reader import read
from shared.messaging.sql import SQL
from shared.messaging.subject import ReceivedEvent
from shared.text import REASON_CHARS, _, is_reason

log = structlog.get_logger()

REASON_LENGTH = 500
AreIndependent = Callable[[str, str, datetime], bool]
"""Whether two people (their codes) count as independent at an instant."""


class QueueGrew(Exception):
    """An event was dead-lettered between reading a queue and locking it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Record of one release or discard of a dead letter: person, reason and time."""

    decided_at: datetime
    action: str
    topic: str
    key: Id | None
    seq: int | None
    reason: str
    decided_by: str
    confirmed_by: str | None


async def list_decisions(tx: Tx, limit: int) -> list[Decision]:
    """List the last decisions, newest first."""
    return [Decision(**dict(row)) for row in await tx.fetch(SQL["list_decisions"], limit)]


class DeadLetterActions:
    """Replays and discards of one service. `by` and `second` are the people, as recorded."""

    def __init__(self, loop: Loop, subjects: Sequence[AnySubject]) -> None:
        self._loop = loop
        self._subject_of = {topic.name: subject for subject in subjects for topic in subject.topics}

    async def release_letter(self, letter_id: int, by: str, reason: str) -> int:
        """Replay the key a letter belongs to; as `release`, Conflict when it has no key."""
        _require_reason(reason)
        async with self._loop.db.begin() as tx:
            letter = await dead_letters.find_dead_letter(tx, letter_id)
        if letter.key is None:
            raise Conflict("no_key", _("没有键的消息不能重放，只能丢弃。"), _("请提出丢弃。"))
        return await self.release(letter.topic, letter.key, by, reason)

    async def release(self, topic: str, key: Id, by: str, reason: str) -> int:
        """Replay a blocked key's queue in order; returns how many letters fail again.

        Raises Invalid without a reason, NotFound when this key of this topic is not blocked.
        """
        _require_reason(reason)
        while not await self._replay(topic, key, by, reason):
            log.info("release.again", topic=topic, key=key.hex())
        async with self._loop.db.begin() as tx:
            return len(await dead_letters.list_dead_letters(tx, topic, key))

    async def _replay(self, topic: str, key: Id, by: str, reason: str) -> bool:
        """Replay the queue in one transaction; False when it grew before it was locked."""
        async with self._loop.db.begin() as tx:
            letters = await dead_letters.list_dead_letters(tx, topic, key)
        await reached("after_queue_read")
        subject = self._subject_of.get(topic)
        replay = [read(letter.record) for letter in letters if letter.reason != "clock"]
        inputs = [
            (subject, received)
            for received in replay
            if subject and isinstance(received, ReceivedEvent)
        ]

        async def on_begin(tx: Tx) -> None:
            taken = await take_queue(tx, topic, key)
            if [letter.id for letter in taken] != [letter.id for letter in letters]:
                raise QueueGrew
            await _save_decision(tx, "released", taken[0], by, None, reason)

        try:
            await self._loop.apply(inputs, on_begin=on_begin)
        except QueueGrew:
            return False
        return True

    async def ask_discard(self, letter_id: int, by: str, reason: str) -> None:
        """Request that a letter be discarded; another person confirms. Raises as `discard` does."""
        _require_reason(reason)
        async with self._loop.db.begin() as tx:
            letter = await _first(tx, letter_id)
            await tx.execute(SQL["ask_discard"], letter.id, by, reason, tx.now)

    async def keep(self, letter_id: int) -> None:
        """Withdraw or refuse a requested discard; raises NotFound."""
        async with self._loop.db.begin() as tx:
            letter = await _first(tx, letter_id)
            await tx.execute(SQL["ask_discard"], letter.id, None, None, None)

    async def confirm_discard(
        self, letter_id: int, second: str, are_independent: AreIndependent
    ) -> int:
        """Discard what another person has requested to discard.

        Raises Conflict without a request, and as `discard` does.
        """
        async with self._loop.db.begin() as tx:
            asked = (await dead_letters.find_dead_letter(tx, letter_id)).asked
        if asked is None:
            raise Conflict(
                "discard_not_asked", _("没有人提出丢弃这一条，或者已经撤回。"), _("请看最新情况。")
            )
        return await self.discard(letter_id, asked.by, second, asked.reason, are_independent)

    async def discard(
        self, letter_id: int, by: str, second: str, reason: str, are_independent: AreIndependent
    ) -> int:
        """Discard the first letter of its key for good and replay its queue.

        Returns how many letters fail again. Raises Invalid without a reason or a second
        person, NotFound without such a letter, Conflict when another letter comes before it or
        the two people are not independent.
        """
        _require_two(by, second, reason)
        async with self._loop.db.begin() as tx:
            _require_independent(are_independent(by, second, tx.now))
            letter = await _first(tx, letter_id)
            await _give_up(tx, letter)
            await _save_decision(tx, "discarded", letter, by, second, reason)
            left = await _queue(tx, letter)
        if letter.key is None or not left:
            return 0
        return await self.release(letter.topic, letter.key, by, reason)


async def take_queue(tx: Tx, topic: str, key: Id) -> list[StoredDeadLetter]:
    """Lock the key, delete its letters and unblock it; raises NotFound."""
    locked = await tx.fetch(SQL["lock_positions"], [topic], [key])
    letters = await dead_letters.list_dead_letters(tx, topic, key)
    if not locked or not locked[0]["blocked"] or not letters:
        raise dead_letters.no_dead_letter()
    for letter in letters:
        await tx.execute(SQL["delete_dead_letter"], letter.id)
    seq, event_id = locked[0]["seq"], locked[0]["event_id"]
    await tx.execute(SQL["save_positions"], [topic], [key], [seq], [event_id], [False])
    return letters


async def _first(tx: Tx, letter_id: int) -> StoredDeadLetter:
    """Lock the key of a letter and read the letter, which must be the first of its queue."""
    letter = await dead_letters.find_dead_letter(tx, letter_id)
    if letter.key is None:
        return letter
    await tx.fetch(SQL["lock_positions"], [letter.topic], [letter.key])
    letter = await dead_letters.find_dead_letter(tx, letter_id)
    queue = await _queue(tx, letter)
    if queue[0].id != letter_id:
        raise Conflict(
            "not_first",
            _("这一条前面还有搁置的事件，请先处理前面的。"),
            _("请从最前面的一条开始。"),
        )
    return letter


async def _give_up(tx: Tx, letter: StoredDeadLetter) -> None:
    """Delete a letter; its key moves past it, and is unblocked if the queue is empty."""
    await tx.execute(SQL["delete_dead_letter"], letter.id)
    if letter.key is None:
        return
    (locked,) = await tx.fetch(SQL["lock_positions"], [letter.topic], [letter.key])
    seq, event_id = locked["seq"], locked["event_id"]
    if letter.seq is not None and letter.seq > seq:
        seq, event_id = letter.seq, letter.event_id
    held = bool(await _queue(tx, letter))
    await tx.execute(SQL["save_positions"], [letter.topic], [letter.key], [seq], [event_id], [held])


async def _queue(tx: Tx, letter: StoredDeadLetter) -> list[StoredDeadLetter]:
    """Read the first letter of the same key; none when the key was unreadable."""
    if letter.key is None:
        return []
    return await dead_letters.list_dead_letters(tx, letter.topic, letter.key, limit=1)


def _require_reason(reason: str) -> None:
    if not is_reason(reason):
        raise Invalid(
            "reason_needed",
            _("请写明理由，至少%(least)s个字。", least=REASON_CHARS),
            _("请写明后重试。"),
        )
    if len(reason) > REASON_LENGTH:
        raise Invalid(
            "reason_too_long",
            _("理由最多写%(reason_length)s个字。", reason_length=REASON_LENGTH),
            _("请写短后重试。"),
        )


def _require_two(by: str, second: str, reason: str) -> None:
    """Refuse a discard without a reason or without a second person."""
    _require_reason(reason)
    if not by.strip() or not second.strip() or second.strip() == by.strip():
        raise Invalid(
            "second_person_needed",
            _("丢弃须由另一人确认，不能是提出的人。"),
            _("请另一位运维人员确认。"),
        )


def _require_independent(are_independent: bool) -> None:
    if not are_independent:
        raise Conflict(
            "accounts_not_independent",
            _("提出的人和确认的人，近日由对方或同一位管理员开设或重置过账号，不能算两个人。"),
            _("请由另一位运维人员确认，或过些时候再确认。"),
        )


async def _save_decision(
    tx: Tx, action: str, letter: StoredDeadLetter, by: str, second: str | None, reason: str
) -> None:
    """Record who released or discarded what, and why."""
    await tx.execute(
        SQL["save_decision"],
        tx.now,
        action,
        letter.topic,
        letter.key,
        letter.seq,
        letter.event_id,
        reason,
        by,
        second,
    )

"""How one service stands, in the words of the operators' page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.directory import Directory
from shared.ids import TAIL, Id, from_text, to_text
from shared.messaging.dead_letter_actions import Decision
from shared.messaging.dead_letters import BlockedQueue, StoredDeadLetter
from shared.messaging.metrics import Measured, Reading
from shared.messaging.subject import DeadLetterReason
from shared.text import Bilingual, Sentence, Text, _, n_
from shared.web.labels import CHANNELS, Light

BEHIND_SECONDS, UNSENT_SECONDS = 300, 60
"""From these ages on an alert wakes the operator (`ReadingBehind`, `EventsNotSent`)."""

_STRANGER = _("多半是别的程序写入了我们的主题：收回它的写入权限，再由两人丢弃。")
OK = Light("ok", _("正常"))
CAUSES: Mapping[DeadLetterReason, tuple[Sentence, Sentence]] = {
    "decide": (_("处理时程序出错"), _("先看错误全文，修好程序并上线，再重放。")),
    "save": (_("写不进数据库"), _("先看错误全文，修好程序并上线，再重放。")),
    "gap": (_("缺前面的事件"), _("等缺的事件到达，再重放。")),
    "fork": (
        _("与已读的内容矛盾"),
        _("来源数据库很可能从旧备份恢复。不要重放，先查明以哪一份为准。"),
    ),
    "clock": (_("时限到点，处理时出错"), _("修好程序并上线，再重放，时钟会补触发。")),
    "unknown_type": (_("不认识的事件类型"), _("来源服务比本服务新：先升级本服务，再重放。")),
    "undecodable": (_("内容读不懂"), _("看错误全文：来源写错了就丢弃，否则修好再重放。")),
    "no_body": (_("没有内容"), _("来源写错了：查明来源，再由两人丢弃。")),
    "no_key": (_("没有可用的键"), _STRANGER),
    "envelope": (_("信封读不懂"), _STRANGER),
    "behind": (_("排在前面一条之后"), _("先处理前面的。")),
}  # fmt: skip
ACTIONS: Mapping[str, Sentence] = {"released": _("重放"), "discarded": _("丢弃")}


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure with its meaning; `value` is None while it cannot be read."""

    words: Sentence
    value: int | None
    href: str
    light: Light


def sentence(measured: Measured) -> Sentence:
    """Summarise in one sentence what needs an operator."""
    at, blocked, unreadable = measured.at, measured.blocked_keys, measured.unreadable
    if measured.forks:
        return n_("%(at)s，%(num)s条事件与已读的内容矛盾，不要重放", measured.forks, at=at)
    if blocked and unreadable:
        return _("%(at)s，搁置%(blocked)s件，另有%(unreadable)s条消息无法识别，需要处理",
                 at=at, blocked=blocked, unreadable=unreadable)  # fmt: skip
    if blocked:
        return n_("%(at)s，搁置%(num)s件，需要处理", blocked, at=at)
    if unreadable:
        return n_("%(at)s，%(num)s条消息无法识别，需要处理", unreadable, at=at)
    if measured.lag_events < 0:
        return _("%(at)s，连不上Kafka：已保存的不会丢失，恢复后自行继续", at=at)
    fine = _("%(at)s，本服务没有需要处理的事", at=at)
    behind = _("%(at)s，没有搁置的事件，读取或转发落后", at=at)
    return fine if state_of(measured) is OK else behind


def state_of(measured: Measured) -> Light:
    """Light a service by what hurts most."""
    if measured.lag_events < 0:
        return Light("late", _("连不上Kafka"))
    if measured.forks:
        return Light("late", _("数据矛盾"))
    if measured.blocked_keys or measured.unreadable:
        return Light("soon", _("需要处理"))
    if measured.lag_seconds > BEHIND_SECONDS:
        return Light("soon", _("落后"))
    if measured.pending_seconds > UNSENT_SECONDS:
        return Light("soon", _("未转发"))
    return OK


def tiles(measured: Measured) -> Sequence[Tile]:
    """Show the five figures that may hurt."""
    needed = Light("soon", _("需要处理"))
    behind = Light("soon", _("落后%(age)s", age=age(measured.lag_seconds)))
    unsent = Light("soon", _("最久%(age)s", age=age(float(measured.pending_seconds))))
    away = Light("late", _("连不上Kafka"))
    late = measured.lag_seconds > BEHIND_SECONDS
    unapplied = None if measured.lag_events < 0 else measured.lag_events
    reading = away if measured.lag_events < 0 else behind if late else OK
    sending = unsent if measured.pending_seconds > UNSENT_SECONDS else OK
    forked = Light("late", _("不要重放")) if measured.forks else OK
    return (
        Tile(_("搁置"), measured.blocked_keys, "#dead-letters",
             needed if measured.blocked_keys else OK),
        Tile(_("无法识别的消息"), measured.unreadable, "#dead-letters",
             needed if measured.unreadable else OK),
        Tile(_("矛盾的事件"), measured.forks, "#dead-letters", forked),
        Tile(_("未处理的事件"), unapplied, "#services", reading),
        Tile(_("待转发的事件"), measured.pending, "#services", sending),
    )  # fmt: skip


def figures(readings: Sequence[Reading], directory: Directory) -> list[tuple[Text, Text, Text]]:
    """Name the figures of the service's own tables: what, of which level, how many or how long."""
    return [
        (
            Bilingual(one.figure.zh, one.figure.text),
            _label(one, directory),
            age(one.value) if one.figure.name.endswith("_seconds") else _whole(one.value),
        )
        for one in readings
    ]


def _label(one: Reading, directory: Directory) -> Text:
    """Name the channel or the level of government that a metric label stands for."""
    if one.figure.label == "channel":
        return CHANNELS[one.label]
    return _("未定级") if one.label == "none" else Bilingual(*directory.level_names(one.label))


def _whole(value: float) -> Sentence:
    return _("%(num)s", num=int(value))


def age(seconds: float) -> Sentence:
    """Write a stretch of time in its two largest units."""
    whole = int(seconds)
    if whole < 60:
        return _("%(s)s秒", s=whole)
    if whole < 3600:
        return _("%(m)s分%(s)s秒", m=whole // 60, s=whole % 60)
    if whole < 86400:
        return _("%(h)s小时%(m)s分", h=whole // 3600, m=whole % 3600 // 60)
    return _("%(d)s天%(h)s小时", d=whole // 86400, h=whole % 86400 // 3600)


def short(key: Id | None) -> str:
    if key is None:
        return "–"
    text = key.hex()
    return f"{text[:4]}…{text[-4:]}"


def name_of(who: str, directory: Directory) -> str:
    """Name who decided: a person of the directory, else as it was written at a command line."""
    try:
        person = directory.person(from_text(who))
    except ValueError:
        return who
    return person.name if person else who[TAIL]


@dataclass(frozen=True, slots=True)
class QueueLine:
    """Table row for the dead letters of one blocked key."""

    href: str
    topic: str
    key: str
    seq: Text
    type: str
    cause: Sentence
    dead_at: datetime
    behind: int
    held: int | None
    is_asked: bool
    is_chosen: bool


def line_of(
    queue: BlockedQueue, service: str, chosen: int | None, held: Mapping[Id, int]
) -> QueueLine:
    """Lay a queue out as a row; `held` are the clocks that wait with it."""
    return QueueLine(
        href=f"/{service}/dead-letters/{queue.id}",
        topic=queue.topic,
        key=short(queue.key),
        seq="–" if queue.seq is None else str(queue.seq),
        type=queue.type or "–",
        cause=CAUSES[queue.reason][0],
        dead_at=queue.dead_at,
        behind=queue.letters - 1,
        held=held.get(queue.key) if queue.key else None,
        is_asked=queue.is_asked,
        is_chosen=queue.id == chosen,
    )


@dataclass(frozen=True, slots=True)
class Opened:
    """One dead letter in detail: its cause, its queue, and a requested discard."""

    first: StoredDeadLetter
    why: StoredDeadLetter
    behind: Sequence[StoredDeadLetter]
    letters: int
    asker: str
    is_asker: bool

    @property
    def cause(self) -> tuple[Sentence, Sentence]:
        """Cause and remedy, in this order."""
        return CAUSES[self.why.reason]

    @property
    def key(self) -> str:
        """The whole key."""
        return to_text(self.first.key) if self.first.key else "–"


def opened(
    letters: Sequence[StoredDeadLetter], count: int, by: str, directory: Directory
) -> Opened:
    """Lay the queue of one key out; `letters` are its first ones, `count` all."""
    first, *behind = letters
    why = next((one for one in letters if one.reason != "behind"), first)
    asker = first.asked.by if first.asked else ""
    return Opened(first, why, behind, count, name_of(asker, directory), asker == by)


def decision_line(decision: Decision, directory: Directory) -> dict[str, object]:
    """Lay a decision out as a row: who, when, what, why."""
    second = decision.confirmed_by
    return {
        "at": decision.decided_at,
        "action": ACTIONS[decision.action],
        "topic": decision.topic,
        "key": short(decision.key),
        "reason": decision.reason,
        "by": name_of(decision.decided_by, directory),
        "second": name_of(second, directory) if second else "–",
    }

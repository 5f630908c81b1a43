"""A subject's record told line by line: each value as it stood before and as it stands since."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from shared.contracts.envelope import Event
from shared.contracts.topics import OWNERS
from shared.directory import Directory
from shared.ids import Id, from_text, to_text
from shared.messaging.outbox import OutboxEvent
from shared.text import Bilingual, Text, _

SYSTEM = frozenset({*OWNERS, "system"})
PROPOSER = "proposer"
"""Stands for whoever raised an item, where their name is not to be described."""


@dataclass(frozen=True, slots=True)
class Names:
    """Looks names up; whatever the directory lacks keeps its code."""

    directory: Directory

    def who(self, actor: str) -> Text:
        """Name whoever did something: a person, a station, or the system itself."""
        if actor in SYSTEM:
            return _("系统")
        if actor == PROPOSER:
            return _("提出人")
        try:
            key = from_text(actor)
        except ValueError:
            return actor
        person, station = self.directory.person(key), self.directory.station(key)
        found = person or station
        return found.name if found else actor[:8]

    def place(self, key: Id | None) -> str:
        """Name a unit, an organ or a station."""
        if key is None:
            return ""
        unit = self.directory.unit(key)
        found = self.directory.organ_by_id(key) or self.directory.station(key)
        return unit.short_name if unit else found.name if found else to_text(key)[:8]

    def matter(self, code: str) -> Text:
        """Name of a matter, or its code if the directory does not have it."""
        found = self.directory.matter(code)
        return Bilingual(found.name_zh, found.name_en) if found else code


Shown = Text | date | datetime | int | None
SHORT = 120
"""So much of what somebody wrote stands in a trail; the whole stands on the subject's page."""


@dataclass(frozen=True, slots=True)
class TrailField:
    """Something an event says. What it replaces is the last value `of` the same, or `was`.

    Without an `of` it belongs to this event alone.
    """

    name: Text
    now: Shown
    of: Hashable = None
    was: Shown = None


@dataclass(frozen=True, slots=True)
class Description:
    """An event in words: the act, whom or what of the subject it is about, what it says."""

    act: Text
    about: Text = ""
    values: Sequence[TrailField] = ()


Describe = Callable[[Event], Description]


@dataclass(frozen=True, slots=True)
class TrailChange:
    """One value before and after; None where nothing stood."""

    name: Text
    before: Shown
    after: Shown


@dataclass(frozen=True, slots=True)
class TrailLine:
    """One line of a trail; `place`, `event_id` and `hash` name the event in the record."""

    at: datetime
    who: Text
    actor: str
    act: Text
    about: Text = ""
    changes: Sequence[TrailChange] = ()
    place: str = ""
    event_id: str = ""
    hash: str = ""


def lines_of(events: Iterable[OutboxEvent], describe: Describe, names: Names) -> list[TrailLine]:
    """Tell a record, in its order, as it was events; of erased words nothing is left to tell."""
    stands: dict[Hashable, Shown] = {}
    found = []
    for one in events:
        described, actor = _described(one, describe)
        changes = [change for value in described.values if (change := _change(value, stands))]
        found.append(
            TrailLine(
                at=one.occurred_at,
                who=names.who(actor),
                actor=actor,
                act=described.act,
                about=described.about,
                changes=changes,
                place=f"{one.topic}:{one.seq}",
                event_id=to_text(one.event_id),
                hash=one.hash,
            )
        )
    return found


def hidden(
    events: Iterable[OutboxEvent], by_proposer: Callable[[Event], bool]
) -> list[OutboxEvent]:
    """Give the record without the names of whose hand these events may be."""
    return [
        replace(one, event=one.event.model_copy(update={"actor": PROPOSER}))
        if one.event is not None and by_proposer(one.event)
        else one
        for one in events
    ]


def _described(one: OutboxEvent, describe: Describe) -> tuple[Description, str]:
    if one.event is not None:
        return describe(one.event), one.event.actor
    return Description(_("文字删除") if one.erases else _("写下的文字，已按规定删除")), ""


def _change(value: TrailField, stands: dict[Hashable, Shown]) -> TrailChange | None:
    """Take a value in; what stands already is no change."""
    if value.of is None:
        return TrailChange(value.name, value.was, value.now)
    before = stands.get(value.of, value.was)
    stands[value.of] = value.now
    return None if before == value.now else TrailChange(value.name, before, value.now)


def written(words: str) -> Text:
    """Shorten what somebody wrote."""
    return words if len(words) <= SHORT else f"{words[:SHORT]}…"


def both(zh: str, en: str) -> Bilingual:
    """Shorten what is written in both languages."""
    return Bilingual(str(written(zh)), str(written(en)))

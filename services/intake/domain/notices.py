"""Notices to proposers and stations: who gets one, and its words.

They say only what happened to which item: no name, no firm, no title, and no secret of a link.
Words and addresses are not stored, but looked up as a notice is sent.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.intake.domain.model import ItemRow
from services.intake.domain.occasions import OF_ALL, Happened, Occasion
from services.intake.domain.proposers import Proposer
from shared.calendar import local_day
from shared.contracts.envelope import Key
from shared.ids import derived_id, to_text
from shared.messaging.subject import Row
from shared.notices.channel import GIVE_UP, Addressee, Channel, ChannelName, Failure, Outcome
from shared.text import Sentence, Text, _

RecipientKind = Literal["proposer", "station"]


class NoticeRow(Row):
    """A notice to one recipient on one channel, and how its sending went.

    `id` follows from event, recipient and channel, so that nothing is said twice. It waits for
    `next_at` until it has an `outcome`. `why` is the reason of the last failure.
    """

    id: Key
    item: Key
    recipient: Key
    kind: RecipientKind
    channel: ChannelName
    occasion: Occasion
    made_at: datetime
    next_at: datetime
    tries: int = 0
    why: Failure | None = None
    outcome: Outcome | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """An item whose people are told: itself, or one that was merged into it."""

    item: ItemRow
    proposers: Sequence[Proposer]


def notices_of(
    happened: Happened, about: Key, told: Iterable[Told], channels: Sequence[Channel], now: datetime
) -> Iterator[NoticeRow]:
    """Build the notices of an event of item `about`; none of an event that is long past."""
    if happened.at < now - GIVE_UP:
        return
    stations = set[Key]()
    for one in told:
        if one.item.key != about and happened.occasion not in OF_ALL:
            continue
        if happened.occasion == "urged" and one.item.state != "SUPPLEMENT":
            continue
        for kind, recipient, to in _recipients(one, stations):
            for channel in channels:
                if channel.reaches(to):
                    event = happened.topic, str(happened.seq), to_text(recipient), channel.name
                    yield NoticeRow(
                        id=derived_id(about, "notice", *event),
                        item=one.item.key,
                        recipient=recipient,
                        kind=kind,
                        channel=channel.name,
                        occasion=happened.occasion,
                        made_at=now,
                        next_at=now,
                    )


def _recipients(told: Told, stations: set[Key]) -> Iterator[tuple[RecipientKind, Key, Addressee]]:
    """List the proposers of an item, and its station unless another item named it already."""
    for one in told.proposers:
        yield "proposer", one.row.proposer_id, addressee_of(one)
    station = told.item.station_id
    if station is not None and station not in stations:
        stations.add(station)
        yield "station", station, Addressee(office=to_text(station))


def addressee_of(proposer: Proposer) -> Addressee:
    """How a proposer can be reached: by the contact they left, else not at all."""
    contact = proposer.contact
    if contact is None:
        return Addressee()
    return Addressee(email=contact.email or "", phone=contact.phone)


def what_happened(row: NoticeRow, item: ItemRow, number: str) -> Sentence:
    """One sentence on an event of an item; without a `number` it is named by its day."""
    which = _which(item, number)
    if row.kind == "station" and row.occasion == "rate":
        return _("意见建议%(which)s已答复，请告诉提出人，并请其评价。", which=which)
    return Sentence(_HAPPENED[row.occasion].text, {"which": which})


_HAPPENED: Mapping[Occasion, Sentence] = {
    "accepted": _("意见建议%(which)s已受理，正在确定由哪个单位办。"),
    "solved": _("意见建议%(which)s已受理，并已当场解决。"),
    "returned": _("意见建议%(which)s补充后才能接着办，请尽快补充。"),
    "urged": _("意见建议%(which)s还没有补充，期限已过；补充后才能接着办。"),
    "rejected": _("意见建议%(which)s没有受理，打开能看到理由。"),
    "transferred": _("意见建议%(which)s已转到其他渠道，打开能看到转到哪里。"),
    "dispatched": _("意见建议%(which)s已交给单位办理。"),
    "answered": _("意见建议%(which)s有单位答复了，另有单位还要答复。"),
    "rate": _("意见建议%(which)s已答复，请看答复并评价。"),
}


def subject_of(item: ItemRow, number: str) -> Sentence:
    return _("建议闭环：意见建议%(which)s有新进展", which=_which(item, number))


def _which(item: ItemRow, number: str) -> Text:
    if number or item.received_at is None:
        return _("（编号%(number)s）", number=number)
    return _("（%(day)s提出）", day=local_day(item.received_at))


def where_to_look(kind: RecipientKind, address: str) -> Sentence:
    """How to open the item: a proposer by their link, which is never sent, a station signed in."""
    if kind == "proposer":
        return _("用您的查询链接打开：%(address)s （链接丢了，请找接收的联络站）", address=address)
    return _("登录后打开：%(address)s", address=address)

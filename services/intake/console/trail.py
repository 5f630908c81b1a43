"""The trail of an item: how it was submitted and decided, and who viewed its source."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter

from services.intake.actions.item_details import PROPOSERS
from services.intake.actions.officers import OfficerActions
from services.intake.console.labels import ACCESSED, RATED_BY, REASONS, STATES
from services.intake.console.pages import CONSOLE
from shared.contracts.envelope import Event
from shared.contracts.intake import (
    ItemAccepted,
    ItemCosigned,
    ItemErased,
    ItemJoined,
    ItemMerged,
    ItemProtected,
    ItemRejected,
    ItemResubmitted,
    ItemReturned,
    ItemSubmitted,
    ItemSupplemented,
    ItemText,
    ItemTransferred,
    ItemUnmerged,
    ItemWithdrawn,
    RatingGiven,
    ReopenRequested,
)
from shared.contracts.topics import INTAKE_TEXT
from shared.features.access_log.rows import AccessRow
from shared.features.access_log.store import EXPORT
from shared.features.trail import (
    MAX_ROWS,
    Description,
    Names,
    TrailChange,
    TrailField,
    TrailLine,
    Trails,
    TrailSubject,
    hidden,
    lines_of,
    trail_routes,
    without_texts,
    written,
)
from shared.ids import TAIL, Id, to_text
from shared.messaging.outbox import OutboxEvent
from shared.rights import Action
from shared.text import Sentence, Text, _, listed
from shared.web import components as ui
from shared.web import links
from shared.web.actor import Actor, CurrentActor
from shared.web.labels import RATINGS, REOPEN_REASONS, TRANSFER_CHANNELS, WHY, WITHHELD

ACTS: Mapping[str, Sentence] = {
    ItemSubmitted.type: _("提交"),
    ItemCosigned.type: _("联名"),
    ItemReturned.type: _("退回补充"),
    ItemResubmitted.type: _("补充后重交"),
    ItemSupplemented.type: _("补充材料"),
    ItemProtected.type: _("来源从这时起保密"),
    ItemWithdrawn.type: _("提出人撤回"),
    ItemRejected.type: _("不予受理"),
    ItemTransferred.type: _("转其他渠道"),
    ItemMerged.type: _("并案"),
    ItemUnmerged.type: _("并入的一件没有办理，重新等待受理"),
    ItemJoined.type: _("并入了另外的意见建议"),
    ItemAccepted.type: _("受理"),
    RatingGiven.type: _("提出人作出评价"),
    ReopenRequested.type: _("提出人请求重新办理"),
    ItemErased.type: _("内容按规定删除"),
    ItemText.type: _("写下的文字"),
}
_STATE: Mapping[str, Sentence] = {
    ItemSubmitted.type: STATES["SUBMITTED"],
    ItemReturned.type: STATES["SUPPLEMENT"],
    ItemResubmitted.type: STATES["SUBMITTED"],
    ItemWithdrawn.type: STATES["WITHDRAWN"],
    ItemRejected.type: STATES["REJECTED"],
    ItemTransferred.type: STATES["TRANSFERRED"],
    ItemMerged.type: STATES["MERGED"],
    ItemUnmerged.type: STATES["SUBMITTED"],
    ItemAccepted.type: STATES["ACCEPTED"],
}
_OF_PROPOSERS = (
    ItemSubmitted, ItemCosigned, ItemResubmitted, ItemSupplemented, ItemProtected, ItemWithdrawn,
    ItemText,
    RatingGiven, ReopenRequested,
)  # fmt: skip
"""Events that proposers may have caused: only those who may view the source see the actor."""

LATEST_TEXT = _("只列出最近一次写下的文字。")


@dataclass(frozen=True, slots=True)
class Describer:
    """Describes events without who raised the item; `numbers` are of items it was merged into."""

    names: Names
    numbers: Mapping[Id, str]

    def __call__(self, event: Event) -> Description:
        state = _STATE.get(event.type)
        values = [TrailField(_("进度"), state, "state")] if state else []
        more = _values(event, self.names, self.numbers)
        return Description(ACTS[event.type], values=(*values, *more))


def _values(event: Event, names: Names, numbers: Mapping[Id, str]) -> Iterator[TrailField]:
    match event:
        case ItemAccepted():
            yield from _accepted(event, names)
        case ItemReturned() | ItemRejected() | ItemErased():
            yield TrailField(_("理由"), WHY[event.reason])
        case ItemTransferred():
            yield TrailField(_("转到哪里"), TRANSFER_CHANNELS[event.channel])
        case ItemMerged() | ItemUnmerged() | ItemJoined():
            yield _merging(event, numbers)
        case ItemText():
            yield from _words(event)
        case _:
            yield from _of_proposers(event, names)


def _accepted(event: ItemAccepted, names: Names) -> Iterator[TrailField]:
    yield TrailField(_("编号"), event.number, "number")
    yield from _policies(event, names)
    if event.solved_on_spot:
        yield TrailField(_("办理方式"), _("当场解决"))
        yield TrailField(_("由谁解决"), names.place(event.solved_by, event.occurred_at))


def _policies(event: ItemSubmitted | ItemAccepted, names: Names) -> Iterator[TrailField]:
    if event.policy_codes:
        yield TrailField(_("关系到哪些政策"), names.policies(event.policy_codes), "policies")


def _of_proposers(event: Event, names: Names) -> Iterator[TrailField]:
    match event:
        case ItemSubmitted():
            yield from _policies(event, names)
            if len(event.proposers) > 1:
                yield TrailField(_("提出人数"), len(event.proposers))
            if event.entered_by_proxy:
                yield TrailField(_("怎样提交"), _("联络站代填"))
        case ItemCosigned():
            yield TrailField(_("谁联名"), PROPOSERS[event.proposer.kind])
        case RatingGiven():
            yield from _rating(event)
        case ReopenRequested():
            yield TrailField(_("为什么"), REOPEN_REASONS[event.reason])


def _merging(
    event: ItemMerged | ItemUnmerged | ItemJoined, numbers: Mapping[Id, str]
) -> TrailField:
    if isinstance(event, ItemJoined):
        return TrailField(_("并入的是"), listed(to_text(key)[TAIL] for key in event.members))
    label = _("并入") if isinstance(event, ItemMerged) else _("曾并入")
    into = event.merged_into
    return TrailField(label, numbers.get(into) or to_text(into)[TAIL])


def _rating(event: RatingGiven) -> Iterator[TrailField]:
    place = ("rating", event.reply_no, event.proposer_id)
    yield TrailField(_("第几次答复"), event.reply_no)
    yield TrailField(_("谁评价的"), PROPOSERS[event.by_kind])
    yield TrailField(_("评价结果"), RATINGS[event.result], place)
    yield TrailField(_("怎样评价"), RATED_BY[event.channel])


def _words(text: ItemText) -> Iterator[TrailField]:
    yield TrailField(_("标题"), written(text.title), "title")
    yield TrailField(_("正文"), written(text.body), "body")
    for n, one in enumerate(text.supplements):
        yield TrailField(_("补充"), written(one), ("supplement", n))
    for rating in text.ratings:
        yield TrailField(
            _("评价理由"), written(rating.reason), ("reason", rating.reply_no, rating.proposer_id)
        )
    yield TrailField(_("决定的说明"), written(text.decision_note) or None, "note")
    for member in text.members:
        place = ("member", to_text(member.item_id))
        yield TrailField(_("并入的内容"), written(member.title), place)


class ItemTrail:
    """Builds the trail of an item for an officer who may see it."""

    def __init__(self, actions: OfficerActions) -> None:
        self._actions = actions

    async def __call__(self, by: Actor, key: Id) -> TrailSubject:
        """Raises NotFound; shows accesses to the source only to its viewers and supervisors."""
        history = await self._actions.read_history(by, key, MAX_ROWS)
        item, names, item_id = history.item, Names(self._actions.copy.snapshot), to_text(key)
        code, events = item.number or item_id[TAIL], history.events
        note: Text = ""
        if not history.shows_source:
            events = hidden(events, lambda event: isinstance(event, _OF_PROPOSERS))
            events, note = _with_latest_text(events), LATEST_TEXT
        if not history.shows_texts:
            events, note = without_texts(events), WITHHELD
        lines = [
            *lines_of(events, Describer(names, history.numbers), names),
            *(_access_line(one, names, history.shows_source) for one in history.accesses),
        ]
        return TrailSubject(
            name=_("受理记录"),
            href=f"/intake/items/{item_id}/trail",
            entry=links.CASES,
            crumbs=(
                ui.Crumb(_("办件"), links.CASES),
                ui.Crumb(code, links.case_page(key)),
                ui.Crumb(_("受理记录")),
            ),
            code=code,
            division=item.division_code,
            lines=sorted(lines, key=lambda line: line.at),
            note=note,
        )


def _with_latest_text(events: Sequence[OutboxEvent]) -> list[OutboxEvent]:
    """Leave out earlier texts: in them stands what was masked since."""
    latest = max((one.seq for one in events if one.topic == INTAKE_TEXT.name), default=0)
    return [one for one in events if one.topic != INTAKE_TEXT.name or one.seq == latest]


def _access_line(row: AccessRow, names: Names, shows_source: bool) -> TrailLine:
    person, entry_id = row.actor, to_text(row.id)
    fields: list[TrailChange] = [
        TrailChange(_("看了什么"), None, ACCESSED[name]) for name in row.fields
    ]
    why: Text = REASONS[row.reason]
    if shows_source or row.reason == EXPORT:
        why = _("%(reason)s：%(words)s", reason=why, words=row.words)
    return TrailLine(
        at=row.accessed_at,
        who=names.who(person, row.accessed_at),
        actor=person,
        act=REASONS[EXPORT] if row.reason == EXPORT else _("查看来源"),
        changes=[*fields, TrailChange(_("理由"), None, why)],
        place=f"access_log:{entry_id}",
        event_id=entry_id,
    )


def routes(actions: OfficerActions, officer: CurrentActor) -> APIRouter:
    trails = Trails(CONSOLE, actions.copy, actions.db, ItemTrail(actions))
    return trail_routes(trails, officer, "/items/{key}", Action.CASE_READ, Action.SOURCE_READ)

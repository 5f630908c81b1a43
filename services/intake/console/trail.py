"""The trail of an item with intake: how it came and was judged, and who looked who raised it."""

from collections.abc import Iterator, Mapping

from fastapi import APIRouter

from services.intake import store
from services.intake.console.labels import CHANNELS, LOOKED_AT, RATED_BY, REASONS, STATES, WHY
from services.intake.domain.rights import may_look, row_scope_of
from shared.contracts.envelope import Event
from shared.contracts.intake import (
    ItemAccepted,
    ItemErased,
    ItemMerged,
    ItemRejected,
    ItemResubmitted,
    ItemReturned,
    ItemSubmitted,
    ItemText,
    ItemTransferred,
    RatingGiven,
)
from shared.db.pool import Database
from shared.directory import DirectoryCopy
from shared.features.access_log.rights import overseen
from shared.features.access_log.rows import AccessRow
from shared.features.access_log.store import EXPORT
from shared.features.trail import (
    MOST,
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
    written,
)
from shared.ids import Id, to_text
from shared.messaging.outbox import list_emitted
from shared.rights import Action
from shared.text import Sentence, Text, _
from shared.web import components as ui
from shared.web.actor import Actor, CurrentActor
from shared.web.console import Console
from shared.web.labels import RATINGS

ACTS: Mapping[str, Sentence] = {
    ItemSubmitted.type: _("提交"),
    ItemReturned.type: _("退回补充"),
    ItemResubmitted.type: _("补充后重交"),
    ItemRejected.type: _("不予受理"),
    ItemTransferred.type: _("转其他渠道"),
    ItemMerged.type: _("并案"),
    ItemAccepted.type: _("受理"),
    RatingGiven.type: _("转交提出人的评价"),
    ItemErased.type: _("内容按规定删除"),
    ItemText.type: _("写下的文字"),
}
_STATE: Mapping[str, Sentence] = {
    ItemSubmitted.type: STATES["SUBMITTED"],
    ItemReturned.type: STATES["SUPPLEMENT"],
    ItemResubmitted.type: STATES["SUBMITTED"],
    ItemRejected.type: STATES["REJECTED"],
    ItemTransferred.type: STATES["TRANSFERRED"],
    ItemMerged.type: STATES["MERGED"],
    ItemAccepted.type: STATES["ACCEPTED"],
}
_PROPOSERS = (ItemSubmitted, ItemResubmitted, ItemText, RatingGiven)
"""What a proposer's own hand may have sent: whose it was is told to those who may look."""


def describe(event: Event) -> Description:
    """Put an event into words; of who raised the item it tells nothing."""
    return Description(ACTS[event.type], values=tuple(_values(event)))


def _values(event: Event) -> Iterator[TrailField]:
    if event.type in _STATE:
        yield TrailField(_("进度"), _STATE[event.type], "state")
    match event:
        case ItemAccepted():
            yield TrailField(_("编号"), event.number, "number")
            if event.solved_on_spot:
                yield TrailField(_("办理方式"), _("当场解决"))
        case ItemReturned() | ItemRejected() | ItemErased():
            yield TrailField(_("理由"), WHY[event.reason])
        case ItemTransferred() | ItemMerged():
            yield _elsewhere(event)
        case RatingGiven():
            yield from _rating(event)
        case ItemText():
            yield from _words(event)


def _elsewhere(event: ItemTransferred | ItemMerged) -> TrailField:
    if isinstance(event, ItemMerged):
        return TrailField(_("并入"), to_text(event.merged_into)[:8])
    return TrailField(_("转到哪里"), CHANNELS[event.channel])


def _rating(event: RatingGiven) -> Iterator[TrailField]:
    yield TrailField(_("第几次答复"), event.reply_no)
    yield TrailField(_("评价结果"), RATINGS[event.result], ("rating", event.reply_no))
    yield TrailField(_("怎样评价"), RATED_BY[event.channel])


def _words(text: ItemText) -> Iterator[TrailField]:
    yield TrailField(_("标题"), written(text.title), "title")
    yield TrailField(_("正文"), written(text.body), "body")
    for n, one in enumerate(text.supplements):
        yield TrailField(_("补充"), written(one), ("supplement", n))
    for rating in text.ratings:
        yield TrailField(_("评价理由"), written(rating.reason), ("reason", rating.reply_no))
    yield TrailField(_("决定的说明"), written(text.decision_note) or None, "note")


class ItemTrail:
    """Reads the trail of an item for whoever may see its case."""

    def __init__(self, db: Database, copy: DirectoryCopy) -> None:
        self._db, self._copy = db, copy

    async def __call__(self, by: Actor, key: Id) -> TrailSubject:
        """Read it; raises NotFound in the words of what is not there.

        Who looked at the source is told to those who may look themselves, and to supervisors.
        """
        directory = self._copy.snapshot
        async with self._db.begin_as(row_scope_of(by, directory)) as tx:
            standing = await store.see_trail(tx, key, by, directory)
            item = standing.item
            said = await list_emitted(tx, key, MOST)
            is_open = may_look(by, item, standing.progress, directory)
            watches = is_open or item.division_code in overseen(by, directory)
            looks = await store.list_looks(tx, key) if watches else []
        names, item_id = Names(directory), to_text(key)
        code = item.number or item_id[:8]
        told = said if is_open else hidden(said, lambda event: isinstance(event, _PROPOSERS))
        lines = [*lines_of(told, describe, names), *(_look(one, names) for one in looks)]
        return TrailSubject(
            name=_("受理记录"),
            href=f"/intake/items/{item_id}/trail",
            entry="/tracker/cases",
            crumbs=(
                ui.Crumb(_("办件"), "/tracker/cases"),
                ui.Crumb(code, f"/tracker/items/{item_id}"),
                ui.Crumb(_("受理记录")),
            ),
            code=code,
            division=item.division_code,
            lines=sorted(lines, key=lambda line: line.at),
        )


def _look(row: AccessRow, names: Names) -> TrailLine:
    person, seen = row.actor, to_text(row.id)
    shown: list[TrailChange] = [
        TrailChange(_("看了什么"), None, LOOKED_AT[name]) for name in row.fields
    ]
    why: Text = _("%(reason)s：%(words)s", reason=REASONS[row.reason], words=row.words)
    return TrailLine(
        at=row.looked_at,
        who=names.who(person),
        actor=person,
        act=REASONS[EXPORT] if row.reason == EXPORT else _("查看来源"),
        changes=[*shown, TrailChange(_("理由"), None, why)],
        place=f"access_log:{seen}",
        event_id=seen,
    )


def routes(db: Database, copy: DirectoryCopy, console: Console, officer: CurrentActor) -> APIRouter:
    """Make the addresses of trails."""
    trails = Trails(console, copy, db, ItemTrail(db, copy))
    return trail_routes(trails, officer, "/items/{key}", Action.CASE_READ, Action.SOURCE_READ)

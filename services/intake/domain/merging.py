"""Commands that concern several items: merges, and the end of items with merged ones."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.intake.domain.commands import Erase, Merge, StationCommand, Submit
from services.intake.domain.context import DecisionContext
from services.intake.domain.decide import decide
from services.intake.domain.effects import protect
from services.intake.domain.events import (
    Decision,
    item_text,
    member_words,
    origin,
    outgoing,
    without_people,
)
from services.intake.domain.model import Item, update
from services.intake.domain.proposer_commands import Protect
from services.intake.domain.refusals import require_target
from shared.contracts.intake import ItemJoined, ItemMerged, ItemText, ItemUnmerged, MemberWords
from shared.errors import Conflict
from shared.ids import Id
from shared.messaging.subject import Command
from shared.text import _

Items = Mapping[Id, Item]
MAX_MEMBERS_BYTES = 160 * 1024
"""UTF-8 bytes of the words of all that was merged into an item, as they leave.

With all that the item itself may hold they fit into one event.
"""


def decide_together(
    items: Items, command: Command, context: DecisionContext
) -> Mapping[Id, Decision]:
    """Decide a command on all items it concerns; raises Refused, Unavailable.

    The members of an item that is merged move on with it, and are protected with theirs. Those of
    an item that ends unhandled wait for acceptance again.
    """
    match command:
        case Submit():
            return _correct(items, command, context)
        case Merge():
            return _merge(items, command, context)
        case Erase():
            return _erase(items, command, context)
        case Protect():
            return _protect(items, command, context)
        case StationCommand():
            return _end(items, command, context)
        case other:
            raise TypeError(f"not for items: {other!r}")


def _merge(items: Items, command: Merge, context: DecisionContext) -> Mapping[Id, Decision]:
    item, into = items[command.key], items[command.into]
    merged, emitted = decide(item, command, context)
    decided: dict[Id, Decision] = {command.key: (merged, emitted)}
    if merged is item:
        return decided
    require_target(item, into, command.body)
    for key in item.row.members:
        fact = ItemMerged(**origin(items[key], command, context), merged_into=command.into)
        decided[key] = update(items[key], merged_into=command.into), (fact,)
    return decided | {command.into: _joined(into, item, merged, command, context)}


def _joined(
    into: Item, item: Item, merged: Item, command: Merge, context: DecisionContext
) -> Decision:
    """Take in an item with its members, and their words."""
    keys = (command.key, *item.row.members)
    words = (member_words(merged, command.by, context.now, context), *item.text.members)
    text = into.text.model_copy(update={"members": (*into.text.members, *words)})
    joined = (*into.joined, merged, *item.joined)
    done = replace(update(into, members=(*into.row.members, *keys)), text=text, joined=joined)
    _require_room(outgoing(done, context)["members"])
    fact = ItemJoined(**origin(into, command, context), members=keys)
    return done, (fact, item_text(done, command, context))


def _require_room(members: Sequence[MemberWords]) -> None:
    """Refuse to merge in more words than can leave together."""
    words = (word for one in members for word in (one.title, one.body, one.note, *one.supplements))
    if sum(len(one.encode()) for one in words) > MAX_MEMBERS_BYTES:
        raise Conflict(
            "merge_too_long",
            _(
                "并入同一件的文字，连同已并入的，最多约%(chars)s字，没有保存。",
                chars=MAX_MEMBERS_BYTES // 3 // 1000 * 1000,
            ),
            _("请并入另一件，或分别受理。"),
        )


def _end(items: Items, command: StationCommand, context: DecisionContext) -> Mapping[Id, Decision]:
    item = items[command.key]
    ended, emitted = decide(item, command, context)
    if ended is item:
        return {command.key: (item, ())}
    if not any(isinstance(event, ItemText) for event in emitted):
        emitted = (*emitted, item_text(ended, command, context))
    decided: dict[Id, Decision] = {command.key: (ended, emitted)}
    for key in item.row.members:
        again = items[key].row.resumed(context.now)
        fact = ItemUnmerged(**origin(items[key], command, context), merged_into=command.key)
        decided[key] = update(items[key], merged_into=None, **again), (fact,)
    return decided


def _erase(items: Items, command: Erase, context: DecisionContext) -> Mapping[Id, Decision]:
    """Erase an item, and its words and those who raised it where it was merged.

    What stays there is without their names for good: once they are erased nobody can mask them.
    """
    gone = items[command.key]
    decided = {command.key: decide(gone, command, context)}
    for key in command.others:
        shown = items[key].text.members
        left = tuple(one for one in shown if one.item_id != command.key)
        if left != shown:
            stays = without_people(_with_words(items[key], left), gone, context)
            decided[key] = _telling(stays, command, context)
    return decided


def _protect(items: Items, command: Protect, context: DecisionContext) -> Mapping[Id, Decision]:
    """Protect an item together with its members: their words show who raised it, and them."""
    item = items[command.key]
    decided = {
        one.row.key: protect(items[one.row.key], command, context)
        for one in item.joined
        if not one.row.confidential and one.row.erased_at is None and one.row.key in items
    }
    shown = _redacted_anew(item, {key: one for key, (one, _) in decided.items()}, context)
    done, emitted = decide(shown, command, context)
    if done is shown:
        return {command.key: (item, ())}
    return decided | {command.key: (done, emitted)}


def _correct(items: Items, command: Submit, context: DecisionContext) -> Mapping[Id, Decision]:
    """Correct the contact of an item, and redact its words anew where it was merged."""
    done, emitted = decide(items[command.key], command, context)
    decided = {command.key: (done, emitted)}
    for key in command.others if emitted else ():
        into = _redacted_anew(items[key], {command.key: done}, context)
        decided[key] = _telling(into, command, context)
    return decided


def _redacted_anew(into: Item, changed: Items, context: DecisionContext) -> Item:
    """Take over members that changed, and their words without what is secret of them now."""
    words = (
        member_words(changed[one.item_id], one.by, one.merged_at, context)
        if one.item_id in changed
        else one
        for one in into.text.members
    )
    joined = tuple(changed.get(one.row.key, one) for one in into.joined)
    return replace(_with_words(into, tuple(words)), joined=joined)


def _with_words(into: Item, words: tuple[MemberWords, ...]) -> Item:
    return replace(into, text=into.text.model_copy(update={"members": words}))


def _telling(into: Item, command: Erase | Submit, context: DecisionContext) -> Decision:
    return into, (item_text(into, command, context),)

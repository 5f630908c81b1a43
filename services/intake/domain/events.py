"""Events of an item; its text leaves intake without phone numbers and without secret names."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Any

from services.intake.domain.commands import Erase, StationCommand
from services.intake.domain.contact import Contact
from services.intake.domain.context import DecisionContext
from services.intake.domain.folding import HIDDEN
from services.intake.domain.model import Item
from services.intake.domain.proposer_checks import require_unsealed
from services.intake.domain.redaction import (
    Places,
    Secrets,
    code_patterns,
    firm_patterns,
    firm_sounds,
    secrets_of,
)
from shared.contracts.codes import LEVELS
from shared.contracts.envelope import Event
from shared.contracts.intake import ItemText, MemberWords, RatingWords
from shared.ids import Id

Decision = tuple[Item, Sequence[Event]]


def origin(item: Item, command: StationCommand | Erase, context: DecisionContext) -> dict[str, Any]:
    return {
        "occurred_at": context.now,
        "division_code": item.row.division_code,
        "actor": command.by,
    }


def with_note(
    item: Item, command: StationCommand, note: str, fact: Event, context: DecisionContext
) -> Decision:
    """Emit a decision, and the text with its note unless that is empty."""
    if not note:
        return item, (fact,)
    noted = replace(item, text=item.text.model_copy(update={"decision_note": note}))
    return noted, (fact, item_text(noted, command, context))


def item_text(item: Item, command: StationCommand | Erase, context: DecisionContext) -> ItemText:
    """Build the whole text of the item as it may leave intake.

    Of a confidential item no words leave before its head has accepted it, and with that decided
    what else is to be masked.
    """
    text: dict[str, Any]
    if item.row.state == "ACCEPTED":
        text = outgoing(item, context)
    elif item.row.confidential:
        note = HIDDEN if item.text.decision_note else ""
        text = {"title": HIDDEN, "body": HIDDEN, "decision_note": note}
    else:
        text = outgoing(item, context) | {"members": ()}
    return ItemText.model_validate(origin(item, command, context) | text)


def outgoing(item: Item, context: DecisionContext, masks: Sequence[str] = ()) -> dict[str, Any]:
    """Build the words of an item as they leave intake when it is accepted with these masks."""
    text, secrets = item.text, _secrets(item, context, masks)
    return {
        "title": secrets.redact(text.title),
        "body": secrets.redact(text.body),
        "supplements": tuple(secrets.redact(one) for one in text.supplements),
        "ratings": tuple(_rating_words(one, item, secrets) for one in text.ratings),
        "decision_note": secrets.redact(text.decision_note),
        "members": tuple(_member_words(one, secrets.redact) for one in text.members),
    }


def _rating_words(given: RatingWords, item: Item, secrets: Secrets) -> RatingWords:
    """Withhold a reason that may name an enterprise nobody could mask.

    The words of a proposer come after the head has looked at those of the item.
    """
    is_hidden = given.reason and item.hides_unnamed
    reason = HIDDEN if is_hidden else secrets.redact(given.reason)
    return given.model_copy(update={"reason": reason})


def member_words(item: Item, by: str, at: datetime, context: DecisionContext) -> MemberWords:
    """Build the words of an item that somebody merged, without its own secret names."""
    words = MemberWords(
        item_id=item.row.key,
        merged_at=at,
        by=by,
        note=item.text.decision_note,
        **item.text.model_dump(include={"title", "body", "supplements"}),
    )
    return _member_words(words, _secrets(item, context).redact)


def _member_words(words: MemberWords, redact: Callable[[str], str]) -> MemberWords:
    redacted: dict[str, Any] = {
        name: redact(getattr(words, name)) for name in ("title", "body", "note")
    }
    redacted["supplements"] = tuple(map(redact, words.supplements))
    return words.model_copy(update=redacted)


def _secrets(item: Item, context: DecisionContext, masks: Sequence[str] = ()) -> Secrets:
    """Find what the head masks, the phones of contacts, and who raised a confidential item.

    Those of the items merged into it count as its own.

    Raises Unavailable without the key of the contacts.
    """
    masks = (*_masks(item), *masks)
    phones = [one.phone for one in _contacts(item)]
    if not item.row.confidential:
        return secrets_of(masks=masks, phones=phones)
    return _all_secrets(item, context, masks)


def without_people(item: Item, gone: Item, context: DecisionContext) -> Item:
    """Take the people who raised what was merged into an item, and its masks, out of its words."""
    contacts = require_unsealed(gone)
    known = (one.row.person_id for one in gone.proposers)
    people = [person.name for key in known if key and (person := context.directory.person(key))]
    secrets = secrets_of(
        people=[*people, *(one.name for one in contacts)],
        masks=gone.text.masks,
        phones=[one.phone for one in contacts],
    )
    text = item.text
    words: dict[str, Any] = {
        name: secrets.remove_named(getattr(text, name))
        for name in ("title", "body", "decision_note")
    }
    words["supplements"] = tuple(secrets.remove_named(one) for one in text.supplements)
    words["members"] = tuple(_member_words(one, secrets.remove_named) for one in text.members)
    words["ratings"] = tuple(
        one.model_copy(update={"reason": secrets.remove_named(one.reason)}) for one in text.ratings
    )
    return replace(item, text=text.model_copy(update=words))


def secrets_for_all(item: Item, context: DecisionContext, own: Id | None = None) -> Secrets:
    """Find what is for nobody outside: who raised an item, whatever it is, but for `own`."""
    return _all_secrets(item, context, _masks(item), own)


def _all_secrets(
    item: Item, context: DecisionContext, masks: Sequence[str], own: Id | None = None
) -> Secrets:
    places, contacts = _places(context), _contacts(item)
    patterns, sounds = list[str](), list[str]()
    people, phones = [one.name for one in contacts], [one.phone for one in contacts]
    for one in chain.from_iterable(each.proposers for each in item.together):
        patterns += firm_patterns(one.firm, places)
        patterns += code_patterns(one.row.enterprise_code) if one.row.enterprise_code else ()
        sounds += firm_sounds(one.firm, places)
        known = one.row.person_id if one.row.person_id != own else None
        person = context.directory.person(known) if known else None
        people += [person.name] if person else []
    return secrets_of(patterns, people, masks, phones, sounds=sounds, is_confidential=True)


def _masks(item: Item) -> Sequence[str]:
    return [word for one in item.together for word in one.text.masks]


def _contacts(item: Item) -> Sequence[Contact]:
    return [contact for one in item.together for contact in require_unsealed(one)]


def _places(context: DecisionContext) -> Places:
    wide, narrow = list[str](), list[str]()
    for one in context.directory.divisions():
        names = wide if one.level in LEVELS and one.level != "township" else narrow
        names += (one.name, *(former.name for former in one.former_names))
    return Places(tuple(wide), tuple(narrow))

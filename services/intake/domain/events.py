"""Events of an item; its text leaves intake without phone numbers and without secret names."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from services.intake.domain.commands import StationCommand
from services.intake.domain.context import DecisionContext
from services.intake.domain.model import Item
from shared.contracts.envelope import Event
from shared.contracts.intake import ItemText, RatingWords
from shared.observability.masking import masked

Decision = tuple[Item, Sequence[Event]]
HIDDEN = "〔保密〕"
SHORTEST_FIRM, SHORTEST_NAME = 3, 2
"""Shorter names would match inside unrelated words."""

_LEGAL_FORM = re.compile(
    r"(?:股份有限公司|有限责任公司|有限公司|集团|公司|个人独资企业|工厂|厂|商行|经营部|商店|店)$"
)
_ASIDE = re.compile(r"[（(][^）)]*[）)]")


def firm_names(name: str, places: Iterable[str]) -> Iterator[str]:
    """List how people may write a firm: in full, without its legal form, without its places."""
    yield name
    short = _LEGAL_FORM.sub("", _ASIDE.sub("", name))
    yield short
    fronts = sorted({front for place in places for front in (place, place[:-1])}, key=len)
    while front := next((it for it in reversed(fronts) if it and short.startswith(it)), ""):
        short = short.removeprefix(front)
        yield short


def redact(text: str, names: Sequence[str]) -> str:
    """Remove these names and mask every phone and identity number."""
    if names:
        longest_first = sorted(names, key=len, reverse=True)
        pattern = "|".join(re.escape(name) for name in longest_first)
        text = re.sub(pattern, HIDDEN, text, flags=re.IGNORECASE)
    return masked(text)


def origin(item: Item, command: StationCommand, context: DecisionContext) -> dict[str, Any]:
    return {
        "occurred_at": context.now,
        "division_code": item.row.division_code,
        "actor": command.signer.code,
    }


def with_note(
    item: Item, command: StationCommand, note: str, fact: Event, context: DecisionContext
) -> Decision:
    """Emit a decision, and the text with its note unless that is empty."""
    if not note:
        return item, (fact,)
    noted = replace(item, text=item.text.model_copy(update={"decision_note": note}))
    return noted, (fact, item_text(noted, command, context))


def item_text(item: Item, command: StationCommand, context: DecisionContext) -> ItemText:
    """Build the whole text of the item as it may leave intake."""
    text, names = item.text, _secret_names(item, context)
    return ItemText(
        **origin(item, command, context),
        title=redact(text.title, names),
        body=redact(text.body, names),
        supplements=tuple(redact(one, names) for one in text.supplements),
        ratings=tuple(
            RatingWords(reply_no=n, reason=redact(reason, names))
            for n, reason in enumerate(text.rating_reasons, start=1)
            if reason
        ),
        decision_note=redact(text.decision_note, names),
    )


def _secret_names(item: Item, context: DecisionContext) -> Sequence[str]:
    """List the names that would reveal who raised a confidential item."""
    row = item.row
    if not row.confidential:
        return ()
    places = [division.name for division in context.directory.ancestors(row.division_code)]
    firms = [*firm_names(item.firm, places), row.enterprise_code or ""]
    deputy = context.directory.person(row.deputy_id) if row.deputy_id else None
    people = [item.proposer, deputy.name if deputy else ""]
    return [
        *(name for name in firms if len(name) >= SHORTEST_FIRM),
        *(name for name in people if len(name) >= SHORTEST_NAME),
    ]

"""How a decision on an item is put into words and columns."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from services.intake.domain.commands import StationCommand
from services.intake.domain.model import Item, ItemRow
from services.intake.domain.redaction import SHORTEST_FIRM, SHORTEST_NAME, firm_names, redact
from services.intake.domain.refusals import DecisionContext, not_found
from services.intake.domain.turns import out_of_turn
from shared.contracts.envelope import Event
from shared.contracts.intake import ItemText, RatingWords
from shared.ids import Id

Decision = tuple[Item, Sequence[Event]]


def require_turn(item: Item, wanted: str) -> None:
    """Refuse an act that does not fit the item's state."""
    if item.row.state != wanted:
        raise out_of_turn(item.row.state)


def station_of(row: ItemRow) -> Id:
    """Name the station an item came from; an item nobody submitted is not there."""
    if row.station_id is None:
        raise not_found()
    return row.station_id


def update(item: Item, /, **columns: Any) -> Item:
    """Give the item with these columns of its row changed."""
    return replace(item, row=item.row.model_copy(update=columns))


def origin(item: Item, act: StationCommand, ground: DecisionContext) -> dict[str, Any]:
    """Give the fields all events of this act share."""
    return {
        "occurred_at": ground.now,
        "division_code": item.row.division_code,
        "actor": act.signer.code,
    }


def with_note(
    item: Item, act: StationCommand, note: str, fact: Event, ground: DecisionContext
) -> Decision:
    """Say a decision, and the words of it when there are any."""
    if not note:
        return item, (fact,)
    noted = replace(item, text=item.text.model_copy(update={"decision_note": note}))
    return noted, (fact, whole_text(noted, act, ground))


def whole_text(item: Item, act: StationCommand, ground: DecisionContext) -> ItemText:
    """Say all words of the item as they stand, but for what stays here."""
    text, names = item.text, _names(item, ground)
    return ItemText(
        **origin(item, act, ground),
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


def _names(item: Item, ground: DecisionContext) -> Sequence[str]:
    """List what would betray who raised a confidential item."""
    row = item.row
    if not row.confidential:
        return ()
    places = [division.name for division in ground.directory.ancestors(row.division_code)]
    firms = [*firm_names(item.firm, places), row.enterprise_code or ""]
    deputy = ground.directory.person(row.deputy_id) if row.deputy_id else None
    people = [item.proposer, deputy.name if deputy else ""]
    return [
        *(name for name in firms if len(name) >= SHORTEST_FIRM),
        *(name for name in people if len(name) >= SHORTEST_NAME),
    ]

"""What a station is shown of an item."""

from dataclasses import asdict
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from services.intake.domain.model import ItemRow, ProgressRow
from services.intake.domain.source_access import Source
from shared.contracts.codes import ItemType, Outcome, RatingResult
from shared.features.access_log.rows import AccessRow
from shared.ids import Id, to_text


class ItemView(BaseModel):
    """An item and how far it is; `reply_no` counts the replies, the others are of the last one.

    Of an item that was `erased` no words are left.
    """

    model_config = ConfigDict(frozen=True)

    item_id: str
    id: str | None
    state: str
    number: str | None
    reason: str | None
    division_code: str
    item_type: ItemType
    occurred_at: datetime | None
    received_at: datetime | None
    accepted_at: datetime | None
    merged_into: str | None
    dispatch_no: int
    owner_level: str | None
    lead_unit: str | None
    reply_no: int
    outcome: Outcome | None
    promised_on: date | None
    rating: RatingResult | None
    is_closed: bool
    reply_plain: str
    reply_text: str
    erased: bool


def item_view(item: ItemRow, progress: ProgressRow) -> ItemView:
    """Show an item to its station."""
    return ItemView(
        item_id=to_text(item.key),
        id=_text(item.client_id),
        state=item.state,
        number=item.number or None,
        reason=item.reason or None,
        division_code=item.division_code,
        item_type=item.item_type,
        occurred_at=item.occurred_at,
        received_at=item.received_at,
        accepted_at=item.accepted_at,
        merged_into=_text(item.merged_into),
        dispatch_no=progress.dispatch_no,
        owner_level=progress.owner_level or None,
        lead_unit=_text(progress.lead_unit),
        reply_no=progress.reply_no,
        outcome=progress.outcome,
        promised_on=progress.promised_on,
        rating=progress.rating,
        is_closed=progress.is_closed,
        reply_plain=progress.reply_plain,
        reply_text=progress.reply_text,
        erased=item.erased_at is not None,
    )


class SourceView(BaseModel):
    """Who raised an item, whole, as it is shown once for a reason."""

    model_config = ConfigDict(frozen=True)

    firm: str = Field(repr=False)
    firm_code: str = Field(repr=False)
    deputy: str = Field(repr=False)
    name: str = Field(repr=False)
    phone: str = Field(repr=False)
    is_lost: bool


def source_view(source: Source) -> SourceView:
    """Show who raised an item."""
    return SourceView(**asdict(source))


class LookView(BaseModel):
    """One look at an item's source: who, when, which fields, why."""

    model_config = ConfigDict(frozen=True)

    looked_at: datetime
    person_id: str
    fields: tuple[str, ...]
    reason: str
    words: str


def look_view(row: AccessRow) -> LookView:
    """Show a look."""
    kept = row.model_dump(include={"looked_at", "fields", "reason", "words"})
    return LookView(person_id=row.actor, **kept)


def _text(key: Id | None) -> str | None:
    return None if key is None else to_text(key)

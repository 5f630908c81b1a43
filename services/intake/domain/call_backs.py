"""Ratings given on the phone until a second person has checked them, and who told the proposer."""

from datetime import datetime
from typing import Literal

from shared.contracts.codes import RatingChannel, RatingResult, ReopenReason
from shared.contracts.dates import Day, Instant
from shared.contracts.envelope import FrozenModel, Key
from shared.messaging.subject import Row

TellingChannel = Literal["visit", "phone", "message", "letter"]


class CallBackRow(Row):
    """The n-th call-back about an item: a rating in the words of a proposer, `called_by` somebody.

    It was given on the phone, of which `number` shows the masked number, or on a visit. An open one
    has not been checked; `decided_by` is who checked or discarded it.
    """

    key: Key
    n: int
    proposer_id: Key
    reply_no: int
    result: RatingResult
    attitude: RatingResult | None = None
    words: str = ""
    channel: Literal["phone", "visit"] = "phone"
    number: str = ""
    called_at: datetime
    called_by: str
    state: Literal["open", "checked", "discarded"] = "open"
    decided_by: str = ""
    decided_at: datetime | None = None
    why: str = ""

    def erased(self) -> "CallBackRow":
        """Return it without what anybody wrote."""
        return self.model_copy(update={"words": "", "number": "", "why": ""})


class LastRating(FrozenModel):
    """The last rating that a proposer gave of a reply."""

    proposer_id: Key
    reply_no: int
    result: RatingResult
    attitude: RatingResult | None = None
    channel: RatingChannel


class ReopenRequest(FrozenModel):
    """That a proposer asked to have the item handled again after a reply; 0 without any."""

    proposer_id: Key
    reply_no: int
    reason: ReopenReason
    at: Instant


class Telling(FrozenModel):
    """A reply that proposers were told: by whom (their reference), on which day and how.

    Without a `proposer_id` each of them was told.
    The `reply_no` 0 is the decision of the station by which the item was rejected or transferred.
    """

    proposer_id: Key | None = None
    reply_no: int
    channel: TellingChannel
    day: Day
    by: str

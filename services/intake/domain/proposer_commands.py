"""Commands of proposers on their item, which the station passes on for them."""

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.intake.domain.call_backs import TellingChannel
from services.intake.domain.commands import (
    ActBody,
    Day,
    MaskBody,
    Note,
    ReleaseBody,
    StationCommand,
    Text,
)
from services.intake.domain.contact import Phone
from shared.contracts import codes
from shared.rights import Action
from shared.text import Number, Reason


class CosignBody(ActBody):
    """The deputy or street representative of the station who joins."""

    person_id: UUID


class SupplementBody(ReleaseBody):
    """The words are appended; the text of the item stays as it is."""

    supplement: Text


class ProtectBody(ActBody, MaskBody):
    """It cannot be undone: `confirmed` by whoever asks for it, who may add words to mask."""

    confirmed: Literal[True]


class WithdrawBody(ActBody):
    """Why its proposers withdraw an item, if they say so."""

    note: Note = ""


class RatingBody(ActBody):
    """How a proposer judges a reply: its result and, apart from that, how they were treated."""

    reply_no: Annotated[Number, Field(ge=1, le=100)]
    result: codes.RatingResult
    attitude: codes.RatingResult | None = None
    reason: Note = ""


class ReopenBody(ReleaseBody):
    """Why an item should be handled again after its last reply; 0 of one solved on the spot."""

    reply_no: Annotated[Number, Field(ge=0, le=100)]
    reason: codes.ReopenReason
    facts: Text


class CallBackBody(RatingBody):
    """A rating that a proposer gave on the phone or on a visit, on this day, in their words.

    Without `proposer_id` it was the first proposer. `number` is the one that was called, if it is
    not that of their contact; only its masked form is kept.
    """

    proposer_id: UUID | None = None
    channel: Literal["phone", "visit"] = "phone"
    number: Phone | None = Field(None, repr=False)
    called_on: Day


class CheckBody(ActBody):
    """Which call-back of the item it is."""

    n: Annotated[Number, Field(ge=1, le=1000)]


class DiscardBody(CheckBody):
    reason: Reason


class TellBody(ActBody):
    """How and on which day a proposer was told a reply; 0 is that the item was not taken on.

    Without a `proposer_id` each of them was told.
    """

    proposer_id: UUID | None = None
    reply_no: Annotated[Number, Field(ge=0, le=100)]
    channel: TellingChannel
    day: Day


@dataclass(frozen=True, slots=True)
class Cosign(StationCommand):
    action = Action.ITEM_COSIGN
    body: CosignBody


@dataclass(frozen=True, slots=True)
class Supplement(StationCommand):
    action = Action.ITEM_SUPPLEMENT
    body: SupplementBody


@dataclass(frozen=True, slots=True)
class Protect(StationCommand):
    """Hide from now on who raised an item."""

    action = Action.ITEM_PROTECT
    body: ProtectBody


@dataclass(frozen=True, slots=True)
class Withdraw(StationCommand):
    action = Action.ITEM_WITHDRAW
    body: WithdrawBody


@dataclass(frozen=True, slots=True)
class Rate(StationCommand):
    """Rate a reply, as one of those who raised the item."""

    action = Action.ITEM_RATE
    body: RatingBody


@dataclass(frozen=True, slots=True)
class AskToReopen(StationCommand):
    """Ask that the item be handled again, once its reply can no longer be rated."""

    action = Action.ITEM_RATE
    body: ReopenBody


@dataclass(frozen=True, slots=True)
class RecordCallBack(StationCommand):
    """Record a rating given when asked; it counts once a second person has checked it."""

    action = Action.ITEM_CALL_BACK
    body: CallBackBody


@dataclass(frozen=True, slots=True)
class CheckCallBack(StationCommand):
    action = Action.ITEM_CALL_BACK
    body: CheckBody


@dataclass(frozen=True, slots=True)
class DiscardCallBack(StationCommand):
    action = Action.ITEM_CALL_BACK
    body: DiscardBody


@dataclass(frozen=True, slots=True)
class TellProposer(StationCommand):
    """Record who told the proposer a reply or the station's decision, when and how."""

    action = Action.ITEM_TELL
    body: TellBody

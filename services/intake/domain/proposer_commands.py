"""Commands of proposers on their item, which the station passes on for them."""

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.intake.domain.commands import (
    ActBody,
    Instant,
    Note,
    ReleaseBody,
    StationCommand,
    Text,
)
from shared.contracts import codes
from shared.rights import Action


class CosignBody(ActBody):
    """The deputy or street representative of the station who joins."""

    person_id: UUID


class SupplementBody(ReleaseBody):
    """The words are appended; the text of the item stays as it is."""

    supplement: Text


class WithdrawBody(ActBody):
    """Why its proposers withdraw an item, if they say so."""

    note: Note = ""


class RatingBody(ActBody):
    """How a proposer judges a reply, as the station records it; `occurred_at` if not just now.

    Without `proposer_id` it is the first proposer's. `name_unknown_confirmed`: the head has read
    the reason, and it does not name an enterprise whose name is not known; else it stays here.
    """

    proposer_id: UUID | None = None
    reply_no: Annotated[int, Field(ge=1, le=100)]
    result: codes.RatingResult
    attitude: codes.RatingResult | None = None
    channel: Literal["station_app", "phone"] = "station_app"
    reason: Note = ""
    occurred_at: Instant | None = None
    name_unknown_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Cosign(StationCommand):
    action = Action.ITEM_COSIGN
    body: CosignBody


@dataclass(frozen=True, slots=True)
class Supplement(StationCommand):
    action = Action.ITEM_SUPPLEMENT
    body: SupplementBody


@dataclass(frozen=True, slots=True)
class Withdraw(StationCommand):
    action = Action.ITEM_WITHDRAW
    body: WithdrawBody


@dataclass(frozen=True, slots=True)
class Rate(StationCommand):
    action = Action.ITEM_RATE
    body: RatingBody

"""What a station may ask: one value an act, with who signed it."""

from dataclasses import dataclass, field
from datetime import date, datetime

from shared.contracts.codes import (
    ActivityKind,
    Complexity,
    EraseReason,
    HandlingProfile,
    ItemType,
    RatingChannel,
    RatingResult,
    RejectReason,
    ReturnReason,
    SourceKind,
    TransferChannel,
)
from shared.ids import Id, to_text
from shared.messaging.subject import Command


@dataclass(frozen=True, slots=True)
class Signer:
    """The station that signed, with the division it belongs to, and the person acting there."""

    station_id: Id
    station_code: str
    division_code: str
    person_id: Id | None = None

    @property
    def code(self) -> str:
        """The opaque reference events carry: the person, else the station."""
        return to_text(self.person_id or self.station_id)


@dataclass(frozen=True, slots=True)
class StationCommand(Command):
    """An act of a station; `digest` (SHA-256, hex) tells a repeated request from another one."""

    signer: Signer
    digest: str


@dataclass(frozen=True, slots=True)
class Submit(StationCommand):
    """Send an item; with a `number` it is accepted at once (bench only).

    `contact` is whom to call back, sealed; empty when the proposer gave none. `firm` and `proposer`
    are names, given of a confidential item only.
    """

    client_id: Id
    title: str
    body: str
    division_code: str
    occurred_at: datetime
    item_type: ItemType
    source_kind: SourceKind
    enterprise_code: str | None = None
    deputy_id: Id | None = None
    confidential: bool = False
    self_interest: bool = False
    contact: str = ""
    firm: str = field(default="", repr=False)
    proposer: str = field(default="", repr=False)
    number: str = ""


@dataclass(frozen=True, slots=True)
class Accept(StationCommand):
    """Accept an item under a number drawn for it; `occurred_at` when it is typed in late."""

    number: str
    profile: HandlingProfile = "station_item"
    complexity: Complexity = "normal"
    policy_codes: tuple[str, ...] = ()
    solved_on_spot: bool = False
    note: str = ""
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Return(StationCommand):
    """Ask the proposer for what is missing."""

    reason: ReturnReason
    note: str


@dataclass(frozen=True, slots=True)
class Resubmit(StationCommand):
    """Supply what was missing; the text itself stays."""

    supplement: str


@dataclass(frozen=True, slots=True)
class Reject(StationCommand):
    """Refuse an item that is not admissible."""

    reason: RejectReason
    note: str


@dataclass(frozen=True, slots=True)
class Transfer(StationCommand):
    """Pass an item to another channel."""

    channel: TransferChannel
    note: str


@dataclass(frozen=True, slots=True)
class Target:
    """The item that another is merged into, as it stood a moment before."""

    key: Id
    enterprise_id: Id | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class Merge(StationCommand):
    """Find an item to be the same matter of the same enterprise as an open one."""

    into: Target
    note: str


@dataclass(frozen=True, slots=True)
class Rate(StationCommand):
    """Pass on the proposer's judgement of a reply."""

    reply_no: int
    result: RatingResult
    attitude: RatingResult | None
    channel: RatingChannel
    reason: str


@dataclass(frozen=True, slots=True)
class Erase(Command):
    """Delete all words and contacts of an item; `by` is the code of who answers for it."""

    by: str
    reason: EraseReason


@dataclass(frozen=True, slots=True)
class Participant:
    """One person who took part in an activity."""

    person_id: Id
    is_deputy: bool
    is_street_rep: bool


@dataclass(frozen=True, slots=True)
class HoldActivity(StationCommand):
    """Report an activity that was held, with all who took part."""

    client_id: Id
    kind: ActivityKind
    organiser_division: str
    place_division: str
    partners: tuple[str, ...]
    first_day: date
    last_day: date
    enterprise_codes: tuple[str, ...]
    attendance: tuple[Participant, ...]

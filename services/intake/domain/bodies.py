"""The bodies stations send, and the acts they become."""

import hashlib
import re
from datetime import date
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
)
from pydantic_core import PydanticCustomError, PydanticKnownError

from services.intake.domain.commands import (
    Accept,
    HoldActivity,
    Merge,
    Participant,
    Rate,
    Reject,
    Resubmit,
    Return,
    Signer,
    Submit,
    Target,
    Transfer,
)
from services.intake.domain.contact import Contact
from shared.clean_text import CleanText
from shared.contracts.codes import (
    ActivityKind,
    Complexity,
    HandlingProfile,
    ItemType,
    RatingChannel,
    RatingResult,
    RejectReason,
    ReturnReason,
    SourceKind,
    TransferChannel,
)
from shared.contracts.envelope import Code, DivisionCode
from shared.ids import Id, derived_id

MOST_IN_A_BATCH = 200
EARLIEST_YEAR = 2000
D = TypeVar("D", bound=date)
_WRITTEN = re.compile(r"\d{4}-\d\d-\d\d")


def _own_id(value: UUID) -> UUID:
    if value.version != 7:
        raise PydanticCustomError(
            "uuid_version",
            "not a UUIDv7",
            {"zh": "编号应为UUIDv7。", "en": "The id must be a UUIDv7."},
        )
    return value


def _written_out(kind: Literal["datetime_type", "date_type"]) -> BeforeValidator:
    """Refuse a number, which the library would take for seconds since 1970."""

    def check(value: Any) -> Any:
        if not isinstance(value, str) or not _WRITTEN.match(value):
            raise PydanticKnownError(kind)
        return value

    return BeforeValidator(check)


def _in_our_time(value: D) -> D:
    """Refuse a year that can only be a slip: dates near the ends of the calendar overflow."""
    if value.year < EARLIEST_YEAR:
        raise PydanticCustomError(
            "date_too_early",
            "before our time",
            {
                "zh": f"这个日期太早，应在{EARLIEST_YEAR}年以后。",
                "en": f"This date is too early; it must be {EARLIEST_YEAR} or later.",
            },
        )
    return value


ClientId = Annotated[UUID, AfterValidator(_own_id)]
Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    CleanText,
]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), CleanText]
Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=8000),
    CleanText,
]
Instant = Annotated[AwareDatetime, _written_out("datetime_type"), AfterValidator(_in_our_time)]
Day = Annotated[date, _written_out("date_type"), AfterValidator(_in_our_time)]
CreditCode = Annotated[str, StringConstraints(min_length=1, max_length=18)]


class Body(BaseModel):
    """What a station sends; a field we do not know is refused, not dropped."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def digest(self, act: str, signer: Signer) -> str:
        """Hash the content with who sent it, so that a repeated request is known again."""
        emitted = self.__pydantic_serializer__.to_json(self, exclude_none=True)
        return hashlib.sha256(f"{act}\x1f{signer.code}\x1f".encode() + emitted).hexdigest()


class ItemBody(Body):
    """One problem or suggestion as it was raised."""

    id: ClientId
    title: Title
    body: Text
    division_code: DivisionCode
    occurred_at: Instant
    item_type: ItemType
    source_kind: SourceKind
    enterprise_code: CreditCode | None = None
    deputy_id: UUID | None = None
    confidential: bool = False
    self_interest: bool = False
    contact: Contact | None = None

    def key(self, signer: Signer) -> Id:
        """Give the item's id with us: always the same for this station and id."""
        return derived_id(self.id.bytes, "item", signer.station_code)

    def act(self, signer: Signer, contact: str = "", number: str = "", firm: str = "") -> Submit:
        """Make the act of it, with the contact sealed; its digest tells nothing of a contact."""
        proposer = self.contact.name if self.contact and self.confidential else ""
        emitted = self.__pydantic_serializer__.to_json(self, exclude={"contact"}, exclude_none=True)
        return Submit(
            self.key(signer),
            signer,
            hashlib.sha256(emitted).hexdigest(),
            self.id.bytes,
            self.title,
            self.body,
            self.division_code,
            self.occurred_at,
            self.item_type,
            self.source_kind,
            self.enterprise_code,
            self.deputy_id.bytes if self.deputy_id else None,
            self.confidential,
            self.self_interest,
            contact,
            firm,
            proposer,
            number,
        )


ITEM: TypeAdapter[ItemBody] = TypeAdapter(ItemBody)


class BatchBody(Body):
    """Up to 200 items; each is judged on its own."""

    items: Annotated[list[Any], Field(min_length=1, max_length=MOST_IN_A_BATCH)]


class AcceptBody(Body):
    """How an item is accepted; about the deputy's own firm it is never a legal suggestion."""

    profile: HandlingProfile = "station_item"
    complexity: Complexity = "normal"
    policy_codes: Annotated[tuple[Code, ...], Field(max_length=10)] = ()
    solved_on_spot: bool = False
    note: Words = ""
    occurred_at: Instant | None = None

    def act(self, key: Id, signer: Signer, number: str) -> Accept:
        """Make the act of it."""
        return Accept(
            key,
            signer,
            self.digest("accept", signer),
            number,
            self.profile,
            self.complexity,
            self.policy_codes,
            self.solved_on_spot,
            self.note,
            self.occurred_at,
        )


class ReturnBody(Body):
    """What is missing."""

    reason: ReturnReason
    note: Words = ""

    def act(self, key: Id, signer: Signer) -> Return:
        """Make the act of it."""
        return Return(key, signer, self.digest("return", signer), self.reason, self.note)


class ResubmitBody(Body):
    """What was missing."""

    supplement: Text

    def act(self, key: Id, signer: Signer) -> Resubmit:
        """Make the act of it."""
        return Resubmit(key, signer, self.digest("resubmit", signer), self.supplement)


class RejectBody(Body):
    """Why an item is not admissible."""

    reason: RejectReason
    note: Words = ""

    def act(self, key: Id, signer: Signer) -> Reject:
        """Make the act of it."""
        return Reject(key, signer, self.digest("reject", signer), self.reason, self.note)


class TransferBody(Body):
    """Which channel is there for it."""

    channel: TransferChannel
    note: Words = ""

    def act(self, key: Id, signer: Signer) -> Transfer:
        """Make the act of it."""
        return Transfer(key, signer, self.digest("transfer", signer), self.channel, self.note)


class MergeBody(Body):
    """Which item it is the same as."""

    into: UUID
    note: Words = ""

    def act(self, key: Id, signer: Signer, into: Target) -> Merge:
        """Make the act of it."""
        return Merge(key, signer, self.digest("merge", signer), into, self.note)


class RatingBody(Body):
    """What the proposer thinks of a reply."""

    reply_no: Annotated[int, Field(ge=1, le=100)]
    result: RatingResult
    attitude: RatingResult | None = None
    channel: RatingChannel = "station_app"
    reason: Words = ""

    def act(self, key: Id, signer: Signer) -> Rate:
        """Make the act of it."""
        return Rate(
            key,
            signer,
            self.digest("rating", signer),
            self.reply_no,
            self.result,
            self.attitude,
            self.channel,
            self.reason,
        )


class ParticipantBody(Body):
    """One person who took part."""

    person_id: UUID
    is_deputy: bool
    is_street_rep: bool = False


class ActivityBody(Body):
    """An activity that was held, with all who took part."""

    id: ClientId
    kind: ActivityKind
    organiser_division: DivisionCode
    place_division: DivisionCode
    partners: Annotated[tuple[DivisionCode, ...], Field(max_length=20)] = ()
    first_day: Day
    last_day: Day
    enterprises: Annotated[tuple[CreditCode, ...], Field(max_length=200)] = ()
    attendance: Annotated[tuple[ParticipantBody, ...], Field(max_length=500)] = ()

    def act(self, signer: Signer) -> HoldActivity:
        """Make the act of it."""
        return HoldActivity(
            derived_id(self.id.bytes, "activity", signer.station_code),
            signer,
            self.digest("activity", signer),
            self.id.bytes,
            self.kind,
            self.organiser_division,
            self.place_division,
            self.partners,
            self.first_day,
            self.last_day,
            self.enterprises,
            tuple(
                Participant(one.person_id.bytes, one.is_deputy, one.is_street_rep)
                for one in self.attendance
            ),
        )

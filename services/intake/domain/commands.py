"""Commands of stations and operators; a station's command carries the body it was sent with."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError, PydanticKnownError

from services.intake.domain.asker import Asker, Station
from services.intake.domain.contact import Contact
from services.intake.domain.listed import ListedCodes
from shared.contracts import codes, dates
from shared.contracts.envelope import DivisionCode
from shared.contracts.router import parse_basis
from shared.ids import Id, derived_id
from shared.messaging.subject import Command
from shared.rights import Action
from shared.text import CleanText, Number, Truth

MAX_BATCH, MAX_CO_PROPOSERS = 200, 20
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def _own_id(value: UUID) -> UUID:
    if value.version != 7:
        raise PydanticCustomError(
            "uuid_version",
            "not a UUIDv7",
            {"zh": "编号应为UUIDv7。", "en": "The id must be a UUIDv7."},
        )
    return value


def _iso_only(kind: Literal["datetime_type", "date_type"]) -> BeforeValidator:
    """Refuse a number, which pydantic would read as seconds since 1970."""

    def check(value: Any) -> Any:
        if not isinstance(value, str) or not _ISO_DAY.match(value):
            raise PydanticKnownError(kind)
        return value

    return BeforeValidator(check)


ClientId = Annotated[UUID, AfterValidator(_own_id)]
Title = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), CleanText
]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), CleanText]
Reference = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100), CleanText]
Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8000), CleanText
]
Mask = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"[^\W_]", max_length=100), CleanText
]
"""Words with at least one letter or digit: only these are compared."""
Instant = Annotated[dates.Instant, _iso_only("datetime_type")]
Day = Annotated[dates.Day, _iso_only("date_type")]
CreditCode = Annotated[str, StringConstraints(min_length=1, max_length=18)]


class Body(BaseModel):
    """Base of the bodies that are sent to intake; an unknown field is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NamedProposer(NamedTuple):
    """A proposer as a body names it: by credit code, by person, by both or by neither."""

    enterprise_code: str | None
    person_id: Id | None
    contact: Contact | None


class CoProposerBody(Body):
    """Another proposer of an item: an enterprise, or a deputy or street representative."""

    enterprise_code: CreditCode | None = None
    person_id: UUID | None = None
    contact: Contact | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.enterprise_code is None) == (self.person_id is None):
            raise PydanticCustomError(
                "one_proposer",
                "no single proposer",
                {
                    "zh": "请填enterprise_code或person_id其中一项。",
                    "en": "Give either enterprise_code or person_id.",
                },
            )
        return self

    @property
    def named(self) -> NamedProposer:
        person = self.person_id.bytes if self.person_id else None
        return NamedProposer(self.enterprise_code, person, self.contact)


class ItemBody(Body):
    """One problem or suggestion as it was raised.

    Its first proposer is named by `enterprise_code`, `deputy_id` and `contact`.
    `entered_by_proxy`: staff of the station entered it for them. `date_confirmed`: a date far in
    the past was checked and is correct.
    """

    id: ClientId
    title: Title
    body: Text
    division_code: DivisionCode
    occurred_at: Instant
    item_type: codes.ItemType
    source_kind: codes.SourceKind
    enterprise_code: CreditCode | None = None
    deputy_id: UUID | None = None
    policy_codes: ListedCodes = ()
    confidential: Truth = False
    self_interest: Truth = False
    contact: Contact | None = None
    entered_by_proxy: Truth = False
    co_proposers: Annotated[tuple[CoProposerBody, ...], Field(max_length=MAX_CO_PROPOSERS)] = ()
    date_confirmed: Truth = False

    @property
    def named(self) -> tuple[NamedProposer, ...]:
        """All proposers, the first one first."""
        deputy = self.deputy_id.bytes if self.deputy_id else None
        first = NamedProposer(self.enterprise_code, deputy, self.contact)
        return first, *(one.named for one in self.co_proposers)

    def key(self, station: Station) -> Id:
        """Derive the item's id, always the same for this station and client id."""
        return derived_id(self.id.bytes, "item", station.code)


class BatchBody(Body):
    """Up to 200 items; each is accepted or refused on its own."""

    items: Annotated[list[Any], Field(min_length=1, max_length=MAX_BATCH)]


class Basis(Body):
    """The version that an act rests on: how many events its subject had."""

    seq: Annotated[Number, Field(ge=0)]


class ItemBasis(Basis):
    """The version of an item that an act rests on, as the item's view names it."""

    topic: Literal["intake.item.v1"]


class ActBody(Body):
    """Base of the acts on an item.

    An act that carries its `basis` is refused when the item has changed since, and done anew even
    if one with the same content was done before.
    """

    basis: Annotated[ItemBasis | None, BeforeValidator(parse_basis)] = None


class MaskBody(Body):
    """Words to mask in what leaves intake, in addition to what is masked anyway."""

    mask: Annotated[tuple[Mask, ...], Field(max_length=50)] = ()


class ReleaseBody(ActBody, MaskBody):
    """With this act the words of a confidential item leave intake.

    `name_unknown_confirmed`: the head has read the preview, and the words do not name the
    enterprise, whose name is not known.
    """

    name_unknown_confirmed: Truth = False


class AcceptBody(ReleaseBody):
    """How an item is accepted; `occurred_at` when the decision was taken on paper.

    About the deputy's own firm it is never a legal suggestion. What was solved on the spot was
    `solved_by` a unit or the station itself, and `proposer_agrees` that it is. `policy_codes`
    replace those that the item was submitted with, which stay without.
    """

    profile: codes.HandlingProfile = "station_item"
    complexity: codes.Complexity = "normal"
    policy_codes: ListedCodes | None = None
    solved_on_spot: Truth = False
    solved_by: UUID | None = None
    proposer_agrees: Truth = False
    note: Note = ""
    occurred_at: Instant | None = None


class ReturnBody(ActBody):
    reason: codes.ReturnReason
    note: Note = ""


class ResubmitBody(ActBody):
    """The supplement; the text of the item stays as it is."""

    supplement: Text


class RejectBody(ActBody):
    reason: codes.RejectReason
    note: Note = ""


class TransferBody(ActBody):
    """The channel that is responsible instead, and the item's number there, if it is known."""

    channel: codes.TransferChannel
    other_channel_ref: Reference = ""
    note: Note = ""


class MergeBody(ReleaseBody):
    """The item that this one duplicates.

    `same_firm`: where no register names the enterprise, the head knows that it is the same.
    """

    into: UUID
    same_firm: Truth = False
    note: Note = ""


@dataclass(frozen=True, slots=True)
class StationCommand(Command):
    """A command of a station or of somebody there; `action` is the right it needs."""

    action: ClassVar[Action]
    asker: Asker
    body: Body

    @property
    def by(self) -> str:
        """The code of who is responsible."""
        return self.asker.code

    @property
    def basis(self) -> Basis | None:
        """The version of its subject that it rests on."""
        return self.body.basis if isinstance(self.body, ActBody) else None

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of command, asker and body, by which a repeated command is recognised.

        Without defaults: a field added later leaves the digest of earlier commands as it was.
        """
        content = self.body.model_dump_json(exclude={"date_confirmed"}, exclude_defaults=True)
        text = f"{type(self).__name__}\x1f{self.asker.identity}\x1f{content}"
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Submit(StationCommand):
    """Submit an item at a station; with a `number` it is accepted at once (benchmarks only).

    `sealed` are the contacts of its proposers, empty where there is none. `firms` are the names of
    registered enterprises by credit code, set for confidential items only. `masks` are words that
    do not leave with its text while its source is hidden.
    """

    action = Action.ITEM_SUBMIT
    body: ItemBody
    station: Station
    sealed: tuple[str, ...]
    firms: Mapping[str, str] = field(repr=False)
    number: str = ""
    masks: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the content, whoever of the station sends it; without the contacts."""
        others = {"__all__": {"contact"}}
        content = self.body.model_dump_json(
            exclude={"contact": True, "date_confirmed": True, "co_proposers": others},
            exclude_defaults=True,
        )
        return hashlib.sha256(content.encode()).hexdigest()

    def firm(self, named: NamedProposer) -> str:
        """The registered name of a proposer's enterprise; empty unless the item hides it."""
        return self.firms.get(named.enterprise_code or "", "")


@dataclass(frozen=True, slots=True)
class Accept(StationCommand):
    """Accept an item under a `number` drawn for it."""

    action = Action.ITEM_ACCEPT
    body: AcceptBody
    number: str = ""


@dataclass(frozen=True, slots=True)
class Return(StationCommand):
    action = Action.ITEM_RETURN
    body: ReturnBody


@dataclass(frozen=True, slots=True)
class Resubmit(StationCommand):
    action = Action.ITEM_RESUBMIT
    body: ResubmitBody


@dataclass(frozen=True, slots=True)
class Reject(StationCommand):
    action = Action.ITEM_REJECT
    body: RejectBody


@dataclass(frozen=True, slots=True)
class Transfer(StationCommand):
    action = Action.ITEM_TRANSFER
    body: TransferBody


@dataclass(frozen=True, slots=True)
class Merge(StationCommand):
    """Merge an item into an open one about the same matter."""

    action = Action.ITEM_MERGE
    body: MergeBody

    @property
    def into(self) -> Id:
        return self.body.into.bytes


@dataclass(frozen=True, slots=True)
class Erase(Command):
    """Delete all text and the contacts of an item; `by` refers to who is responsible."""

    by: str
    reason: codes.EraseReason

"""Events of the router: dispatches, the texts of their reasons, and the directory."""

from datetime import timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.calendar import Limit
from shared.contracts.codes import (
    ClockKind,
    Complexity,
    HandlingProfile,
    Level,
    OrganKind,
    Role,
    TaskRole,
)
from shared.contracts.dates import Day, Instant
from shared.contracts.envelope import Code, DivisionCode, Event, FrozenModel, Key
from shared.contracts.lists import (
    DirectoryFunction,
    DirectoryGroup,
    DirectoryPolicy,
    DirectoryTheme,
)
from shared.text import Number

Thumbprint = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""Key id (RFC 7638, base64url): unlike a code, it may begin with a dash or an underscore."""


DivisionLevel = Literal["province", "city", "county", "township", "functional_area"]


class TaskGiven(FrozenModel):
    """One unit's part of a dispatch."""

    task_id: Key
    unit_id: Key
    role: TaskRole
    external: bool = False


class ClockLimit(FrozenModel):
    """The length of one clock that a dispatch sets."""

    clock: ClockKind
    limit: Limit


class Basis(FrozenModel):
    """The position in the holder's topic a decision was based on; a stale one is refused."""

    topic: Code
    seq: Number = Field(ge=1)


def parse_basis(value: object) -> object:
    """Split topic and number; an empty text is none, anything but text is left as it is."""
    if not isinstance(value, str):
        return value
    topic, _, seq = value.rpartition(":")
    return {"topic": topic, "seq": seq} if value else None


class ItemMatched(Event):
    """The matter that the text suggests and the level that decides on it, until a dispatch.

    It is emitted again when the suggestion changes; both are empty when there is none any more.
    """

    type: ClassVar[str] = "item.matched"
    matter_code: Code | None = None
    level: Level | None = None


class ItemEscalated(Event):
    """The item moved up exactly one level; county to city counts in C5."""

    type: ClassVar[str] = "item.escalated"
    from_level: Level
    to_level: Level
    organ_id: Key
    reason: Code


class ItemDispatched(Event):
    """Assigned to one lead with co-handlers, or to separate units; the tracker becomes the holder.

    `limits` fixes the clocks of these tasks for good. `automatic`: no person confirmed it. `basis`
    is set after an objection. `replaces` is set when a single task of an open case goes to another
    unit: the other tasks continue and the tracker remains the holder.
    """

    type: ClassVar[str] = "item.dispatched"
    dispatch_no: int = Field(ge=1)
    tasks: tuple[TaskGiven, ...] = Field(min_length=1)
    limits: tuple[ClockLimit, ...]
    profile: HandlingProfile
    complexity: Complexity
    dispatcher_organ: Key
    owner_level: Level
    matter_code: Code
    reason: Code
    rule_id: Code
    automatic: bool = False
    replaces: Key | None = None
    basis: Basis | None = None


class ObjectionRefused(Event):
    """The objection was refused: the unit must handle the task; its reply clock never stopped
    (浙江省代表建议办理规定 2016 §14)."""

    type: ClassVar[str] = "item.objection_refused"
    task_id: Key
    reason: Code
    basis: Basis | None = None


class AssignmentRehomed(Event):
    """A unit was abolished and another takes over its task; no clock restarts.

    The dispatch stays the same. `actor` is whoever recorded the abolition, or the dispatcher who
    chose the new unit.
    """

    type: ClassVar[str] = "assignment.rehomed"
    task_id: Key
    from_unit: Key
    to_unit: Key
    reason: Code


class ReasonWords(FrozenModel):
    """The reason for one dispatch or decision, as shown on pages."""

    dispatch_no: int
    zh: str
    en: str
    note: str = ""
    confirmed_by: Key | None = None


class AssignmentText(Event):
    """All texts the router holds about an item."""

    type: ClassVar[str] = "assignment.text"
    reasons: tuple[ReasonWords, ...] = ()


class Grant(FrozenModel):
    """A role held in an organ, a unit, a station or a division for a period."""

    role: Role
    organ_id: Key | None = None
    unit_id: Key | None = None
    station_id: Key | None = None
    division_code: DivisionCode
    valid_from: Day
    valid_to: Day | None = None


class StandIn(FrozenModel):
    """A period in which a person stands in for another (代理) and has that person's rights."""

    person_id: Key
    valid_from: Day
    valid_to: Day | None = None


class Mandate(FrozenModel):
    """A mandate in the congress of one level and division."""

    level: Level
    division_code: DivisionCode


class DirectoryLevel(Event):
    """The local name of a level, such as 区级 or 街区级."""

    type: ClassVar[str] = "directory.level"
    level: DivisionLevel
    name_zh: str
    name_en: str


class FormerName(FrozenModel):
    """The name of an entry until a moment; of a unit the short name."""

    name: str
    until: Instant


class DirectoryDivision(Event):
    """A division of the tree; an abolished one names its successor."""

    type: ClassVar[str] = "directory.division"
    name: str
    level: DivisionLevel
    parent_code: DivisionCode | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None
    successor_code: DivisionCode | None = None
    end_reason: str = ""
    former_names: tuple[FormerName, ...] = ()


class DirectoryOrgan(Event):
    """An organ of a congress; the one committee office of each division dispatches items.

    Its `code` identifies it within the division.
    """

    type: ClassVar[str] = "directory.organ"
    name: str
    level: Level
    kind: OrganKind = "committee_office"
    code: Code = "committee_office"
    valid_to: Day | None = None
    end_reason: str = ""
    former_names: tuple[FormerName, ...] = ()


class DirectoryUnit(Event):
    """A handling unit. If it has no successor when abolished, its open tasks are reassigned."""

    type: ClassVar[str] = "directory.unit"
    name: str
    short_name: str
    kind_code: Code
    level: Level
    vertical: bool = False
    external: bool = False
    valid_to: Day | None = None
    successor_id: Key | None = None
    end_reason: str = ""
    former_names: tuple[FormerName, ...] = ()


class DirectoryStation(Event):
    """A station or one of its sub-points; after its last day it accepts nothing new."""

    type: ClassVar[str] = "directory.station"
    code: Code
    name: str
    parent_id: Key | None = None
    valid_to: Day | None = None
    successor_id: Key | None = None
    end_reason: str = ""
    former_names: tuple[FormerName, ...] = ()


class DirectoryPerson(Event):
    """A person: deputy, street representative, station staff or officer.

    `code` identifies a person in tables. A leadership deputy (领导干部代表) has a contact person;
    deputies and street representatives are attached to a station.
    """

    type: ClassVar[str] = "directory.person"
    code: Code | None = None
    name: str
    mandates: tuple[Mandate, ...] = ()
    grants: tuple[Grant, ...] = ()
    stands_in_for: tuple[StandIn, ...] = ()
    is_street_rep: bool = False
    is_leadership: bool = False
    liaison_id: Key | None = None
    station_id: Key | None = None
    former_names: tuple[FormerName, ...] = ()


class DirectoryMatter(Event):
    """One row of the matter table.

    `auto_dispatch`: the router dispatches without a person's confirmation what it is sure of;
    `actor` switched that, for `auto_dispatch_reason`.
    """

    type: ClassVar[str] = "directory.matter"
    code: Code
    name_zh: str
    name_en: str
    parent: Code
    authority_level: Literal["township", "county", "city", "province", "national"]
    lead_kind: Code
    co_kinds: tuple[Code, ...] = ()
    seed_words: tuple[str, ...] = ()
    policy_codes: tuple[Code, ...] = ()
    urgent: bool = False
    limit_wd: int = 15
    auto_dispatch: bool = False
    auto_dispatch_reason: str = ""


class DirectoryCalendarDay(Event):
    """An override of one calendar day, which takes precedence over the library's data."""

    type: ClassVar[str] = "directory.calendar_day"
    day: Day
    is_workday: bool
    note: str = ""


class DirectorySessionKey(Event):
    """A public key for verifying session tokens (Ed25519, PEM); two may be active."""

    type: ClassVar[str] = "directory.session_key"
    kid: Thumbprint
    public_pem: str
    retired: bool = False


TOKEN_LIVES = timedelta(minutes=15)
"""Lifetime of a session token; services do not ask the router while it is valid."""


class EndedSession(FrozenModel):
    """A session that was ended before its token expired."""

    sid: Key
    ended_at: Instant


class DirectoryEndedSessions(Event):
    """Sessions of a person that are no longer valid: those listed, and all begun until `before`.

    Sessions that ended longer ago than a token's lifetime are left out.
    """

    type: ClassVar[str] = "directory.ended_sessions"
    person_id: Key
    before: Instant | None = None
    sessions: tuple[EndedSession, ...] = ()


AccountAct = Literal["open", "reset", "unlock", "remove_totp", "end_sessions"]
"""An account was opened, its password replaced by a one-time password, it was unlocked, its second
factor removed, or all sessions of its person were ended."""


class DirectoryAccount(Event):
    """An administrator's latest action on a person's account; contains no credentials.

    `places` are the divisions that the administrator managed; earlier events, which have none,
    count as of the person's division.
    """

    type: ClassVar[str] = "directory.account"
    person_id: Key
    act: AccountAct
    acted_at: Instant
    places: tuple[DivisionCode, ...] = ()


RouterAssignment = (
    ItemMatched | ItemEscalated | ItemDispatched | ObjectionRefused | AssignmentRehomed
)
RouterDirectory = (
    DirectoryLevel
    | DirectoryDivision
    | DirectoryOrgan
    | DirectoryUnit
    | DirectoryStation
    | DirectoryPerson
    | DirectoryMatter
    | DirectoryPolicy
    | DirectoryTheme
    | DirectoryFunction
    | DirectoryGroup
    | DirectoryCalendarDay
    | DirectorySessionKey
    | DirectoryEndedSessions
    | DirectoryAccount
)

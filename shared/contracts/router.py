"""Events of the router: dispatches, the texts of their reasons, and the directory."""

from datetime import date, timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from shared.calendar import Limit
from shared.contracts.codes import ClockKind, Complexity, HandlingProfile, Level, Role, TaskRole
from shared.contracts.envelope import Code, DivisionCode, Event, FrozenModel, Key

Thumbprint = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""A key's id (RFC 7638, base64url): unlike a code it may begin with a dash or an underscore."""


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
    """Last position of the holder's topic the decider had seen; the holder refuses an older one."""

    topic: Code
    seq: int = Field(ge=1)


def parse_basis(value: object) -> object:
    """Split topic and number; an empty text is none, anything but text is left as it is."""
    if not isinstance(value, str):
        return value
    topic, _, seq = value.rpartition(":")
    return {"topic": topic, "seq": seq} if value else None


class ItemEscalated(Event):
    """Moved up exactly one level; county to city counts in C5."""

    type: ClassVar[str] = "item.escalated"
    from_level: Level
    to_level: Level
    organ_id: Key
    reason: Code


class ItemDispatched(Event):
    """Given to 1 lead with co-handlers, or to several separate units; the tracker takes the baton.

    `limits` fixes the clocks of these tasks for good. `automatic` says that no person confirmed.
    After an objection `basis` is what the decider had seen. `replaces` is set when only that task
    of an open case is given to another unit: its other tasks run on, the tracker keeps the baton.
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
    """The unit must handle; its reply clock never stopped (浙江省代表建议办理规定 2016 §14)."""

    type: ClassVar[str] = "item.objection_refused"
    task_id: Key
    reason: Code
    basis: Basis | None = None


class AssignmentRehomed(Event):
    """A unit was abolished and another takes its task as it stands: no clock starts anew.

    The dispatch stays the same. `actor` is who entered the end of the unit, or the dispatcher who
    chose where the task goes.
    """

    type: ClassVar[str] = "assignment.rehomed"
    task_id: Key
    from_unit: Key
    to_unit: Key
    reason: Code


class ReasonWords(FrozenModel):
    """Why one dispatch or decision was made, as the page shows it."""

    dispatch_no: int
    zh: str
    en: str
    note: str = ""
    confirmed_by: Key | None = None


class AssignmentText(Event):
    """All words the router has about an item."""

    type: ClassVar[str] = "assignment.text"
    reasons: tuple[ReasonWords, ...] = ()


class Grant(FrozenModel):
    """One right: a role in an organ, a unit, a station or a division, for a time."""

    role: Role
    organ_id: Key | None = None
    unit_id: Key | None = None
    station_id: Key | None = None
    division_code: DivisionCode
    valid_from: date
    valid_to: date | None = None


class StandIn(FrozenModel):
    """For how long somebody stands in (代理) for another person and holds that person's rights."""

    person_id: Key
    valid_from: date
    valid_to: date | None = None


class Mandate(FrozenModel):
    """A seat in the congress of one level and division."""

    level: Level
    division_code: DivisionCode


class DirectoryLevel(Event):
    """The local name for divisions of a level, such as 区级 or 街区级."""

    type: ClassVar[str] = "directory.level"
    level: DivisionLevel
    name_zh: str
    name_en: str


class DirectoryDivision(Event):
    """A division of the tree; one that ended names the division it went into."""

    type: ClassVar[str] = "directory.division"
    name: str
    level: DivisionLevel
    parent_code: DivisionCode | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    successor_code: DivisionCode | None = None
    end_reason: str = ""


class DirectoryOrgan(Event):
    """The organ of a congress that gives items out: one for each division."""

    type: ClassVar[str] = "directory.organ"
    name: str
    level: Level


class DirectoryUnit(Event):
    """An office that handles items; without a successor its open tasks go to the dispatchers."""

    type: ClassVar[str] = "directory.unit"
    name: str
    short_name: str
    kind_code: Code
    level: Level
    vertical: bool = False
    external: bool = False
    valid_to: date | None = None
    successor_id: Key | None = None
    end_reason: str = ""


class DirectoryStation(Event):
    """A station or a sub-point of one; after its last day it takes nothing new in."""

    type: ClassVar[str] = "directory.station"
    code: Code
    name: str
    parent_id: Key | None = None
    valid_to: date | None = None
    successor_id: Key | None = None
    end_reason: str = ""


class DirectoryPerson(Event):
    """A person: deputy, street representative, station staff or officer.

    `code` is how tables name a person. A leadership deputy (领导干部代表) has a liaison person;
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


class DirectoryMatter(Event):
    """One subject of the matter table."""

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


class DirectoryCalendarDay(Event):
    """An operator's word on one day, stronger than the library's."""

    type: ClassVar[str] = "directory.calendar_day"
    day: date
    is_workday: bool
    note: str = ""


class DirectorySessionKey(Event):
    """A public key that session tokens may be signed with (Ed25519, PEM); two may be live."""

    type: ClassVar[str] = "directory.session_key"
    kid: Thumbprint
    public_pem: str
    retired: bool = False


TOKEN_LIVES = timedelta(minutes=15)
"""How long a service believes a session's token without asking."""


class EndedSession(FrozenModel):
    """One session that was ended; its token may still run for a while."""

    sid: Key
    ended_at: AwareDatetime


class DirectoryEndedSessions(Event):
    """Sessions of a person nobody may believe any more: those named, and all begun by `before`.

    What ended longer ago than a token lives is left out.
    """

    type: ClassVar[str] = "directory.ended_sessions"
    person_id: Key
    before: AwareDatetime | None = None
    sessions: tuple[EndedSession, ...] = ()


AccountAct = Literal["open", "reset", "unlock", "remove_totp", "end_sessions"]
"""An account was made, its password replaced by a one-time one, its lock opened, its second factor
removed; all sessions of its person were ended."""


class DirectoryAccount(Event):
    """The last act of an administrator on a person's sign-in; it carries no secret."""

    type: ClassVar[str] = "directory.account"
    person_id: Key
    act: AccountAct
    acted_at: AwareDatetime


RouterAssignment = ItemEscalated | ItemDispatched | ObjectionRefused | AssignmentRehomed
RouterDirectory = (
    DirectoryLevel
    | DirectoryDivision
    | DirectoryOrgan
    | DirectoryUnit
    | DirectoryStation
    | DirectoryPerson
    | DirectoryMatter
    | DirectoryCalendarDay
    | DirectorySessionKey
    | DirectoryEndedSessions
    | DirectoryAccount
)

"""Commands on activities: plan, change, hold, cancel, confirm who came or take that back, note."""

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints

from services.intake.domain.asker import Organiser
from services.intake.domain.commands import (
    Basis,
    Body,
    ClientId,
    CreditCode,
    Day,
    Note,
    StationCommand,
)
from services.intake.domain.listed import ListedCodes
from shared.contracts import codes
from shared.contracts.envelope import DivisionCode
from shared.contracts.router import parse_basis
from shared.ids import Id, derived_id
from shared.messaging.subject import Command
from shared.rights import Action
from shared.text import CleanText, Truth

MAX_FIRMS, MAX_PARTNERS, MAX_PEOPLE = 200, 20, 500
TraderName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), CleanText
]
"""The name of a small trader (个体户) that has no credit code."""
Why = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), CleanText
]


VisitWhy = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500), CleanText]


class ParticipantBody(Body):
    """A participant. The directory decides in which capacity; a body that differs is refused."""

    person_id: UUID
    is_deputy: Truth | None = None
    is_street_rep: Truth | None = None


Attendance = Annotated[tuple[ParticipantBody, ...], Field(max_length=MAX_PEOPLE)]


class PlanBody(Body):
    """Days, place, enterprises and people of an activity.

    Of a planned one `attendance` is who is expected. Enterprises are named by credit code,
    `traders` without one by name. `theme_codes`, `function_codes` and `group_codes` name the
    activity's themes, the functions of the station it serves and the deputies' groups that take
    part, by the codes of the directory's lists. `visit_reason`: why enterprises are visited again
    so soon. `date_confirmed`: a date far in the past was checked and is correct.
    """

    kind: codes.ActivityKind
    place_division: DivisionCode
    partners: Annotated[tuple[DivisionCode, ...], Field(max_length=MAX_PARTNERS)] = ()
    first_day: Day
    last_day: Day
    enterprises: Annotated[tuple[CreditCode, ...], Field(max_length=MAX_FIRMS)] = ()
    traders: Annotated[tuple[TraderName, ...], Field(max_length=MAX_FIRMS)] = ()
    attendance: Attendance = ()
    theme_codes: ListedCodes = ()
    function_codes: ListedCodes = ()
    group_codes: ListedCodes = ()
    visit_reason: VisitWhy = ""
    date_confirmed: Truth = False


class ActivityBody(PlanBody):
    """An activity of a station or an organ: one planned, or one that was held, with who came."""

    id: ClientId
    organiser_division: DivisionCode | None = None
    notes: Note = ""

    def key(self, organiser: Organiser) -> Id:
        """Derive the activity's id, always the same for this organiser and client id."""
        return derived_id(self.id.bytes, "activity", organiser.code)


class ActivityBasis(Basis):
    """The version of an activity that an act rests on, as the activity's view names it."""

    topic: Literal["intake.activity.v1"]


class ActivityActBody(Body):
    """Base of the acts on an activity: with a `basis`, refused when it has changed since."""

    basis: Annotated[ActivityBasis | None, BeforeValidator(parse_basis)] = None


class ChangeBody(PlanBody, ActivityActBody):
    """The whole plan as it is to be; notes are written apart."""


class HoldBody(ActivityActBody):
    """A planned activity was held; on the planned days unless others are given."""

    first_day: Day | None = None
    last_day: Day | None = None
    attendance: Attendance = ()
    date_confirmed: Truth = False


class CancelBody(ActivityActBody):
    reason: Why


class ConfirmBody(ActivityActBody):
    """`attendance` adds to those who were confirmed before."""

    attendance: Annotated[tuple[ParticipantBody, ...], Field(min_length=1, max_length=MAX_PEOPLE)]


class RevokeBody(ActivityActBody):
    """`people` stayed away after all, for this reason."""

    people: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=MAX_PEOPLE)]
    reason: Why


class AnswerBody(ActivityActBody):
    """Whether somebody who is expected comes; if not, maybe why."""

    coming: Truth
    reason: VisitWhy = ""


class NotesBody(ActivityActBody):
    """Notes of the station's or organ's own, in place of earlier ones."""

    notes: Note = ""


@dataclass(frozen=True, slots=True)
class NewActivity(StationCommand):
    """An activity that is not known yet.

    `recent_visits` of its enterprises were found; of one that was held, only those that may be the
    same, recorded by a partner.
    """

    action = Action.ACTIVITY_HOLD
    body: ActivityBody
    organiser: Organiser
    recent_visits: int = 0


@dataclass(frozen=True, slots=True)
class PlanActivity(NewActivity):
    """It counts once it was held."""


@dataclass(frozen=True, slots=True)
class RecordActivity(NewActivity):
    """Record an activity that was held without having been planned here."""


@dataclass(frozen=True, slots=True)
class EraseActivity(Command):
    """Delete what an activity keeps of an enterprise or a person, or all if `of` is its own id."""

    of: Id
    by: str
    reason: codes.EraseReason


@dataclass(frozen=True, slots=True)
class ActivityAct(StationCommand):
    """An act on an activity that is known."""

    action = Action.ACTIVITY_HOLD
    body: ActivityActBody

    @property
    def basis(self) -> Basis | None:
        return self.body.basis


@dataclass(frozen=True, slots=True)
class ChangeActivity(ActivityAct):
    """Change a planned activity; `recent_visits` of its enterprises were found.

    Who answered for other days is asked again.
    """

    body: ChangeBody
    recent_visits: int = 0


@dataclass(frozen=True, slots=True)
class HoldActivity(ActivityAct):
    """Record that a planned activity was held."""

    body: HoldBody


@dataclass(frozen=True, slots=True)
class CancelActivity(ActivityAct):
    """Cancel a planned activity, or take back one that was held, with all who came."""

    body: CancelBody


@dataclass(frozen=True, slots=True)
class ConfirmAttendance(ActivityAct):
    body: ConfirmBody


@dataclass(frozen=True, slots=True)
class RevokeAttendance(ActivityAct):
    body: RevokeBody


@dataclass(frozen=True, slots=True)
class NoteActivity(ActivityAct):
    body: NotesBody


@dataclass(frozen=True, slots=True)
class AnswerInvitation(ActivityAct):
    """Answer whether one comes, as somebody who is expected; the last answer holds."""

    action = Action.ACTIVITY_ANSWER
    body: AnswerBody

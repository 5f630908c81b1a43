"""JSON interface of activities: for keys of stations, and people at stations and organs."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict

from services.intake.actions.activities import ActivityActions, Burden, FoundVisit
from services.intake.actions.activity_specs import ACTIVITY_ACTS
from services.intake.api import CREATED, OK, Answer, CurrentAsker
from services.intake.domain.activity import firms_of_names
from services.intake.domain.activity_commands import (
    MAX_FIRMS,
    ActivityBasis,
    ActivityBody,
    TraderName,
)
from services.intake.domain.activity_refusals import require_day_order
from services.intake.domain.asker import Asker, Organiser
from services.intake.domain.commands import CreditCode
from services.intake.domain.model import Activity, ActivityState
from shared.contracts.codes import ActivityKind
from shared.contracts.dates import FIRST_DAY, LAST_DAY, Day
from shared.contracts.envelope import DivisionCode
from shared.contracts.topics import INTAKE_ACTIVITY
from shared.ids import Id, to_text
from shared.messaging.subject import Applied
from shared.rights import Action
from shared.web.act_spec import Target, add_endpoint
from shared.web.actor import requires

_STATION = "Code of the station, needed by a person with roles at several places."
_ORGAN = "Id of the organ, needed by a person with roles at several places."


class ParticipantView(BaseModel):
    """Somebody who came, as what the directory had them."""

    model_config = ConfigDict(frozen=True)

    person_id: str
    is_deputy: bool
    is_street_rep: bool


class ActivityView(BaseModel):
    """An activity of the asker's stations and organs; an act on it rests on its `basis`.

    `expected` were to take part when it was planned, `attendance` came.
    """

    model_config = ConfigDict(frozen=True)

    activity_id: str
    basis: ActivityBasis
    id: str | None
    state: str
    kind: ActivityKind | Literal[""]
    station_id: str | None
    organ_id: str | None
    organiser_division: str
    place_division: str
    partners: tuple[str, ...]
    first_day: date | None
    last_day: date | None
    enterprises: tuple[str, ...]
    traders: tuple[str, ...]
    theme_codes: tuple[str, ...]
    function_codes: tuple[str, ...]
    group_codes: tuple[str, ...]
    expected: list[str]
    attendance: list[ParticipantView]
    notes: str
    visit_reason: str
    cancel_reason: str


class ActivityAnswer(BaseModel):
    """An activity as it is now."""

    model_config = ConfigDict(frozen=True)

    activity_id: str
    state: ActivityState
    basis: ActivityBasis


class ActivityActAnswer(ActivityAnswer):
    """An activity after an act; `seen` as of an item."""

    seen: str | None


_REPEATED: dict[int | str, dict[str, Any]] = {
    OK: {"description": "Already received", "model": ActivityAnswer}
}


class VisitView(BaseModel):
    """Another visit: when and of which station or organ, never who took part.

    `notes` and `activity_id` only where the asker may read that activity.
    """

    model_config = ConfigDict(frozen=True)

    state: str
    organiser: str
    first_day: date
    last_day: date
    enterprise_ids: list[str]
    activity_id: str | None
    notes: str


class BurdenView(BaseModel):
    """Visits within `recent_days` before and after, and how many activities the week has there."""

    model_config = ConfigDict(frozen=True)

    recent_days: int
    visits: list[VisitView]
    week_start: date
    week_end: date
    in_week: int


def activity_routes(actions: ActivityActions, asker: CurrentAsker) -> APIRouter:
    """All endpoints below `/v1/activities`."""
    api = APIRouter(prefix="/v1/activities", route_class=asker.route)
    _add_entering(api, actions, asker)
    _add_reading(api, actions, asker)

    async def perform(command: Any, _asker: Asker) -> ActivityActAnswer:
        applied = await actions.act(command)
        return ActivityActAnswer(**_answer(applied), seen=applied.seen or None)

    for spec in ACTIVITY_ACTS:
        add_endpoint(api, "/{activity_id}", spec, _target, asker, perform)
    return api


def _target(activity_id: UUID) -> Target:
    return (activity_id.bytes,)


def _add_entering(api: APIRouter, actions: ActivityActions, asker: CurrentAsker) -> None:
    def organiser(
        by: Annotated[Asker, Depends(asker)],
        station: Annotated[str | None, Query(max_length=40, description=_STATION)] = None,
        organ: Annotated[UUID | None, Query(description=_ORGAN)] = None,
    ) -> Organiser:
        return actions.organiser(by, station, organ.bytes if organ else None)

    @api.post("", status_code=CREATED, response_model=ActivityAnswer, responses=_REPEATED)
    @requires(Action.ACTIVITY_HOLD)
    async def record(
        by: Annotated[Asker, Depends(asker)],
        organiser: Annotated[Organiser, Depends(organiser)],
        body: ActivityBody,
        response: Response,
    ) -> Answer:
        """Record an activity that was held: 201 if created, 200 if already received."""
        applied = await actions.record(by, organiser, body)
        response.status_code = CREATED if applied.emitted else OK
        return _answer(applied)

    @api.post("/plan", status_code=CREATED, response_model=ActivityAnswer, responses=_REPEATED)
    @requires(Action.ACTIVITY_HOLD)
    async def plan(
        by: Annotated[Asker, Depends(asker)],
        organiser: Annotated[Organiser, Depends(organiser)],
        body: ActivityBody,
        response: Response,
    ) -> Answer:
        """Plan an activity: 201 if created, 200 if already received.

        409 `visited_recently` until a `visit_reason` is given, if its enterprises were visited.
        """
        applied = await actions.plan(by, organiser, body)
        response.status_code = CREATED if applied.emitted else OK
        return _answer(applied)


def _add_reading(api: APIRouter, actions: ActivityActions, asker: CurrentAsker) -> None:
    @api.get("")
    @requires(Action.ACTIVITY_READ)
    async def list_activities(
        by: Annotated[Asker, Depends(asker)],
        state: ActivityState | None = None,
        first_day: Day = FIRST_DAY,
        last_day: Day = LAST_DAY,
    ) -> dict[str, list[ActivityView]]:
        """List the activities of the asker's stations and organs on these days, latest first."""
        found = await actions.list_between(by, state or "", first_day, last_day)
        return {"activities": [_view(one) for one in found]}

    @api.get("/visits")
    @requires(Action.ACTIVITY_HOLD)
    async def look_up(
        by: Annotated[Asker, Depends(asker)],
        place_division: DivisionCode,
        first_day: Day,
        last_day: Day | None = None,
        enterprise: Annotated[list[CreditCode], Query(max_length=MAX_FIRMS)] = [],  # noqa: B006
        trader: Annotated[list[TraderName], Query(max_length=MAX_FIRMS)] = [],  # noqa: B006
    ) -> BurdenView:
        """Show who visits these enterprises around these days, and how full the week is."""
        last = require_day_order(first_day, last_day or first_day)
        firms = firms_of_names(enterprise, trader, place_division)
        return _burden(await actions.look_up(by, firms, place_division, first_day, last))

    @api.get("/{activity_id}")
    @requires(Action.ACTIVITY_READ)
    async def show(activity_id: UUID, by: Annotated[Asker, Depends(asker)]) -> ActivityView:
        """Show an activity."""
        return _view(await actions.find(by, activity_id.bytes))


def _answer(applied: Applied[Activity]) -> Answer:
    row = applied.state.row
    basis = {"topic": INTAKE_ACTIVITY.name, "seq": row.seq}
    return {"activity_id": to_text(row.key), "state": row.state, "basis": basis}


def _view(activity: Activity) -> ActivityView:
    row, text = activity.row, activity.text
    written = {
        "activity_id": to_text(row.key),
        "basis": {"topic": INTAKE_ACTIVITY.name, "seq": row.seq},
        "id": _text(row.client_id),
        "station_id": _text(row.station_id),
        "organ_id": _text(row.organ_id),
        "enterprises": text.enterprise_codes,
        "expected": _texts(row.expected),
        "attendance": [
            one.model_dump(include={"is_deputy", "is_street_rep"})
            | {"person_id": to_text(one.person_id)}
            for one in activity.came
        ],
    }
    return ActivityView.model_validate(row.model_dump() | text.model_dump() | written)


def _burden(found: Burden) -> BurdenView:
    start, end = found.week
    return BurdenView(
        recent_days=found.recent_days,
        visits=[_visit(one) for one in found.visits],
        week_start=start,
        week_end=end,
        in_week=found.in_week,
    )


def _visit(found: FoundVisit) -> VisitView:
    visit = found.visit
    return VisitView(
        state=visit.state,
        organiser=found.organiser,
        first_day=visit.first_day,
        last_day=visit.last_day,
        enterprise_ids=_texts(visit.enterprise_ids),
        activity_id=to_text(visit.key) if found.is_own else None,
        notes=found.notes,
    )


def _texts(keys: Sequence[Id]) -> list[str]:
    return [to_text(key) for key in keys]


def _text(key: Id | None) -> str | None:
    return None if key is None else to_text(key)

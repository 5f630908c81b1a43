"""JSON interface of look-ups and changes, for apps with a key and for our own pages."""

import hashlib
from collections.abc import Sequence
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from services.intake.actions.lookups import LookupActions
from services.intake.api import CurrentAsker, ItemView, item_view
from services.intake.domain.asker import Asker
from shared.contracts.lists import (
    DirectoryFunction,
    DirectoryGroup,
    DirectoryPolicy,
    DirectoryTheme,
    PolicyLevel,
)
from shared.rights import Action
from shared.text import CleanText
from shared.web.actor import requires

_CURSOR = "The `next` of the last answer; without it, everything from the start."
_NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "As before (If-None-Match)"}}


V = TypeVar("V", bound=BaseModel)


class View(BaseModel):
    model_config = ConfigDict(frozen=True)


class DeputyView(View):
    """A deputy attached to a station: as `deputy_id` of an item."""

    person_id: UUID
    name: str
    station: str
    levels: list[str]


class StaffView(View):
    """A person who works at a station."""

    person_id: UUID
    name: str
    station: str
    roles: list[str]


class SubPointView(View):
    """A sub-point, and the code of its main station."""

    station: str
    name: str
    main_station: str


class FirmView(View):
    """A registered enterprise: its `code` is the `enterprise_code` of an item."""

    code: str
    name: str


class ListedView(View):
    """An entry of a list: its `code` is one of those that an item or an activity names."""

    code: str
    name: str
    category: str
    source: str


class PolicyView(ListedView):
    """A policy: its `code` is one of the `policy_codes` of an item."""

    level: PolicyLevel


class MatterView(View):
    """A matter of the table by which items are routed."""

    code: str
    name_zh: str
    name_en: str


class ThemesView(View):
    themes: list[ListedView]


class FunctionsView(View):
    functions: list[ListedView]


class GroupsView(View):
    groups: list[ListedView]


class DeputiesView(View):
    deputies: list[DeputyView]


class StaffListView(View):
    staff: list[StaffView]


class SubPointsView(View):
    sub_points: list[SubPointView]


class FirmsView(View):
    firms: list[FirmView]


class PoliciesView(View):
    policies: list[PolicyView]


class MattersView(View):
    matters: list[MatterView]


class ChangesView(View):
    """Changed items in the order of their last changes; ask again with `next` as `since`."""

    items: list[ItemView]
    next: str
    more: bool


def _answer(request: Request, found: View) -> Response:
    """Answer with an ETag: 304 if the asker has the same already."""
    content = found.model_dump_json().encode()
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="application/json", headers=headers)


def lookup_routes(actions: LookupActions, asker: CurrentAsker) -> APIRouter:
    api, who = APIRouter(prefix="/v1", route_class=asker.route), Depends(asker)

    @api.get("/items/changes")
    @requires(Action.ITEM_READ)
    async def changes(
        by: Annotated[Asker, who],
        since: Annotated[str, Query(max_length=100, description=_CURSOR)] = "",
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> ChangesView:
        """List items of the asker's stations that changed since, each as it is now."""
        found = await actions.changes(by, since, limit)
        items = [item_view(one) for one in found.items]
        return ChangesView(items=items, next=str(found.next), more=found.more)

    _add_people(api, actions, who)
    _add_places(api, actions, who)
    _add_lists(api, actions, who)
    _add_lists_of_activities(api, actions, who)
    return api


def _add_people(api: APIRouter, actions: LookupActions, who: Any) -> None:
    @api.get("/lookups/deputies", response_model=DeputiesView, responses=_NOT_MODIFIED)
    @requires(Action.ITEM_READ)
    async def deputies(request: Request, by: Annotated[Asker, who]) -> Response:
        """List the deputies attached to the asker's stations."""
        found = [
            DeputyView(
                person_id=UUID(bytes=one.key),
                name=one.person.name,
                station=one.station.code,
                levels=[mandate.level for mandate in one.person.mandates],
            )
            for one in actions.deputies(by)
        ]
        return _answer(request, DeputiesView(deputies=found))

    @api.get("/lookups/staff", response_model=StaffListView, responses=_NOT_MODIFIED)
    @requires(Action.ITEM_READ)
    async def staff(request: Request, by: Annotated[Asker, who]) -> Response:
        """List who works at the asker's stations today."""
        found = [
            StaffView(
                person_id=UUID(bytes=one.key),
                name=one.person.name,
                station=one.station.code,
                roles=[str(role) for role in roles],
            )
            for one, roles in await actions.staff(by)
        ]
        return _answer(request, StaffListView(staff=found))


def _add_lists(api: APIRouter, actions: LookupActions, who: Any) -> None:
    @api.get("/lookups/policies", response_model=PoliciesView, responses=_NOT_MODIFIED)
    @requires(Action.ITEM_READ)
    async def policies(request: Request, by: Annotated[Asker, who]) -> Response:
        """List the policies that an item of the asker's stations may concern today."""
        found = _views(PolicyView, await actions.listed(by, DirectoryPolicy))
        return _answer(request, PoliciesView(policies=found))

    @api.get(
        "/lookups/matters", response_model=MattersView, responses=_NOT_MODIFIED, dependencies=[who]
    )
    @requires(Action.ITEM_READ)
    async def matters(request: Request) -> Response:
        """List the matters by which items are routed."""
        return _answer(request, MattersView(matters=_views(MatterView, actions.matters())))


def _add_lists_of_activities(api: APIRouter, actions: LookupActions, who: Any) -> None:
    @api.get("/lookups/themes", response_model=ThemesView, responses=_NOT_MODIFIED)
    @requires(Action.ITEM_READ)
    async def themes(request: Request, by: Annotated[Asker, who]) -> Response:
        """List the themes that an activity of the asker's stations may have today."""
        found = _views(ListedView, await actions.listed(by, DirectoryTheme))
        return _answer(request, ThemesView(themes=found))

    @api.get("/lookups/functions", response_model=FunctionsView, responses=_NOT_MODIFIED)
    @requires(Action.ITEM_READ)
    async def functions(request: Request, by: Annotated[Asker, who]) -> Response:
        """List the functions of stations that an activity may serve today."""
        found = _views(ListedView, await actions.listed(by, DirectoryFunction))
        return _answer(request, FunctionsView(functions=found))

    @api.get("/lookups/groups", response_model=GroupsView, responses=_NOT_MODIFIED)
    @requires(Action.ITEM_READ)
    async def groups(request: Request, by: Annotated[Asker, who]) -> Response:
        """List the deputies' groups that may take part in an activity today."""
        found = _views(ListedView, await actions.listed(by, DirectoryGroup))
        return _answer(request, GroupsView(groups=found))


def _views(model: type[V], found: Sequence[object]) -> list[V]:
    return [model.model_validate(one, from_attributes=True) for one in found]


def _add_places(api: APIRouter, actions: LookupActions, who: Any) -> None:
    @api.get("/lookups/sub-points", response_model=SubPointsView, responses=_NOT_MODIFIED)
    @requires(Action.ITEM_READ)
    async def sub_points(request: Request, by: Annotated[Asker, who]) -> Response:
        """List the sub-points of the asker's stations."""
        found = [
            SubPointView(station=one.code, name=one.name, main_station=main)
            for one, main in actions.sub_points(by)
        ]
        return _answer(request, SubPointsView(sub_points=found))

    @api.get("/lookups/firms", response_model=FirmsView, responses=_NOT_MODIFIED)
    @requires(Action.ITEM_SUBMIT)
    async def firms(
        request: Request,
        by: Annotated[Asker, who],
        name: Annotated[str, Query(min_length=2, max_length=100), CleanText],
    ) -> Response:
        """Find registered enterprises by credit code or by the first letters of their names."""
        found = await actions.firms(by, name.strip())
        firms = [FirmView(code=code, name=firm) for code, firm in found]
        return _answer(request, FirmsView(firms=firms))

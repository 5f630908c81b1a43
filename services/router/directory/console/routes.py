"""The addresses of the directory's pages."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from services.router.directory.console import labels
from services.router.directory.console.pages import DirectoryPages
from services.router.directory.domain.lists import ListKind
from shared.rights import Action
from shared.web.actor import Actor, CurrentActor, just_proved, requires

Place = Annotated[str, Query(max_length=100)]
Code = Annotated[str, Path(pattern=r"^[0-9A-Za-z]{1,12}$")]


def routes(pages: DirectoryPages, officer: CurrentActor) -> APIRouter:
    web, who = APIRouter(prefix="/directory", include_in_schema=False), Depends(officer)

    @web.get("")
    @requires(Action.DIRECTORY_READ)
    async def own_place(request: Request, by: Annotated[Actor, who]) -> Response:
        home = pages.home(by) if "q" not in request.query_params else None
        return RedirectResponse(home, 303) if home else await pages.found(request, by)

    @web.get("/divisions/{code}")
    @requires(Action.DIRECTORY_READ)
    async def division(request: Request, by: Annotated[Actor, who], code: Code) -> Response:
        return await pages.division(request, by, code)

    @web.get("/organs/{key}")
    @requires(Action.DIRECTORY_READ)
    async def organ(request: Request, by: Annotated[Actor, who], key: UUID) -> Response:
        return await pages.organ(request, by, key.bytes)

    @web.get("/units/{key}")
    @requires(Action.DIRECTORY_READ)
    async def unit(request: Request, by: Annotated[Actor, who], key: UUID) -> Response:
        return await pages.unit(request, by, key.bytes)

    @web.get("/stations/{key}")
    @requires(Action.DIRECTORY_READ)
    async def station(request: Request, by: Annotated[Actor, who], key: UUID) -> Response:
        return await pages.station(request, by, key.bytes)

    @web.get("/people/{key}")
    @requires(Action.PEOPLE_READ)
    async def person(request: Request, by: Annotated[Actor, who], key: UUID) -> Response:
        return await pages.person(request, by, key.bytes)

    _add_lists(web, pages, who)
    _add_edits(web, pages, officer)
    return web


def _add_lists(web: APIRouter, pages: DirectoryPages, who: Any) -> None:
    @web.get("/listed/{key}")
    @requires(Action.DIRECTORY_READ)
    async def listed(request: Request, by: Annotated[Actor, who], key: UUID) -> Response:
        return await pages.listed(request, by, key.bytes)

    @web.get("/lists/{kind}")
    @requires(Action.DIRECTORY_READ)
    async def entries_of_list(
        request: Request, by: Annotated[Actor, who], kind: ListKind, division: Place
    ) -> Response:
        return await pages.entries_of_list(request, by, kind, division)


def _add_edits(web: APIRouter, pages: DirectoryPages, officer: CurrentActor) -> None:
    who, proved = Depends(officer), Depends(just_proved(officer))

    @web.get("/appoint", dependencies=[who])
    @requires(Action.DIRECTORY_EDIT)
    async def appoint(person: UUID | Literal[""] = "", at: Place = "") -> Response:
        return RedirectResponse(labels.appointment(at, person.bytes if person else None), 303)

    @web.post("/entries/{key}")
    @requires(Action.DIRECTORY_EDIT)
    async def edit(request: Request, by: Annotated[Actor, proved], key: UUID) -> Response:
        return await pages.edit(request, by, key.bytes)

"""The addresses of the directory's pages."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from services.router.directory.console.import_pages import ImportPages
from services.router.directory.console.new_entry import Made, NewEntryPages
from services.router.directory.console.pages import DirectoryPages
from services.router.directory.console.vacancies import VacancyPages
from services.router.directory.domain.tables import TableKind
from shared.rights import Action
from shared.tables.files import FileFormat
from shared.web.actor import Actor, CurrentActor, just_proved
from shared.web.permissions import requires

Place = Annotated[str, Query(max_length=100)]
Lines = Annotated[int | None, Query(ge=0, le=100_000)]
Code = Annotated[str, Path(pattern=r"^[0-9A-Za-z]{1,12}$")]


def routes(pages: DirectoryPages, officer: CurrentActor) -> Sequence[APIRouter]:
    """Make the addresses below `/directory`."""
    who, proved = Depends(officer), Depends(just_proved(officer))
    tables = _tables(ImportPages(pages), who, proved)
    making = _making(NewEntryPages(pages), who, proved)
    return [_reading(pages, who), _editing(pages, who, proved), tables, making,
            _missing(pages, who)]  # fmt: skip


def _making(pages: NewEntryPages, who: Any, proved: Any) -> APIRouter:
    web = APIRouter(prefix="/directory", include_in_schema=False)

    @web.get("/new/{kind}")
    @requires(Action.DIRECTORY_EDIT)
    async def form(
        request: Request, by: Annotated[Actor, who], kind: Made, division: Place = ""
    ) -> Response:
        return pages.form(request, by, kind, {"division_code": division})

    @web.post("/new/{kind}")
    @requires(Action.DIRECTORY_EDIT)
    async def make(request: Request, by: Annotated[Actor, proved], kind: Made) -> Response:
        return await pages.make(request, by, kind)

    return web


def _reading(pages: DirectoryPages, who: Any) -> APIRouter:
    web = APIRouter(prefix="/directory", include_in_schema=False)

    @web.get("")
    @requires(Action.DIRECTORY_READ)
    async def own_place(request: Request, by: Annotated[Actor, who]) -> Response:
        home = pages.home(by) if "q" not in request.query_params else None
        return RedirectResponse(home, 303) if home else await pages.found(request, by)

    @web.get("/divisions/{code}")
    @requires(Action.DIRECTORY_READ)
    async def division(request: Request, by: Annotated[Actor, who], code: Code) -> Response:
        return await pages.division(request, by, code)

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

    return web


def _editing(pages: DirectoryPages, who: Any, proved: Any) -> APIRouter:
    web = APIRouter(prefix="/directory", include_in_schema=False)

    @web.get("/appoint", dependencies=[who])
    @requires(Action.DIRECTORY_EDIT)
    async def appoint(person: UUID, at: Place = "") -> Response:
        return RedirectResponse(pages.chosen(person.bytes, at), 303)

    @web.post("/entries/{key}")
    @requires(Action.DIRECTORY_EDIT)
    async def edit(request: Request, by: Annotated[Actor, proved], key: UUID) -> Response:
        return await pages.edit(request, by, key.bytes)

    return web


def _missing(pages: DirectoryPages, who: Any) -> APIRouter:
    web = APIRouter(prefix="/directory", include_in_schema=False)
    orphans = VacancyPages(pages)

    @web.get("/orphans")
    @requires(Action.DIRECTORY_EDIT)
    async def unattended(request: Request, by: Annotated[Actor, who]) -> Response:
        return await orphans.page(request, by)

    return web


def _tables(pages: ImportPages, who: Any, proved: Any) -> APIRouter:
    web = APIRouter(prefix="/directory", include_in_schema=False)

    @web.get("/import")
    @requires(Action.DIRECTORY_EDIT)
    async def start(request: Request, by: Annotated[Actor, who], done: Lines = None) -> Response:
        return await pages.start(request, by, done=done)

    @web.post("/import")
    @requires(Action.DIRECTORY_EDIT)
    async def bring(request: Request, by: Annotated[Actor, who]) -> Response:
        return await pages.bring(request, by)

    @web.get("/import/{key}")
    @requires(Action.DIRECTORY_EDIT)
    async def preview(request: Request, by: Annotated[Actor, who], key: UUID) -> Response:
        return await pages.preview(request, by, key.bytes)

    @web.post("/import/{key}")
    @requires(Action.DIRECTORY_EDIT)
    async def enter(request: Request, by: Annotated[Actor, proved], key: UUID) -> Response:
        return await pages.enter(request, by, key.bytes)

    @web.get("/import/{key}/report")
    @requires(Action.DIRECTORY_EDIT)
    async def report(by: Annotated[Actor, who], key: UUID) -> Response:
        return await pages.report(by, key.bytes)

    @web.get("/export/{kind}")
    @requires(Action.DIRECTORY_EDIT)
    async def export(
        by: Annotated[Actor, who], kind: TableKind, form: FileFormat = "xlsx"
    ) -> Response:
        return await pages.export(by, kind, form)

    return web

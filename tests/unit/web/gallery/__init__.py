"""Pages that show every component with invented data, served by a tiny app."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, FastAPI, Form, Query, Request, Response
from pydantic import BaseModel

from shared.errors import NotFound
from shared.text import _
from shared.web import components as ui
from shared.web.console import PATH, Console, static_app
from shared.web.middleware import install_middleware
from shared.web.session import COOKIE, SessionExpired, set_session
from tests.unit.web.gallery.fills import case, fill, form, queue, today

TEMPLATES = Path(__file__).parent / "templates"


def frame(current: str, *crumbs: ui.Crumb, notes: tuple[ui.Note, ...] = ()) -> ui.Frame:
    """Stand a page in the frame of a district's officer."""
    menu = [
        [
            _entry("今日", "/today", current, 5),
            _entry("待交办", "/queue", current, 9),
            _entry("办件", "/case", current),
            _entry("承诺台账", "/fill", current, 3),
        ],
        [_entry("月度报表", "/form", current)],
    ]
    return ui.Frame(
        crumbs=(ui.Crumb("台州市", "/today"), ui.Crumb("路桥区", "/today"), *crumbs),
        menu=menu,
        person="林晓岚",
        organ="区人大代表工委",
        identity="/today",
        search="/queue",
        feedback="/today",
        foot=(_("示例数据"),),
        notes=notes,
    )


def _entry(words: str, href: str, current: str, count: int | None = None) -> ui.MenuEntry:
    return ui.MenuEntry(_(words), href, count, href == current)


class Sheet(BaseModel):
    """A body with one number."""

    count: int


PAGES = APIRouter()
CONSOLE = Console(TEMPLATES.parent)


@PAGES.get("/today")
async def show_today(request: Request) -> Response:
    """Show the first page; after an act its list may still be on its way."""
    notes = (ui.PENDING,) if "seen" in request.query_params else ()
    return CONSOLE.render(request, "today.html", frame=frame("/today", notes=notes), **today())


@PAGES.get("/case")
async def show_case(request: Request) -> Response:
    """Show a case, under repair when asked."""
    notes = (ui.UNDER_REPAIR,) if "repair" in request.query_params else ()
    here = frame(
        "/case",
        ui.Crumb("台州湾新区三甲街道人大街道工委", "/today"),
        ui.Crumb("331004102-2022-0418"),
        notes=notes,
    )
    return CONSOLE.render(request, "case.html", frame=here, **case())


@PAGES.get("/queue")
async def show_queue(
    request: Request, _show: Annotated[bool, Query(alias="show")] = True
) -> Response:
    """Show the dispatch queue."""
    here = frame("/queue", ui.Crumb(_("待交办")))
    return CONSOLE.render(request, "queue.html", frame=here, **queue())


@PAGES.get("/form")
async def show_form(request: Request) -> Response:
    """Show the monthly form."""
    here = frame("/form", ui.Crumb(_("月度报表")))
    return CONSOLE.render(request, "form.html", frame=here, **form())


@PAGES.get("/fill")
async def show_fill(request: Request) -> Response:
    """Show a form."""
    return CONSOLE.render(request, "fill.html", frame=frame("/fill"), **fill(wrong=False))


@PAGES.post("/fill")
async def take(request: Request, reason: Annotated[str, Form()] = "") -> Response:
    """Refuse what was typed, and keep it."""
    values = fill(wrong=True, reason=reason)
    return CONSOLE.render(request, "fill.html", frame=frame("/fill"), status=422, **values)


@PAGES.get("/hidden")
async def hidden() -> None:
    """Hide a thing that may or may not exist."""
    raise NotFound("not_found", _("您的身份看不到这件事。"), _("需要请联系路桥区系统管理员。"))


@PAGES.get("/members")
async def members() -> None:
    """Want a session."""
    raise SessionExpired


@PAGES.get("/bug")
async def bug() -> None:
    """Fail in a way nobody thought of."""
    raise RuntimeError("secret detail")


@PAGES.post("/sheet")
@PAGES.post("/sheet/many")
async def take_sheet(sheet: Sheet) -> dict[str, int]:
    """Take a body with one number."""
    return {"count": sheet.count}


@PAGES.post("/enter")
async def enter() -> Response:
    """Sign someone in."""
    response = Response(status_code=204)
    set_session(response, "token")
    return response


@PAGES.get("/me")
async def me(request: Request) -> dict[str, bool]:
    """Tell whether the browser sent its session."""
    return {"session": COOKIE in request.cookies}


def build() -> FastAPI:
    """Make the gallery's app."""
    app = FastAPI()
    install_middleware(app, CONSOLE, body_limits={"/sheet/many": 1 << 20})
    app.include_router(PAGES)
    app.mount(PATH, static_app())
    return app

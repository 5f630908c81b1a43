"""Pages: one Jinja environment a language, from the frame's templates and a service's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Match
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from shared.web import links
from shared.web.components import Frame
from shared.web.csrf import FORM_COOKIE, new_secret, token_of
from shared.web.i18n import ENGLISH, LANGUAGES, Language, Translator, load
from shared.web.tour import STEPS, Tour, tour_of

FOLDER = Path(__file__).parent / "static"
PATH = "/static"


class _Kept(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        asked_by_content = scope["query_string"].startswith(b"v=")
        kept = "public, max-age=31536000, immutable" if asked_by_content else "no-cache"
        response.headers["Cache-Control"] = kept
        return response


def static_app() -> StaticFiles:
    """App for `/static`, mounted beside the services: any process can serve all files."""
    return _Kept(directory=FOLDER)


def icon(_request: Request) -> Response:
    """The site's icon, for browsers that ask for `/favicon.ico` unbidden."""
    return FileResponse(FOLDER / "icon.svg", media_type="image/svg+xml")


def static_url(name: str) -> str:
    """Return the address of a file; raises FileNotFoundError when set-up has not placed it."""
    digest = sha256((FOLDER / name).read_bytes()).hexdigest()
    return f"{PATH}/{name}?v={digest[:12]}"


TEMPLATES = Path(__file__).parent / "templates"
_YEAR = 365 * 24 * 3600
_OF_THIS_HOST: Mapping[str, Any] = {
    "path": "/", "secure": True, "httponly": True, "samesite": "lax"
}  # fmt: skip
_CHOICES: Mapping[str, tuple[str, ...]] = {"lang": LANGUAGES, "type": ("normal", "large")}


@dataclass(frozen=True, slots=True)
class Page:
    """Request data for templates: language, type size, and the links that switch them.

    `path` and `query` are the address that shows this page, after a form was posted as well.
    Every form that posts must carry `form_token` (`csrf_field` in `forms.html`).
    """

    language: Language
    large: bool
    form_token: str
    path: str
    query: Mapping[str, str]
    tour: Tour | None = None

    def switch(self, **choice: str) -> str:
        """Return the address of this page with another language or type size."""
        kept = {name: value for name, value in self.query.items() if name not in _CHOICES}
        return f"{self.path}?{urlencode(kept | choice)}"


class Console:
    """Renders a service's templates inside the frame.

    Each folder holds `templates/` and `locale/en.po`; the frame's own come first.
    """

    def __init__(self, *folders: Path) -> None:
        english = (ENGLISH, *(folder / "locale" / "en.po" for folder in folders))
        templates = [folder / "templates" for folder in folders]
        self._words = {language: load(language, *english) for language in LANGUAGES}
        self._environments = {
            language: _environment(words, templates) for language, words in self._words.items()
        }

    @property
    def english(self) -> Translator:
        return self._words["en"]

    def words(self, request: Request) -> Translator:
        return self._words["en" if _choice(request, "lang") == "en" else "zh"]

    def render(
        self,
        request: Request,
        template: str,
        *,
        frame: Frame | None = None,
        status: int = 200,
        shown_at: str = "",
        **values: Any,
    ) -> HTMLResponse:
        """Render a page, or a fragment when the template does not extend the frame.

        A page that answers a form is shown at `shown_at`, or else at the nearest address above.
        A page that holds a form token comes with the cookie the token is checked against.
        """
        chosen = {name: _choice(request, name) for name in _CHOICES}
        secret = request.cookies.get(FORM_COOKIE, "") or new_secret()
        address = urlsplit(_page_of(request, shown_at))
        page = Page(
            language="en" if chosen["lang"] == "en" else "zh",
            large=chosen["type"] == "large",
            form_token=token_of(secret),
            path=address.path,
            query=dict(parse_qsl(address.query, keep_blank_values=True)),
            tour=tour_of(request),
        )
        source = self._environments[page.language].get_template(template)
        html = source.render(page=page, frame=frame or Frame(), **values)
        response = HTMLResponse(html, status)
        if page.form_token in html and not request.cookies.get(FORM_COOKIE):
            response.set_cookie(FORM_COOKIE, secret, **_OF_THIS_HOST)
        for name, value in chosen.items():
            if name in request.query_params:
                response.set_cookie(_cookie_of(name), value, max_age=_YEAR, **_OF_THIS_HOST)
        return response


def _page_of(request: Request, shown_at: str) -> str:
    """Return the address a browser can open again: a form may be posted where no page is."""
    path = request.url.path
    if request.method not in ("GET", "HEAD"):
        if shown_at:
            return shown_at
        while path and not _is_page(request, path):
            path = path.rpartition("/")[0]
    return f"{path or '/'}?{request.url.query}"


def _is_page(request: Request, path: str) -> bool:
    scope = {**request.scope, "method": "GET", "path": path}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)


def _choice(request: Request, name: str) -> str:
    """Read what the reader chose: now, else before, else the first."""
    allowed = _CHOICES[name]
    for choice in (request.query_params.get(name), request.cookies.get(_cookie_of(name))):
        if choice in allowed:
            return choice
    return allowed[0]


def _cookie_of(choice: str) -> str:
    return f"__Host-{choice}"


def _environment(words: Translator, templates: Sequence[Path]) -> Environment:
    environment = Environment(
        loader=FileSystemLoader([TEMPLATES, *templates]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=words.show,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        _=words.gettext,
        n_=words.ngettext,
        static=cache(static_url),
        links=links,
        tour_steps=len(STEPS),
    )
    environment.filters.update(
        number=words.number,
        day=words.day,
        clock=words.clock,
        second=words.second,
        moment=words.moment,
        deadline=words.deadline,
    )
    return environment

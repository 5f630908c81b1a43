"""The files of the frame: style, script, htmx; addressed by content, so kept for ever."""

from hashlib import sha256
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

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
    """Make the app of `/static`, mounted beside the services: any process can answer for all."""
    return _Kept(directory=FOLDER)


def static_url(name: str) -> str:
    """Return the address of a file; raises FileNotFoundError when set-up has not placed it."""
    digest = sha256((FOLDER / name).read_bytes()).hexdigest()
    return f"{PATH}/{name}?v={digest[:12]}"

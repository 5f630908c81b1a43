"""A station's device: web app manifest, service worker, and the page without a line."""

import json
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from typing import Any

from fastapi import APIRouter, Request, Response

from services.intake.console.pages import CONSOLE
from shared.rights import Action
from shared.web import links
from shared.web.actor import requires
from shared.web.console import FOLDER, PATH, static_url

VERSIONED = ("app.css", "app.js", "icon.svg", "device.js", "new-item.js")
"""Files that pages name by their content."""
IMPORTED = ("drafts.js", "sending.js")
"""Files that scripts name themselves."""
WORKER = "sw.js"
NAMES = {"zh": "建议闭环", "en": "Jianyi"}
ICONS: Sequence[tuple[str, str, str]] = (
    ("icon.svg", "any", "image/svg+xml"),
    ("icon-192.png", "192x192", "image/png"),
    ("icon-512.png", "512x512", "image/png"),
)


def manifest(lang: str) -> dict[str, Any]:
    """The web app manifest in a language, Chinese unless it is English."""
    lang = "en" if lang == "en" else "zh"
    return {
        "id": links.STATION,
        "name": NAMES[lang],
        "short_name": NAMES[lang],
        "lang": "en" if lang == "en" else "zh-CN",
        "start_url": links.STATION,
        "scope": links.STATION,
        "display": "standalone",
        "theme_color": "#1f5fae",
        "background_color": "#ffffff",
        "icons": [
            {"src": static_url(name), "sizes": sizes, "type": kind} for name, sizes, kind in ICONS
        ],
    }


@cache
def service_worker() -> str:
    """The service worker; its version is the hash of all files it keeps, and of itself."""
    digest = sha256()
    for name in (*VERSIONED, *IMPORTED, WORKER):
        digest.update((FOLDER / name).read_bytes())
    files = [*map(static_url, VERSIONED), *(f"{PATH}/{name}" for name in IMPORTED)]
    head = f'const VERSION = "{digest.hexdigest()[:12]}", FILES = {json.dumps(files)};\n'
    return head + (FOLDER / WORKER).read_text(encoding="utf-8")


def offline_routes() -> APIRouter:
    web = APIRouter(include_in_schema=False)

    @web.get("/manifest.webmanifest")
    @requires(Action.PUBLIC)
    async def app_manifest(lang: str = "zh") -> Response:
        content = json.dumps(manifest(lang), ensure_ascii=False)
        return Response(content, media_type="application/manifest+json")

    @web.get("/sw.js")
    @requires(Action.PUBLIC)
    async def worker() -> Response:
        return Response(service_worker(), media_type="text/javascript")

    @web.get("/offline")
    @requires(Action.PUBLIC)
    async def without_line(request: Request) -> Response:
        return CONSOLE.render(request, "offline.html")

    return web

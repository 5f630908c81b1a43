"""The three doors of operations: alive, ready, figures."""

from collections.abc import Awaitable, Callable, Sequence

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from shared.rights import Action
from shared.web.permissions import requires

Check = Callable[[], Awaitable[Sequence[str]]]
"""Looks at one thing and returns its troubles in plain words; none means well."""


Figures = Callable[[], Awaitable[CollectorRegistry]]
"""Brings the figures up to date."""


def health_routes(live: Check, ready: Check, figures: Figures) -> APIRouter:
    """Make `/health/live` (restart me if 503), `/health/ready` (send me no one) and `/metrics`."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/health/live")
    @requires(Action.PUBLIC)
    async def is_live() -> JSONResponse:
        return _answer(await live())

    @routes.get("/health/ready")
    @requires(Action.PUBLIC)
    async def is_ready() -> JSONResponse:
        return _answer(await ready())

    @routes.get("/metrics")
    @requires(Action.PUBLIC)
    async def metrics() -> Response:
        return Response(generate_latest(await figures()), media_type=CONTENT_TYPE_LATEST)

    return routes


def _answer(troubles: Sequence[str]) -> JSONResponse:
    status = "unavailable" if troubles else "ok"
    return JSONResponse({"status": status, "troubles": list(troubles)}, 503 if troubles else 200)

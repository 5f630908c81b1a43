"""The addresses of a service's web application."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

FRAMEWORKS_OWN = {"/openapi.json"}


def endpoints(web: FastAPI) -> Iterator[tuple[str, Any]]:
    """List every address with its method, however its route was included."""
    for route in iter_route_contexts(web.routes):
        if route.path not in FRAMEWORKS_OWN:
            yield f"{', '.join(sorted(route.methods or ()))} {route.path}", route.endpoint

"""Loaded by schemathesis: lets its requests come from somebody, and name things that exist."""

import itertools
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import requests
import schemathesis
from joserfc.jwk import OKPKey

from deploy.simulator.station import StationClient

CAST = json.loads(Path(os.environ["FUZZ_CAST"]).read_text(encoding="utf-8"))
key = OKPKey.import_key(CAST["station_key"])
station = StationClient(httpx.AsyncClient(), CAST["station"], key, lambda: datetime.now(UTC))
people = itertools.cycle([*CAST["cookies"], None])
signs = itertools.cycle([True, False])
things = {name: itertools.cycle([*ids, None]) for name, ids in CAST["things"].items()}


def as_somebody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Sign with a head's key every other time; come with the next person's session, or none."""
    url = urlsplit(request.url or "")
    target = f"{url.path}?{url.query}" if url.query else url.path
    body = request.body or b""
    content = body.encode() if isinstance(body, str) else body
    assert isinstance(content, bytes)
    if next(signs):
        token = station.sign(str(request.method), target, content)
        request.headers["Authorization"] = f"Bearer {token}"
    request.headers["Origin"] = CAST["origin"]
    if (cookie := next(people)) is not None:
        request.headers["Cookie"] = cookie
    return request


@schemathesis.hook
def before_load_schema(_context: Any, raw_schema: dict[str, Any]) -> None:
    """Leave to `as_somebody` what it gives itself: a session left out would be put back in."""
    for operations in raw_schema["paths"].values():
        for operation in operations.values():
            if CAST["with_rights"]:
                operation.pop("security", None)


@schemathesis.hook
def before_call(_context: Any, _case: Any, kwargs: dict[str, Any]) -> None:
    if CAST["with_rights"]:
        kwargs["auth"] = as_somebody


@schemathesis.hook
def map_path_parameters(_context: Any, values: dict[str, Any] | None) -> dict[str, Any] | None:
    """Name an item that is there, most of the time."""
    real = {name: next(things[name]) for name in values or () if name in things}
    return values and values | {name: thing for name, thing in real.items() if thing is not None}


@schemathesis.hook
def filter_failure(_context: Any, _failure: Any, case: Any, _response: Any) -> bool:
    """Let `batch` be taken for the id of an item when it is asked for."""
    return case.path != "/v1/items/batch" or case.method not in {"GET", "OPTIONS"}

"""Which acts want a fresh proof of who it is: those named here, and only those."""

from collections.abc import Iterator
from typing import Any

from fastapi.routing import RouteContext, iter_route_contexts

from tests.contracts.sources import SERVICES
from tests.support.environment import idle_services

PROVED = {
    ("POST", "/intake/firms"),
    ("POST", "/intake/items/{item_id}/source"),
    ("POST", "/intake/v1/items/{item_id}/source-access"),
    ("POST", "/router/directory/entries/{key}"),
    ("POST", "/router/directory/import/{key}"),
    ("POST", "/router/directory/new/{kind}"),
    ("POST", "/router/v1/directory/entries/{entry_id}"),
    ("POST", "/router/accounts/{key}/{do}"),
    ("POST", "/router/accounts/several"),
    *(("POST", f"/intake/keys/stations/{{code}}/{do}") for do in ("enrol", "add", "revoke")),
    ("POST", "/intake/enterprises/{key}"),
    ("GET", "/router/account/totp"),
    ("POST", "/router/account/totp"),
    ("POST", "/reporting/reports/{report_id}/{name}"),
    ("POST", "/reporting/v1/reports/{report_id}/confirm"),
    ("POST", "/reporting/v1/reports/{report_id}/submit"),
    *(("POST", f"/{name}/dead-letters/{{letter_id}}/{{act}}") for name in SERVICES),
}


def _calls(dependant: Any) -> Iterator[Any]:
    for one in dependant.dependencies:
        yield one.call
        yield from _calls(one)


def _proves(route: RouteContext) -> bool:
    calls = _calls(route.dependant) if hasattr(route, "dependant") else ()
    return any("just_proved" in getattr(call, "__qualname__", "") for call in calls)


def test_a_fresh_proof_is_asked_for_what_matters() -> None:
    found = {
        (method, f"/{name}{route.path}")
        for name, service in idle_services().items()
        for route in iter_route_contexts(service.web.routes)
        if _proves(route)
        for method in route.methods or ()
    }
    assert found == PROVED

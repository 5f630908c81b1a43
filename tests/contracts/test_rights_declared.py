"""Every endpoint and page of the four services says what it does, and the table knows it."""

from typing import Any

import pytest
from fastapi import FastAPI

from shared.contracts.codes import Role
from shared.rights import Action
from shared.rights.authorizing import WHO_MAY
from shared.rights.table import RIGHTS
from shared.service import Service
from shared.web.actor import required_action, requires
from shared.web.i18n import CHINESE, ENGLISH, load
from tests.support.endpoints import endpoints
from tests.support.environment import NOWHERE, build, environment
from tests.support.servers import NO_KAFKA


@pytest.fixture(scope="module", params=["development", "production"])
def services(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> list[Service]:
    folder = tmp_path_factory.mktemp("built")
    (folder / "oidc.secret").write_text("of nobody")
    environ = environment(NOWHERE, NO_KAFKA, folder) | {
        "ROUTER_OIDC_ISSUER": "https://127.0.0.1:1",
        "ROUTER_OIDC_CLIENT_ID": "jianyi",
        "ROUTER_OIDC_CLIENT_SECRET_FILE": str(folder / "oidc.secret"),
        "JIANYI_ADDRESS": "https://127.0.0.1:1",
    }
    build(environ)  # a trial system makes its own keys
    return list(build(environ | {"JIANYI_ENV": request.param}).values())


@pytest.fixture(scope="module")
def built(services: list[Service]) -> dict[str, Any]:
    return {
        f"{one.name} {address}": endpoint
        for one in services
        for address, endpoint in endpoints(one.web)
    }


def test_every_endpoint_declares_what_it_does(built: dict[str, Any]) -> None:
    assert len(built) > 60
    assert [address for address, endpoint in built.items() if not required_action(endpoint)] == []


def test_the_interfaces_say_where_a_session_or_a_key_is_asked_for(
    services: list[Service], built: dict[str, Any]
) -> None:
    silent = {
        f"{service.name} {method.upper()} {path}"
        for service in services
        for path, operations in service.web.openapi()["paths"].items()
        for method, operation in operations.items()
        if "security" not in operation
    }
    named = {
        address for address, endpoint in built.items() if Action.PUBLIC in required_action(endpoint)
    }
    assert silent <= named


def test_every_action_is_some_endpoints(built: dict[str, Any]) -> None:
    used = {action for endpoint in built.values() for action in required_action(endpoint)}
    assert set(Action) - used == {Action.ITEM_ERASE}, "only the command line erases"


def test_what_is_not_declared_is_found() -> None:
    web = FastAPI(docs_url=None, redoc_url=None)

    @web.get("/open")
    @requires(Action.PUBLIC)
    async def is_open() -> None: ...

    @web.get("/forgotten")
    async def forgotten() -> None: ...

    silent = [address for address, endpoint in endpoints(web) if not required_action(endpoint)]
    assert silent == ["GET /forgotten"]


@pytest.mark.parametrize("action", [it for it in Action if it is not Action.PUBLIC])
def test_every_action_is_somebodys_and_says_whose(action: Action) -> None:
    assert any(action in actions for rights in RIGHTS.values() for actions in rights.values())
    whose = WHO_MAY[action]
    assert (CHINESE.say(whose)[-1], load("en", ENGLISH).say(whose)[-1]) == ("。", ".")


def test_every_role_stands_in_the_table() -> None:
    assert set(RIGHTS) == set(Role.__args__)  # type: ignore[attr-defined]

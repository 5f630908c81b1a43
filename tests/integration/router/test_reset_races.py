"""A reset password wins over whatever was under way with the old one."""

import asyncio
import re
from datetime import datetime
from functools import partial
from typing import Any

import httpx
import pytest

from services.router.identity import actions
from services.router.identity.account_actions import manage_accounts
from services.router.identity.domain.accounts import ManageAccount
from shared.directory.rights import COMMAND
from tests.support.officers import as_form
from tests.support.router.accounts import OWN, PAGE, jianyi, signed_in
from tests.support.router.desk import Desk, person_id

THEIRS = "stolen forever ledger"


def hold(
    monkeypatch: pytest.MonkeyPatch, owner: type, name: str
) -> tuple[asyncio.Event, asyncio.Event]:
    """Let a method wait: the first event is set when it is called, the second lets it go on."""
    real, called, go = getattr(owner, name), asyncio.Event(), asyncio.Event()

    async def call(*given: Any, **more: Any) -> Any:
        called.set()
        await go.wait()
        return await real(*given, **more)

    monkeypatch.setattr(owner, name, call)
    return called, go


async def send(browser: httpx.AsyncClient, path: str, **form: str) -> httpx.Response:
    form["next"] = "/router/queue"
    return await browser.post(f"/router/{path}", data=as_form(form), headers=PAGE)


async def reset(desk: Desk, name: str) -> str:
    found = re.search(r"(?:[a-z2-9]{4}-){3}[a-z2-9]{4}", await jianyi(desk, "reset", name))
    assert found
    return found[0]


async def test_a_reset_is_not_undone_by_a_replacement_under_way(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with signed_in(desk, "county"), desk.stranger() as thief, desk.stranger() as owner:
        called, go = hold(monkeypatch, actions.Authenticator, "hashed")
        late = asyncio.create_task(send(thief, "password", name="county", password=OWN, new=THEIRS))
        await called.wait()
        given = await reset(desk, "county")
        go.set()
        refused = await late
        assert (refused.status_code, "刚才换过或重设过" in refused.text) == (409, True)
        assert (await send(thief, "sign-in", name="county", password=THEIRS)).status_code == 422
        asked = await send(owner, "sign-in", name="county", password=given)
        assert "设置新密码" in asked.text


async def test_a_one_time_password_is_used_once_also_by_two_at_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with signed_in(desk, "city"), desk.stranger() as one, desk.stranger() as two:
        given = await reset(desk, "city")
        called, go = hold(monkeypatch, actions.Authenticator, "set_password")
        late = asyncio.create_task(send(one, "password", name="city", password=given, new=THEIRS))
        await called.wait()
        monkeypatch.undo()
        done = await send(two, "password", name="city", password=given, new=OWN)
        assert done.status_code == 303
        go.set()
        assert (await late).status_code == 409
        assert (await two.get("/router/queue")).status_code == 200
        assert (await one.get("/router/queue")).status_code != 200


async def test_a_session_begun_before_the_reset_has_the_account_ends_in_all_services(
    desk: Desk,
) -> None:
    """The token is good by itself until the directory says that all begun up to then ended."""
    async with desk.service.db.begin() as tx:
        now = tx.now
    async with signed_in(desk, "clerk"):
        messaging, copy = desk.service.messaging, desk.service.copy
        entries = next(one for one in messaging.subjects if one.name == "entry")
        command = ManageAccount("end_sessions", person_id("clerk"), COMMAND)
        execute = partial(messaging.execute_all, entries)
        await manage_accounts(execute, copy, copy.snapshot, [command], now)
        (row,) = await desk.sql(
            "SELECT convert_from(payload, 'UTF8')::jsonb ->> 'before' AS before FROM outbox "
            "WHERE type = 'directory.ended_sessions' ORDER BY id DESC LIMIT 1"
        )
        assert datetime.fromisoformat(row["before"]) > now


async def test_a_session_begun_while_a_password_is_reset_does_not_survive_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with signed_in(desk, "elsewhere"), desk.stranger() as thief:
        called, go = hold(monkeypatch, actions.Sessions, "begin")
        late = asyncio.create_task(send(thief, "sign-in", name="elsewhere", password=OWN))
        await called.wait()
        await reset(desk, "elsewhere")
        go.set()
        assert (await late).status_code == 409
        assert (await thief.get("/router/queue")).status_code != 200

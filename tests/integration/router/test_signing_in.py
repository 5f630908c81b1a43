"""Signing in with a password: over HTTP, on a real database; what is refused tells nothing."""

import re
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from deploy.local.servers import Servers
from services.router import app
from services.router.identity import store
from services.router.identity.domain import passwords
from services.router.identity.domain.accounts import (
    RECORDS_KEPT,
    SignInQuery,
    browser_cookie,
    new_account,
)
from services.router.settings import RouterSettings
from shared.ids import to_text
from shared.service import mounted
from tests.support.officers import as_form
from tests.support.refusals import problem
from tests.support.router.accounts import COOKIES, OWN, PAGE, jianyi
from tests.support.router.desk import URL, Desk, open_desk, person_id, settings_for
from tests.support.servers import fresh_database


async def _account(desk: Desk, who: str, name: str) -> str:
    """Give a person an account and return its one-time password."""
    password = passwords.one_time()
    async with desk.service.db.begin() as tx:
        row = new_account(person_id(who), name, passwords.hashed(password), tx.now)
        assert await store.add_account(tx, row)
    return password


async def _sign_in(browser: httpx.AsyncClient, name: str, password: str) -> httpx.Response:
    form = {"name": name, "password": password, "next": "/router/queue"}
    return await browser.post("/router/sign-in", data=as_form(form), headers=PAGE)


async def _replace(browser: httpx.AsyncClient, name: str, old: str, new: str) -> httpx.Response:
    form = {"name": name, "password": old, "new": new, "next": "/router/queue"}
    return await browser.post("/router/password", data=as_form(form), headers=PAGE)


def _elsewhere(desk: Desk, address: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(mounted([desk.service]), client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url=URL, cookies=COOKIES)


async def _results(desk: Desk, who: str) -> list[str]:
    async with desk.service.db.begin() as tx:
        wanted = SignInQuery([person_id(who)], tx.now - RECORDS_KEPT)
        return [one.result for one in await store.list_records(tx, wanted, 50)]


async def test_a_one_time_password_is_replaced_before_anything_is_shown(desk: Desk) -> None:
    first = await _account(desk, "county", "County.Lin")
    async with desk.stranger() as browser:
        asked = await _sign_in(browser, "county.lin", first)
        assert (asked.status_code, "设置新密码" in asked.text) == (200, True)
        assert "set-cookie" not in asked.headers
        weak = await _replace(browser, "county.lin", first, "password1234")
        assert (weak.status_code, "太容易猜到" in weak.text) == (422, True)
        same = await _replace(browser, "county.lin", first, first)
        assert (same.status_code, "不能和现在的一样" in same.text) == (422, True)
        assert first not in asked.text + weak.text + same.text
        done = await _replace(browser, " COUNTY.LIN ", first, OWN)
        assert (done.status_code, done.headers["location"]) == (303, "/router/queue")
        assert (await browser.get("/router/queue")).status_code == 200
        assert (await _sign_in(browser, "county.lin", first)).status_code == 422, "used up"
        assert (await _sign_in(browser, "county.lin", OWN)).status_code == 303
    assert (await _results(desk, "county"))[:3] == ["in", "wrong", "replace"]


async def test_an_empty_form_says_what_to_fill_in_and_counts_as_no_attempt(desk: Desk) -> None:
    before = await desk.sql("SELECT * FROM sign_in_record")
    async with desk.stranger() as browser:
        empty, named = [await _sign_in(browser, name, "") for name in ("", "clerk.zhou")]
    assert (empty.status_code, named.status_code) == (422, 422)
    for words, shown in (("请填写账号", (1, 0)), ("请填写密码", (1, 1)), ("没有登录：", (0, 0))):
        assert (words in empty.text, words in named.text) == shown, words
    assert await desk.sql("SELECT * FROM sign_in_record") == before


async def test_a_one_time_password_is_taken_in_capitals_and_with_spaces(desk: Desk) -> None:
    password = await _account(desk, "nobody", "nobody.wu")
    async with desk.stranger() as browser:
        typed = f" {password.upper().replace('-', ' ')} "
        assert "设置新密码" in (await _sign_in(browser, "nobody.wu", typed)).text
        assert "没有登录：" in (await _sign_in(browser, "nobody.wu", password[:-1])).text


async def test_nobody_learns_which_accounts_there_are_nor_which_are_locked(desk: Desk) -> None:
    await _account(desk, "city", "city.wang")
    async with desk.stranger() as browser:
        answers = [await _sign_in(browser, name, "wrong") for name in ("city.wang", "no.such.one")]
        for _ in range(4):
            await _sign_in(browser, "city.wang", "wrong")
        answers.append(await _sign_in(browser, "city.wang", "wrong"))
    own = re.compile(r"city\.wang|no\.such\.one|[0-9a-f]{16}\.[0-9a-f]{64}")
    said = {own.sub("…", answer.text) for answer in answers}
    assert len(said) == 1
    assert {answer.status_code for answer in answers} == {422}
    assert "set-cookie" not in answers[0].headers
    assert await _results(desk, "city") == ["locked", *["wrong"] * 5]


async def test_a_locked_account_waits_and_an_administrator_may_unlock_or_reset_it(
    desk: Desk,
) -> None:
    first = await _account(desk, "elsewhere", "elsewhere")
    async with desk.stranger() as browser:
        await _replace(browser, "elsewhere", first, OWN)
        for _ in range(5):
            await _sign_in(browser, "elsewhere", "wrong")
        assert (await _sign_in(browser, "elsewhere", OWN)).status_code == 422
        assert "locked" in await jianyi(desk, "list")
        await jianyi(desk, "unlock", "Elsewhere")
        assert (await _sign_in(browser, "elsewhere", OWN)).status_code == 303
        again = (await jianyi(desk, "reset", "elsewhere")).splitlines()[-1]
        ended = await browser.post("/router/renew", json={})
        assert ended.status_code == 401, "its sessions ended"
        assert (await _sign_in(browser, "elsewhere", OWN)).status_code == 422
        assert "设置新密码" in (await _sign_in(browser, "elsewhere", again)).text
    rows = await desk.sql(
        "SELECT convert_from(payload, 'UTF8') AS said FROM outbox "
        "WHERE type IN ('directory.account', 'directory.ended_sessions') ORDER BY id"
    )
    said = [row["said"] for row in rows if '"actor":"command"' in row["said"]]
    acts = [re.findall(r'"act":"(\w+)"', one) for one in said]
    assert acts == [["unlock"], ["reset"], []], "and whose sessions ended"
    assert not any(again in one or "argon2" in one for one in said)
    for words, why in (
        (("add", "nobody-here", "x1"), "没有 nobody-here"),
        (("reset", "nobody"), "没有账号"),
        (("unlock", "nobody"), "没有账号"),
    ):
        assert why in await jianyi(desk, *words, code=1)


async def test_a_strange_form_is_refused_in_words(desk: Desk) -> None:
    forms: tuple[dict[str, str], ...] = (
        {},
        {"name": "x\0y", "password": "z"},
        {"name": "x", "password": "z\0"},
        {"name": "x" * 1001, "password": "z"},
        {"name": "", "password": ""},
        {"name": "'; DROP TABLE account", "password": "字" * 1000},
    )
    async with desk.stranger() as browser:
        for form, path in product(forms, ("/router/sign-in", "/router/password")):
            answer = await browser.post(path, data=as_form(form), headers=PAGE)
            assert (answer.status_code, "set-cookie" in answer.headers) == (422, False)


async def test_the_way_back_leads_nowhere_else(desk: Desk) -> None:
    first = await _account(desk, "township", "town")
    async with desk.stranger() as browser:
        await _replace(browser, "town", first, OWN)
        form = {"name": "town", "password": OWN, "next": "//evil.example/"}
        answer = await browser.post("/router/sign-in", data=as_form(form), headers=PAGE)
        assert answer.headers["location"] == "/router/"


async def test_neither_one_address_nor_one_account_may_be_tried_for_ever(
    servers: Servers, tmp_path: Path
) -> None:
    async with fresh_database(servers.dsn) as dsn:
        settings = settings_for(dsn, tmp_path, sign_ins_per_minute=3)
        async with open_desk(settings) as desk, desk.stranger() as browser:
            answers = [await _sign_in(browser, f"name{n}", "wrong") for n in range(4)]
            assert [answer.status_code for answer in answers] == [422, 422, 422, 429]
            assert 0 < int(answers[-1].headers["retry-after"]) <= 20
            assert "太频繁" in answers[-1].text
            async with _elsewhere(desk, "10.0.0.7") as elsewhere:
                assert (await _sign_in(elsewhere, "name1", "wrong")).status_code == 422


async def test_an_account_is_locked_for_where_the_wrong_passwords_came_from(
    servers: Servers, tmp_path: Path
) -> None:
    async with fresh_database(servers.dsn) as dsn:
        settings = settings_for(dsn, tmp_path, sign_in_failures_in_all=20)
        async with open_desk(settings) as desk, desk.stranger() as own:
            first = await _account(desk, "clerk", "clerk")
            await _replace(own, "clerk", first, OWN)
            for n in range(2):
                await _guess(desk, f"10.0.0.{n}", 5)
                assert await _enters(desk, f"10.0.0.{n}") is False
                assert await _enters(desk, "10.0.9.9"), "its owner, at another address"
            assert "clerk\t–\tlocked" in await jianyi(desk, "list")
            await jianyi(desk, "unlock", "clerk")
            assert await _enters(desk, "10.0.0.1")
            for n in range(20):
                await _guess(desk, f"10.0.1.{n}")
            assert await _enters(desk, "10.0.9.9") is False, "guessers at many addresses"
            assert (await _sign_in(own, "clerk", OWN)).status_code == 303, "a known browser"


async def _guess(desk: Desk, address: str, times: int = 1) -> None:
    async with _elsewhere(desk, address) as guesser:
        for _ in range(times):
            assert (await _sign_in(guesser, "clerk", "wrong")).status_code == 422


async def _enters(desk: Desk, address: str) -> bool:
    async with _elsewhere(desk, address) as browser:
        answer = await _sign_in(browser, "clerk", OWN)
        assert answer.status_code == 303 or "请过一会儿再试" in answer.text
        return answer.status_code == 303


async def test_nobody_can_hold_the_owner_of_a_known_browser_out(desk: Desk) -> None:
    async with desk.stranger() as own, desk.stranger() as other:
        first = await _account(desk, "clerk", "clerk.zhou")
        await _replace(own, "clerk.zhou", first, OWN)
        known = await _sign_in(own, "clerk.zhou", OWN)
        for cookie in known.headers.get_list("set-cookie"):
            assert cookie.startswith(("__Host-session=", f"{browser_cookie('clerk.zhou')}="))
            assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= set(cookie.split("; "))
        for _ in range(8):
            await _sign_in(other, "clerk.zhou", "wrong")
        assert (await _sign_in(other, "clerk.zhou", OWN)).status_code == 422, "locked"
        assert (await _sign_in(own, "clerk.zhou", OWN)).status_code == 303
        assert (await _sign_in(other, "clerk.zhou", OWN)).status_code == 422, "still locked"


async def test_the_door_for_everyone_is_on_this_machine_only(desk: Desk) -> None:
    transport = httpx.ASGITransport(mounted([desk.service]), client=("10.0.0.7", 1))
    body = {"person_id": person_id("county").hex()}
    async with httpx.AsyncClient(transport=transport, base_url=URL, cookies=COOKIES) as far:
        answers = [
            await far.get("/router/demo-login"),
            await far.post("/router/demo-login", data=as_form({"person": body["person_id"]})),
            await far.post("/router/v1/session", json=body),
            await far.get("/router/v1/people?role=clerk"),
            await far.get("/router/v1/deputies"),
        ]
        assert {problem(answer) for answer in answers} == {(404, "not_found")}
        page = await far.get("/router/sign-in", headers=PAGE)
        assert (page.status_code, "以任一身份进入" in page.text) == (200, False)
    async with desk.stranger() as proxy:
        for name in ("X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via"):
            through = {name: "1.1 proxy"}
            assert problem(await proxy.get("/router/demo-login", headers=through))[0] == 404, name
            sent = await proxy.post("/router/v1/session", json=body, headers=through)
            assert (sent.status_code, "set-cookie" in sent.headers) == (404, False), name
            page = await proxy.get("/router/sign-in", headers=PAGE | through)
            assert (page.status_code, "以任一身份进入" in page.text) == (200, False)
    async with desk.stranger() as near:
        assert (await near.get("/router/sign-in", headers=PAGE)).status_code == 303
        assert (await near.post("/router/v1/session", json=body)).status_code == 204


async def test_in_production_there_is_no_door_for_everyone(desk: Desk) -> None:
    settings = desk.settings.model_copy(update={"environment": "production"})
    assert isinstance(settings, RouterSettings)
    transport = httpx.ASGITransport(mounted([app.build(settings)]))
    body = {"person_id": person_id("county").hex()}
    async with httpx.AsyncClient(transport=transport, base_url=URL) as browser:
        answers = [
            await browser.get("/router/demo-login"),
            await browser.post("/router/demo-login", data={"person": body["person_id"]}),
            await browser.get("/router/v1/people?role=clerk"),
            await browser.get("/router/v1/deputies"),
            await browser.post("/router/v1/session", json=body),
        ]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 404, 405]


async def test_sessions_of_the_demo_login_are_recorded_and_end_in_production(desk: Desk) -> None:
    async with desk.stranger() as trial, desk.stranger() as own:
        body = {"person_id": person_id("nobody").hex()}
        assert (await trial.post("/router/v1/session", json=body)).status_code == 204
        first = await _account(desk, "former", "former")
        await _replace(own, "former", first, OWN)
        settings = desk.settings.model_copy(update={"environment": "production"})
        production = Desk(settings=settings)
        async with production.by_hand(()):
            await production.service.duties[-2]()
            await production.service.duties[-2]()
        assert (await trial.post("/router/renew", json={})).status_code == 401
        assert (await own.post("/router/renew", json={})).status_code == 204
    said = await desk.sql(
        "SELECT FROM outbox WHERE type = 'directory.ended_sessions' "
        "AND convert_from(payload, 'UTF8') LIKE $1",
        f"%{to_text(person_id('nobody'))}%",
    )
    assert len(said) == 1
    entries = "SELECT DISTINCT result FROM sign_in_record WHERE way = 'trial' AND person = $1"
    assert await desk.sql(entries, person_id("nobody")) == [("in",)]


@pytest.mark.parametrize("own", [{"JIANYI_MOVED_TIME": True}, {"auto_dispatch": True}])
def test_trial_settings_are_refused_in_production(tmp_path: Path, own: dict[str, Any]) -> None:
    settings_for("postgresql://u:p@x/y", tmp_path, **own)
    with pytest.raises(ValidationError, match="needs JIANYI_ENV=development"):
        settings_for("postgresql://u:p@x/y", tmp_path, JIANYI_ENV="production", **own)


async def test_a_new_system_prints_its_first_password_once(
    servers: Servers, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with (
        fresh_database(servers.dsn) as dsn,
        open_desk(settings_for(dsn, tmp_path, first_account="Root.Wang")) as desk,
    ):
        for duty in desk.service.duties[2:-1]:
            await duty()
            await duty()
        printed = capsys.readouterr().err
        assert printed.count("account: root.wang") == 1
        (password,) = (line.rpartition(": ")[2] for line in printed.splitlines()[1:])
        async with desk.service.db.begin() as tx:
            account = await store.find_account(tx, "root.wang")
        assert account is not None
        assert passwords.fits(account.password_hash, password)
        assert password not in repr(account)

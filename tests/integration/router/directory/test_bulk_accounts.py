"""Accounts for many people in one act: previewed, all or none, the passwords shown once."""

import re
import time
from typing import Any

import pytest

from services.router.identity import store
from services.router.identity.domain.accounts import AccountRow
from shared.ids import named_id
from tests.support.officers import as_form
from tests.support.router.accounts import OWN, PAGE
from tests.support.router.directory import (
    FINANCE,
    STATION,
    DirectoryDesk,
    grant,
    new_person,
    person,
)
from tests.support.router.play import COUNTY, TOWNSHIP

HERE = "/accounts/several"
SHEETS = re.compile(r"<code>([a-z0-9_.-]+)</code></dd>\s*<dt>一次性密码</dt><dd><code>([^<]+)<")
PLAN = re.compile(r'name="plan" value="([0-9a-f]{64})"')
STAFF = {"division": TOWNSHIP, "role": "station_staff", "lacking": "account"}


async def preview(desk: DirectoryDesk, asked: dict[str, str], who: str = "county-admin") -> str:
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    answer = await desk.page(who, f"{HERE}?{query}")
    assert answer.status_code == 200, answer.text
    return answer.text


async def act(
    desk: DirectoryDesk, asked: dict[str, str], shown: str, who: str = "county-admin"
) -> Any:
    found = PLAN.search(shown)
    return await desk.send(who, HERE, asked | {"plan": found[1] if found else ""})


async def staff(desk: DirectoryDesk, *codes: str) -> None:
    role = grant("station_staff", TOWNSHIP, station_id=STATION)
    await desk.put([person(code, f"工作人员{code}", role, home=TOWNSHIP) for code in codes])


async def account(desk: DirectoryDesk, code: str) -> AccountRow | None:
    async with desk.service.db.begin() as tx:
        return await store.account_of(tx, named_id("person", code))


async def test_ten_people_get_sheets_once_and_sign_in_to_a_password_of_their_own(
    desk: DirectoryDesk,
) -> None:
    codes = [f"ten-{n}" for n in range(10)]
    await staff(desk, *codes)
    shown = await preview(desk, STAFF)
    assert "给这10人开设账号" in shown
    done = await act(desk, STAFF, shown)
    assert done.status_code == 200, done.text
    assert done.headers["cache-control"] == "no-store"
    sheets = dict(SHEETS.findall(done.text))
    assert sheets.keys() == set(codes)
    assert done.text.count("<code>https://jianyi.test</code>") == 10
    again = await act(desk, STAFF, shown)
    assert (again.status_code, "什么也没有办" in again.text) == (422, True)
    assert not any(word in again.text for word in sheets.values())
    async with desk.stranger() as browser:
        form = {"name": "ten-3", "password": sheets["ten-3"]}
        asked = await browser.post("/router/sign-in", data=as_form(form), headers=PAGE)
        assert "设置新密码" in asked.text
        changed = await browser.post(
            "/router/password", data=as_form(form | {"new": OWN}), headers=PAGE
        )
        assert changed.status_code == 303, changed.text
    row = await account(desk, "ten-3")
    assert row is not None
    assert row.one_time_until is None


async def test_a_password_stands_nowhere_but_on_its_sheet(
    desk: DirectoryDesk, caplog: pytest.LogCaptureFixture
) -> None:
    await staff(desk, "secret-1")
    caplog.set_level("DEBUG")
    done = await act(desk, STAFF, await preview(desk, STAFF))
    [(_name, word)] = SHEETS.findall(done.text)
    tables = await desk.sql(
        "SELECT relname AS name FROM pg_class WHERE relnamespace = 'router'::regnamespace"
        " AND relkind = 'r' AND has_table_privilege(oid, 'SELECT')"
    )
    assert len(tables) > 10
    for table in tables:
        rows = await desk.sql(f"SELECT row_to_json(t)::text AS line FROM {table['name']} t")  # noqa: S608
        assert not any(word in row["line"] for row in rows), table["name"]
    assert word not in caplog.text


async def test_all_are_opened_or_none(desk: DirectoryDesk) -> None:
    await staff(desk, "whole-1", "whole-2")
    shown = await preview(desk, STAFF)
    await staff(desk, "whole-3")
    before = await desk.count("account", "outbox")
    refused = await act(desk, STAFF, shown)
    assert (refused.status_code, "您看过以后名单有了改动" in refused.text) == (409, True)
    assert await desk.count("account", "outbox") == before
    assert "给这3人开设账号" in refused.text, "the page shows what is now"
    assert (await act(desk, STAFF, refused.text)).status_code == 200


async def test_who_never_signed_in_gets_a_new_password_and_the_old_one_is_void(
    desk: DirectoryDesk,
) -> None:
    await staff(desk, "late-1")
    first = SHEETS.findall((await act(desk, STAFF, await preview(desk, STAFF))).text)
    await desk.follow()
    again = {**STAFF, "lacking": "sign_in"}
    done = await act(desk, again, await preview(desk, again))
    sheets = dict(SHEETS.findall(done.text))
    assert sheets["late-1"] != dict(first)["late-1"]
    row = await account(desk, "late-1")
    assert row is not None
    async with desk.stranger() as browser:
        old = {"name": "late-1", "password": dict(first)["late-1"]}
        refused = await browser.post("/router/sign-in", data=as_form(old), headers=PAGE)
        assert "设置新密码" not in refused.text


async def test_nobody_outside_the_area_is_meant_whatever_is_asked(desk: DirectoryDesk) -> None:
    await new_person(desk, "area-1", grant("clerk", unit_id=FINANCE))
    asked = {"division": COUNTY, "role": "clerk", "lacking": "account"}
    shown = await preview(desk, asked, "other-admin")
    assert "这个范围里没有这样的人" in shown
    forged = await act(desk, asked, await preview(desk, asked), "other-admin")
    assert (forged.status_code, await account(desk, "area-1")) == (422, None)
    for wrong in ({"division": "9; --"}, {"role": "mayor"}, {"lacking": "x"}):
        assert (
            await desk.page(
                "county-admin", f"{HERE}?{'&'.join('='.join(one) for one in wrong.items())}"
            )
        ).status_code == 200
    assert (await desk.page("dispatcher", HERE)).status_code == 403


async def test_three_thousand_are_refused_and_two_thousand_take_seconds(
    desk: DirectoryDesk,
) -> None:
    await staff(desk, *(f"many-{n:04}" for n in range(3000)))
    shown = await preview(desk, STAFF)
    assert ("一次最多2,000人" in shown, PLAN.search(shown)) == (True, None)
    forged = await act(desk, STAFF, "")
    assert (forged.status_code, "选中了3,000人" in forged.text) == (422, True)
    some = {**STAFF, "role": "station_head"}
    head = grant("station_head", TOWNSHIP, station_id=STATION)
    await desk.put([person(f"head-{n:04}", "站长", head, home=TOWNSHIP) for n in range(1999)])
    shown = await preview(desk, some)
    begun = time.monotonic()
    done = await act(desk, some, shown)
    assert (done.status_code, len(SHEETS.findall(done.text))) == (200, 2000)
    assert time.monotonic() - begun < 30

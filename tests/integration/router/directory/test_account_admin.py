"""Administrators manage accounts by pages: within their area, on record, never their own."""

import re
from datetime import datetime, timedelta
from typing import Any

from services.router.identity import store
from services.router.identity.domain import passwords
from services.router.identity.domain.accounts import (
    BROWSER,
    AccountRow,
    SignInRecord,
    SourceLock,
    new_account,
    with_password,
)
from services.router.identity.domain.totp import TotpRow
from shared.directory.snapshot import account_key
from shared.ids import Id, named_id, new_id, to_text
from tests.support.officers import as_form
from tests.support.refusals import problem
from tests.support.router.accounts import OWN, PAGE
from tests.support.router.directory import FINANCE, DirectoryDesk, edit, grant, new_person, person
from tests.support.router.play import CITY

GIVEN = re.compile(r"<code>((?:[a-z2-9]{4}-){3}[a-z2-9]{4})</code>")
ACTS = ("open", "reset", "unlock", "remove_totp", "end_sessions")
PLACES = ("只能用以前登录过的浏览器", "不能从10.1.2.3登录", "不能用一个以前登录过的浏览器")
CLERK = grant("clerk", unit_id=FINANCE)


async def with_account(desk: DirectoryDesk, code: str, **more: Any) -> Id:
    key = await new_person(desk, code, CLERK)
    known = passwords.hashed("quiet harbour ledger")
    async with desk.service.db.begin() as tx:
        row = with_password(new_account(key, code, known, tx.now), known, tx.now)
        assert await store.add_account(tx, row.model_copy(update=more))
    return key


def locked(key: Id, source: str, until: datetime) -> SourceLock:
    return SourceLock(person=key, source=source, locks=1, locked_until=until, failed_at=until)


async def account(desk: DirectoryDesk, key: Id) -> AccountRow | None:
    async with desk.service.db.begin() as tx:
        return await store.account_of(tx, key)


async def act(desk: DirectoryDesk, key: Id, do: str, who: str = "county-admin", **form: str) -> Any:
    return await desk.send(who, f"/accounts/{to_text(key)}/{do}", form)


async def look(desk: DirectoryDesk, key: Id, who: str = "county-admin", lang: str = "zh") -> str:
    answer = await desk.page(who, f"/accounts/{to_text(key)}", lang)
    assert answer.status_code == 200, answer.text
    return answer.text


async def tried(desk: DirectoryDesk, who: Id | None, result: str, days: int = 0) -> None:
    async with desk.service.db.begin() as tx:
        at = tx.now - timedelta(days=days, seconds=1)
        record = SignInRecord.model_validate(
            {"id": new_id(at), "at": at, "person": who, "way": "password", "result": result,
             "address": "10.1.2.3"}
        )  # fmt: skip
        await store.add_sign_in_record(tx, record)


async def said(desk: DirectoryDesk, key: Id) -> list[str]:
    rows = await desk.sql(
        "SELECT convert_from(payload, 'UTF8') AS body FROM outbox "
        "WHERE type IN ('directory.account', 'directory.ended_sessions') ORDER BY id"
    )
    return [row["body"] for row in rows if key.hex() in row["body"].replace("-", "")]


async def test_a_one_time_password_is_shown_once_and_kept_nowhere(desk: DirectoryDesk) -> None:
    key = await new_person(desk, "given-one", CLERK)
    page = await look(desk, key)
    assert ('value="given-one"' in page, "重设密码" in page) == (True, False)
    made = await act(desk, key, "open", name="Given.One")
    assert (made.status_code, made.headers["cache-control"]) == (200, "no-store")
    (password,) = GIVEN.findall(made.text)
    row = await account(desk, key)
    assert row is not None
    assert (row.name, row.one_time_until is not None) == ("given.one", True)
    assert passwords.fits(row.password_hash, password)
    after = await look(desk, key)
    assert (password in after, "一次性密码还没有用" in after) == (False, True)
    assert "管理员乙" in after.partition('id="done"')[2]
    twice = await act(desk, key, "open", name="another.name")
    assert (twice.status_code, await account(desk, key)) == (409, row), "an old page says nothing"
    (other,) = GIVEN.findall((await act(desk, key, "reset")).text)
    assert other != password
    events = await said(desk, key)
    assert [re.findall(r'"act":"(\w+)"', one) for one in events] == [["open"], ["reset"], []]
    assert not any(secret in one for one in events for secret in (password, other, "argon2"))


async def test_what_was_done_to_an_account_is_read_by_who_manages_accounts(
    desk: DirectoryDesk,
) -> None:
    key = await with_account(desk, "read-one")
    await act(desk, key, "reset")
    path = f"/v1/directory/entries/{to_text(account_key(key, 'reset'))}"
    assert '"act":"reset"' in (await desk.get("county-admin", path)).text
    assert problem(await desk.get("dispatcher", path))[0] == 404
    person_path = f"/v1/directory/entries/{to_text(key)}"
    assert (await desk.get("dispatcher", person_path)).status_code == 200, "its person may be read"


async def test_a_name_that_cannot_be_taken_comes_back(desk: DirectoryDesk) -> None:
    await with_account(desk, "taken.name")
    key = await new_person(desk, "nameless", CLERK)
    for name, status, words in (
        ("", 422, "账号名用2至64个"),
        ("名字", 422, "账号名用2至64个"),
        ("a b", 422, "账号名用2至64个"),
        ("taken.name", 409, "账号名已有人用"),
    ):
        refused = await act(desk, key, "open", name=name)
        assert (refused.status_code, words in refused.text) == (status, True)
        assert not name or f'value="{name}"' in refused.text
    assert (await account(desk, key), await said(desk, key)) == (None, [])


async def test_a_lock_is_opened_a_factor_taken_and_sessions_end(desk: DirectoryDesk) -> None:
    async with desk.service.db.begin() as tx:
        now = tx.now
    later = now + timedelta(hours=3)
    key = await with_account(desk, "locked-one", locks=2, locked_until=later)
    async with desk.service.db.begin() as tx:
        for source in ("10.1.2.3", f"{BROWSER}1"):
            await store.save_source_lock(tx, locked(key, source, later))
        await store.save_totp(tx, TotpRow(person=key, sealed="x", confirmed_at=now))
    async with desk.stranger() as browser:
        body = {"person_id": key.hex()}
        assert (await browser.post("/router/v1/session", json=body)).status_code == 204
        page = await look(desk, key)
        assert all(words in page for words in ("登录受限", "已开启", "解除锁定", "全部退出登录"))
        assert all(words in page for words in PLACES)
        for do in ("unlock", "remove_totp", "end_sessions"):
            done = await act(desk, key, do)
            assert done.headers["location"] == f"/router/accounts/{to_text(key)}?done={do}"
        assert (await browser.post("/router/renew", json={})).status_code == 401
    async with desk.service.db.begin() as tx:
        assert await store.totp_of(tx, key) is None
    page = await look(desk, key)
    assert ("使用中" in page, "没有开启" in page) == (True, True)
    own = to_text(named_id("person", "county-admin"))
    events = await said(desk, key)
    assert len(events) == 4
    assert all(f'"actor":"{own}"' in one for one in events)


async def test_whoever_is_not_whole_in_the_area_is_not_there(desk: DirectoryDesk) -> None:
    both = await new_person(desk, "two-places", grant("leader", CITY), grant("liaison"))
    beside = await new_person(desk, "beside", grant("liaison", "331003"), home="331003")
    for key in (desk.person("admin"), both, beside, desk.person("nobody-at-all")):
        for do in ACTS:
            assert (await act(desk, key, do, name="some.name")).status_code == 404
        for path in ("", "/sign-ins"):
            answer = await desk.page("county-admin", f"/accounts/{to_text(key)}{path}")
            assert answer.status_code == 404
        assert await account(desk, key) is None
    page = (await desk.page("county-admin", "/accounts?q=某人")).text
    assert ("某人two-places" in page, "某人beside" in page) == (False, False)
    assert "某人two-places" in (await desk.page("admin", "/accounts?q=某人two")).text
    shown = await desk.page("county-admin", f"/directory/people/{to_text(both)}")
    assert (shown.status_code, "账号和登录" in shown.text) == (200, False)
    for who in ("dispatcher", "clerk", "ops"):
        assert problem(await desk.get(who, "/accounts")) == (403, "not_yours")


async def test_a_password_is_void_once_its_person_may_do_what_its_giver_could_not_give(
    desk: DirectoryDesk,
) -> None:
    """Nobody keeps the password of an account and waits until its person is given more."""
    key = await new_person(desk, "TZ0007", CLERK)
    (given,) = GIVEN.findall((await act(desk, key, "open", name="tz0007")).text)
    await desk.follow()
    async with desk.stranger() as browser:

        async def sends(path: str, **form: str) -> int:
            sent = as_form({"name": "tz0007", **form})
            return (await browser.post(f"/router{path}", data=sent, headers=PAGE)).status_code

        assert await sends("/password", password=given, new=OWN) == 303
        assert (await browser.get("/router/directory/vacancies")).status_code == 403
        head = {"role": "committee_head", "division_code": CITY, "valid_from": "2030-01-01"}
        assert (await edit(desk, key, "add_grant", "admin", **head)).status_code == 200
        assert (await browser.get("/router/directory/vacancies")).status_code == 401
        assert await sends("/sign-in", password=OWN) == 422
        assert (await act(desk, key, "reset")).status_code == 404
        assert "任职增加，密码不再有效" in await look(desk, key, "admin")
        page = (await desk.page("admin", f"/directory/people/{to_text(key)}")).text
        assert "原来的密码不是由能授予这些任职的系统管理员发的" in page
        await act(desk, key, "remove_totp", "admin")
        await desk.follow()
        assert await sends("/sign-in", password=OWN) == 422, "another act revives no password"
        (another,) = GIVEN.findall((await act(desk, key, "reset", "admin")).text)
        await desk.follow()
        assert await sends("/sign-in", password=OWN) == 422
        assert await sends("/password", password=another, new=f"{OWN} two") == 303
        assert (await browser.get("/router/directory/vacancies")).status_code == 403


async def test_nobody_manages_their_own_account(desk: DirectoryDesk) -> None:
    own = desk.person("county-admin")
    page = await look(desk, own)
    assert ("这是您自己" in page, "<button>" in page.partition("<main")[2]) == (True, False)
    for do in ACTS:
        refused = await act(desk, own, do, name="own.name")
        assert (refused.status_code, "自己的账号不能由自己" in refused.text) == (403, True)
    assert await account(desk, own) is None
    assert (await act(desk, own, "open", "admin", name="county.admin")).status_code == 200
    assert (await act(desk, desk.person("first"), "end_sessions", "admin")).status_code == 404


async def test_the_list_begins_with_who_needs_attention_and_filters(desk: DirectoryDesk) -> None:
    async with desk.service.db.begin() as tx:
        later = tx.now + timedelta(hours=1)
    key = await with_account(desk, "zz-locked", locked_until=later)
    await with_account(desk, "aa-open")
    await tried(desk, key, "in", days=3)
    page = (await desk.page("county-admin", "/accounts")).text
    assert page.index("某人zz-locked") < page.index("某人aa-open")
    only = (await desk.page("county-admin", "/accounts?show=locked&q=ZZ-LOCK")).text
    assert ("某人zz-locked" in only, "某人aa-open" in only) == (True, False)
    none = (await desk.page("county-admin", "/accounts?show=none")).text
    assert ("林交办" in none, "某人aa-open" in none) == (True, False)
    english = (await desk.page("county-admin", "/accounts?show=locked", "en")).text
    assert all(words in english for words in ("Accounts", "Sign-in restricted", "Until"))
    for query in ("show=king", "page=0", "page=x", f"q={'x' * 101}"):
        assert (await desk.page("county-admin", f"/accounts?{query}")).status_code == 422


async def test_two_of_the_same_name_are_told_apart_by_their_roles(desk: DirectoryDesk) -> None:
    roles = (CLERK, grant("unit_head", unit_id=FINANCE))
    await desk.put([person(f"same-{n}", "李同名", role) for n, role in enumerate(roles)])
    page = (await desk.page("county-admin", "/accounts?q=李同名")).text
    assert sorted(re.findall("财政局(经办人|单位负责人)", page)) == ["单位负责人", "经办人"]
    unit = (await desk.page("county-admin", f"/directory/units/{to_text(FINANCE)}")).text
    options = re.findall(">李同名，[^<]*财政局(经办人|单位负责人)", unit)
    assert sorted(options) == ["单位负责人", "经办人"]


async def test_sign_ins_of_the_area_are_listed_filtered_and_paged(desk: DirectoryDesk) -> None:
    key = await with_account(desk, "tried-one")
    for n in range(60):
        await tried(desk, key, "wrong" if n % 2 else "in")
    await tried(desk, key, "locked", days=20)
    await tried(desk, desk.person("other-admin"), "in")
    await tried(desk, None, "unknown")

    async def records(path: str, who: str = "county-admin") -> str:
        answer = await desk.page(who, f"/accounts{path}")
        assert answer.status_code == 200
        return answer.text.partition("<main")[2]

    assert "试用入口" in await records("/sign-ins?way=trial"), "as this administrator came in"
    page = await records("/sign-ins?way=password")
    assert ("管理员丙" in page, "没有这个人" in page.partition("<tbody")[2]) == (False, False)
    assert page.count("10.1.2.3") == 50
    older = re.search(r'href="/router/accounts(/sign-ins\?[^"]+)"', page)
    assert older
    assert (await records(older[1].replace("&amp;", "&"))).count("10.1.2.3") >= 11
    only = await records("/sign-ins?outcome=locked")
    assert (only.count("10.1.2.3"), "因多次输错，登录受限" in only) == (1, True)
    for none in ("outcome=locked&since=week", "way=oidc"):
        assert "没有登录记录。" in await records(f"/sign-ins?{none}")
    own = await records(f"/{to_text(key)}/sign-ins")
    assert (own.count("10.1.2.3"), "某人tried-one" in own) == (50, True)
    everybody = await records("/sign-ins?outcome=unknown", "first")
    assert "没有这个人" in everybody.partition("<tbody")[2], "of nobody: for who manages all"
    for query in ("outcome=king", "since=ever", "before=x", "way=king"):
        answer = await desk.page("county-admin", f"/accounts/sign-ins?{query}")
        assert answer.status_code == 422


async def test_whoever_administers_everywhere_finds_the_first_account(desk: DirectoryDesk) -> None:
    """It is a person's of the whole system: no administrator of a part may act on it."""
    first = desk.person("first")
    async with desk.service.db.begin() as tx:
        assert await store.add_account(tx, new_account(first, "root.wang", "hash", tx.now))
    await tried(desk, first, "wrong")
    for path, words in (("/accounts?q=root", "root.wang"), ("/accounts/sign-ins", "系统管理员")):
        pages = [(await desk.page(who, path)).text for who in ("first", "admin")]
        assert [words in page.partition("<tbody")[2] for page in pages] == [True, False], path

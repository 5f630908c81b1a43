"""The second factor over HTTP, on a real database: set up, asked for, used once, lost, reset."""

import re
from datetime import datetime

import httpx
import pyotp

from services.router import store
from services.router.domain import passwords
from services.router.domain.accounts import new_account, with_password
from services.router.domain.second import SecondRow
from tests.integration.router.test_signing_in import OWN, PAGE, jianyi
from tests.support.officers import as_form
from tests.support.router.desk import Desk, person_id

WRONG = "验证码不对"


class Lin:
    """Somebody with an account, a browser and maybe an app."""

    def __init__(self, desk: Desk, who: str, browser: httpx.AsyncClient) -> None:
        self.desk, self.who, self.browser = desk, who, browser
        self.app = pyotp.TOTP(pyotp.random_base32())
        self.codes: list[str] = []

    async def send(self, path: str, **form: str) -> httpx.Response:
        return await self.browser.post(f"/router{path}", data=as_form(form), headers=PAGE)

    async def has_account(self) -> None:
        known = passwords.hashed(OWN)
        async with self.desk.service.db.begin() as tx:
            row = new_account(person_id(self.who), self.who, known, tx.now)
            assert await store.add_account(tx, with_password(row, known, tx.now))

    async def signs_in(self) -> httpx.Response:
        return await self.send("/sign-in", name=self.who, password=OWN, next="/router/queue")

    async def gives(self, asked: httpx.Response, code: str) -> httpx.Response:
        half = re.search(r'name="half" value="([^"]+)"', asked.text)
        assert half, asked.text
        return await self.send(
            "/sign-in/code", name=self.who, half=half[1], code=code, next="/router/queue"
        )

    async def sets_up(self) -> None:
        page = await self.browser.get("/router/account/second", headers=PAGE)
        secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)
        assert secret
        assert 'src="data:image/svg+xml' in page.text
        self.app = pyotp.TOTP(secret[1].replace(" ", ""))
        done = await self.send("/account/second", code=await self.code())
        self.codes = re.findall(r"<li><code>([a-z0-9-]+)</code></li>", done.text)
        assert len(self.codes) == 10

    async def code(self) -> str:
        """Read the app; what was used before is forgotten, as if half a minute had passed."""
        await self.desk.sql("UPDATE second_factor SET last_step = 0")
        return self.app.at(await self.now())

    async def now(self) -> datetime:
        async with self.desk.service.db.begin() as tx:
            return tx.now

    async def factor(self) -> SecondRow | None:
        async with self.desk.service.db.begin() as tx:
            return await store.second_of(tx, person_id(self.who))


async def test_it_is_on_only_after_its_first_code_and_its_secret_is_sealed(desk: Desk) -> None:
    async with desk.stranger() as browser:
        lin = Lin(desk, "county", browser)
        await lin.has_account()
        assert (await lin.signs_in()).status_code == 303
        await browser.get("/router/account/second")
        refused = await lin.send("/account/second", code="12345")
        assert (refused.status_code, WRONG in refused.text) == (422, True)
        assert (await lin.signs_in()).status_code == 303, "not on before its first code"
        await lin.sets_up()
        factor = await lin.factor()
    assert factor is not None
    assert lin.app.secret not in factor.sealed
    assert lin.app.secret not in repr(factor)


async def test_the_password_is_not_enough_and_every_code_is_good_once(desk: Desk) -> None:
    async with desk.stranger() as browser, desk.stranger() as other:
        lin = Lin(desk, "nobody", browser)
        await lin.has_account()
        await lin.signs_in()
        await lin.sets_up()
        lin.browser = other
        asked = await lin.signs_in()
        assert (asked.status_code, "还差一步" in asked.text) == (200, True)
        assert "set-cookie" not in asked.headers
        assert (await other.get("/router/account")).status_code == 401
        code = await lin.code()
        assert (await lin.gives(asked, code)).status_code == 303
        again = await lin.gives(asked, code)
        assert (again.status_code, WRONG in again.text) == (422, True), "the same code again"
        assert (await lin.gives(again, lin.codes[0])).status_code == 303
        assert (await lin.gives(again, lin.codes[0])).status_code == 422
        page = await other.get("/router/account", headers=PAGE)
        assert "还有9个备用码没有用" in page.text
    rows = await desk.sql(
        "SELECT result FROM sign_in_record WHERE person = $1 ORDER BY id", person_id("nobody")
    )
    assert [row["result"] for row in rows] == ["in", "code", "in", "wrong", "in", "wrong"]


async def test_wrong_codes_lock_the_account_and_half_a_sign_in_is_its_own_accounts(
    desk: Desk,
) -> None:
    async with desk.stranger() as browser, desk.stranger() as second:
        lin, wang = Lin(desk, "city", browser), Lin(desk, "township", second)
        for one in (lin, wang):
            await one.has_account()
            await one.signs_in()
            await one.sets_up()
        asked = await lin.signs_in()
        half = await wang.signs_in()
        stolen = await wang.gives(half, "x")
        assert stolen.status_code == 422
        forged = await lin.gives(half, await lin.code())
        assert (forged.status_code, "没有登录" in forged.text) == (422, True)
        for _ in range(4):
            assert (await lin.gives(asked, "000000")).status_code == 422
        right = await lin.gives(asked, await lin.code())
        assert (right.status_code, "没有登录" in right.text) == (422, True), "locked meanwhile"
        assert "没有登录" in (await lin.signs_in()).text


async def test_another_password_needs_the_present_one_and_the_code(desk: Desk) -> None:
    new = "gentle river ledger"
    async with desk.stranger() as browser:
        lin = Lin(desk, "elsewhere", browser)
        await lin.has_account()
        await lin.signs_in()
        await lin.sets_up()
        without = await lin.send("/password", name="elsewhere", password=OWN, new=new)
        assert (without.status_code, "开启了两步验证" in without.text) == (422, True)
        wrong = await lin.send("/password", name="elsewhere", password=OWN, new=new, code="1")
        assert (wrong.status_code, "没有登录" in wrong.text) == (422, True)
        code = await lin.code()
        other = await lin.send("/password", name="elsewhere", password="no", new=new, code=code)
        assert (other.status_code, "没有登录" in other.text) == (422, True)
        code = await lin.code()
        weak = await lin.send("/password", name="elsewhere", password=OWN, new="x", code=code)
        assert weak.status_code == 422
        done = await lin.send("/password", name="elsewhere", password=OWN, new=new, code=code)
        assert done.status_code == 303


async def test_it_is_turned_off_by_a_code_or_by_an_administrator(
    desk: Desk,
) -> None:
    async with desk.stranger() as browser:
        lin = Lin(desk, "clerk", browser)
        await lin.has_account()
        await lin.signs_in()
        await lin.sets_up()
        wrong = await lin.send("/account/second/off", code="")
        assert (wrong.status_code, WRONG in wrong.text) == (422, True)
        off = await lin.send("/account/second/off", code=await lin.code())
        assert (off.status_code, await lin.factor()) == (303, None)
        assert (await lin.signs_in()).status_code == 303
        await lin.sets_up()
        one_time = jianyi(desk, "reset", "clerk").splitlines()[-1]
        assert await lin.factor() is not None, "a lost password is not a lost telephone"
        asked = await lin.send("/sign-in", name="clerk", password=one_time)
        assert "还差一步" in asked.text
        jianyi(desk, "drop-second", "clerk")
        assert await lin.factor() is None
        answer = await lin.send("/sign-in", name="clerk", password=one_time)
        assert "设置新密码" in answer.text


async def test_who_has_no_account_has_no_second_factor_here(desk: Desk) -> None:
    page = await desk.page("former", "/account")
    assert "您没有本系统的账号" in page.text
    assert (await desk.page("former", "/account/second")).status_code == 303
    assert (await desk.send("former", "/account/second/off", {"code": "1"})).status_code == 422


async def test_other_browsers_are_signed_out_and_this_one_is_not(desk: Desk) -> None:
    body = {"person_id": person_id("former").hex()}
    async with desk.stranger() as here, desk.stranger() as there:
        for browser in (here, there):
            assert (await browser.post("/router/v1/session", json=body)).status_code == 204
        page = await here.get("/router/account", headers=PAGE)
        assert page.text.count('<td class="c-matter">') == 2
        done = await here.post("/router/account/others", data=as_form({}), headers=PAGE)
        assert done.headers["location"] == "/router/account?done=others"
        assert (await there.post("/router/renew", json={})).status_code == 401
        assert (await here.post("/router/renew", json={})).status_code == 204
        page = await here.get("/router/account", headers=PAGE)
        assert page.text.count('<td class="c-matter">') == 1

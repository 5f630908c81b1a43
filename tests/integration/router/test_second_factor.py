"""The second factor over HTTP, on a real database: set up, asked for, used once, lost, reset."""

from tests.support.officers import as_form
from tests.support.router.accounts import OWN, PAGE, Lin, jianyi
from tests.support.router.desk import Desk, person_id

WRONG = "验证码不对"


async def test_it_is_on_only_after_its_first_code_and_its_secret_is_sealed(desk: Desk) -> None:
    async with desk.stranger() as browser:
        lin = Lin(desk, "county", browser)
        await lin.has_account()
        assert (await lin.signs_in()).status_code == 303
        await browser.get("/router/account/totp")
        refused = await lin.send("/account/totp", code="12345")
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
        wrong = await lin.send("/account/totp/remove", code="")
        assert (wrong.status_code, WRONG in wrong.text) == (422, True)
        off = await lin.send("/account/totp/remove", code=await lin.code())
        assert (off.status_code, await lin.factor()) == (303, None)
        assert (await lin.signs_in()).status_code == 303
        await lin.sets_up()
        one_time = (await jianyi(desk, "reset", "clerk")).splitlines()[-1]
        assert await lin.factor() is not None, "a lost password is not a lost telephone"
        asked = await lin.send("/sign-in", name="clerk", password=one_time)
        assert "还差一步" in asked.text
        await jianyi(desk, "remove-totp", "clerk")
        assert await lin.factor() is None
        answer = await lin.send("/sign-in", name="clerk", password=one_time)
        assert "设置新密码" in answer.text


async def test_who_has_no_account_has_no_second_factor_here(desk: Desk) -> None:
    page = await desk.page("former", "/account")
    assert "您没有本系统的账号" in page.text
    assert (await desk.page("former", "/account/totp")).status_code == 303
    assert (await desk.send("former", "/account/totp/remove", {"code": "1"})).status_code == 422


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

"""The second factor over HTTP, on a real database: set up, asked for, used once, lost, reset."""

from tests.support.officers import as_form
from tests.support.router.accounts import OWN, PAGE, jianyi, signed_in
from tests.support.router.desk import Desk, person_id

WRONG = "验证码不对"


async def test_it_is_on_only_after_its_first_code_and_its_secret_is_sealed(desk: Desk) -> None:
    async with signed_in(desk, "county") as lin:
        await lin.browser.get("/router/account/totp")
        refused = await lin.send("/account/totp", code="12345")
        assert (refused.status_code, WRONG in refused.text) == (422, True)
        assert (await lin.signs_in()).status_code == 303, "not on before its first code"
        await lin.sets_up()
        factor = await lin.factor()
    assert factor is not None
    assert lin.app.secret not in factor.sealed + repr(factor)


async def test_the_password_is_not_enough_and_every_code_is_good_once(desk: Desk) -> None:
    async with signed_in(desk, "nobody", totp=True) as lin, desk.stranger() as other:
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
        assert "名录里没有您现在的职务" in page.text, "and why there is nothing else"
    rows = await desk.sql(
        "SELECT result FROM sign_in_record WHERE person = $1 ORDER BY id", person_id("nobody")
    )
    assert [row["result"] for row in rows] == ["in", "code", "in", "wrong", "in", "wrong"]


async def test_wrong_codes_have_to_wait_and_half_a_sign_in_is_its_own_accounts(desk: Desk) -> None:
    async with (
        signed_in(desk, "city", totp=True) as lin,
        signed_in(desk, "township", totp=True) as wang,
    ):
        asked, half = await lin.signs_in(), await wang.signs_in()
        assert (await wang.gives(half, "x")).status_code == 422
        forged = await lin.gives(half, await lin.code())
        assert (forged.status_code, "没有登录" in forged.text) == (422, True)
        tries = [(await lin.gives(asked, "000000")).status_code for _ in range(5)]
        assert tries == [422] * 5
        late = await lin.gives(asked, await lin.code())
        assert (late.status_code, "暂时不能从这里登录" in late.text) == (422, True)


async def test_another_password_needs_the_present_one_and_the_code(desk: Desk) -> None:
    async with signed_in(desk, "elsewhere", totp=True) as lin:
        form = {"name": "elsewhere", "password": OWN, "new": "gentle river ledger"}
        for wrong, has_code, words in (
            ({}, False, "开启了两步验证"),
            ({"code": "1"}, False, "没有登录"),
            ({"password": "no"}, True, "没有登录"),
            ({"new": "x"}, True, ""),
        ):
            code = {"code": await lin.code()} if has_code else {}
            refused = await lin.send("/password", **form | wrong | code)
            assert (refused.status_code, words in refused.text) == (422, True), wrong
        done = await lin.send("/password", **form, code=await lin.code())
        assert done.status_code == 303


async def test_it_is_turned_off_by_a_code_or_by_an_administrator(desk: Desk) -> None:
    async with signed_in(desk, "clerk", totp=True) as lin:
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

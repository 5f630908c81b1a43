"""Acts that matter want a fresh proof of who it is; what was typed for them is not lost."""

import re
from datetime import timedelta

import httpx

from shared.web.session import PROOF_LASTS
from tests.support.officers import as_form, inputs
from tests.support.refusals import problem
from tests.support.router.accounts import OWN, PAGE, signed_in
from tests.support.router.desk import Desk, person_id

SECOND = "/router/account/totp"
TYPED = {"code": '林"<b>\n第二行'}


async def _ages(desk: Desk, browser: httpx.AsyncClient) -> None:
    """Let the proof of a session be too old; its page in use renews it."""
    await desk.sql("UPDATE session SET proved_at = proved_at - $1::interval", PROOF_LASTS)
    assert (await browser.post("/router/renew", json={})).status_code == 204


async def test_a_form_comes_back_as_it_was_typed_and_goes_through_after_the_proof(
    desk: Desk,
) -> None:
    async with signed_in(desk, "county") as lin:
        browser = lin.browser
        fresh = await browser.post(SECOND, data=as_form(TYPED), headers=PAGE)
        await _ages(desk, browser)
        kept = await browser.post(SECOND, data=as_form(TYPED), headers=PAGE)
        assert (kept.status_code, "请先再确认一次您的身份" in kept.text) == (403, True)
        assert 'href="/router/reauthenticate" target="_blank"' in kept.text
        again = inputs(kept.text)
        assert {name: again[name] for name in TYPED} == TYPED

        wrong = await lin.send("/reauthenticate", password="wrong")
        assert (wrong.status_code, "密码不对" in wrong.text) == (422, True)
        still = await browser.post(SECOND, data=again, headers=PAGE)
        assert "请先再确认一次您的身份" in still.text
        done = await lin.send("/reauthenticate", password=OWN)
        assert (done.status_code, done.headers["location"]) == (303, "/router/reauthenticate")
        assert "身份已确认" in (await browser.get("/router/reauthenticate", headers=PAGE)).text
        sent = await browser.post(SECOND, data=again, headers=PAGE)
        assert (sent.status_code, _told(sent)) == (fresh.status_code, _told(fresh))
    rows = await desk.sql(
        "SELECT result FROM sign_in_record WHERE person = $1 ORDER BY id", person_id("county")
    )
    assert [row["result"] for row in rows] == ["in", "wrong", "in"]


def _told(answer: httpx.Response) -> str:
    """Leave out of a page what is of its request alone."""
    return re.sub(r"编号[0-9a-f]{8}|[0-9a-f]{16}\.[0-9a-f]{64}", "…", answer.text)


async def test_neither_an_unused_session_nor_one_of_a_whole_day_is_renewed(desk: Desk) -> None:
    idle, total = (timedelta(minutes=desk.settings.session_idle_minutes),
                   timedelta(hours=desk.settings.session_hours))  # fmt: skip
    async with signed_in(desk, "nobody") as lin:
        for column, limit in (("renewed_at", idle), ("begun_at", total)):
            await desk.sql(f"UPDATE session SET {column} = {column} - $1::interval", limit)  # noqa: S608
            assert (await lin.browser.post("/router/renew", json={})).status_code == 401, column
            assert (await lin.signs_in()).status_code == 303


async def test_a_program_is_told_where_to_prove_it_and_a_page_too(desk: Desk) -> None:
    async with signed_in(desk, "city") as lin:
        await _ages(desk, lin.browser)
        answer = await lin.browser.get(SECOND)
        assert problem(answer) == (403, "proof_outdated")
        assert answer.json()["prove"] == "/router/reauthenticate"
        page = await lin.browser.get(SECOND, headers=PAGE)
        assert (page.status_code, 'href="/router/reauthenticate"' in page.text) == (403, True)
        assert (await lin.browser.get("/router/queue")).status_code == 200, "all else goes on"


async def test_the_proof_takes_a_code_where_there_is_a_second_factor(desk: Desk) -> None:
    async with signed_in(desk, "township", totp=True) as lin:
        await _ages(desk, lin.browser)
        page = await lin.browser.get("/router/reauthenticate", headers=PAGE)
        assert 'name="code"' in page.text
        half = await lin.send("/reauthenticate", password=OWN)
        assert (half.status_code, "验证码不对" in half.text) == (422, True)
        for code, status in (("000000", 422), (await lin.code(), 303)):
            sent = await lin.send("/reauthenticate", password=OWN, code=code)
            assert sent.status_code == status


async def test_wrong_proofs_lock_the_account_for_their_browser(desk: Desk) -> None:
    async with signed_in(desk, "elsewhere") as lin:
        await _ages(desk, lin.browser)
        for _ in range(5):
            await lin.send("/reauthenticate", password="wrong")
        assert (await lin.send("/reauthenticate", password=OWN)).status_code == 422
        assert (await lin.signs_in()).status_code == 422


async def test_the_trial_door_which_wants_no_proof_wants_none_here(desk: Desk) -> None:
    async with desk.stranger() as browser:
        body = {"person_id": person_id("clerk").hex()}
        assert (await browser.post("/router/v1/session", json=body)).status_code == 204
        await _ages(desk, browser)
        answer = await browser.post(SECOND, data=as_form(TYPED), headers=PAGE)
        assert "请先再确认一次您的身份" not in answer.text
        assert (await browser.post("/router/reauthenticate", data=as_form({}))).status_code == 303


def test_a_proof_lasts_a_quarter_of_an_hour() -> None:
    assert timedelta(minutes=15) == PROOF_LASTS

"""Forms: only a page of ours can send one, whatever became of the session since it was opened."""

import httpx
import pytest

from shared.web.csrf import FORM_COOKIE, TOKEN, is_own, new_secret, token_of
from shared.web.session import COOKIE
from tests.support.officers import inputs
from tests.support.refusals import problem

PAGE = {"accept": "text/html", "origin": "https://jianyi.test"}
TYPED = {"reason": '不属本单位 <b>"x"</b>\n第二行'}
SIGNED_IN = f"{COOKIE}=any"


async def test_a_page_sends_its_own_form(client: httpx.AsyncClient) -> None:
    opened = await client.get("/fill", headers=PAGE)
    cookie = opened.headers["set-cookie"]
    assert cookie.startswith(f"{FORM_COOKIE}=")
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= set(cookie.split("; "))
    token = inputs(opened.text)[TOKEN]
    again = await client.get("/fill", headers=PAGE)
    assert "set-cookie" not in again.headers
    assert inputs(again.text)[TOKEN] != token
    sent = await client.post("/fill", data=TYPED | {TOKEN: token}, headers=PAGE)
    assert sent.status_code == 422  # the gallery refuses all it is sent
    assert "不属本单位" in sent.text


async def test_a_form_outlives_the_session_it_was_opened_in(client: httpx.AsyncClient) -> None:
    client.cookies.set(COOKIE, "signed with a key that is gone since")
    token = inputs((await client.get("/fill", headers=PAGE)).text)[TOKEN]
    client.cookies.set(COOKIE, "renewed")
    sent = await client.post("/fill", data=TYPED | {TOKEN: token}, headers=PAGE)
    assert sent.status_code == 422


@pytest.mark.parametrize(
    "token",
    [None, "", ".", "x", pytest.param(token_of("another browser"), id="another"), "盐.答"],
)
async def test_a_form_without_its_token_comes_back_as_it_was_typed(
    client: httpx.AsyncClient, token: str | None
) -> None:
    more = {} if token is None else {TOKEN: token}
    cookies = {"cookie": f"{SIGNED_IN}; {FORM_COOKIE}={new_secret()}"}
    refused = await client.post("/fill", data=TYPED | more, headers=PAGE | cookies)
    assert refused.status_code == 409
    assert "请再提交一次" in refused.text
    again = inputs(refused.text)
    assert again["reason"] == TYPED["reason"]
    sent = await client.post("/fill", data=again, headers=PAGE | cookies)
    assert sent.status_code == 422


async def test_who_is_not_signed_in_goes_to_the_door(client: httpx.AsyncClient) -> None:
    refused = await client.post("/fill", data=TYPED, headers=PAGE)
    assert refused.status_code == 303
    assert refused.headers["location"].startswith("/router/sign-in?next=")


async def test_files_and_passwords_are_not_given_back(client: httpx.AsyncClient) -> None:
    with_session = PAGE | {"cookie": SIGNED_IN}
    secret = await client.post("/fill", data={"password": "tiger7"}, headers=with_session)
    assert (secret.status_code, "tiger7" in secret.text) == (409, False)
    file = {"table": ("a.csv", b"deputy-4")}
    sent = await client.post("/fill", data=TYPED, files=file, headers=with_session)
    assert (sent.status_code, "第二行" in sent.text) == (409, False)


async def test_a_program_is_told_to_send_json(client: httpx.AsyncClient) -> None:
    assert problem(await client.post("/fill", data=TYPED)) == (415, "not_json")
    assert problem(await client.post("/sheet", data={"count": "1"})) == (415, "not_json")


@pytest.mark.parametrize("kind", [None, "text/plain", "application/octet-stream", "json", ";"])
async def test_an_act_without_fields_needs_the_token_too(
    client: httpx.AsyncClient, kind: str | None
) -> None:
    client.headers["origin"] = "https://jianyi.test"
    said = {} if kind is None else {"content-type": kind}
    assert problem(await client.post("/enter", headers=said)) == (415, "not_json")
    json = {"content-type": "application/json"}
    assert (await client.post("/enter", headers=json)).status_code == 204
    signed = {"authorization": "Bearer signed by a station"}
    assert (await client.post("/enter", headers=signed)).status_code == 204
    basic = {"authorization": "Basic kept by the browser"}
    assert (await client.post("/enter", headers=basic)).status_code == 415
    assert (await client.delete("/enter")).status_code == 405


def test_a_token_answers_to_one_browser() -> None:
    one, other = new_secret(), new_secret()
    assert is_own(token_of(one), one)
    assert not is_own(token_of(one), other)
    assert not is_own(token_of(""), "")
    assert not is_own(None, one)

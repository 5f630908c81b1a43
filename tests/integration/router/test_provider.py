"""Signing in at a provider, over HTTP: what it answers is believed only when all of it fits."""

import re
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from joserfc.jwk import RSAKey
from pydantic import ValidationError

from deploy.local.servers import Servers
from services.router.identity import store
from services.router.identity.console.sign_in import PROVIDER_COOKIE
from services.router.identity.domain.sessions import PROVIDER_LASTS, AtProvider
from services.router.identity.oidc_client import OidcClient, OidcSettings, ProviderRefused
from services.router.settings import RouterSettings
from shared.web.session import COOKIE as SESSION
from tests.support.router.desk import Desk, open_desk, person_id, settings_for
from tests.support.router.provider import CLIENT, SECRET, LyingProvider, lying_provider
from tests.support.servers import fresh_database

PAGE = {"Accept": "text/html"}
NOW = datetime(2026, 11, 25, tzinfo=UTC)
AWAY, OVER, WRONG = "现在连不上", "没有登录：这次登录已经用过", "答复有误"


@pytest_asyncio.fixture(scope="module")
async def provider() -> AsyncIterator[LyingProvider]:
    async with lying_provider() as serving:
        yield serving


@pytest_asyncio.fixture(scope="module")
async def desk(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory, provider: LyingProvider
) -> AsyncIterator[Desk]:
    """A router whose people may sign in at the provider."""
    folder: Path = tmp_path_factory.mktemp("provider")
    secret = folder / "secret"
    secret.write_text(f"{SECRET}\n")
    async with fresh_database(servers.dsn) as dsn:
        settings = settings_for(
            dsn,
            folder,
            JIANYI_ADDRESS="https://jianyi.test",
            oidc_issuer=provider.url,
            oidc_client_id=CLIENT,
            oidc_client_secret_file=secret,
        )
        async with open_desk(settings) as opened:
            yield opened


@pytest.fixture(autouse=True)
def honest(provider: LyingProvider) -> None:
    """Let it tell the truth until a test says otherwise."""
    fresh = LyingProvider(url=provider.url, key=provider.key)
    vars(provider).update(vars(fresh))
    provider.claims = {"sub": "county"}


async def _leave(browser: httpx.AsyncClient, provider: LyingProvider) -> dict[str, str]:
    answer = await browser.get("/router/oidc?next=/router/queue", headers=PAGE)
    assert answer.status_code == 303, answer.text
    assert answer.headers["set-cookie"].startswith(f"{PROVIDER_COOKIE}=")
    assert "HttpOnly; Path=/; SameSite=lax; Secure" in answer.headers["set-cookie"]
    return provider.seen(answer.headers["location"])


async def _back(browser: httpx.AsyncClient, **query: str) -> httpx.Response:
    return await browser.get("/router/oidc/back", params=query, headers=PAGE)


async def _sign_in(desk: Desk, provider: LyingProvider) -> httpx.Response:
    async with desk.stranger() as browser:
        asked = await _leave(browser, provider)
        return await _back(browser, code="any", state=asked["state"])


async def _records(desk: Desk) -> list[Any]:
    return await desk.sql("SELECT way, result, person FROM sign_in_record ORDER BY id DESC LIMIT 3")


async def test_who_is_in_the_directory_comes_in_and_goes_where_they_wanted_to(
    desk: Desk, provider: LyingProvider
) -> None:
    async with desk.stranger() as browser:
        asked = await _leave(browser, provider)
        assert asked["redirect_uri"] == "https://jianyi.test/router/oidc/back"
        assert (asked["response_type"], asked["scope"]) == ("code", "openid")
        assert (asked["code_challenge_method"], len(asked["code_challenge"])) == ("S256", 43)
        answer = await _back(browser, code="any", state=asked["state"])
        assert (answer.status_code, answer.headers["location"]) == (303, "/router/queue")
        cookies = [one.partition("=")[0] for one in answer.headers.get_list("set-cookie")]
        assert (sorted(cookies), answer.content) == ([PROVIDER_COOKIE, SESSION], b"")
        assert (await browser.get("/router/queue")).status_code == 200
        async with desk.service.db.begin() as tx:
            (session, *_) = await store.list_sessions(tx, person_id("county"))
        assert session.way == "oidc"
        record = (await _records(desk))[0]
        assert (record["way"], record["result"]) == ("oidc", "in")

        again = await _back(browser, code="any", state=asked["state"])
        assert (again.status_code, OVER in again.text) == (400, True), "an answer is good once"
        browser.cookies.set(PROVIDER_COOKIE, asked["state"], domain="jianyi.test")
        again = await _back(browser, code="any", state=asked["state"])
        assert (again.status_code, OVER in again.text) == (400, True), "also with its cookie"


async def test_a_stranger_is_told_whom_to_ask(desk: Desk, provider: LyingProvider) -> None:
    provider.claims = {"sub": "<b>somebody</b>"}
    answer = await _sign_in(desk, provider)
    assert (answer.status_code, SESSION in answer.headers["set-cookie"]) == (403, False)
    assert "没有编号为&lt;b&gt;somebody&lt;/b&gt;的人" in answer.text
    assert "本级系统管理员" in answer.text
    record = (await _records(desk))[0]
    assert (record["way"], record["result"], record["person"]) == ("oidc", "unknown", None)


Lie = Callable[[LyingProvider], None]


def _says(**claims: Any) -> Lie:
    return lambda provider: provider.claims.update(claims)


def _other_key(provider: LyingProvider) -> None:
    provider.known = RSAKey.generate_key(2048)


def _answers(**token: Any) -> Lie:
    return lambda provider: provider.token.update(token)


LIES: dict[str, Lie] = {
    "another issuer": _says(iss="https://elsewhere.example"),
    "for another client": _says(aud="somebody-else"),
    "for two, but not given by us": _says(aud=[CLIENT, "other"], azp="other"),
    "another nonce": _says(nonce="another"),
    "no nonce": _says(nonce=None),
    "run out": _says(exp=1_600_000_000),
    "the person is no text": _says(sub=7),
    "the person is empty": _says(sub=""),
    "another key": _other_key,
    "signed with our secret": lambda provider: setattr(provider, "alg", "HS256"),
    "unsigned": _answers(id_token="eyJhbGciOiJub25lIn0.eyJzdWIiOiJjb3VudHkifQ."),
    "no ID token": _answers(id_token=None),
    "the code is refused": _answers(error="invalid_grant", error_description="<script>"),
}


@pytest.mark.parametrize("lie", LIES)
async def test_an_answer_that_does_not_fit_lets_nobody_in(
    desk: Desk, provider: LyingProvider, lie: str
) -> None:
    LIES[lie](provider)
    answer = await _sign_in(desk, provider)
    assert (answer.status_code, WRONG in answer.text) == (403, True), answer.text
    assert SESSION not in answer.headers["set-cookie"]
    assert "Traceback" not in answer.text
    assert "&lt;script&gt;" not in answer.text
    assert (await _records(desk))[0]["result"] == "wrong"


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ({}, 400, OVER),
        ({"code": "x", "state": "another"}, 400, OVER),
        ({"code": "x", "state": "状态"}, 400, OVER),
        ({"error": "access_denied", "state": "{state}"}, 403, "取消了登录"),
        ({"error": "<b>server_error", "state": "{state}"}, 403, WRONG),
        ({"error": "access_denied"}, 403, "取消了登录"),
    ],
)
async def test_what_comes_back_otherwise_has_its_page(
    desk: Desk, provider: LyingProvider, query: dict[str, str], status: int, words: str
) -> None:
    async with desk.stranger() as browser:
        asked = await _leave(browser, provider)
        sent = {name: value.format(**asked) for name, value in query.items()}
        answer = await _back(browser, **sent)
    assert (answer.status_code, words in answer.text) == (status, True), answer.text
    assert "<b>" not in answer.text


async def test_an_answer_belongs_to_the_browser_that_asked(
    desk: Desk, provider: LyingProvider
) -> None:
    async with desk.stranger() as attacker, desk.stranger() as victim:
        asked = await _leave(attacker, provider)
        answer = await _back(victim, code="any", state=asked["state"])
        assert (answer.status_code, OVER in answer.text) == (400, True)
        await _leave(victim, provider)
        answer = await _back(victim, code="any", state=asked["state"])
        assert (answer.status_code, OVER in answer.text) == (400, True)


async def test_an_answer_that_took_too_long_is_over(desk: Desk, provider: LyingProvider) -> None:
    async with desk.stranger() as browser:
        asked = await _leave(browser, provider)
        await desk.sql("UPDATE at_provider SET begun_at = begun_at - $1::interval", PROVIDER_LASTS)
        answer = await _back(browser, code="any", state=asked["state"])
    assert (answer.status_code, OVER in answer.text) == (400, True)


@pytest.mark.parametrize(
    "metadata", [{"issuer": "https://elsewhere.example"}, {"authorization_endpoint": None}]
)
async def test_a_provider_that_is_not_itself_is_away_and_accounts_still_work(
    desk: Desk, provider: LyingProvider, metadata: dict[str, Any]
) -> None:
    provider.metadata = metadata
    async with desk.stranger() as browser:
        answer = await browser.get("/router/oidc?next=/router/queue", headers=PAGE)
    assert (answer.status_code, AWAY in answer.text) == (503, True)
    assert 'name="password"' in answer.text
    assert 'value="/router/queue"' in answer.text


@pytest.mark.parametrize("part", ["token_endpoint", "jwks_uri"])
async def test_a_provider_may_go_away_while_somebody_is_there(
    desk: Desk, provider: LyingProvider, part: str
) -> None:
    provider.metadata = {part: "http://127.0.0.1:9/"}
    answer = await _sign_in(desk, provider)
    assert (answer.status_code, AWAY in answer.text) == (503, True)


@pytest.mark.parametrize(("part", "to"), [("token_endpoint", "token"), ("jwks_uri", "jwks")])
async def test_a_provider_that_sends_us_elsewhere_is_not_followed(
    desk: Desk, provider: LyingProvider, part: str, to: str
) -> None:
    provider.metadata = {part: f"{provider.url}/moved/{to}"}
    answer = await _sign_in(desk, provider)
    assert answer.status_code in (403, 503), answer.text
    assert SESSION not in answer.headers["set-cookie"]


async def _who(provider: LyingProvider, claim: str) -> str:
    asking = OidcClient(
        OidcSettings(provider.url, CLIENT, SECRET, claim, "https://jianyi.test/back")
    )
    begun = await asking.authorize()
    assert provider.seen(begun.url)["scope"] == "openid profile email"
    row = AtProvider(
        state=begun.state, nonce=begun.nonce, verifier=begun.verifier, next="/", begun_at=NOW
    )
    return (await asking.identify(row, "any")).code


async def test_what_the_provider_adds_is_believed_of_the_same_person_only(
    provider: LyingProvider,
) -> None:
    provider.claims = {"sub": "0815"}
    provider.metadata = {"userinfo_endpoint": f"{provider.url}/userinfo"}
    provider.userinfo = {"sub": "0815", "preferred_username": "county"}
    assert await _who(provider, "preferred_username") == "county"
    provider.userinfo["sub"] = "0816"
    with pytest.raises(ProviderRefused, match="somebody else"):
        await _who(provider, "preferred_username")


async def test_an_address_counts_only_once_it_is_verified(provider: LyingProvider) -> None:
    provider.claims |= {"email": "lin@jianyi.test", "email_verified": True}
    assert await _who(provider, "email") == "lin@jianyi.test"
    provider.claims["email_verified"] = "true"
    with pytest.raises(ProviderRefused, match="not verified"):
        await _who(provider, "email")


def test_the_client_does_not_show_its_secret() -> None:
    assert SECRET not in repr(
        OidcSettings("https://id.test", CLIENT, SECRET, "sub", "https://x.test")
    )


def test_a_provider_without_its_parts_or_without_tls_is_refused(tmp_path: Path) -> None:
    whole = {
        "JIANYI_ADDRESS": "https://jianyi.test",
        "oidc_issuer": "https://id.test",
        "oidc_client_id": CLIENT,
        "oidc_client_secret_file": tmp_path / "secret",
    }
    production = {"JIANYI_ENV": "production"}
    assert (
        settings_for("postgres://who:word@x", tmp_path, **whole, **production).oidc_claim == "sub"
    )
    for name in ("JIANYI_ADDRESS", "oidc_client_id", "oidc_client_secret_file"):
        less = {key: value for key, value in whole.items() if key != name}
        with pytest.raises(ValidationError, match="ROUTER_OIDC_ISSUER needs"):
            settings_for("postgres://who:word@x", tmp_path, **less)
    for name in ("JIANYI_ADDRESS", "oidc_issuer"):
        plain = whole | {name: "http://localhost:9400"}
        assert isinstance(settings_for("postgres://who:word@x", tmp_path, **plain), RouterSettings)
        with pytest.raises(ValidationError, match=re.escape("needs https://")):
            settings_for("postgres://who:word@x", tmp_path, **plain, **production)


async def test_whoever_the_provider_knew_long_ago_is_asked_to_prove_it_anew(
    desk: Desk, provider: LyingProvider
) -> None:
    provider.claims["auth_time"] = int(time.time()) - 3600
    async with desk.stranger() as browser:
        asked = await _leave(browser, provider)
        assert "prompt" not in asked
        await _back(browser, code="any", state=asked["state"])
        assert (await browser.get("/router/account/totp")).status_code == 403
        page = await browser.get("/router/reauthenticate", headers=PAGE)
        assert "/router/oidc?reauthenticate=yes&amp;next=/router/reauthenticate" in page.text

        answer = await browser.get(
            "/router/oidc?reauthenticate=yes&next=/router/reauthenticate", headers=PAGE
        )
        asked = provider.seen(answer.headers["location"])
        assert (asked["prompt"], asked["max_age"]) == ("login", "0")
        provider.claims["auth_time"] = int(time.time())
        done = await _back(browser, code="any", state=asked["state"])
        assert done.headers["location"] == "/router/reauthenticate"
        assert "身份已确认" in (await browser.get("/router/reauthenticate", headers=PAGE)).text

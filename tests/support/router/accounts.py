"""Accounts of the router: a person who signs in, and the administrator's command line."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import httpx
import pyotp

from services.router.cli import app
from services.router.identity import store
from services.router.identity.domain import passwords
from services.router.identity.domain.accounts import new_account, with_password
from services.router.identity.domain.totp import TotpRow
from shared.web.csrf import FORM_COOKIE
from tests.support import commands
from tests.support.officers import BROWSER, as_form
from tests.support.router.desk import Desk, person_id

PAGE, COOKIES = {"Accept": "text/html"}, {FORM_COOKIE: BROWSER}
OWN = "quiet harbour ledger"


async def jianyi(desk: Desk, *words: str, code: int = 0) -> str:
    settings = desk.settings
    environ = {
        "ROUTER_DATABASE_URL": settings.database_url.get_secret_value(),
        "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
        "JIANYI_ENV": "development",
    }
    done, printed = await commands.run(app, environ, "account", *words)
    assert done == code, printed
    return printed


class Lin:
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
        ticket = re.search(r'name="mfa_ticket" value="([^"]+)"', asked.text)
        assert ticket, asked.text
        return await self.send(
            "/sign-in/code", name=self.who, mfa_ticket=ticket[1], code=code, next="/router/queue"
        )

    async def sets_up(self) -> None:
        page = await self.browser.get("/router/account/totp", headers=PAGE)
        secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)
        assert secret
        assert 'src="data:image/svg+xml' in page.text
        self.app = pyotp.TOTP(secret[1].replace(" ", ""))
        done = await self.send("/account/totp", code=await self.code())
        self.codes = re.findall(r"<li><code>([a-z0-9-]+)</code></li>", done.text)
        assert len(self.codes) == 10

    async def code(self) -> str:
        """Read the app; what was used before is forgotten, as if half a minute had passed."""
        await self.desk.sql("UPDATE second_factor SET last_step = 0")
        return self.app.at(await self.now())

    async def now(self) -> datetime:
        async with self.desk.service.db.begin() as tx:
            return tx.now

    async def factor(self) -> TotpRow | None:
        async with self.desk.service.db.begin() as tx:
            return await store.totp_of(tx, person_id(self.who))


@asynccontextmanager
async def signed_in(desk: Desk, who: str, *, totp: bool = False) -> AsyncIterator[Lin]:
    """Give somebody an account and sign them in with a browser, maybe with a second factor."""
    async with desk.stranger() as browser:
        lin = Lin(desk, who, browser)
        await lin.has_account()
        assert (await lin.signs_in()).status_code == 303
        if totp:
            await lin.sets_up()
        yield lin

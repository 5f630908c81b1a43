"""Officers at a service under test: each signs in and reads, acts and opens pages by HTTP."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import httpx

from shared.contracts.envelope import Event
from shared.contracts.router import DirectorySessionKey
from shared.ids import Id, named_id
from shared.service import mounted
from shared.web.csrf import FORM_COOKIE, TOKEN, token_of
from shared.web.session import COOKIE, Session, issue, new_private_key
from tests.support.hearing import Hearing

BROWSER = "the secret of a browser"


def as_form(form: Mapping[str, Any]) -> dict[str, Any]:
    """Add the token that a page would have put into its form."""
    return {**form, TOKEN: token_of(BROWSER)}


@dataclass(kw_only=True)
class Officers(Hearing):
    key: Any = field(default_factory=new_private_key)

    def person(self, who: str) -> Id:
        return named_id("person", who)

    def session_key(self, said: Mapping[str, Any]) -> tuple[Id, Event]:
        pem = str(self.key.as_pem(private=False).decode())
        return named_id("session_key", "k1"), DirectorySessionKey(**said, kid="k1", public_pem=pem)

    async def taken(self, subject: Id) -> list[tuple[Id, str]]:
        """List who took the trail of a subject away, and for which division it is logged."""
        rows = await self.sql(
            "SELECT * FROM access_log WHERE subject = $1 AND reason = 'export' ORDER BY id", subject
        )
        assert {tuple(row["fields"]) for row in rows} <= {("trail",)}
        return [(row["person_id"], row["division_code"]) for row in rows]

    async def cookie(self, who: str) -> str:
        async with self.service.db.begin() as tx:
            now = tx.now
        return str(issue(Session(self.person(who), self.person(who), now), self.key, now))

    async def client(self, who: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(mounted([self.service])),
            base_url="https://jianyi.test",
            headers={"Origin": "https://jianyi.test"},
            cookies={COOKIE: await self.cookie(who), FORM_COOKIE: BROWSER},
        )

    async def get(self, who: str, path: str) -> httpx.Response:
        async with await self.client(who) as client:
            return await client.get(f"/{self.service.name}{path}")

    async def post(self, who: str, path: str, body: Any = None) -> httpx.Response:
        async with await self.client(who) as client:
            headers = {"Content-Type": "application/json"}
            sent = "" if body is None else json.dumps(body)
            return await client.post(f"/{self.service.name}{path}", content=sent, headers=headers)

    async def page(self, who: str, path: str, lang: str = "zh") -> httpx.Response:
        async with await self.client(who) as client:
            client.cookies.set("lang", lang)
            return await client.get(f"/{self.service.name}{path}", headers={"Accept": "text/html"})

    async def send(self, who: str, path: str, form: Mapping[str, str]) -> httpx.Response:
        async with await self.client(who) as client:
            return await client.post(
                f"/{self.service.name}{path}", data=as_form(form), headers={"Accept": "text/html"}
            )


def inputs(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    return {name: unescape(value) for name, value in found}

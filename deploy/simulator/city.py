"""HTTP client of the simulator: sessions of the city's people, and checked answers."""

import asyncio
import html
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from http.cookies import SimpleCookie
from typing import Any

import httpx

Json = dict[str, Any]
SERVICES = ("intake", "router", "tracker", "reporting")
SESSION_SECONDS = 600
REST_SECONDS = 120.0
LOOK_SECONDS = 0.03
AT_ONCE = 16
TRIES = 20


_FORM = re.compile(r'<form class="card[^>]*>.*?</form>', re.DOTALL)
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)"[^>]* value="([^"]*)"')


def _browser(cookies: Sequence[str]) -> dict[str, str]:
    return {"Cookie": "; ".join(cookies), "Sec-Fetch-Site": "same-origin"}


class Unexpected(Exception):
    """A service answered otherwise than the play expected: the play stops with both.

    `code` is that of a refusal.
    """

    def __init__(self, when: datetime, answer: httpx.Response, wanted: str = "") -> None:
        request = answer.request
        is_problem = "problem+json" in answer.headers.get("content-type", "")
        self.code: str = answer.json().get("code", "") if is_problem else ""
        super().__init__(
            f"{when:%Y-%m-%d %H:%M}: {request.method} {request.url}\n"
            f"{request.content.decode(errors='replace')}\n"
            f"→ {answer.status_code} {answer.text}" + (f"\nwanted: {wanted}" if wanted else "")
        )


class Told(dict[str, Any]):
    """An object of an answer; what it should have and has not raises Unexpected."""

    def __init__(self, fields: Json, unlike: Callable[[str], Unexpected]) -> None:
        super().__init__(fields)
        self._unlike = unlike

    def __missing__(self, name: str) -> Any:
        raise self._unlike(f"{name!r} in {dict(self)}")

    def one(self, name: str, **fields: object) -> "Told":
        """Give the one object of a list that has these fields."""
        found = [it for it in self[name] if all(it[n] == value for n, value in fields.items())]
        if len(found) != 1:
            raise self._unlike(f"one of {name!r} with {fields}, not {len(found)}")
        (only,) = found
        return only  # type: ignore[no-any-return]


class NoRest(Exception):
    """A service does not come to rest."""


@dataclass(frozen=True, slots=True)
class Person:
    person_id: str
    name: str
    grants: Sequence[Mapping[str, str]]


class City:
    """HTTP client that acts as any person; an unexpected answer raises Unexpected."""

    def __init__(self, http: httpx.AsyncClient, clock: Callable[[], datetime]) -> None:
        self.http, self._clock = http, clock
        self._tokens: dict[str, tuple[float, str]] = {}
        self._places = asyncio.Semaphore(AT_ONCE)

    async def get(self, by: Person, path: str, **query: str) -> Told:
        """Send a GET request as a person; raises Unexpected."""
        return await self._ask(by, "GET", path, params=query)

    async def act(self, by: Person, path: str, body: Json | None = None) -> Told:
        """Send a POST request as a person; raises Unexpected."""
        return await self._ask(by, "POST", path, json=body or {})

    async def record(self, by: Person, path: str, body: Json) -> Told:
        """Send a POST request that makes something new as a person; raises Unexpected."""
        return self.expect(await self._send(by, "POST", path, json=body), HTTPStatus.CREATED)

    async def fill_in(
        self, path: str, fields: Json, by: Person | None = None
    ) -> tuple[Mapping[str, str], str]:
        """Open a page and send its form as a browser does, with what it hides.

        Opens it again if something changed in between, as a person would. Gives what it hides and
        the address it leads to; raises Unexpected if it leads nowhere.
        """
        cookies = [await self._token(by)] if by else []
        for _ in range(TRIES):
            hidden, answer = await self._send_form(path, fields, cookies)
            if answer.status_code != HTTPStatus.CONFLICT:
                break
        if answer.status_code != HTTPStatus.SEE_OTHER:
            raise Unexpected(self._clock(), answer, "an address that it leads to")
        return hidden, answer.headers["location"]

    async def _send_form(
        self, path: str, fields: Json, cookies: Sequence[str]
    ) -> tuple[Mapping[str, str], httpx.Response]:
        shown = await self.sent(lambda: self.http.get(path, headers=_browser(cookies)))
        form = _FORM.search(shown.text)
        if form is None:
            raise Unexpected(self._clock(), shown, "a page that is a form")
        hidden = {name: html.unescape(value) for name, value in _HIDDEN.findall(form[0])}
        cookies = [*cookies, *(it.partition(";")[0] for it in shown.headers.get_list("set-cookie"))]
        answer = await self.sent(
            lambda: self.http.post(path, headers=_browser(cookies), data=hidden | fields)
        )
        return hidden, answer

    async def list_open(self, path: str, **query: str) -> Told:
        """Send a GET request without a session, for what a trial system publishes."""
        return self.expect(await self.sent(lambda: self.http.get(path, params=query)))

    def expect(self, answer: httpx.Response, *statuses: int) -> Told:
        """Read an answer; raises Unexpected unless it has one of these statuses, by default 200.

        So does what is read of it later and is not there.
        """
        unlike = partial(Unexpected, self._clock(), answer)
        if answer.status_code not in (statuses or (HTTPStatus.OK,)):
            raise unlike()
        if not answer.content:
            return Told({}, unlike)
        try:
            content = answer.json(object_hook=lambda fields: Told(fields, unlike))
        except ValueError:
            raise unlike("JSON") from None
        if not isinstance(content, Told):
            raise unlike("a JSON object")
        return content

    async def sent(self, send: Callable[[], Any]) -> httpx.Response:
        """Send a request; retry it while the service answers 503."""
        async with self._places:
            for _ in range(TRIES):
                answer: httpx.Response = await send()
                if answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
                    break
                await asyncio.sleep(float(answer.headers.get("retry-after", 1)))
        return answer

    async def answers(self, by: Person, path: str) -> bool:
        """Whether a service accepts this person yet."""
        return (await self._send(by, "GET", path)).is_success

    async def _ask(self, by: Person, method: str, path: str, **content: Any) -> Told:
        return self.expect(await self._send(by, method, path, **content))

    async def _send(self, by: Person, method: str, path: str, **content: Any) -> httpx.Response:
        head = _browser([await self._token(by)])
        return await self.sent(lambda: self.http.request(method, path, headers=head, **content))

    async def _token(self, by: Person) -> str:
        """Sign in, or go on with a session that lives for some minutes more."""
        now = self._clock().timestamp()
        began, token = self._tokens.get(by.person_id, (0.0, ""))
        if not began <= now < began + SESSION_SECONDS:
            body = {"person_id": by.person_id}
            answer = await self.sent(lambda: self.http.post("/router/v1/session", json=body))
            self.expect(answer, HTTPStatus.NO_CONTENT)
            ((name, cookie),) = SimpleCookie(answer.headers["set-cookie"]).items()
            token = f"{name}={cookie.value}"
            self._tokens[by.person_id] = (now, token)
        return token

    async def rest(self) -> None:
        """Wait until all services are idle and did nothing between two states; raises NoRest."""
        give_up = time.monotonic() + REST_SECONDS
        before: list[Json] = []
        while True:
            states = await asyncio.gather(*(self._idle(name) for name in SERVICES))
            if all(state["idle"] for state in states) and states == before:
                return
            if time.monotonic() > give_up:
                restless = [
                    n for n, state in zip(SERVICES, states, strict=True) if not state["idle"]
                ]
                raise NoRest(f"{self._clock():%Y-%m-%d %H:%M}: {', '.join(restless)}: not idle")
            before = list(states)
            await asyncio.sleep(LOOK_SECONDS)

    async def _idle(self, service: str) -> Json:
        return self.expect(await self.http.get(f"/{service}/health/idle"))

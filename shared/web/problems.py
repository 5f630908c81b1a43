"""Every failure as an answer people can act on: problem+json (RFC 9457), or a page."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.errors import Invalid, Problem, TooLarge, Unavailable
from shared.ids import to_text
from shared.observability.correlation import correlation_id
from shared.web.console import Console
from shared.web.forms import TOKEN, FormOutdated
from shared.web.session import COOKIE, ProofOutdated, SessionExpired
from shared.web.validation import field_errors

log = structlog.get_logger()

_TITLES: Mapping[int, tuple[str, str]] = {
    400: ("请求读不懂", "The request cannot be read"),
    401: ("没有登录", "Not signed in"),
    403: ("您的身份不能办这件事", "Your role may not do this"),
    404: ("没有找到", "Not found"),
    405: ("这个地址不能这样用", "This address does not work this way"),
    409: ("现在不能这样办", "This cannot be done now"),
    413: ("内容太大", "The content is too large"),
    415: ("内容不是JSON", "The content is not JSON"),
    422: ("内容有误", "The content is wrong"),
    429: ("请求太频繁", "There were too many requests"),
    500: ("系统出错", "Something went wrong"),
    503: ("系统正忙", "The system is busy"),
}
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_OTHER_TITLE = ("请求没有被接受", "The request was not accepted")
_TEXT = {"type": "string"}
_MEMBERS = (
    "type", "title", "title_en", "code", "detail", "detail_en", "what_to_do", "what_to_do_en",
    "trace",
)  # fmt: skip
_SCHEMA = {
    "type": "object",
    "properties": {"status": {"type": "integer"}, **dict.fromkeys(_MEMBERS, _TEXT)},
    "required": ["status", *_MEMBERS],
}
_REFUSALS = (400, 401, 403, 404, 409, 413, 415, 422, 429, 503)
DOCUMENTED: Mapping[int | str, dict[str, Any]] = {
    status: {
        "description": _TITLES[status][1],
        "content": {"application/problem+json": {"schema": _SCHEMA}},
    }
    for status in _REFUSALS
}
"""What any endpoint may answer besides its own answer, as the interface's document says it."""

_CODES = {400: "malformed_request", 404: "not_found", 405: "method_not_allowed"}


OnRefusal = Callable[[str], None]


class Malformed(Problem):
    """The body is not JSON."""

    status = 400

    def __init__(self) -> None:
        super().__init__(
            "malformed_json",
            "内容不是JSON，没有保存。",
            "The body is not JSON; nothing was saved.",
            todo_zh="请检查内容的写法和编码（UTF-8）。",
            todo_en="Check the syntax and the encoding (UTF-8).",
        )


class RepeatedField(Problem):
    """A field stands twice in one JSON object: two readers may take two meanings from it."""

    status = 400

    def __init__(self) -> None:
        super().__init__(
            "repeated_field",
            "JSON里同一个字段写了两次，没有保存。",
            "A field stands twice in one JSON object; nothing was saved.",
            todo_zh="请只写一次再发送。",
            todo_en="Say it once and send it again.",
        )


class Packed(Problem):
    """The body is compressed: nobody here unpacks what may be a thousand times its size."""

    status = 415

    def __init__(self) -> None:
        super().__init__(
            "packed_body",
            "请求内容经过压缩，没有保存。",
            "The body is compressed; nothing was saved.",
            todo_zh="请不压缩发送，去掉Content-Encoding。",
            todo_en="Send it as it is, without Content-Encoding.",
        )


class NotJson(Problem):
    """The body does not say that it is JSON, so nobody read it."""

    status = 415

    def __init__(self) -> None:
        super().__init__(
            "not_json",
            "请求没有说明内容是JSON，没有保存。",
            "The request does not say that its body is JSON; nothing was saved.",
            todo_zh="请以Content-Type: application/json发送。",
            todo_en="Send it with Content-Type: application/json.",
        )


class Answers:
    """Turns failures into answers: JSON for programs, a page for people.

    `sign_in` is where a person without a session is sent, with the way back; `on_refusal` hears
    the code of every failure.
    """

    def __init__(self, console: Console, sign_in: str, on_refusal: OnRefusal | None = None) -> None:
        self._console = console
        self._sign_in = sign_in
        self._on_refusal = on_refusal

    def install(self, app: FastAPI) -> None:
        """Answer every exception the app's endpoints raise."""
        app.add_exception_handler(Problem, self._on_problem)
        app.add_exception_handler(FormOutdated, self._on_outdated)
        app.add_exception_handler(ProofOutdated, self._on_unproved)
        app.add_exception_handler(RequestValidationError, self._on_invalid)
        app.add_exception_handler(HTTPException, self.on_http)

    def answer(
        self,
        request: Request,
        problem: Problem,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Write a problem in the form the asker reads."""
        if self._on_refusal is not None:
            self._on_refusal(problem.code)
        status = status or problem.status
        more = dict(headers or {})
        if isinstance(problem, Unavailable):
            more["Retry-After"] = str(problem.retry_after)
        body = as_body(problem, status)
        if not _wants_page(request):
            return JSONResponse(body, status, more, media_type="application/problem+json")
        if status == 401:
            return self._to_sign_in(request)
        template = "problem_note.html" if _is_fragment(request) else "problem.html"
        response = self._console.render(request, template, status=status, problem=body)
        response.headers.update(more)
        return response

    def _to_sign_in(self, request: Request) -> Response:
        address = f"{self._sign_in}?{urlencode({'next': _way_back(request)})}"
        if _is_fragment(request):
            return Response(status_code=401, headers={"HX-Redirect": address})
        return RedirectResponse(address, 303)

    async def _on_problem(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)  # noqa: S101  registered for this class
        return self.answer(request, error)

    async def _on_outdated(self, request: Request, error: Exception) -> Response:
        """Give back what was typed, ready to be sent; a program is told to send JSON."""
        assert isinstance(error, FormOutdated)  # noqa: S101  registered for this class
        if not _wants_page(request):
            return self.answer(request, NotJson())
        if COOKIE not in request.cookies and request.url.path != self._sign_in:
            return self.answer(request, SessionExpired())
        typed = _typed(error.form)
        if not typed or _is_fragment(request):
            return self.answer(request, error)
        return self._again(request, error, typed)

    async def _on_unproved(self, request: Request, error: Exception) -> Response:
        """Give back what was typed, ready to be sent as soon as the person has proved who it is."""
        assert isinstance(error, ProofOutdated)  # noqa: S101  registered for this class
        if request.method == "GET" or not _wants_page(request) or _is_fragment(request):
            return self.answer(request, error)
        return self._again(request, error, _typed(await request.form()))

    def _again(self, request: Request, problem: Problem, typed: list[tuple[str, str]]) -> Response:
        if self._on_refusal is not None:
            self._on_refusal(problem.code)
        body = as_body(problem, problem.status)
        return self._console.render(
            request, "form_again.html", status=problem.status, problem=body, typed=typed
        )

    async def _on_invalid(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101  registered for this class
        if any(found["type"] == "json_invalid" for found in error.errors()):
            return self.answer(request, Malformed())
        if isinstance(error.body, bytes):  # what does not say it is JSON is left unread
            return self.answer(request, NotJson())
        return self.answer(request, invalid(field_errors(error.errors())))

    async def on_http(self, request: Request, error: Exception) -> Response:
        """Answer a failure of the framework's own: an unknown address, a wrong method."""
        assert isinstance(error, HTTPException)  # noqa: S101  registered for this class
        if error.status_code == 413:
            return self.answer(request, body_too_large())
        if error.status_code == 400 and _sends_json(request):
            return self.answer(request, Malformed())
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = ", ".join(_allowed(request))
        return self.answer(request, _refusal(error.status_code), error.status_code, headers)


class Unexpected:
    """Middleware: a bug becomes an answer with a trace number and one log line with it."""

    def __init__(self, app: ASGIApp, answers: Answers) -> None:
        self.app = app
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 500 unless the answer has begun; then the connection breaks off."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def watch(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception:
            log.exception("a request failed unexpectedly", action="request.failed")
            if begun:
                raise
            await self._answers.answer(Request(scope), _bug())(scope, receive, send)


def body_too_large() -> TooLarge:
    """Make the refusal of a body over its limit."""
    return TooLarge(
        "too_large",
        "内容太大，没有保存。",
        "The content is too large; nothing was saved.",
        todo_zh="请减少内容，或分几次提交。",
        todo_en="Send less, or send it in several requests.",
    )


def invalid(errors: list[dict[str, str]]) -> Invalid:
    """Make the refusal of a content whose fields are wrong."""
    return Invalid(
        "invalid",
        "内容有误，没有保存。",
        "The content is wrong; nothing was saved.",
        todo_zh="请按每一项的说明改正后重试。",
        todo_en="Correct each field as described and try again.",
        errors=errors,
    )


def _refusal(status: int) -> Problem:
    zh, en = _TITLES.get(status, _OTHER_TITLE)
    return Problem(
        _CODES.get(status, f"http_{status}"),
        f"{zh}。",
        f"{en}.",
        todo_zh="请检查地址和写法。",
        todo_en="Check the address and how it is used.",
    )


def _bug() -> Problem:
    return Problem(
        "internal",
        "没有保存。",
        "Nothing was saved.",
        todo_zh="您填的内容还在，请重试；如一直如此，请把编号告诉系统运维。",
        todo_en="What you typed is still there. Try again; if it stays so, tell the operators.",
    )


def as_body(problem: Problem, status: int) -> dict[str, Any]:
    """Write a problem as the members of its JSON (RFC 9457), in both languages."""
    zh, en = _TITLES.get(status, _OTHER_TITLE)
    return {
        **problem.more,
        "type": f"urn:jianyi:problem:{problem.code}",
        "title": zh,
        "title_en": en,
        "status": status,
        "code": problem.code,
        "detail": problem.zh,
        "detail_en": problem.en,
        "what_to_do": problem.todo_zh,
        "what_to_do_en": problem.todo_en,
        "trace": to_text(correlation_id()),
    }


def _allowed(request: Request) -> Sequence[str]:
    """List all methods of an address; the framework names those of its first route only."""
    routes = request.app.routes
    asked = [{**request.scope, "method": method} for method in _METHODS]
    return [
        scope["method"]
        for scope in asked
        if any(route.matches(scope)[0] is Match.FULL for route in routes)
    ]


def _typed(form: FormData) -> list[tuple[str, str]]:
    """List what was typed, if sending it again is enough: files and passwords are not given back.

    A session has come along, so the browser has said that the form was ours.
    """
    kept = [(name, value) for name, value in form.multi_items() if name != TOKEN]
    texts = [(name, value) for name, value in kept if isinstance(value, str)]
    whole = len(texts) == len(kept) and not any("password" in name for name, _ in texts)
    return texts if whole else []


def _wants_page(request: Request) -> bool:
    return _is_fragment(request) or "text/html" in request.headers.get("accept", "")


def _is_fragment(request: Request) -> bool:
    return request.headers.get("HX-Request") == "true"


def _sends_json(request: Request) -> bool:
    return "json" in request.headers.get("content-type", "")


def _way_back(request: Request) -> str:
    """Find the page to return to: the one the person sees, never the act itself."""
    seen = request.headers.get("HX-Current-URL") or request.headers.get("referer", "/")
    parts = urlsplit(
        str(request.url) if request.method == "GET" and not _is_fragment(request) else seen
    )
    return f"{parts.path}?{parts.query}" if parts.query else parts.path

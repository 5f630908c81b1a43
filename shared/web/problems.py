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
from shared.observability.logging import correlation_id
from shared.rights import Action
from shared.text import Sentence, _
from shared.web.actor import required_action
from shared.web.console import Console
from shared.web.csrf import TOKEN, FormOutdated
from shared.web.i18n import CHINESE, ENGLISH, Translator, load
from shared.web.session import COOKIE, ProofOutdated, SessionExpired
from shared.web.validation import field_errors, rule_errors

log = structlog.get_logger()

_TITLES: Mapping[int, Sentence] = {
    400: _("请求读不懂"),
    401: _("尚未登录"),
    403: _("您的身份不能办这件事"),
    404: _("没有找到"),
    405: _("这个地址不能这样用"),
    409: _("现在不能这样办"),
    413: _("内容太大"),
    415: _("内容不是JSON"),
    422: _("内容有误"),
    425: _("时间还没有到"),
    429: _("请求太频繁"),
    500: _("系统出错"),
    503: _("系统正忙"),
}
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_OTHER_TITLE = _("请求没有被接受")
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
_ENGLISH = load("en", ENGLISH)
_REFUSALS = (400, 401, 403, 404, 409, 413, 415, 422, 425, 429, 503)
DOCUMENTED: Mapping[int | str, dict[str, Any]] = {
    status: {
        "description": _ENGLISH.say(_TITLES[status]),
        "content": {"application/problem+json": {"schema": _SCHEMA}},
    }
    for status in _REFUSALS
}
"""Error responses of every endpoint, as documented in OpenAPI."""

_CODES = {400: "malformed_request", 404: "not_found", 405: "method_not_allowed"}


OnRefusal = Callable[[str], None]


class Malformed(Problem):
    status = 400

    def __init__(self) -> None:
        super().__init__(
            "malformed_json", _("内容不是JSON，没有保存。"), _("请检查内容的写法和编码（UTF-8）。")
        )


class RepeatedField(Problem):
    """A field stands twice in one JSON object: two readers may take two meanings from it."""

    status = 400

    def __init__(self) -> None:
        super().__init__(
            "repeated_field", _("JSON里同一个字段写了两次，没有保存。"), _("请只写一次再发送。")
        )


class CompressedBody(Problem):
    """The body is compressed: nobody here unpacks what may be a thousand times its size."""

    status = 415

    def __init__(self) -> None:
        super().__init__(
            "packed_body",
            _("请求内容经过压缩，没有保存。"),
            _("请不压缩发送，去掉Content-Encoding。"),
        )


class NotJson(Problem):
    """The content type is not JSON, so the body was not read."""

    status = 415

    def __init__(self) -> None:
        super().__init__(
            "not_json",
            _("请求没有说明内容是JSON，没有保存。"),
            _("请以Content-Type: application/json发送。"),
        )


class ProblemResponses:
    """Turns failures into answers: JSON for programs, a page for people.

    `sign_in` is where a person without a session is sent, with the way back; `on_refusal` gets
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
        """Render a problem as JSON or as a page, as the request requires."""
        if self._on_refusal is not None:
            self._on_refusal(problem.code)
        status = status or problem.status
        more = dict(headers or {})
        if isinstance(problem, Unavailable):
            more["Retry-After"] = str(problem.retry_after)
        body = as_body(problem, status, self._console.english)
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
        """Give back what was typed, ready to be sent; a program gets a hint to send JSON."""
        assert isinstance(error, FormOutdated)  # noqa: S101  registered for this class
        if not _wants_page(request):
            return self.answer(request, NotJson())
        if COOKIE not in request.cookies and not _is_public(request):
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
        body = as_body(problem, problem.status, self._console.english)
        return self._console.render(
            request, "form_again.html", status=problem.status, problem=body, typed=typed
        )

    async def _on_invalid(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101  registered for this class
        if any(found["type"] == "json_invalid" for found in error.errors()):
            return self.answer(request, Malformed())
        if isinstance(error.body, bytes):  # a body without a JSON content type is not parsed
            return self.answer(request, NotJson())
        found = field_errors(error.errors())
        if request.method == "GET" and _wants_page(request):
            return self.answer(request, _nothing_here(request, found))
        return self.answer(request, invalid(found))

    async def on_http(self, request: Request, error: Exception) -> Response:
        """Answer a failure of the framework's own: an unknown address, a wrong method."""
        assert isinstance(error, HTTPException)  # noqa: S101  registered for this class
        if isinstance(error, BodyTooLarge):
            return self.answer(request, body_too_large(error.limit))
        if error.status_code == 400 and _sends_json(request):
            return self.answer(request, Malformed())
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = ", ".join(_allowed(request))
        return self.answer(request, _refusal(error.status_code), error.status_code, headers)


def _is_public(request: Request) -> bool:
    """Whether nobody has to sign in for what the request asks for."""
    return Action.PUBLIC in required_action(request.scope.get("endpoint"))


class Unexpected:
    """Middleware: a bug becomes an answer with a trace number and one log line with it."""

    def __init__(self, app: ASGIApp, answers: ProblemResponses) -> None:
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


class BodyTooLarge(HTTPException):
    """The body grew beyond `limit` bytes; FastAPI lets only an HTTPException out of its reading."""

    def __init__(self, limit: int) -> None:
        super().__init__(413)
        self.limit = limit


def body_too_large(limit: int) -> TooLarge:
    """Refuse a body of more than `limit` bytes."""
    return TooLarge(
        "too_large",
        _("内容太大，超过%(kib)sKB，没有保存。", kib=limit // 1024),
        _("请减少内容，或分几次提交；在页面上填写的，请用浏览器的后退键回到表单修改。"),
    )


def invalid(errors: list[dict[str, str]]) -> Invalid:
    """Refusal of a request with invalid fields; `errors` as from `field_errors`."""
    return Invalid(
        "invalid", _("内容有误，没有保存。"), _("请按每一项的说明改正后重试。"), errors=errors
    )


def _nothing_here(request: Request, errors: list[dict[str, str]]) -> Invalid:
    """Refusal of a page's address; where only the query is wrong, with a link to its list."""
    is_query = all(one["in"] == "query" for one in errors)
    details: dict[str, Any] = {"list": request.url.path} if is_query else {}
    return Invalid(
        "invalid_address",
        _("这个地址没有列表或页面可看。"),
        _("请从列表重新选择。"),
        **details,
    )


def _refusal(status: int) -> Problem:
    return Problem(
        _CODES.get(status, f"http_{status}"),
        _("%(title)s。", title=_title(status)),
        _("请检查地址和写法。"),
    )


def _bug() -> Problem:
    return Problem(
        "internal", _("没有保存。"), _("您填的内容还在，请重试；如一直如此，请把编号告诉系统运维。")
    )


def _title(status: int) -> Sentence:
    return _TITLES.get(status, _OTHER_TITLE)


def as_body(problem: Problem, status: int, english: Translator) -> dict[str, Any]:
    """Write a problem as the members of its JSON (RFC 9457), in both languages."""
    problem_texts = {
        "title": _title(status),
        "detail": problem.message,
        "what_to_do": problem.what_to_do,
    }
    errors = rule_errors(problem, english) if isinstance(problem, Invalid) else []
    return {
        **problem.details,
        **({"errors": errors} if errors else {}),
        "type": f"urn:jianyi:problem:{problem.code}",
        "status": status,
        "code": problem.code,
        **{name: CHINESE.say(sentence) for name, sentence in problem_texts.items()},
        **{f"{name}_en": english.say(sentence) for name, sentence in problem_texts.items()},
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

    A session has come along, so the browser has problem_texts that the form was ours.
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
    if request.method == "GET" and not _is_fragment(request):
        seen = str(request.url)
    try:
        parts = urlsplit(seen)
    except ValueError:  # an open bracket, for example, begins no address
        return "/"
    return f"{parts.path}?{parts.query}" if parts.query else parts.path

"""One call that gives a service's app the frame, the walls and the answers."""

from collections.abc import Mapping

from fastapi import Depends, FastAPI

from shared.web.console import Console
from shared.web.correlation import Correlation
from shared.web.problems import OnRefusal, ProblemResponses, Unexpected
from shared.web.security import BodyLimit, SameOrigin, SecurityHeaders, own_form

BODY_LIMIT = 64 * 1024
SIGN_IN = "/router/sign-in"


def install_middleware(
    app: FastAPI,
    console: Console,
    *,
    body_limits: Mapping[str, int] | None = None,
    sign_in: str = SIGN_IN,
    on_refusal: OnRefusal | None = None,
) -> None:
    """Give the app its middlewares and its answers to failures, before any route is included.

    `body_limits` raises the 64 KiB of a request for paths that begin so; `on_refusal` hears the
    code of every failure answered. The middleware added last stands outermost: every answer, even
    to a bug, carries the id and the headers.
    """
    answers = ProblemResponses(console, sign_in, on_refusal)
    answers.install(app)
    app.router.dependencies.append(Depends(own_form))
    app.add_middleware(SameOrigin, answers=answers)
    app.add_middleware(BodyLimit, answers=answers, default=BODY_LIMIT, by_path=body_limits or {})
    app.add_middleware(Unexpected, answers=answers)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Correlation)

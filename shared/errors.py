"""The three answers to a failure: refused for good, unavailable for now, or a bug.

Problem
├── Refused            will never succeed as it is
│   ├── Invalid        422  the content is wrong
│   ├── NotFound       404  not there, or not yours to see
│   ├── Forbidden      403  not yours to do
│   ├── Conflict       409  out of turn, stale, or already there
│   │   └── UnderRepair  409  the subject is blocked
│   └── TooLarge       413
└── Unavailable        503  trying again may help
    ├── TooEarly         425  its time has not come
    └── TooManyRequests  429  trying again later will help
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from shared.text import Sentence, _


class Problem(Exception):
    """A failure with a stable code, what happened, and what to do about it.

    `details` become members of the answer beside these.
    """

    status: ClassVar[int] = 500

    def __init__(self, code: str, message: Sentence, what_to_do: Sentence, **details: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.what_to_do = code, message, what_to_do
        self.details = details

    @property
    def full_message(self) -> Sentence:
        """The message followed by what to do."""
        return _("%(message)s%(todo)s", message=self.message, todo=self.what_to_do)


class Refused(Problem):
    """The request will never succeed as it is."""

    status = 409


class Invalid(Refused):
    """The content of the request is invalid; `fields` gives the error of each field."""

    status = 422

    def __init__(
        self,
        code: str,
        message: Sentence,
        what_to_do: Sentence,
        fields: Mapping[str, "Invalid"] | None = None,
        **details: Any,
    ) -> None:
        super().__init__(code, message, what_to_do, **details)
        self.fields = fields or {}

    @classmethod
    def of_fields(cls, fields: Mapping[str, "Invalid"]) -> "Invalid":
        """All that is wrong with several fields; code and message are those of the first."""
        first = next(iter(fields.values()))
        return cls(first.code, first.message, first.what_to_do, fields)


class NotFound(Refused):
    """The thing does not exist, or the user may not see that it does (404)."""

    status = 404


class Forbidden(Refused):
    """The user is signed in but not authorised for this action (403)."""

    status = 403


class Unauthorized(Refused):
    """The user could not be authenticated (401)."""

    status = 401


class Conflict(Refused):
    """The command is out of turn or based on a stale view."""

    status = 409


class UnderRepair(Conflict):
    """The subject is blocked by a dead letter; commands are refused until it is released."""

    def __init__(self) -> None:
        super().__init__(
            "under_repair",
            _("这件事正在核对数据，暂时不能办理，也不催办；期限不变。"),
            _("请稍后再试；如一直如此，请联系系统运维。"),
        )


class TooLarge(Refused):
    """The content is over the limit."""

    status = 413


class Unavailable(Problem):
    """A server we need is away or busy; the same request may succeed later.

    `retry_after` is the number of seconds to wait before retrying.
    """

    status = 503

    def __init__(
        self,
        code: str = "unavailable",
        message: Sentence = _("系统正忙，没有保存。"),
        what_to_do: Sentence = _("请稍后用同一编号重试。"),
        retry_after: int = 2,
        **details: Any,
    ) -> None:
        super().__init__(code, message, what_to_do, **details)
        self.retry_after = retry_after


class TooEarly(Unavailable):
    """The request reports something later than our clock; the same succeeds later (425)."""

    status = 425


class TooManyRequests(Unavailable):
    """The caller exceeded its rate limit (429)."""

    status = 429

    def __init__(
        self,
        retry_after: int,
        code: str = "too_many_requests",
        message: Sentence = _("请求太频繁，没有保存。"),
        what_to_do: Sentence = _(
            "请等到Retry-After所说的秒数之后，用同一编号重试；一次可批量提交。"
        ),
    ) -> None:
        super().__init__(code, message, what_to_do, retry_after)

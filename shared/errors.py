"""The three answers to a failure: refused for good, unavailable for now, or a bug.

Problem
├── Refused            will never succeed as it is
│   ├── Invalid        422  the content is wrong
│   ├── NotFound       404  not there, or not yours to see
│   ├── Forbidden      403  not yours to do
│   ├── Conflict       409  out of turn, stale, or already there
│   │   └── UnderRepair  409  the subject is parked
│   └── TooLarge       413
└── Unavailable        503  trying again may help
    └── TooManyRequests  429  trying again later will help
"""

from typing import Any, ClassVar


class Problem(Exception):
    """A failure with a stable code and a sentence in both languages."""

    status: ClassVar[int] = 500

    def __init__(
        self, code: str, zh: str, en: str, *, todo_zh: str = "", todo_en: str = "", **more: Any
    ) -> None:
        super().__init__(f"{code}: {en}")
        self.code, self.zh, self.en = code, zh, en
        self.todo_zh, self.todo_en = todo_zh, todo_en
        self.more = more


class Refused(Problem):
    """The request will never succeed as it is."""

    status = 409


class Invalid(Refused):
    """The content of the request is wrong."""

    status = 422


class NotFound(Refused):
    """The thing does not exist, or the asker may not know that it does."""

    status = 404


class Forbidden(Refused):
    """The asker is known but this act is not theirs."""

    status = 403


class Unauthorized(Refused):
    """The asker could not be recognised."""

    status = 401


class Conflict(Refused):
    """The act comes out of turn or rests on an old view."""

    status = 409


class UnderRepair(Conflict):
    """The subject is parked; acts wait until it is released."""

    def __init__(self) -> None:
        super().__init__(
            "under_repair",
            "这件事正在核对数据，暂时不能办理，时限已暂停。",
            "This matter is being checked; it cannot be handled for now and its clocks are paused.",
            todo_zh="请稍后再试；如一直如此，请联系系统运维。",
            todo_en="Try again later; if it stays so, call the operators.",
        )


class TooLarge(Refused):
    """The content is over the limit."""

    status = 413


class Unavailable(Problem):
    """A server we need is away or busy; the same request may succeed later."""

    status = 503

    def __init__(self, code: str = "unavailable", retry_after: int = 2) -> None:
        super().__init__(
            code,
            "系统正忙，没有保存。",
            "The system is busy; nothing was saved.",
            todo_zh="请稍后用同一编号重试。",
            todo_en="Try again later with the same id.",
        )
        self.retry_after = retry_after


class TooManyRequests(Unavailable):
    """The asker asks more often than it may; `retry_after` (seconds) says when to come again."""

    status = 429

    def __init__(self, retry_after: int) -> None:
        Problem.__init__(
            self,
            "too_many_requests",
            "请求太频繁，没有保存。",
            "There were too many requests; nothing was saved.",
            todo_zh="请等到Retry-After所说的秒数之后，用同一编号重试；一次可批量提交。",
            todo_en="Wait for the seconds in Retry-After and try again with the same id; "
            "many may be sent in one batch.",
        )
        self.retry_after = retry_after

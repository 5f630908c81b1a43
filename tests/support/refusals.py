"""What every refusal by HTTP keeps to."""

from collections.abc import Mapping
from typing import Any, Protocol

import httpx

from shared.errors import Problem
from shared.web.i18n import CHINESE, english

SENTENCES = ("title", "title_en", "detail", "detail_en", "what_to_do", "what_to_do_en")


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Read a refusal: whole (RFC 9457), and in both languages what is wrong and what to do."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    said: dict[str, Any] = answer.json()
    assert said["status"] == answer.status_code
    assert said["type"] == f"urn:jianyi:problem:{said['code']}"
    assert all(said[name] for name in SENTENCES), said
    return answer.status_code, said["code"]


class Storing(Protocol):
    """A service under test that counts what it stored."""

    async def stored(self) -> Mapping[str, int]: ...


async def check_refused(
    desk: Storing, before: Mapping[str, int], answer: httpx.Response, status: int, code: str
) -> Any:
    """See that an answer is a whole refusal and that nothing was stored for it."""
    assert problem(answer) == (status, code)
    assert await desk.stored() == before
    return answer.json()


def in_both(problem: Problem, service: str) -> tuple[str, str]:
    """Write what happened and what to do, in Chinese and in English."""
    words = CHINESE, english(service)
    zh, en = (each.say(problem.full_message) for each in words)
    assert zh != en, f"{problem.code} has no English"
    return zh, en

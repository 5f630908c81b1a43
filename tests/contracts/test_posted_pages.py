"""A page that answers a form stands at an address that can be opened again."""

import re
from pathlib import Path

from starlette.requests import Request

from shared.web.console import Console
from tests.support.endpoints import endpoints
from tests.support.environment import NOWHERE, build, environment
from tests.support.servers import NO_KAFKA

SAMPLE = "0197a1b2c3d47e8f9a0b1c2d3e4f5061"
_PROGRAMS = re.compile(r"/v1/|\.(json|csv|xlsx)$")


async def test_the_links_of_every_page_that_answers_a_form_open_a_page(tmp_path: Path) -> None:
    found = 0
    for service in build(environment(NOWHERE, NO_KAFKA, tmp_path)).values():
        addresses = [address.rsplit(" ", 1) for address, _ in endpoints(service.web)]
        shown = [_pattern(path) for methods, path in addresses if "GET" in methods]
        for methods, path in addresses:
            if "POST" not in methods or _PROGRAMS.search(path):
                continue
            found += 1
            page = switched(service.web, path)
            assert page == "/" or any(one.fullmatch(page) for one in shown), (path, page)
    assert found > 20


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile("[^/]+".join(map(re.escape, re.split(r"\{\w+\}", path))))


def switched(app: object, path: str) -> str:
    """Render a problem as an answer to a form, and read where its page is shown in English."""
    scope = {
        "type": "http", "method": "POST", "path": re.sub(r"\{\w+\}", SAMPLE, path), "headers": [],
        "query_string": b"", "app": app, "root_path": "", "server": ("localhost", 80),
    }  # fmt: skip
    problem = {"title": "", "detail": "", "what_to_do": "", "trace": "", "code": "", "status": 409}
    english = {f"{name}_en": "" for name in ("title", "detail", "what_to_do")}
    answer = Console().render(Request(scope), "problem.html", problem=problem | english)
    link = re.search(r'href="([^"?]*)\?[^"]*lang=en"', bytes(answer.body).decode())
    assert link
    return link[1]

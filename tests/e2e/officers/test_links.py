"""Whoever comes in finds only what is theirs: no link of their pages ends at a refusal.

They are walked in English, and no word of the program is left in Chinese marks or as a code.
"""

import re
from collections import deque
from html.parser import HTMLParser

import pytest

from shared.web.session import COOKIE
from tests.e2e.officers.story import COUNTY
from tests.support.city import City

CITY, TOWNSHIP = COUNTY[:4] + "00", f"{COUNTY}106"
PEOPLE = (
    *((role, COUNTY) for role in ("dispatcher", "committee_head", "clerk", "unit_head")),
    *((role, CITY) for role in ("dispatcher", "liaison", "city_office", "research_office")),
    *((role, CITY) for role in ("leader", "admin", "ops")),
    *((role, TOWNSHIP) for role in ("station_head", "station_staff")),
)
KEY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b33\d{4,7}\b|\d{4}-\d\d-\d\d")
"""What tells pages of one kind apart: one of them is opened."""
CHOICES = ("lang=", "type=")
"""How every page is shown; they lead to the page itself."""


STRAY = re.compile("[!-~] ?[，。、；：（）—]|[，、；：（）—] ?[!-~]|[a-z]_[a-z]")
"""Chinese marks beside Latin letters, as nobody wrote them, and identifiers."""
OWN_CODES = ("/router/directory", "/router/accounts", "/intake/enterprises")
"""Where the codes of units, people and columns are what is shown."""


class Links(HTMLParser):
    """Collects where a page leads to, what it fetches by itself, and its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.words: list[str] = []
        self._tag = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag = tag
        for name, value in attrs:
            if name in ("href", "hx-get") and value and value.startswith("/"):
                self.found.append(value.partition("#")[0])

    def handle_data(self, data: str) -> None:
        if self._tag not in ("code", "script"):
            self.words.append(data)


@pytest.mark.parametrize(("role", "division"), PEOPLE)
async def test_no_link_leads_to_a_refusal_and_no_page_shows_a_code_for_a_word(
    city: City, role: str, division: str
) -> None:
    cookie = await city.cookie(await city.person(role, division))
    headers = {"Cookie": f"{COOKIE}={cookie}; __Host-lang=en", "Accept": "text/html"}
    seen: set[str] = set()
    refused, stray, waiting = [], list[str](), deque([("", "/tracker/")])
    while waiting:
        page, path = waiting.popleft()
        kind = KEY.sub("_", path)
        if kind in seen or any(choice in path for choice in CHOICES):
            continue
        seen.add(kind)
        answer = await city.http.get(path, headers=headers)
        if answer.is_redirect:
            waiting.append((page, answer.headers["location"]))
        elif answer.status_code != 200:
            refused.append((page, path, answer.status_code))
        elif answer.headers["content-type"].startswith("text/html"):
            read = Links(answer.text)
            waiting.extend((path, link) for link in read.found)
            if not path.startswith(OWN_CODES):
                stray += [f"{path}: {words}" for words in read.words if STRAY.search(words)]
    assert (refused, stray) == ([], [])
    assert len(seen) > 8

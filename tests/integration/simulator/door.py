"""The people whom a trial system's door offers first, and what their first pages say."""

import re
from collections.abc import Mapping, Sequence
from html import unescape

import httpx

from shared.web.session import COOKIE
from tests.support.city import City

PLACES = {"county": "331002", "city": "331000"}
FIRST = {"officers": None, "unit": 2, "township": 6}
"""So many of each list are looked at: every officer, the first unit's and the first township's."""
ACTING = ("交办人员", "代表工委负责人", "经办人", "站长", "站工作人员", "代表", "领导")
NEVER_LATE = ("系统管理员", "运行人员")
"""The administrator sees what is missing; nothing waits for an operator of a sound system."""
ROLES = (*ACTING, "单位负责人", "联络员", "人大办公室", "研究室", *NEVER_LATE)
_CHOICE = re.compile(r'<input type="radio" name="person" value="([^"]+)".*?<b>(.*?)</b>', re.DOTALL)
_LIST = re.compile(r'<select id="who-(\w+)".*?</select>', re.DOTALL)
_OPTION = re.compile(r'<option value="([^"]+)">([^<]+)')
_TAG = re.compile(r"<[^>]+>")
_HIDDEN = re.compile(r"<(template|script|style)\b.*?</\1>", re.DOTALL)


def _words(markup: str) -> str:
    return " ".join(unescape(_TAG.sub(" ", _HIDDEN.sub(" ", markup))).split())


def _is_of(who: str, roles: Sequence[str]) -> bool:
    return any(role in who for role in roles)


async def offered(city: City, place: str) -> Mapping[str, Sequence[tuple[str, str]]]:
    """The keys and words of the people whom the door offers for a place, by list."""
    shown = (await city.http.get("/router/demo-login", params={"division": place})).text
    lists = {found[1]: _OPTION.findall(found[0]) for found in _LIST.finditer(shown)}
    return {"officers": _CHOICE.findall(shown)} | lists


async def first_page(city: City, person: str) -> str:
    """Sign in as a person and follow to the first page; give the words of its content."""
    headers = {"Cookie": f"{COOKIE}={await city.cookie(person)}", "Accept": "text/html"}
    path = "/"
    while (answer := await city.http.get(path, headers=headers)).is_redirect:
        path = answer.headers["location"]
    assert answer.status_code == httpx.codes.OK, (path, answer.status_code)
    return _words(re.split(r"</?main\b[^>]*>", answer.text)[1])


async def see_first_pages(city: City) -> None:
    """Assert that whoever the door offers first has something late and, with the acts, due."""
    seen: dict[str, str] = {}
    for level, place in PLACES.items():
        for of, people in (await offered(city, place)).items():
            for key, words in people[: FIRST[of]]:
                seen[f"{level} {words}"] = await first_page(city, key)
    assert set(ROLES) <= {role for role in ROLES for who in seen if role in who}
    idle = {who for who, page in seen.items() if "超期" not in page and not _is_of(who, NEVER_LATE)}
    assert idle == set(), "nothing is late"
    acting = {who: page for who, page in seen.items() if _is_of(who, ACTING)}
    calm = {who for who, page in acting.items() if not re.search("今日到期|剩[0-9]+个工作日", page)}
    assert calm == set(), "nothing is due"

"""Every endpoint and page × every role × own, child, parent and sibling place × state.

`tests/rights.csv` says what is expected. It is written from the rules of the trade by hand, not
from the table under test. A cell has a letter for each place:

y   it is theirs: done, or refused for another reason than rights
n   their role never does this, or they see the thing and it is not theirs to do
h   hidden: the answer of what is not there
k   asks for the signature of a station
s   asks to sign in

An answer may also be 5, the service failed, or w, without the headers that every answer carries.

A cell of one letter is asked from their own place alone: what is public, and where the place of
the asker cannot matter since another kind of proof is asked for.
"""

import csv
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import date
from typing import Any

import pytest
import pytest_asyncio

from deploy.local.runner import build_all
from deploy.local.servers import Servers
from services.intake.domain.proposer_links import new_secret
from services.reporting.domain.model import report_key
from shared.contracts.lists import DirectoryPolicy
from shared.directory.snapshot import listed_key
from shared.ids import named_id, new_id, to_text
from shared.rights import Action
from shared.web.actor import required_action
from shared.web.csrf import FORM_COOKIE
from shared.web.links import PROPOSER
from shared.web.middleware import CSP
from tests.contracts.sources import ROOT
from tests.e2e.rights.askers import ASKERS, Askers, letter
from tests.e2e.rights.cast import COUNTY, PLACES, TOWNSHIP, hire, person
from tests.support.city import City, fresh_city
from tests.support.endpoints import endpoints
from tests.support.intake.attaching import MULTIPART, attach, multipart
from tests.support.intake.files import PLAIN_JPEG
from tests.support.officers import BROWSER

_TABLE = (ROOT / "tests/rights.csv").read_text(encoding="utf-8")
ROWS = list(csv.DictReader(_TABLE.splitlines()))
WALLS = {"content-security-policy": CSP, "x-content-type-options": "nosniff",
         "referrer-policy": "same-origin", "cache-control": "no-store"}  # fmt: skip
"""What every answer carries, whoever asked and whatever it says."""
SANDBOX = {"content-security-policy": "default-src 'none'; sandbox"}
"""What every file carries that somebody attached."""
FILES = "/intake/v1/items/{item_id}/attachments"
OLD = {"topic": "tracker.case.v1", "seq": 0}
"""A view of long ago: who may act is told so, and nothing changes."""
BODIES: Mapping[str, Any] = {
    "source-access": {"reason": "contact", "words": "回电核实地址"},
    "dispatch": {"basis": {"topic": "router.assignment.v1", "seq": 9999}},
    "escalate": {"reason": "理由在此", "basis": {"topic": "router.assignment.v1", "seq": 9999}},
    "objection": {"decision": "refuse", "reason": "理由在此"},
    "rehome": {"unit": to_text(named_id("unit", "x")), "reason": "理由在此"},
    "entries": {"do": "end_grant", "which": 99, "last_day": "2030-01-01", "basis": 0},
    "sign": {"basis": OLD},
    "sign-off": {"basis": OLD},
    "send-back": {"reason": "理由在此", "basis": OLD},
    "object": {"reason": "理由在此", "basis": OLD},
    "contact": {"channel": "phone", "note": "x", "basis": OLD},
    "opinion": {"opinion": "x", "basis": OLD},
    "draft": {"outcome": "solved", "plain": "x", "text": "x", "basis": OLD},
    "fulfil": {"outcome": "solved", "plain": "x", "text": "x", "basis": OLD},
    "supervision": {"level": "key", "granted": False, "basis": OLD},
    "check": {"figures_sha256": "0" * 64},
    "confirm": {"figures_sha256": "0" * 64},
    "receive": {"version": 1},
    "return": {"version": 1, "reason": "other"},
}
"""What is sent, by the word of the address that says what is done; nothing where none stands."""
_ITEM = """{"id": "%(id)s", "title": "停电", "body": "停电", "division_code": "331004106",
"occurred_at": "%(now)s", "item_type": "problem", "source_kind": "enterprise"}"""
_ACTIVITY = """{"id": "%(id)s", "kind": "research", "organiser_division": "331004106",
"place_division": "331004106", "first_day": "2022-09-01", "last_day": "2022-09-01"}"""
_PLAN = """, "kind": "meeting", "place_division": "331004106",
"first_day": "2022-09-20", "last_day": "2022-09-20\""""
_OLD_ITEM = '{"topic": "intake.item.v1", "seq": 9999}'
_OLD_ACTIVITY = '{"topic": "intake.activity.v1", "seq": 9999}'
_REMOVE = f'{{"reason": "理由在此", "basis": {_OLD_ITEM}}}'
_ACT = "items/{item_id}/"
OF_STATIONS = {
    "items": _ITEM,
    "items/batch": f'{{"items": [{_ITEM}]}}',
    "activities": _ACTIVITY,
    "activities/plan": _ACTIVITY,
    **{
        f"activities/{{activity_id}}/{act}": f'{{"basis": {_OLD_ACTIVITY}{more}}}'
        for act, more in (
            ("answer", ', "coming": true'),
            ("change", _PLAN),
            ("hold", ""),
            ("confirm", ', "attendance": [{"person_id": "%(other)s"}]'),
            ("notes", ""),
            ("revoke", ', "people": ["%(other)s"], "reason": "x"'),
            ("cancel", ', "reason": "x"'),
        )
    },
    f"{_ACT}accept": "{}",
    f"{_ACT}return": '{"reason": "unclear"}',
    f"{_ACT}resubmit": '{"supplement": "x"}',
    f"{_ACT}cosign": '{"person_id": "%(id)s"}',
    f"{_ACT}supplement": '{"supplement": "x"}',
    f"{_ACT}reopen": '{"reply_no": 1, "reason": "untrue", "facts": "x"}',
    f"{_ACT}protect": f'{{"confirmed": true, "basis": {_OLD_ITEM}}}',
    f"{_ACT}withdraw": "{}",
    f"{_ACT}reject": '{"reason": "R7"}',
    f"{_ACT}transfer": '{"channel": "petition"}',
    f"{_ACT}merge": '{"into": "%(other)s"}',
    f"{_ACT}preview": '{"mask": ["x"]}',
    f"{_ACT}rating": '{"reply_no": 1, "result": "satisfied"}',
    f"{_ACT}tell": '{"reply_no": 1, "channel": "phone", "day": "2022-09-16"}',
    f"{_ACT}call-back": '{"reply_no": 1, "result": "satisfied", "called_on": "2022-09-16"}',
    f"{_ACT}check-call-back": '{"n": 1}',
    f"{_ACT}discard-call-back": '{"n": 1, "reason": "记错了一家"}',
    f"{_ACT}attachments/{{attachment_id}}/remove": _REMOVE,
    f"{_ACT}link": '{"reason": "提出人丢了链接"}',
}
"""What stations send, sound in itself."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def city(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    """Luqiao when its report is drafted, with an item of each kind."""
    folder = tmp_path_factory.mktemp("rights")
    async with fresh_city(servers, folder, "2022-09-14 09:00") as opened:
        await hire(folder)
        await _raise_and_give_out(opened)
        await opened.move("2022-09-16 09:00")
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def askers(city: City) -> Askers:
    """Everybody who asks; the main station has an item of its own, which it accepted."""
    askers = Askers(city)
    await askers.enrol()
    main, head = askers.stations["key", "parent"], askers.stations["head_key", "parent"]
    item = _ITEM % {"id": to_text(new_id(city.now())), "now": city.now().isoformat()}
    city.items["main"] = (await main.submit(json.loads(item))).json()["item_id"]
    assert (await head.act(city.items["main"], "accept", {})).status_code == 200
    await _hold_activities(askers)
    return askers


async def _hold_activities(askers: Askers) -> None:
    """Record an activity of the station and one of the county's organ."""
    city, path = askers.city, "/intake/v1/activities"
    body = json.loads(_ACTIVITY % {"id": to_text(new_id(city.now()))})
    station = await askers.stations["key", "own"].hold(body)
    city.items["of a station"] = city.items["cancel"] = station.json()["activity_id"]
    organ = await city.post(to_text(person("committee_head", "own")), path, body)
    city.items["of an organ"] = organ["activity_id"]


async def _raise_and_give_out(city: City) -> None:
    for name, confidential in (("open", False), ("confidential", True), ("city", False)):
        title = f"留抵退税申请两个月未到账（{name}）"
        await city.raise_item(
            name, TOWNSHIP, title, "企业七月申请增值税留抵退税，没到账。", confidential=confidential
        )
    await city.settle()
    dispatcher = {code: await city.person("dispatcher", code) for code in (TOWNSHIP, COUNTY)}
    for name, item in city.items.items():
        router = f"/router/v1/items/{item}"
        await city.post(dispatcher[TOWNSHIP], f"{router}/escalate", {"reason": "事权在区级"})
        if name == "city":
            await city.post(dispatcher[COUNTY], f"{router}/escalate", {"reason": "事权在市级"})
        else:
            unit = await _unit(city, dispatcher[COUNTY])
            body = {"lead": unit, "matter_code": "vat_refund"}
            await city.post(dispatcher[COUNTY], f"{router}/dispatch", body)
    await city.settle()


async def _unit(city: City, who: str) -> str:
    units = await city.get(who, f"/router/v1/directory/units?division={COUNTY}")
    return str(next(one["id"] for one in units["units"] if one["kind_code"] == "tax"))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def named(city: City, askers: Askers) -> dict[str, str]:
    who = await city.person("dispatcher", COUNTY)
    return {
        "organs": to_text(named_id("organ", COUNTY)),
        "units": await _unit(city, who),
        "stations": to_text(named_id("station", f"{TOWNSHIP}-01")),
        "listed": to_text(listed_key(DirectoryPolicy, "GJ-01")),
        "{task_id}": (await city.task("open", who))["task_id"],
        "{report_id}": to_text(report_key(COUNTY, date(2022, 9, 20))),
        "{letter_id}": "999999",
        "{act}": "release",
        "{do}": "unlock",
        "{form}": "csv",
        "{kind}": "units",
        "{code}": COUNTY,
        "{number}": "0",
        "{secret}": new_secret(),
        "{entry_id}": to_text(person("research_office", "own")),
        **await _attach(city, askers),
    }


async def _attach(city: City, askers: Askers) -> dict[str, str]:
    """Attach a file to each item; gives the file by the item."""
    found = {}
    for name in ("open", "confidential", "city", "main"):
        station = askers.stations["key", "parent" if name == "main" else "own"]
        answer = await attach(station, city.items[name], PLAIN_JPEG)
        found[city.items[name]] = answer.json()["attachment_id"]
    return found


def _address(row: Mapping[str, str], city: City, named: Mapping[str, str]) -> str:
    """Fill an address in: the state names the item, the step or what is looked at."""
    path, state = row["path"], row["state"]
    path = path.replace("/poster/{code}", f"/poster/{TOWNSHIP}-01")
    path = path.replace("/lists/{kind}", f"/lists/policies?division={COUNTY}")
    item = city.items.get(state, city.items["open"])
    keys = {"{key}": to_text(named_id("nothing", "there")), "{item_id}": item, "{name}": state,
            "{activity_id}": item, "{attachment_id}": named.get(item, "")}  # fmt: skip
    of = {"/items/{key}/trail": item, "/reports/{key}/trail": named["{report_id}"]}
    for part, key in of.items():
        keys |= {"{key}": key} if part in path else {}
    if state == "person":
        keys["{key}"] = named["{entry_id}"]
    if state == "key":
        keys["{code}"] = f"{TOWNSHIP}-01"
    for kind in ("organs", "units", "stations", "listed"):
        if f"/directory/{kind}/" in path:
            keys["{key}"] = named[kind]
    for mark, word in {**named, **keys}.items():
        path = path.replace(mark, word) if mark.startswith("{") else path
    asks = {"access-log": "", "appoint": f"?person={named['{entry_id}']}&at="}
    if path.startswith("/reporting/") and row["method"] == "GET":
        path += f"?division={COUNTY}&column=C3&period_end=2022-09-20"
    return path + asks.get(path.rsplit("/", 1)[-1], "")


def _body(row: Mapping[str, str], city: City) -> bytes:
    """Write what is sent: of a new item or activity each one is another."""
    if row["method"] != "POST":
        return b""
    if row["path"] == FILES:
        return multipart(PLAIN_JPEG)
    words = [word for word in row["path"].split("/") if word in BODIES]
    of_station = OF_STATIONS.get(row["path"].removeprefix("/intake/v1/"))
    body = BODIES[words[-1]] if words else {}
    if of_station is not None:
        now = city.now()
        body = json.loads(
            of_station
            % {"id": to_text(new_id(now)), "now": now.isoformat(), "other": city.items["city"]}
        )
    return json.dumps(body, ensure_ascii=False).encode()


def _walls(path: str) -> Mapping[str, str]:
    """What every answer carries; one at a secret address names that to nobody."""
    if path.startswith(PROPOSER):
        return WALLS | {"referrer-policy": "no-referrer", "x-robots-tag": "noindex, nofollow"}
    return WALLS


async def _cell(askers: Askers, row: Mapping[str, str], path: str, who: str) -> str:
    found = ""
    for place in PLACES[: len(row[who])]:
        body = _body(row, askers.city)
        headers = {
            "Content-Type": MULTIPART if row["path"] == FILES else "application/json",
            **await askers.headers(who, place, row["method"], path, body),
        }
        if row["path"] == FILES:
            headers["Cookie"] = f"{headers.get('Cookie', '')}; {FORM_COOKIE}={BROWSER}"
        answer = await askers.city.http.request(row["method"], path, headers=headers, content=body)
        is_file = "/attachments/" in path and answer.is_success
        walls = {**_walls(path), **(SANDBOX if is_file else {})}
        has_walls = walls.items() <= dict(answer.headers).items()
        found += letter(answer) if has_walls else "w"
    return found


@pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join([*row.values()][:3]).strip())
async def test_every_cell_is_as_the_rules_say(
    city: City, askers: Askers, named: Mapping[str, str], row: Mapping[str, str]
) -> None:
    path = _address(row, city, named)
    found = {who: await _cell(askers, row, path, who) for who in ASKERS}
    if row["state"] == "ends sessions":
        city.forget()
    wrong = [f"{who}: {row[who]} expected, {found[who]} found" for who in ASKERS
             if found[who] != row[who]]  # fmt: skip
    assert not wrong, "\n".join(wrong)


def _asked_for() -> Iterator[tuple[str, bool]]:
    for service in build_all():
        for address, endpoint in endpoints(service.web):
            method, path = address.split(" ", 1)
            yield f"{method} /{service.name}{path}", required_action(endpoint) == (Action.PUBLIC,)


async def test_the_matrix_has_every_endpoint_and_no_unset_cell(city: City) -> None:
    assert city.items
    public = dict(_asked_for())
    assert public.keys() == {f"{row['method']} {row['path']}" for row in ROWS}
    for row in ROWS:
        of_all = not public[f"{row['method']} {row['path']}"]
        for who in ASKERS:
            assert set(row[who]) <= set("ynhks"), row
            alone = row[who] in {"k", "s"} or who in ("revoked", "nobody")
            assert len(row[who]) == len(PLACES) or alone or not of_all, row

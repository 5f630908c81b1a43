"""A running city with planted secrets: none is found where others may look.

Logs (the servers' too), command lines, refusals, metrics and the interfaces' documents are searched
after work that was done, refused or failed, and after services that were told a wrong setting. A
page is its reader's own: it may hold the address it was asked by, and a name that was typed.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
from joserfc.jwk import OKPKey

from deploy.local.servers import Servers
from deploy.simulator.station import StationClient
from shared.settings import address_of
from shared.web.csrf import FORM_COOKIE, TOKEN, token_of
from shared.web.session import COOKIE
from tests.support.database import fetch
from tests.support.environment import KEY_FILES
from tests.support.eventually import eventually
from tests.support.intake.stations import item_body
from tests.support.system import SERVICES, Process, System, free_port, seeded_system

TOWNSHIP, COUNTY = "331004106", "331004"
MOBILE, LANDLINE, IDENTITY, NAME = "13805769421", "0576-84239617", "33100419880312451X", "郑留痕"
WORDS = f"联系人{NAME}，手机{MOBILE}，座机{LANDLINE}，身份证{IDENTITY}，厂区夜间停电。"
SPOILT = "这一件存不下"
"""What intake's table is made to refuse."""
PASSWORD, BROWSER = "pl4nted-passw0rd", "pl4nted-browser"
MISREAD = f"postgresql://jianyi_intake:{PASSWORD}#1@127.0.0.1:1/jianyi"
HTML = {"Accept": "text/html"}
KEYS = tuple(KEY_FILES.values())
DOCUMENTS = ("metrics", "asyncapi.json", "openapi.json")


@dataclass
class Planted:
    system: System
    http: httpx.AsyncClient
    secrets: list[str]
    refusals: dict[str, str] = field(default_factory=dict)

    async def ask(self, wanted: int, asking: Coroutine[Any, Any, httpx.Response]) -> httpx.Response:
        """Ask, be answered so, and keep a refusal."""
        answer = await asking
        assert answer.status_code == wanted, (answer.request.url, answer.text)
        if answer.is_error:
            self.refusals[f"{answer.request.method} {answer.request.url} {wanted}"] = answer.text
        return answer

    def at(self, service: str, path: str) -> str:
        return f"{self.system.urls[service]}/{service}{path}"

    def found_in(self, text: str) -> list[str]:
        return [one for one in (*self.secrets, MOBILE, LANDLINE, IDENTITY, NAME) if one in text]


@pytest.fixture
async def planted(dsn: str, bootstrap: str, tmp_path: Path) -> AsyncIterator[Planted]:
    """Four processes with a seeded city; two tables refuse what others take."""
    async with (
        seeded_system(dsn, bootstrap, tmp_path, {"INTAKE_AUTO_ACCEPT": "true"}) as system,
        httpx.AsyncClient(base_url=system.urls["intake"], timeout=30) as http,
    ):
        for file in KEYS:
            assert (system.folder / file).stat().st_mode & 0o077 == 0
        for table, word in (("intake.item_text", SPOILT), ("tracker.item_text", NAME)):
            check = f"CHECK (body NOT LIKE '%{word}%') NOT VALID"
            await fetch(dsn, f"ALTER TABLE {table} ADD CONSTRAINT planted {check}")
        yield Planted(system, http, [*_secrets_of(system, dsn), PASSWORD, BROWSER])


def _secrets_of(system: System, dsn: str) -> Iterator[str]:
    """Read the passwords of the database and every line of the key files."""
    addresses = (dsn, *(system.environ[address_of(name)] for name in SERVICES))
    yield from (str(urlsplit(address).password) for address in addresses)
    for file in KEYS:
        lines = (system.folder / file).read_text().splitlines()
        yield from (line for line in lines if not line.startswith("-"))


def _item(more: str = "") -> dict[str, Any]:
    contact = {"name": NAME, "phone": MOBILE}
    title, now = f"夜间停电 {MOBILE}", datetime.now(UTC)
    return item_body(TOWNSHIP, now, title, WORDS + more, contact=contact)


async def _play_station(city: Planted) -> str:
    """Post what is taken, what is refused and what cannot be stored; give the item taken."""
    enrolled = await asyncio.to_thread(city.system.enrol, f"{TOWNSHIP}-01")
    key = OKPKey.import_key(enrolled["key"])
    station = StationClient(city.http, f"{TOWNSHIP}-01", key, lambda: datetime.now(UTC))
    token = station.sign("GET", "/intake/v1/items", b"")
    city.secrets += [enrolled["key"]["d"], token, token.rpartition(".")[2]]
    taken = await city.ask(201, station.submit(_item()))
    await city.ask(422, station.submit(_item() | {"item_type": MOBILE}))
    await city.ask(422, station.submit(_item() | {IDENTITY: NAME}))
    await city.ask(422, station.submit(_item() | {"contact": {"name": NAME, "phone": IDENTITY}}))
    await city.ask(400, station.send("POST", "/intake/v1/items", WORDS.encode()))
    await city.ask(422, station.item(IDENTITY))
    await city.ask(422, station.items(state=MOBILE))
    await city.ask(500, station.submit(_item(SPOILT)))
    forged = {"Authorization": f"Bearer {token[: -len(PASSWORD)]}{PASSWORD}"}
    await city.ask(401, city.http.get("/intake/v1/items", headers=forged))
    return str(taken.json()["item_id"])


async def _play_officer(city: Planted, item: str) -> None:
    """Sign in, also wrongly, search, look at a source; some of it is refused."""
    http, at = city.http, city.at
    found = await http.get(at("router", f"/v1/people?role=dispatcher&division={COUNTY}"))
    who = {"person_id": found.json()["people"][0]["person_id"]}
    origin = {"Origin": city.system.urls["router"]}
    answer = await city.ask(204, http.post(at("router", "/v1/session"), json=who, headers=origin))
    cookie = answer.headers["set-cookie"].split("=", 1)[1].split(";")[0]
    http.cookies.clear()
    city.secrets += [cookie, cookie.rpartition(".")[2]]
    mine = {"Cookie": f"{COOKIE}={cookie}; {FORM_COOKIE}={BROWSER}"}
    await city.ask(200, http.get(at("tracker", f"/cases?q={NAME}+{MOBILE}"), headers=mine | HTML))
    await city.ask(422, http.get(at("tracker", f"/v1/items/{IDENTITY}"), headers=mine))
    await city.ask(404, http.get(at("router", f"/nowhere/{MOBILE}"), headers=mine))
    await city.ask(404, http.get(at("reporting", f"/v1/forms?division={MOBILE}"), headers=mine))
    typed = {"name": "nobody", "password": PASSWORD, TOKEN: token_of(BROWSER)}
    for more in (origin, {"Origin": f"https://{MOBILE}.example"}):
        status = 422 if more == origin else 403
        sent = http.post(at("router", "/sign-in"), data=typed, headers=mine | HTML | more)
        await city.ask(status, sent)
    source = at("intake", f"/v1/items/{item}/source-access")
    why = {"reason": "contact", "words": WORDS}
    there = mine | {"Origin": city.system.urls["intake"]}
    await city.ask(200, http.post(source, json=why, headers=there))
    await city.ask(422, http.post(source, json=why | {"reason": MOBILE}, headers=there))


async def _start_with_wrong_settings(system: System) -> None:
    """Start services with a wrong setting, until each has ended or says what it waits for."""
    key = system.folder / "wrong.keys"
    key.write_text(PASSWORD)
    address = address_of("tracker")
    known = str(urlsplit(system.environ[address]).password)
    wrong = {
        "intake": {address_of("intake"): MISREAD},
        "router": {"ROUTER_SEAL_KEY_FILE": str(key)},
        "tracker": {address: system.environ[address].replace(known, PASSWORD)},
        "reporting": {"REPORTING_KAFKA_PASSWORD": PASSWORD},
    }
    started = [
        Process(
            name, free_port(), {**system.environ, **settings}, system.folder / f"wrong-{name}.log"
        )
        for name, settings in wrong.items()
    ]
    try:
        for process in started:
            process.start()
        for process in started:
            await eventually(partial(_ended_or_waits, process))
    finally:
        for process in started:
            process.kill()


async def _ended_or_waits(process: Process) -> bool:
    ended = process.child is not None and process.child.poll() is not None
    return ended or "kafka.waiting" in process.log.read_text()


async def _figure(city: Planted, name: str) -> float:
    lines = (await city.http.get(city.at("tracker", "/metrics"))).text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))


async def _documents(city: Planted) -> dict[str, str]:
    asked = [(name, f"/{file}") for name in SERVICES for file in DOCUMENTS]
    answers = {name + path: await city.http.get(city.at(name, path)) for name, path in asked}
    return {place: answer.raise_for_status().text for place, answer in answers.items()}


async def test_what_is_planted_is_found_nowhere(planted: Planted, servers: Servers) -> None:
    await _play_officer(planted, await _play_station(planted))
    # Two where the item and its dispatch came in one batch: the key is blocked on both topics.
    assert await eventually(partial(_figure, planted, "tracker_blocked_keys")) in (1, 2)
    commands = [" ".join(it.info["cmdline"] or ()) for it in psutil.process_iter(["cmdline"])]
    await _start_with_wrong_settings(planted.system)
    logs = [*planted.system.folder.glob("*.log"), *(it.log for it in servers.ours)]
    assert len(logs) == 2 * len(SERVICES) + 2
    looked = planted.refusals | await _documents(planted) | {"argv": "\n".join(commands)}
    looked |= {str(log): log.read_text() for log in logs}
    assert "CheckViolationError" in looked[str(planted.system.processes["intake"].log)]
    assert "services.intake" in looked["argv"]
    found = {place: planted.found_in(text) for place, text in looked.items()}
    assert {place: what for place, what in found.items() if what} == {}

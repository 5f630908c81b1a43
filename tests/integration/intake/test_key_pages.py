"""Administrators see, issue and revoke the keys of their stations; a private key is shown once."""

import json
import re
from base64 import b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from html import unescape
from typing import Any

import httpx
from joserfc.jwk import OKPKey

from deploy.simulator.station import StationClient
from tests.support.intake.desk import URL, Desk, an_item

STATION = "/keys/stations/XQ01"
FILE = re.compile(r'href="data:application/json;base64,([^"]+)" download="XQ01.json"')


async def look(desk: Desk, path: str = STATION, who: str = "admin", lang: str = "zh") -> str:
    answer = await desk.page(who, path, lang)
    assert answer.status_code == 200, answer.text
    return answer.text


async def revoke_all(desk: Desk) -> None:
    await desk.sql("UPDATE station_key SET revoked_at = now() WHERE revoked_at IS NULL")


async def enrol(desk: Desk, **form: str) -> tuple[httpx.Response, dict[str, Any]]:
    done = await desk.send("admin", f"{STATION}/enrol", form)
    found = FILE.search(done.text)
    return done, json.loads(b64decode(unescape(found[1]))) if found else {}


async def test_a_key_is_handed_out_once_and_signs(desk: Desk) -> None:
    await revoke_all(desk)
    done, key = await enrol(desk)
    assert done.status_code == 200, done.text
    assert (done.headers["cache-control"], "data:image/svg+xml" in done.text) == ("no-store", True)
    assert (key["address"], key["station_code"]) == ("https://jianyi.test", "XQ01")
    private = key["key"]["d"]
    for table in ("station_key", "outbox", "access_log"):
        rows = await desk.sql(f"SELECT row_to_json(t)::text AS line FROM {table} t")  # noqa: S608
        assert not any(private in row["line"] for row in rows)
    shown = await look(desk)
    assert (key["kid"] in shown, private in shown, "admin" in shown) == (True, False, True)
    async with httpx.AsyncClient(transport=desk.transport, base_url=URL) as http:
        app = StationClient(http, "XQ01", OKPKey.import_key(key["key"]), lambda: datetime.now(UTC))
        assert (await app.submit(an_item())).status_code == 201
    [row] = await desk.sql("SELECT used_at, added_by FROM station_key WHERE kid = $1", key["kid"])
    assert row["used_at"] is not None
    assert row["added_by"] == desk.person("admin")


async def test_a_key_is_revoked_once_at_its_own_station_and_when_confirmed(
    desk: Desk,
) -> None:
    await revoke_all(desk)
    _done, key = await enrol(desk)
    sure = {"kid": key["kid"], "sure": "yes"}
    forgotten = await desk.send("admin", f"{STATION}/revoke", {"kid": key["kid"]})
    assert (forgotten.status_code, "请勾选，确认吊销" in forgotten.text) == (422, True)
    elsewhere = await desk.send("admin", "/keys/stations/NC01/revoke", sure)
    assert (elsewhere.status_code, "没有这把在用的密钥" in elsewhere.text) == (422, True)
    gone = await desk.send("admin", f"{STATION}/revoke", sure)
    assert gone.status_code == 303, gone.text
    again = await desk.send("admin", f"{STATION}/revoke", sure)
    assert (again.status_code, "没有这把在用的密钥" in again.text) == (422, True)
    assert "已吊销" in await look(desk)


async def test_the_public_key_of_an_app_is_entered_and_a_wrong_one_explained(desk: Desk) -> None:
    await revoke_all(desk)
    pair = OKPKey.generate_key("Ed25519", private=True)
    x = str(pair.as_dict(private=False)["x"])
    form = {"kid": "tablet-1", "x": x}
    done = await desk.send("admin", f"{STATION}/add", form)
    assert done.status_code == 303, done.text
    short = urlsafe_b64encode(b"short").decode().rstrip("=")
    for wrong, words in (
        (form, "密钥编号已有"),
        ({"kid": "t2", "x": short}, "这不是Ed25519公钥"),
        ({"kid": "", "x": x}, "这一项没有填"),
        ({"kid": "k" * 201, "x": x}, "最多写200个字"),
        ({"kid": "t2", "x": x, "person_code": "nobody"}, "这个人在该联络站没有职责"),
    ):
        refused = await desk.send("admin", f"{STATION}/add", wrong)
        assert (refused.status_code, words in refused.text) == (422, True), refused.text


async def test_a_station_has_two_keys_at_most(desk: Desk) -> None:
    await revoke_all(desk)
    for _time in range(2):
        assert (await enrol(desk))[0].status_code == 200
    third, key = await enrol(desk)
    assert (third.status_code, key) == (422, {})
    assert "已有两把在用的密钥" in third.text


async def test_only_those_who_administer_the_station_see_its_keys(desk: Desk) -> None:
    for who in ("dispatcher", "station_head", "committee", "city"):
        assert (await desk.page(who, STATION)).status_code == 403
    assert (await desk.page("admin", "/keys/stations/GHOST")).status_code == 404
    assert (await desk.send("admin", "/keys/stations/GHOST/enrol", {})).status_code == 404


async def test_the_list_and_the_check_list_count_stations_without_a_key(desk: Desk) -> None:
    await revoke_all(desk)
    stations = len(re.findall(r"/intake/keys/stations/", await look(desk, "/keys?show=missing")))
    part = (await desk.page("admin", "/keys/missing")).text
    assert f">{stations}</a>" in part
    await enrol(desk)
    part = (await desk.page("admin", "/keys/missing")).text
    assert f">{stations - 1}</a>" in part
    assert "XQ01" in await look(desk, "/keys")
    missing = await look(desk, "/keys?show=missing")
    assert "/keys/stations/XQ01" not in missing, "nor its sub-point, which its app serves"
    assert "Keys of stations" in await look(desk, "/keys", lang="en")

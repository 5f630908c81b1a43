"""Every bad request has its answer: a code, both languages, what to do; nothing is stored."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from joserfc.jwk import OKPKey

from deploy.simulator.station import StationClient
from services.intake.domain.station_keys import new_key
from tests.support.intake.desk import HEAD_ID, Desk, an_activity, an_item
from tests.support.intake.stations import CREDIT_CODE, submit_batch
from tests.support.refusals import problem

ITEMS, BATCH, ACTIVITIES = (f"/intake/v1/{path}" for path in ("items", "items/batch", "activities"))
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()
LONG_AGO = "0001-01-01T00:00:00+14:00"


async def check_refused(
    desk: Desk, before: Mapping[str, int], answer: httpx.Response, status: int, code: str
) -> Any:
    """See that an answer is a whole refusal and that nothing was stored for it."""
    assert problem(answer) == (status, code)
    assert await desk.stored() == before
    return answer.json()


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"title": 5}, 422, "invalid"),
        ({"title": "字" * 101}, 422, "invalid"),
        ({"title": "   "}, 422, "invalid"),
        ({"body": "有\0空"}, 422, "invalid"),
        ({"body": "半个字\ud83d"}, 422, "invalid"),
        ({"body": ...}, 422, "invalid"),
        ({"id": "7"}, 422, "invalid"),
        ({"id": "3e0a5e7a-9f62-4b3f-8e0e-8f2d9a3ef001"}, 422, "invalid"),
        ({"item_type": "complaint"}, 422, "invalid"),
        ({"source_kind": ["enterprise"]}, 422, "invalid"),
        ({"occurred_at": "2026-02-30T00:00:00Z"}, 422, "invalid"),
        ({"occurred_at": "2026-02-20T00:00:00"}, 422, "invalid"),
        ({"occurred_at": LONG_AGO}, 422, "invalid"),
        ({"occurred_at": 1e400}, 422, "invalid"),
        ({"occurred_at": 1_663_000_000}, 422, "invalid"),
        ({"occurred_at": "1663000000"}, 422, "invalid"),
        ({"division_code": "路桥"}, 422, "invalid"),
        ({"enterprise_code": ""}, 422, "invalid"),
        ({"deputy_id": 7}, 422, "invalid"),
        ({"contact": "王 13812341234"}, 422, "invalid"),
        ({"confidential": "perhaps"}, 422, "invalid"),
        ({"self_interest": []}, 422, "invalid"),
        ({"self_interest": True}, 422, "self_interest_of_whom"),
        ({"weather": "rain"}, 422, "invalid"),
        ({"\ud800": "rain"}, 422, "invalid"),
        ({"occurred_at": TOMORROW}, 422, "occurred_in_future"),
        ({"division_code": "999999"}, 422, "unknown_division"),
        ({"division_code": "331003101"}, 403, "division_not_yours"),
        ({"enterprise_code": CREDIT_CODE[:-1] + "9"}, 422, "credit_code_check"),
        ({"deputy_id": "01890a5d-ac96-774b-bcce-b302099a8057"}, 422, "unknown_person"),
    ],
)
async def test_a_wrong_field_is_named(
    desk: Desk, station: StationClient, changes: dict[str, Any], status: int, code: str
) -> None:
    before = await desk.stored()
    answer = await station.send("POST", ITEMS, json.dumps(an_item(**changes)).encode())
    body = await check_refused(desk, before, answer, status, code)
    if code == "invalid":
        field = next(iter(changes))
        assert body["errors"][0]["pointer"] == (f"#/{field}" if field.isprintable() else "#")
        assert body["errors"][0]["detail"]
        assert body["errors"][0]["detail_en"]


@pytest.mark.parametrize("path", [ITEMS, BATCH, ACTIVITIES])
@pytest.mark.parametrize(
    "content",
    [b"{", b" ", b"\xff\xfe", b"[" * 10_000, b'{"id": ' + b"9" * 5_000 + b"}"],
    ids=["open", "empty", "not utf-8", "deep", "long number"],
)
async def test_what_is_no_json_is_said_so(
    desk: Desk, station: StationClient, path: str, content: bytes
) -> None:
    before = await desk.stored()
    answer = await station.send("POST", path, content)
    await check_refused(desk, before, answer, 400, "malformed_json")


@pytest.mark.parametrize("path", [ITEMS, BATCH, ACTIVITIES])
@pytest.mark.parametrize("content", [b"null", b"7", b'"text"', b"[]", b"{}", b'{"items": {}}'])
async def test_json_of_another_shape_is_refused(
    desk: Desk, station: StationClient, path: str, content: bytes
) -> None:
    before = await desk.stored()
    body = await check_refused(
        desk, before, await station.send("POST", path, content), 422, "invalid"
    )
    assert body["errors"]


async def test_a_body_over_64_kib_is_refused(desk: Desk, station: StationClient) -> None:
    before = await desk.stored()
    for path in (ITEMS, ACTIVITIES):
        answer = await station.send("POST", path, b'{"id": "' + b"x" * 65_536 + b'"}')
        await check_refused(desk, before, answer, 413, "too_large")


async def test_a_batch_may_be_four_mib(desk: Desk, station: StationClient) -> None:
    before = await desk.stored()
    answer = await station.send("POST", BATCH, b" " * (4 * 1024 * 1024 + 1))
    await check_refused(desk, before, answer, 413, "too_large")
    large = await submit_batch(station, [an_item(body="字" * 8_000) for _ in range(60)])
    assert {one["status"] for one in large.json()["results"]} == {201}


@pytest.mark.parametrize(
    "token",
    ["", "x", "a.b.c", "eyJraWQiOjF9.e30.", "e30.e30.e30", "eyJraWQiOiJcdWQ4MDAifQ.e30.e30"],
    ids=["none", "word", "not base64", "numeric kid", "no kid", "half a character"],
)
async def test_an_unsigned_request_is_refused(desk: Desk, token: str) -> None:
    before = await desk.stored()
    answer = await desk.send_signed(ITEMS, json.dumps(an_item()).encode(), token)
    await check_refused(desk, before, answer, 401, "signature_refused")


async def test_a_signature_covers_the_body_and_tells_the_time(
    desk: Desk, station: StationClient
) -> None:
    before = await desk.stored()
    token = station.sign("POST", ITEMS, b"{}")
    answer = await desk.send_signed(ITEMS, json.dumps(an_item()).encode(), token)
    body = await check_refused(desk, before, answer, 401, "signature_refused")
    assert abs(datetime.fromisoformat(body["server_time"]) - datetime.now(UTC)).total_seconds() < 60


@pytest.mark.parametrize(("method", "path"), [("POST", BATCH), ("GET", ITEMS)])
async def test_a_signature_covers_path_and_method(
    desk: Desk, station: StationClient, method: str, path: str
) -> None:
    before = await desk.stored()
    body = json.dumps(an_item()).encode()
    answer = await desk.send_signed(ITEMS, body, station.sign(method, path, body))
    await check_refused(desk, before, answer, 401, "signature_refused")


@pytest.mark.parametrize("ahead", [timedelta(minutes=-20), timedelta(minutes=20)])
async def test_an_old_or_early_signature_is_refused(desk: Desk, ahead: timedelta) -> None:
    before = await desk.stored()
    async with desk.station(ahead=ahead) as station:
        answer = await station.submit(an_item())
    await check_refused(desk, before, answer, 401, "signature_refused")


async def test_another_stations_key_does_not_sign(desk: Desk) -> None:
    before = await desk.stored()
    body = json.dumps(an_item()).encode()
    async with desk.station("NC01") as other:
        other.station_code = "XQ01"
        answer = await desk.send_signed(ITEMS, body, other.sign("POST", ITEMS, body))
    await check_refused(desk, before, answer, 401, "signature_refused")


async def test_a_station_the_directory_does_not_list_is_refused(desk: Desk) -> None:
    before = await desk.stored()
    async with desk.station("GHOST") as station:
        answer = await station.submit(an_item())
    await check_refused(desk, before, answer, 403, "unknown_station")


async def test_a_key_nobody_entered_is_refused(desk: Desk) -> None:
    before = await desk.stored()
    stranger, private = new_key("XQ01")
    desk.keys["stranger"] = (stranger.kid, OKPKey.import_key(dict(private)))
    async with desk.station("stranger") as station:
        station.station_code = "XQ01"
        answer = await station.submit(an_item())
    await check_refused(desk, before, answer, 401, "signature_refused")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"kind": "party"}, 422, "invalid"),
        ({"id": "3e0a5e7a-9f62-4b3f-8e0e-8f2d9a3ef001"}, 422, "invalid"),
        ({"first_day": "0001-01-01"}, 422, "invalid"),
        ({"first_day": "soon"}, 422, "invalid"),
        ({"attendance": [{"person_id": "x", "is_deputy": "maybe"}]}, 422, "invalid"),
        ({"attendance": [{"person_id": HEAD_ID, "is_deputy": True}] * 501}, 422, "invalid"),
        ({"photo": "x"}, 422, "invalid"),
        ({"last_day": "2022-01-01"}, 422, "days_reversed"),
        ({"last_day": "2999-01-01"}, 422, "occurred_in_future"),
        ({"last_day": "9999-12-31"}, 422, "occurred_in_future"),
        ({"partners": ["000000"]}, 422, "unknown_division"),
        ({"place_division": "000000"}, 422, "unknown_division"),
        ({"organiser_division": "331003101"}, 403, "division_not_yours"),
        ({"enterprises": [CREDIT_CODE[:17] + "9"]}, 422, "credit_code_check"),
        ({"attendance": [{"person_id": HEAD_ID, "is_deputy": True}]}, 422, "not_a_deputy"),
        (
            {"attendance": [{"person_id": HEAD_ID, "is_deputy": False}] * 2},
            422,
            "person_twice",
        ),
    ],
)
async def test_a_wrong_activity_is_refused_whole(
    desk: Desk, station: StationClient, changes: dict[str, Any], status: int, code: str
) -> None:
    before = await desk.stored()
    answer = await station.hold(an_activity(**changes))
    body = await check_refused(desk, before, answer, status, code)
    if code == "invalid":
        assert body["errors"][0]["pointer"].startswith(f"#/{next(iter(changes))}")


@pytest.mark.parametrize(
    ("act", "content"),
    [
        ("accept", {"complexity": "hard"}),
        ("accept", {"policy_codes": ["a b"]}),
        ("accept", {"note": "字" * 2001}),
        ("accept", {"occurred_at": "yesterday"}),
        ("accept", {"occurred_at": LONG_AGO}),
        ("accept", {"number": "1"}),
        ("return", {"reason": "because"}),
        ("return", {"note": "没写原因"}),
        ("resubmit", {"supplement": "  "}),
        ("resubmit", {"supplement": "有\0空"}),
        ("reject", {"reason": "R8", "note": "x"}),
        ("transfer", {"channel": "press"}),
        ("merge", {"into": "that one"}),
        ("rating", {"reply_no": 0, "result": "satisfied"}),
        ("rating", {"reply_no": 1, "result": "great"}),
        ("rating", {"reply_no": True, "result": "satisfied", "stars": 5}),
        ("rating", []),
    ],
)
async def test_a_wrong_act_changes_nothing(
    desk: Desk, station: StationClient, act: str, content: Any
) -> None:
    item_id = (await station.submit(an_item())).json()["item_id"]
    before = await desk.stored()
    answer = await station.act(item_id, act, content, HEAD_ID)
    await check_refused(desk, before, answer, 422, "invalid")
    assert (await station.item(item_id)).json()["state"] == "SUBMITTED"


async def test_what_is_nowhere_is_not_found(desk: Desk, station: StationClient) -> None:
    before = await desk.stored()
    nowhere = await station.send("POST", "/intake/v1/wishes", {})
    await check_refused(desk, before, nowhere, 404, "not_found")
    wrong = await station.send("DELETE", ITEMS, {})
    await check_refused(desk, before, wrong, 405, "method_not_allowed")
    no_id = await station.act("7", "accept", {}, HEAD_ID)
    await check_refused(desk, before, no_id, 422, "invalid")

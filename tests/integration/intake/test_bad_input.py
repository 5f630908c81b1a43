"""Every bad request has its answer: a code, both languages, what to do; nothing is stored."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc.jwk import OKPKey
from structlog.testing import capture_logs

from services.intake.domain.station_keys import new_key
from tests.support.intake.desk import (
    HEAD_ID,
    OTHER_HEAD_ID,
    Desk,
    HeadedStation,
    an_activity,
    an_item,
)
from tests.support.intake.stations import CREDIT_CODE, submit_batch
from tests.support.refusals import check_refused

ITEMS, BATCH, ACTIVITIES = (f"/intake/v1/{path}" for path in ("items", "items/batch", "activities"))
TOMORROW = (datetime.now(UTC) + timedelta(days=2)).isoformat()
LONG_AGO = "0001-01-01T00:00:00+14:00"
FAR_OFF = "9999-12-31T23:59:59-23:59"
FAR_OFFSETS = ("+14:01", "+16:00", "+23:59", "-12:01", "-16:00")
"""PostgreSQL reads none beyond sixteen hours."""


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        *(
            (changes, 422, "invalid")
            for changes in (
                {"title": 5},
                {"title": "字" * 101},
                {"title": "   "},
                {"body": "有\0空"},
                {"body": "半个字\ud83d"},
                {"body": ...},
                {"id": "3e0a5e7a-9f62-4b3f-8e0e-8f2d9a3ef001"},
                {"item_type": "complaint"},
                {"source_kind": ["enterprise"]},
                {"occurred_at": "2026-02-30T00:00:00Z"},
                {"occurred_at": "2026-02-20T00:00:00"},
                {"occurred_at": LONG_AGO},
                {"occurred_at": FAR_OFF},
                *({"occurred_at": f"2026-02-20T09:00:00{off}"} for off in FAR_OFFSETS),
                {"occurred_at": "9999-12-31T23:59:59Z"},
                {"occurred_at": 1e400},
                {"occurred_at": "1663000000"},
                {"division_code": "路桥"},
                {"enterprise_code": ""},
                {"deputy_id": 7},
                {"contact": "王 13812341234"},
                {"confidential": "perhaps"},
                {"weather": "rain"},
                {"\ud800": "rain"},
            )
        ),
        ({"self_interest": True}, 422, "self_interest_of_whom"),
        ({"occurred_at": "2020-01-01T09:00:00+08:00"}, 422, "date_far_back"),
        ({"occurred_at": TOMORROW}, 425, "occurred_in_future"),
        ({"division_code": "331003101"}, 403, "division_not_yours"),
    ],
)
async def test_a_wrong_field_is_named(
    desk: Desk, station: HeadedStation, changes: dict[str, Any], status: int, code: str
) -> None:
    before = await desk.stored()
    answer = await station.send("POST", ITEMS, json.dumps(an_item(**changes)).encode())
    body = await check_refused(desk, before, answer, status, code)
    if code == "invalid":
        field, error = next(iter(changes)), body["errors"][0]
        assert error["pointer"] == (f"#/{field}" if field.isprintable() else "#")
        assert error["detail"]
        assert error["detail_en"]


@pytest.mark.parametrize("path", [ITEMS, ACTIVITIES])
async def test_what_is_too_early_is_no_failure_of_ours(
    desk: Desk, station: HeadedStation, path: str
) -> None:
    day = TOMORROW[:10]
    body = (
        an_item(occurred_at=TOMORROW) if path == ITEMS else an_activity(first_day=day, last_day=day)
    )
    with capture_logs() as lines:
        answer = await station.send("POST", path, json.dumps(body).encode())
    assert answer.status_code == 425
    assert not [line for line in lines if line["log_level"] == "error"]


async def test_a_character_that_cannot_be_kept_finds_nothing(
    desk: Desk, station: HeadedStation
) -> None:
    await station.submit(an_item(title="停电"))
    found = await desk.page("station_staff", "/items?q=%00")
    assert (found.status_code, "停电" in found.text) == (200, False)
    for name in ("enterprise", "title"):
        earlier = await desk.page("station_staff", f"/new/earlier?{name}=%00%00")
        assert earlier.status_code == 200
    before = await desk.stored()
    firms = await station.send("GET", "/intake/v1/lookups/firms?name=%00%00")
    await check_refused(desk, before, firms, 422, "invalid")


@pytest.mark.parametrize("path", [ITEMS, BATCH, ACTIVITIES])
async def test_what_is_no_json_or_of_another_shape_is_said_so(
    desk: Desk, station: HeadedStation, path: str
) -> None:
    before = await desk.stored()
    for content in (b"{", b" ", b"\xff\xfe", b"[" * 10_000, b'{"id": ' + b"9" * 5_000 + b"}"):
        answer = await station.send("POST", path, content)
        await check_refused(desk, before, answer, 400, "malformed_json")
    for content in (b"null", b"7", b'"text"', b"[]", b"{}", b'{"items": {}}'):
        answer = await station.send("POST", path, content)
        assert (await check_refused(desk, before, answer, 422, "invalid"))["errors"]


async def test_a_body_over_64_kib_is_refused(desk: Desk, station: HeadedStation) -> None:
    """A batch may be four MiB."""
    before = await desk.stored()
    for path, most in ((ITEMS, 65_536), (ACTIVITIES, 65_536), (BATCH, 4 * 1024 * 1024)):
        answer = await station.send("POST", path, b" " * (most + 1))
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


@pytest.mark.parametrize(
    "path", [ITEMS, BATCH, ACTIVITIES, f"{ITEMS}/0199d0d1-c1a2-7b3c-8d4e-138123412345/tell"]
)
async def test_nothing_of_a_body_is_parsed_before_its_signature_is_checked(
    desk: Desk, station: HeadedStation, path: str
) -> None:
    """Else anybody could make the door read megabytes of JSON."""
    before = await desk.stored()
    broken = b'{"items": [' * 100
    answer = await desk.send_signed(path, broken, station.sign("POST", path, b"another body"))
    await check_refused(desk, before, answer, 401, "signature_refused")
    assert (await station.send("POST", path, broken)).status_code in {400, 422}


async def test_a_stations_own_key_never_acts_as_its_head(
    desk: Desk, station: HeadedStation
) -> None:
    item_id = (await station.submit(an_item())).json()["item_id"]
    before = await desk.stored()
    for act, body in (
        ("accept", {}),
        ("return", {"reason": "unclear", "note": "哪里停电"}),
        ("reject", {"reason": "R4", "note": "没有具体内容"}),
        ("transfer", {"channel": "petition"}),
        ("merge", {"into": item_id}),
        ("preview", {}),
        ("accept", {"profile": "never judged"}),
    ):
        answer = await station.act(item_id, act, body)
        await check_refused(desk, before, answer, 403, "not_yours")


async def test_a_key_enrolled_for_somebody_without_a_role_there_opens_nothing(
    desk: Desk, station: HeadedStation
) -> None:
    item_id = (await station.submit(an_item())).json()["item_id"]
    before, stranger = await desk.stored(), station.heads[OTHER_HEAD_ID]
    for answer in (
        await stranger.submit(an_item()),
        await stranger.hold(an_activity()),
        await stranger.act(item_id, "accept", {}),
        await stranger.act(item_id, "resubmit", {"supplement": "新桥工业区"}),
    ):
        await check_refused(desk, before, answer, 403, "not_yours")
    assert (await stranger.items()).status_code == 403


async def test_a_signature_covers_body_path_query_and_method_and_tells_the_time(
    desk: Desk, station: HeadedStation
) -> None:
    before, content = await desk.stored(), json.dumps(an_item()).encode()
    for method, path, body in (
        ("POST", ITEMS, b"{}"),
        ("POST", BATCH, content),
        ("GET", ITEMS, content),
        ("POST", f"{ITEMS}?limit=1", content),
    ):
        token = station.sign(method, path, body)
        answer = await desk.send_signed(ITEMS, content, token)
        said = await check_refused(desk, before, answer, 401, "signature_refused")
    unsigned = station.sign("POST", ITEMS, content)
    answer = await desk.send_signed(f"{ITEMS}?limit=1", content, unsigned)
    await check_refused(desk, before, answer, 401, "signature_refused")
    ours = datetime.fromisoformat(said["server_time"])
    assert abs(ours - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("key", "ahead", "refusal"),
    [
        ("XQ01", timedelta(minutes=-20), (401, "signature_refused")),
        ("XQ01", timedelta(minutes=20), (401, "signature_refused")),
        ("NC01", timedelta(), (401, "signature_refused")),
        ("stranger", timedelta(), (401, "signature_refused")),
        ("GHOST", timedelta(), (403, "unknown_station")),
    ],
    ids=["old", "early", "another station's key", "unknown key", "station not in the directory"],
)
async def test_whoever_signs_wrongly_is_refused(
    desk: Desk, key: str, ahead: timedelta, refusal: tuple[int, str]
) -> None:
    unknown, private = new_key("XQ01")
    desk.keys["stranger"] = (unknown.kid, OKPKey.import_key(dict(private)))
    before = await desk.stored()
    async with desk.station(key, ahead=ahead) as station:
        station.station_code = "GHOST" if key == "GHOST" else "XQ01"
        answer = await station.submit(an_item())
    await check_refused(desk, before, answer, *refusal)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"kind": "party"}, 422, "invalid"),
        ({"first_day": "0001-01-01"}, 422, "invalid"),
        ({"first_day": "soon"}, 422, "invalid"),
        ({"attendance": [{"person_id": "x", "is_deputy": "maybe"}]}, 422, "invalid"),
        ({"attendance": [{"person_id": HEAD_ID, "is_deputy": True}] * 501}, 422, "invalid"),
        ({"photo": "x"}, 422, "invalid"),
        ({"last_day": "9999-12-31"}, 422, "invalid"),
        ({"last_day": "2099-12-31"}, 422, "days_too_many"),
        ({"first_day": TOMORROW[:10], "last_day": TOMORROW[:10]}, 425, "activity_in_future"),
        ({"enterprises": [CREDIT_CODE] * 201}, 422, "invalid"),
        ({"enterprises": [CREDIT_CODE] * 150, "traders": ["小店"] * 51}, 422, "too_many_firms"),
        ({"enterprises": ["91331004MA2A00001A"]}, 422, "credit_code_check"),
        ({"traders": [" "]}, 422, "invalid"),
        ({"traders": ["店" * 61]}, 422, "invalid"),
        ({"notes": "字" * 2001}, 422, "invalid"),
        ({"visit_reason": "字" * 501}, 422, "invalid"),
        ({"organiser_division": "331003101"}, 403, "division_not_yours"),
        ({"attendance": [{"person_id": HEAD_ID, "is_deputy": True}]}, 422, "not_in_this_capacity"),
        ({"attendance": [{"person_id": HEAD_ID, "is_deputy": False}] * 2}, 422, "person_twice"),
    ],
)
async def test_a_wrong_activity_is_refused_whole(
    desk: Desk, station: HeadedStation, changes: dict[str, Any], status: int, code: str
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
        ("accept", {"occurred_at": LONG_AGO}),
        ("accept", {"occurred_at": FAR_OFF}),
        ("accept", {"occurred_at": "2026-02-20T09:00:00+16:00"}),
        ("accept", {"number": "1"}),
        ("return", {"reason": "because"}),
        ("return", {"note": "没写原因"}),
        ("resubmit", {"supplement": "有\0空"}),
        ("reject", {"reason": "R8", "note": "x"}),
        ("transfer", {"channel": "press"}),
        ("merge", {"into": "that one"}),
        ("call-back", {"reply_no": 0, "result": "satisfied", "called_on": "2022-07-01"}),
        ("call-back", {"reply_no": 1, "result": "satisfied", "called_on": FAR_OFF}),
        ("call-back", {"reply_no": True, "result": "satisfied", "stars": 5}),
        ("call-back", {"reply_no": 1, "result": "satisfied", "channel": "web"}),
        ("call-back", []),
        ("check-call-back", {"n": 0}),
        ("discard-call-back", {"n": 1, "reason": "x"}),
        ("tell", {"reply_no": 1, "channel": "radio", "day": "2022-07-01"}),
        ("link", {"reason": "x"}),
    ],
)
async def test_a_wrong_act_changes_nothing(
    desk: Desk, station: HeadedStation, act: str, content: Any
) -> None:
    item_id = (await station.submit(an_item())).json()["item_id"]
    before = await desk.stored()
    answer = await station.act(item_id, act, content, HEAD_ID)
    await check_refused(desk, before, answer, 422, "invalid")


async def test_what_is_nowhere_is_not_found(desk: Desk, station: HeadedStation) -> None:
    before = await desk.stored()
    nowhere = await station.send("POST", "/intake/v1/wishes", {})
    await check_refused(desk, before, nowhere, 404, "not_found")
    wrong = await station.send("DELETE", ITEMS, {})
    await check_refused(desk, before, wrong, 405, "method_not_allowed")
    no_id = await station.act("7", "accept", {}, HEAD_ID)
    await check_refused(desk, before, no_id, 422, "invalid")

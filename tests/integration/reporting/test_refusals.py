"""What may not be done with a report over HTTP, with the reason in both languages."""

from typing import Any

import pytest

from shared.errors import Unavailable
from shared.ids import from_text, to_text
from tests.support.refusals import problem
from tests.support.reporting.counting import CITY, COUNTY, OTHER_TOWN, TOWN, accepted
from tests.support.reporting.running import OLD, RunningReporting, report_id


@pytest.fixture
async def drafted(reporting: RunningReporting) -> RunningReporting:
    """A service whose report of Luqiao is laid out."""
    await reporting.hear(accepted("2022-09-01"))
    await reporting.tick()
    return reporting


async def refused(
    reporting: RunningReporting, who: str, name: str, body: Any = None
) -> tuple[int, str]:
    """Try a step; it must be refused and change nothing."""
    before = await reporting.sql("SELECT * FROM report")
    answer = await reporting.step(who, name, body)
    assert await reporting.sql("SELECT * FROM report") == before
    return problem(answer)


async def test_steps_of_the_wrong_person(drafted: RunningReporting) -> None:
    for who in ("head", "office", "dispatcher", "city_liaison", "clerk"):
        assert await refused(drafted, who, "check", OLD) == (403, "not_yours"), who
    assert await refused(drafted, "linhai_liaison", "check", OLD) == (404, "no_report")
    for who in ("liaison", "head", "city_head"):
        assert await refused(drafted, who, "receive", {"version": 1}) == (403, "not_yours"), who
    forced = {"despite_blocked": True}
    assert await refused(drafted, "liaison", "submit", forced) == (403, "not_yours")


async def test_steps_out_of_turn(drafted: RunningReporting) -> None:
    assert await refused(drafted, "head", "confirm", OLD) == (409, "out_of_turn")
    assert await refused(drafted, "office", "receive", {"version": 1}) == (409, "out_of_turn")
    await drafted.done(("liaison", "check"))
    assert await refused(drafted, "liaison", "check", OLD) == (409, "out_of_turn")


async def test_one_person_may_not_check_and_confirm(drafted: RunningReporting) -> None:
    await drafted.sql(
        "UPDATE report SET stage = 'checked', checked_by = $1", to_text(drafted.person("head"))
    )
    assert await refused(drafted, "head", "confirm", OLD) == (409, "second_person_needed")


async def test_a_report_that_is_not_there(drafted: RunningReporting) -> None:
    for end in (report_id("331082"), report_id("999999")):
        answer = await drafted.post("liaison", f"/v1/reports/{end}/check", OLD)
        assert problem(answer) == (404, "no_report")


async def test_what_is_under_repair_cannot_be_moved(drafted: RunningReporting) -> None:
    await drafted.sql(
        "INSERT INTO position (topic, key, seq, blocked) VALUES ('reporting.clock', $1, 0, true)",
        from_text(report_id()),
    )
    assert await refused(drafted, "liaison", "check", OLD) == (409, "under_repair")


async def test_without_kafka_nothing_is_frozen(drafted: RunningReporting) -> None:
    await drafted.done(("liaison", "check"), ("head", "confirm"))
    answer = await drafted.step("liaison", "submit")
    assert problem(answer) == (503, "kafka_unavailable")
    assert int(answer.headers["retry-after"]) > 0
    with pytest.raises(Unavailable):
        await drafted.service.messaging.reader.committed()


@pytest.mark.parametrize(
    ("who", "name", "body"),
    [
        ("liaison", "check", None),
        ("head", "confirm", {"figures_sha256": "seen"}),
        ("office", "receive", None),
        ("office", "receive", {"version": "first"}),
        ("office", "receive", {"version": 1, "more": 2}),
        ("office", "return", {"version": 1}),
        ("office", "return", {"version": 1, "reason": "a sentence"}),
        ("liaison", "submit", {"despite": True}),
        ("liaison", "submit", {"despite_blocked": "perhaps"}),
        ("liaison", "submit", []),
    ],
)
async def test_bodies_that_are_wrong(
    drafted: RunningReporting, who: str, name: str, body: Any
) -> None:
    assert await refused(drafted, who, name, body) == (422, "invalid")


async def test_addresses_that_are_wrong(drafted: RunningReporting) -> None:
    broken = await drafted.post("liaison", "/v1/reports/not-an-id/check")
    assert problem(broken) == (422, "invalid")
    for query in (
        "column=C3",
        f"division={COUNTY}&column=C9",
        f"division={COUNTY}&column=C3&period_end=soon",
        f"division={COUNTY}&column=C3&scope=all",
        f"division={COUNTY}&column=C3&page=0",
        f"division={'9' * 13}&column=C3",
    ):
        assert problem(await drafted.get("office", f"/v1/facts?{query}")) == (422, "invalid"), query
    for query in (
        "division=999999&column=C3",
        f"division={COUNTY}&column=C3&period_end=2022-09-19",
        f"division={COUNTY}&column=C3&version=7",
    ):
        answer = await drafted.get("office", f"/v1/facts?{query}")
        assert problem(answer) == (404, "no_report"), query
    for query in ("division=999999", f"division={TOWN}", "period_end=2022-09-19"):
        for path in ("/v1/forms", "/v1/forms.xlsx", "/"):
            answer = await drafted.get("office", f"{path}?{query}")
            assert problem(answer) == (404, "no_report"), query
    for end in ("0001-01-01", "2022-06-20", "9999-12-31"):
        for path in (f"/v1/forms?period_end={end}", f"/?period_end={end}"):
            assert problem(await drafted.get("office", path)) == (404, "no_report"), path
        query = f"division={COUNTY}&column=C3&period_end={end}"
        for path in (f"/v1/facts?{query}", f"/items?{query}"):
            assert problem(await drafted.get("office", path)) == (404, "no_report"), path


async def test_a_body_that_is_not_json(drafted: RunningReporting) -> None:
    async with await drafted.client("office") as client:
        path = f"/reporting/v1/reports/{report_id()}/receive"
        headers = {"Content-Type": "application/json"}
        broken = await client.post(path, content=b"{", headers=headers)
        assert problem(broken) == (400, "malformed_json")
        assert (await client.post(path, content=b"[" * 70_000, headers=headers)).status_code == 413


async def test_forms_and_numbers_of_others_are_not_told(drafted: RunningReporting) -> None:
    for path in ("/v1/forms", "/v1/forms.xlsx", "/"):
        for who, code in (("linhai_liaison", COUNTY), ("liaison", "331000"), ("head", "331082")):
            answer = await drafted.get(who, f"{path}?division={code}")
            assert problem(answer) == (404, "no_report"), (who, path)
        assert problem(await drafted.get("clerk", path)) == (403, "not_yours")
    for who, code in (
        ("linhai_liaison", TOWN), ("dispatcher", OTHER_TOWN), ("liaison", "331000"),
    ):  # fmt: skip
        for path in ("/v1/facts", "/items"):
            answer = await drafted.get(who, f"{path}?division={code}&column=C3")
            assert problem(answer) == (404, "no_report"), (who, path)
    own = await drafted.get("dispatcher", f"/v1/facts?division={TOWN}&column=C3&scope=line")
    assert own.json()["count"] == 1


async def test_a_wider_number_needs_a_wider_right(drafted: RunningReporting) -> None:
    for path in ("/v1/facts", "/items"):
        whole = await drafted.get("dispatcher", f"{path}?division={TOWN}&column=C3&scope=filer")
        assert problem(whole) == (404, "no_report"), path
        for who, code in (("liaison", COUNTY), ("dispatcher", TOWN), ("office", COUNTY)):
            total = await drafted.get(who, f"{path}?division={code}&column=C3&scope=total")
            assert problem(total) == (404, "no_report"), (who, path)
        city = await drafted.get("liaison", f"{path}?division={CITY}&column=C3&scope=total")
        assert problem(city) == (404, "no_report"), path


async def test_without_a_session_nothing_is_told(drafted: RunningReporting) -> None:
    async with await drafted.client("liaison") as client:
        client.cookies.clear()
        assert (await client.get("/reporting/v1/forms")).status_code == 401
        page = await client.get("/reporting/", headers={"Accept": "text/html"})
        assert page.status_code == 303

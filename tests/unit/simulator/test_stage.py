"""The stage: everybody acts at their moment, and nothing goes on after something unexpected."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from deploy.simulator.city import City, NoRest, Unexpected
from deploy.simulator.offices import report_days
from deploy.simulator.stage import AFTERNOON, MORNING, Stage, moment
from shared.calendar import Calendar, Periods, local_day, start_of_day

FRIDAY, MONDAY = date(2022, 8, 5), date(2022, 8, 8)
NOON = datetime(2022, 8, 5, 4, tzinfo=UTC)


@pytest.fixture
def log() -> list[str]:
    """Everything that happens on the stage."""
    return []


@pytest.fixture
def stage(log: list[str]) -> Stage:
    async def move(instant: datetime) -> None:
        log.append(f"{instant:%d %H:%M}")

    async def rest() -> None:
        log.append("rest")

    return Stage(Calendar({}), move, rest, lambda _: None)


async def test_courses_act_at_their_moments_and_the_city_rests_between_them(
    stage: Stage, log: list[str]
) -> None:
    async def course() -> None:
        await stage.until(moment(FRIDAY, AFTERNOON))
        log.append("sent")
        await stage.later(0)
        log.append("accepted")
        await stage.later(0)
        log.append("dispatched")
        await stage.later(100)
        log.append("never")

    stage.start(course())
    await stage.play(FRIDAY, MONDAY)
    assert log == [
        "05 09:00", "rest", "05 14:30", "sent", "rest",
        "06 09:00", "rest", "07 09:00", "rest",
        "08 09:00", "rest", "accepted", "rest", "08 14:30", "dispatched", "rest",
    ]  # fmt: skip


async def test_two_courses_act_at_the_same_moment_whatever_each_waits_for(
    stage: Stage, log: list[str]
) -> None:
    async def course(word: str, days: int) -> None:
        await stage.until(moment(FRIDAY, MORNING))
        await stage.later(days)
        log.append(word)

    stage.start(course("late", 1))
    stage.start(course("soon", 0))
    await stage.play(FRIDAY, MONDAY)
    words = [word for word in log if word in ("soon", "late", "05 14:30", "08 14:30")]
    assert words == ["05 14:30", "soon", "08 14:30", "late"]


async def test_a_course_that_fails_stops_the_play_at_that_moment(
    stage: Stage, log: list[str]
) -> None:
    async def failing() -> None:
        await stage.until(moment(FRIDAY, AFTERNOON))
        raise LookupError("unexpected")

    async def other() -> None:
        await stage.until(moment(MONDAY, MORNING))
        log.append("went on")

    stage.start(failing())
    stage.start(other())
    with pytest.raises(LookupError, match="unexpected"):
        await stage.play(FRIDAY, MONDAY)
    assert log[-1] == "05 14:30"


def city(answer: Callable[[httpx.Request], httpx.Response]) -> City:
    transport = httpx.MockTransport(answer)
    return City(httpx.AsyncClient(transport=transport, base_url="http://city.test"), lambda: NOON)


def city_that_answers(status: int, content: bytes) -> City:
    return city(lambda _: httpx.Response(status, content=content))


@pytest.mark.parametrize(
    ("status", "content", "wanted"),
    [
        (409, b'{"code":"already_signed"}', ""),
        (200, b"[]", "wanted: a JSON object"),
        (200, b"<html>", "wanted: JSON"),
        (200, b'{"tasks": []}', "wanted: 'state' in {'tasks': []}"),
        (200, b"", "wanted: 'state' in {}"),
        (200, b'{"state": {}}', "wanted: 'due_at' in {}"),
    ],
)
async def test_an_unexpected_answer_tells_the_day_the_request_and_the_answer(
    status: int, content: bytes, wanted: str
) -> None:
    there = city_that_answers(status, content)
    answer = await there.http.post("/tracker/v1/items/x/sign", json={"note": "签"})
    with pytest.raises(Unexpected) as stopped:
        there.expect(answer)["state"]["due_at"]
    said = str(stopped.value)
    assert said.startswith("2022-08-05 04:00: POST http://city.test/tracker/v1/items/x/sign")
    assert '"签"' in said
    assert f"{status} {content.decode()}" in said
    assert said.endswith(wanted)


async def test_a_line_is_looked_up_in_an_answer_or_the_play_stops() -> None:
    there = city_that_answers(200, b'{"items": [{"id": "a"}, {"id": "b"}, {"id": "b"}]}')
    queue = await there.list_open("/router/v1/queue")
    assert queue.one("items", id="a") == {"id": "a"}
    for wrong, found in (({"id": "c"}, 0), ({"id": "b"}, 2)):
        with pytest.raises(Unexpected, match=f"GET .*queue[^w]*wanted: one of .*not {found}"):
            queue.one("items", **wrong)
    with pytest.raises(Unexpected, match="wanted: 'unit'"):
        queue.one("items", unit="a")


async def test_a_busy_service_is_asked_again() -> None:
    answers = [503, 503, 201]

    async def send() -> httpx.Response:
        return httpx.Response(answers.pop(0), headers={"retry-after": "0"})

    assert (await city_that_answers(200, b"").sent(send)).status_code == 201
    assert answers == []


async def test_the_city_rests_only_when_nothing_happened_between_two_looks() -> None:
    looks = iter([*[1.0] * 4, *[1.0, 1.0, 2.0, 1.0], *[1.0, 1.0, 2.0, 1.0], *[9.0] * 4])
    await city(lambda _: httpx.Response(200, json={"idle": True, "last_set": next(looks)})).rest()
    assert list(looks) == [9.0] * 4


async def test_a_service_that_never_rests_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.simulator.city.REST_SECONDS", 0.1)

    def restless(request: httpx.Request) -> httpx.Response:
        calm = "tracker" not in request.url.path
        return httpx.Response(200, json={"idle": calm, "last_set": 1.0})

    with pytest.raises(NoRest, match="tracker: not idle"):
        await city(restless).rest()


@pytest.mark.parametrize(
    ("due", "days"),
    [
        (date(2022, 9, 20), [16, 19, 20]),
        (date(2022, 8, 20), [17, 18, 19]),
        (date(2026, 2, 20), [24, 25, 26]),
    ],
)
def test_a_report_is_made_on_the_last_working_days_before_it_is_due(
    due: date, days: list[int]
) -> None:
    period = Periods().period_of(start_of_day(due))
    assert period is not None
    assert [day.day for day in report_days(period, Calendar({}))] == days


def test_a_moment_is_a_time_of_day_in_china() -> None:
    instant = moment(FRIDAY, MORNING)
    assert instant == datetime(2022, 8, 5, 1, tzinfo=UTC)
    assert local_day(instant - timedelta(hours=9, minutes=1)) == date(2022, 8, 4)

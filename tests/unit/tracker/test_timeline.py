"""The timeline of a case and its trail tell the same of every decision."""

from typing import Any

from services.tracker.console.labels import ViewContext
from services.tracker.console.timeline import timeline
from services.tracker.console.trail import Describer
from services.tracker.settings import ZHEJIANG
from shared.contracts.envelope import Event
from shared.features.trail import Names
from shared.ids import TAIL, to_text
from tests.support.intake.stations import small_directory
from tests.support.shanghai import at
from tests.support.tracker.play import (
    CO_TASK,
    DISPATCHER,
    OTHER,
    UNIT,
    Play,
    context_at,
    dispatched,
    fulfil,
    given,
    objection,
    opened,
    rating,
    replied,
    signed,
    supervise,
)

DIRECTORY = small_directory()


def view(when: str, by: Any = DISPATCHER) -> ViewContext:
    return ViewContext(by, DIRECTORY, context_at(at(when)), ZHEJIANG)


def past(play: Play, when: str, by: Any = DISPATCHER) -> list[str]:
    """The past steps of the timeline, in their order."""
    steps = timeline(play.case, play.case.new_entries, view(when, by))
    return [str(one.what) for one in steps if one.pace == "done"]


def described(event: Event) -> list[tuple[str, str]]:
    """What the trail says an event changed."""
    fields = Describer(Names(DIRECTORY), {})(event).values
    return [(str(one.name), str(one.now)) for one in fields]


def test_a_supervision_that_is_not_listed_is_told_so() -> None:
    play = signed()
    play.tick("2022-10-20")
    (decided,) = play.act(supervise(None, granted=False), "2022-10-20 10:00")
    assert past(play, "2022-10-20 11:00")[-1] == "督办决定：不列入"
    assert described(decided) == [("决定", "不列入")]


def test_a_promise_kept_and_one_broken_are_told_apart() -> None:
    broken = fulfil(outcome="deferred", reason="管线尚未迁改")
    for act, told, outcome in (
        (fulfil(), "承诺已兑现", "已解决"),
        (broken, "承诺未兑现", "暂不能解决"),
    ):
        play = replied("planned", promised_on="2022-11-30", contact="王工")
        play.hear(rating("2022-09-22", "satisfied"))
        said = play.act(act, "2022-12-01")
        assert past(play, "2022-12-01 10:00")[-2:] == [told, f"答复：{outcome}"]
        assert str(Describer(Names(DIRECTORY), {})(said[0]).act) == told
        assert ("结果", outcome) in described(said[1])


def test_an_accepted_objection_has_its_own_line_before_what_follows() -> None:
    play = opened()
    play.act(objection(), "2022-09-09 09:00")
    entries = play.case.new_entries
    play.hear(dispatched("2022-09-09 15:00", given(CO_TASK, OTHER), no=2))
    seen = view("2022-09-09 16:00")
    power = to_text(UNIT)[TAIL]
    told = [str(one.what) for one in timeline(play.case, entries, seen) if one.pace == "done"]
    assert told[-3:-1] == ["提出退办", f"同意退办，不再由{power}办理"]
    assert told[-1].startswith("交办：主办")


def test_the_steps_ahead_stand_by_their_day() -> None:
    """A promise may be due before the time to rate it is over."""
    play = replied("planned", promised_on="2022-10-01", contact="王工")
    steps = timeline(play.case, (), view("2022-09-21"))
    ahead = [(str(one.what), str(one.when)) for one in steps if one.pace == "todo"]
    assert ahead[:3] == [
        ("核对兑现，由负责人签发", "2022-10-01前"),
        ("提出人评价", "2022-10-14前"),
        ("提出人评价", "答复后15个工作日内"),
    ]


def test_a_limit_stands_in_the_trail_after_what_started_it() -> None:
    """The promise was made on the 20th; it is followed from the rating on."""
    play = replied("planned", promised_on="2022-11-30", contact="王工")
    play.hear(rating("2022-09-22", "satisfied"))
    rated, limit = play.emitted[-2:]
    assert (rated.type, limit.type) == ("case.rated", "deadline.set")
    assert limit.occurred_at == rated.occurred_at

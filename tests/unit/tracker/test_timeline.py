"""The timeline of a case and its trail tell the same of every decision."""

from typing import Any

from services.tracker.console.labels import ViewContext
from services.tracker.console.timeline import timeline
from services.tracker.console.trail import Describer
from services.tracker.settings import ZHEJIANG
from shared.contracts.envelope import Event
from shared.features.trail import Names
from tests.support.intake.stations import small_directory
from tests.support.shanghai import at
from tests.support.tracker.play import (
    DISPATCHER,
    Play,
    context_at,
    fulfil,
    rating,
    replied,
    signed,
    supervise,
)

DIRECTORY = small_directory()


def past(play: Play, when: str, by: Any = DISPATCHER) -> list[str]:
    """The past steps of the timeline, in their order."""
    view = ViewContext(by, DIRECTORY, context_at(at(when)), ZHEJIANG)
    steps = timeline(play.case, play.case.new_entries, view)
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

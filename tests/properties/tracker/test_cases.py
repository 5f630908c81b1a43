"""Whatever comes in whatever order, a case keeps its promises."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from services.tracker.domain.commands import Sign, SignOff
from services.tracker.domain.model import Case, case_state
from shared.contracts.envelope import Event
from shared.contracts.tracker import CaseReplied, CaseText, ContactLogged, SupervisionDecided
from shared.errors import Refused
from shared.messaging.subject import ClockDue
from tests.support.shanghai import at
from tests.support.tracker.play import (
    CLERK,
    CO_TASK,
    HEAD,
    ITEM,
    OTHER,
    TASK,
    Play,
    contact,
    draft,
    fulfil,
    given,
    objection,
    opened,
    opinion,
    rating,
    received,
    supervise,
)

PROMISE = {"outcome": "planned", "promised_on": "2030-01-01", "contact": "王", "waiver": "急"}
ACTS: dict[str, Any] = {
    "sign": Sign(ITEM, TASK, CLERK),
    "contact": contact(),
    "opinion": opinion(),
    "draft": draft(waiver="急"),
    "promise": draft(**PROMISE),
    "sign_off": SignOff(ITEM, TASK, HEAD),
    "object": objection(),
    "fulfil": fulfil(),
    "break": fulfil(outcome="deferred", reason="管线尚未迁改"),
    "supervise": supervise(),
}
STEPS = st.lists(
    st.tuples(
        st.sampled_from([*ACTS, *ACTS, "satisfied", "dissatisfied", "tick"]),
        st.integers(min_value=1, max_value=9 * 24),
    ),
    max_size=25,
)


def step(play: Play, what: str, now: datetime) -> list[Event]:
    stamp = f"{now:%Y-%m-%d %H:%M}"
    match what:
        case "tick":
            return list(play._step(ClockDue(ITEM), at(stamp)))
        case "satisfied" | "dissatisfied":
            reply_no = max(1, play.case.row.reply_no)
            return list(play._step(received(rating(stamp, what, reply_no)), at(stamp)))
        case _:
            return list(play.act(ACTS[what], stamp))


def check_case(before: Case, after: Case, said: list[Event]) -> None:
    for place, clock in after.clocks.items():
        if place in before.clocks:
            assert clock.due_at >= before.clocks[place].due_at
    if case_state(after) == "CLOSED":
        assert after.clocks == {}
    else:
        assert after.clocks, case_state(after)
    if after.row.supervision == "key" and before.row.supervision != "key":
        assert any(isinstance(event, SupervisionDecided) for event in said)
    assert after.row.reply_no - before.row.reply_no == sum(
        isinstance(event, CaseReplied) for event in said
    )
    assert len(after.words.replies) == after.row.reply_no
    assert after.row.round >= before.row.round


@settings(max_examples=300)
@for_all(STEPS)
def test_a_case_keeps_its_promises(steps: list[tuple[str, int]]) -> None:
    play = opened(given(), given(CO_TASK, OTHER, "co"))
    now = datetime.fromisoformat("2022-09-08T10:00")
    contacts = 0
    for what, hours in steps:
        now += timedelta(hours=hours)
        before = play.case
        try:
            said = step(play, what, now)
        except Refused:
            assert play.case is before
            continue
        contacts += sum(isinstance(event, ContactLogged) for event in said)
        check_case(before, play.case, said)
        assert play.case.row.reply_no == 0 or contacts > 0
        facts = sum(not isinstance(event, CaseText) for event in play.emitted)
        assert play.case.row.seq == facts
        again = replace(play.case, new_entries=())
        assert case_state(again) == play.state

"""Whatever way the topics are read in between each other, an item's progress ends the same."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.apply_event import IGNORED, apply_event
from services.intake.domain.model import Progress, ProgressRow
from shared.contracts.envelope import Event
from shared.contracts.router import AssignmentRehomed, ItemDispatched, ItemEscalated, ItemMatched
from shared.contracts.topics import ROUTER_ASSIGNMENT, TOPIC_OF, TRACKER_CASE
from shared.contracts.tracker import (
    CaseClosed,
    CaseRated,
    CaseReplied,
    ContactLogged,
    DeadlineSet,
    ReworkOrdered,
)
from shared.ids import Id, new_id
from shared.messaging.subject import ReceivedEvent, Record

AT = datetime(2022, 7, 5, tzinfo=UTC)
KEY = new_id(AT)
UNITS = [new_id(AT) for _ in range(3)]
COMMON = {"occurred_at": AT, "division_code": "331004", "actor": "t"}


def dispatched(no: int, unit: Id, role: str) -> Event:
    tasks = ((UNITS[0], "co"), (unit, role))
    given_out = {
        "dispatch_no": no,
        "tasks": [{"task_id": KEY, "unit_id": one, "role": its} for one, its in tasks],
        "limits": (), "profile": "station_item", "complexity": "normal", "dispatcher_organ": KEY,
        "owner_level": "county", "matter_code": "power", "reason": "matter", "rule_id": "r1",
    }  # fmt: skip
    return ItemDispatched.model_validate(COMMON | given_out)


def escalated(to: str) -> Event:
    return ItemEscalated.model_validate(
        COMMON | {"from_level": "county", "to_level": to, "organ_id": KEY, "reason": "above"}
    )


def matched(code: str | None) -> Event:
    level = {"power": "county", "tax": "city", None: None}[code]
    return ItemMatched.model_validate(COMMON | {"matter_code": code, "level": level})


def rehomed(old: Id, new: Id) -> Event:
    moved = {"task_id": KEY, "from_unit": old, "to_unit": new, "reason": "unit_abolished"}
    return AssignmentRehomed.model_validate(COMMON | moved)


def replied(no: int, outcome: str) -> Event:
    return CaseReplied.model_validate(
        COMMON | {"task_id": KEY, "reply_no": no, "round": 1, "outcome": outcome, "signed_by": "h"}
    )


def rated(no: int, result: str) -> Event:
    first = {"proposer_id": KEY, "decides": True}
    return CaseRated.model_validate(
        COMMON | first | {"reply_no": no, "result": result, "channel": "web"}
    )


def due(clock: str, day: int) -> Event:
    one = {
        "clock": clock, "subject_id": KEY, "round": 1, "started_at": AT,
        "due_at": AT + timedelta(days=day), "basis": {"n": day, "kind": "days"},
        "provisional": False, "debtor": "u",
    }  # fmt: skip
    return DeadlineSet.model_validate(COMMON | {"clocks": [one]})


OUTCOMES = st.sampled_from(["solved", "planned", "deferred"])
FROM_ROUTER = st.one_of(
    st.builds(
        dispatched, st.integers(1, 3), st.sampled_from(UNITS), st.sampled_from(["lead", "separate"])
    ),
    st.builds(matched, st.sampled_from(["power", "tax", None])),
    st.builds(escalated, st.sampled_from(["city", "province"])),
    st.builds(rehomed, st.sampled_from(UNITS), st.sampled_from(UNITS)),
)
FROM_TRACKER = st.one_of(
    st.builds(replied, st.integers(1, 3), OUTCOMES),
    st.builds(rated, st.integers(1, 3), st.sampled_from(["satisfied", "dissatisfied"])),
    st.builds(lambda outcome: CaseClosed(**COMMON, how="rated", outcome=outcome), OUTCOMES),
    st.builds(lambda no: ReworkOrdered(**COMMON, round=no), st.integers(2, 3)),
    st.builds(due, st.sampled_from(["reply", "rating"]), st.integers(1, 3)),
    st.just(ContactLogged(**COMMON, task_id=KEY, channel="phone")),
)


def received(event: Event) -> ReceivedEvent:
    topic = TOPIC_OF[type(event)].name
    return ReceivedEvent(topic, KEY, 1, KEY, event.type, AT, KEY, event, Record(topic, 0, 0, KEY))


def subject(events: Sequence[Event]) -> Progress:
    state = Progress(ProgressRow(key=KEY))
    for event in events:
        state, said = apply_event(state, received(event))
        assert not said
    return state


@given(st.lists(FROM_ROUTER), st.lists(FROM_TRACKER), st.randoms(use_true_random=False))
def test_every_interleaving_of_the_topics_gives_the_same_row(
    router: list[Event], tracker: list[Event], random: object
) -> None:
    turns = [True] * len(router) + [False] * len(tracker)
    random.shuffle(turns)  # type: ignore[attr-defined]
    from_router, from_tracker = iter(router), iter(tracker)
    mixed = [next(from_router) if turn else next(from_tracker) for turn in turns]
    found = [subject(some) for some in (mixed, [*router, *tracker], [*tracker, *router])]
    assert found[0].row == found[1].row == found[2].row
    told = [sorted(one.happened) for one in found]
    assert told[0] == told[1] == told[2]


def test_the_lead_is_the_one_named_or_the_first_of_separate_units_or_who_goes_on_for_it() -> None:
    lead = dispatched(1, UNITS[1], "lead")
    for events, unit in (
        ([lead], UNITS[1]),
        ([dispatched(1, UNITS[1], "separate")], UNITS[0]),
        ([lead, rehomed(UNITS[1], UNITS[2])], UNITS[2]),
        ([lead, rehomed(UNITS[0], UNITS[2])], UNITS[1]),
    ):
        assert subject(events).row.lead_unit == unit


def test_every_type_of_both_topics_is_followed_or_named_as_ignored() -> None:
    followed = {"item.dispatched", "item.escalated", "case.replied", "case.rated"}
    followed |= {"case.closed", "case.rating_refused", "case.rework_ordered", "assignment.rehomed"}
    followed |= {"deadline.set", "task.contact_logged", "item.matched", "case.urged"}
    known = ROUTER_ASSIGNMENT.types.keys() | TRACKER_CASE.types.keys()
    assert followed | IGNORED == known
    assert not followed & IGNORED


def test_the_last_suggestion_stands_and_an_empty_one_takes_it_back() -> None:
    row = subject([matched("tax"), matched("power")]).row
    assert (row.matched_matter, row.matched_level) == ("power", "county")
    row = subject([matched("tax"), matched(None)]).row
    assert (row.matched_matter, row.matched_level) == ("", "")


def test_a_new_reply_has_no_rating_yet() -> None:
    row = subject([replied(1, "planned"), rated(1, "satisfied"), replied(2, "solved")]).row
    assert (row.reply_no, row.outcome, row.rating) == (2, "solved", None)

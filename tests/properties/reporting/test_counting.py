"""Whatever way the topics are read in between each other, the figures end the same."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.reporting.domain.facts import CellChange, Fact
from shared.contracts.envelope import Event
from shared.contracts.topics import TOPIC_OF
from tests.support.reporting.counting import (
    CITY,
    COUNTY,
    DEPUTY,
    OTHER_DEPUTY,
    STAFF,
    Counting,
    accepted,
    attended,
    cancelled,
    escalated,
    held,
    kept,
    merged,
    rated,
    rejected,
    replied,
    revoked,
    rework,
    solved_on_spot,
    transferred,
    window_closed,
)

DAYS = st.dates(min_value=date(2022, 6, 20), max_value=date(2022, 11, 1)).map(str)
KEYS = st.sampled_from([bytes([n]) * 16 for n in range(1, 5)])
NUMBERS = st.integers(1, 3)
FROM_INTAKE = st.one_of(
    *(st.builds(make, DAYS) for make in (accepted, rejected, transferred, merged))
)
FROM_ROUTER = st.builds(escalated, DAYS, st.sampled_from(["county", "city", "province"]))
FROM_TRACKER = st.one_of(
    st.builds(replied, DAYS, st.sampled_from(["solved", "planned", "deferred"]), NUMBERS),
    st.builds(rated, DAYS, st.sampled_from(["satisfied", "dissatisfied"]), NUMBERS),
    st.builds(window_closed, DAYS, NUMBERS),
    *(st.builds(make, DAYS) for make in (rework, kept, solved_on_spot)),
)
PERSON = st.sampled_from([DEPUTY, OTHER_DEPUTY, STAFF])
FROM_ACTIVITIES = st.one_of(
    st.builds(held, DAYS, division=st.sampled_from([COUNTY, CITY])),
    st.builds(attended, DAYS, PERSON, is_deputy=st.booleans(), is_street_rep=st.booleans()),
    st.builds(cancelled, DAYS),
    st.builds(revoked, DAYS, PERSON),
)
Said = tuple[bytes, Event]


def said(events: Any) -> Any:
    return st.lists(st.tuples(KEYS, events), max_size=12)


def folded(mixed: Sequence[Said]) -> Counting:
    counting = Counting()
    for key, event in mixed:
        counting.hear(event, key=key)
    return counting


def in_order(facts: Sequence[Fact]) -> list[Fact]:
    return sorted(facts, key=lambda fact: (fact.topic, fact.partition, fact.offset, fact.subject))


def results(counting: Counting) -> tuple[list[Fact], list[CellChange]]:
    return in_order(counting.facts), counting.cells


def by_topic(mixed: Sequence[Said]) -> list[Said]:
    """Read topic after topic, each in its own order."""
    return sorted(mixed, key=lambda one: TOPIC_OF[type(one[1])].name)


@given(said(FROM_INTAKE), said(FROM_ROUTER), said(FROM_TRACKER), said(FROM_ACTIVITIES), st.data())
def test_every_interleaving_of_the_topics_gives_the_same_facts_and_cells(
    intake: list[Said], router: list[Said], tracker: list[Said], activities: list[Said], data: Any
) -> None:
    topics = [intake, router, tracker, activities]
    turns = [n for n, topic in enumerate(topics) for _ in topic]
    rest = [iter(topic) for topic in topics]
    mixed = [next(rest[n]) for n in data.draw(st.permutations(turns))]
    assert results(folded(mixed)) == results(folded(by_topic(mixed)))


@given(said(st.one_of(FROM_INTAKE, FROM_ROUTER, FROM_TRACKER, FROM_ACTIVITIES)))
def test_every_subject_is_worth_nothing_or_one_at_any_time(mixed: list[Said]) -> None:
    courses = defaultdict[Any, list[Fact]](list)
    for fact in folded(mixed).facts:
        courses[fact.subject, fact.column, fact.person_id].append(fact)
    for facts in courses.values():
        assert [fact.delta for fact in facts] == [
            1 if n % 2 == 0 else -1 for n in range(len(facts))
        ]
        for up, down in pairwise(facts):
            assert down.occurred_at >= up.occurred_at
            if down.period_start is not None and down.delta < 0:
                assert up.period_start is not None
                assert down.period_start >= up.period_start


@given(said(st.one_of(FROM_INTAKE, FROM_ROUTER, FROM_TRACKER, FROM_ACTIVITIES)))
def test_cells_are_the_sum_of_the_facts_that_count_anywhere(mixed: list[Said]) -> None:
    counting = folded(mixed)
    assert sum(cell.n for cell in counting.cells) == sum(
        fact.delta for fact in counting.facts if fact.period_start is not None
    )


COMMANDS = st.lists(
    st.one_of(
        st.just("hold"),
        st.just("cancel"),
        st.tuples(st.sampled_from(["confirm", "revoke"]), st.sampled_from([DEPUTY, OTHER_DEPUTY])),
    ),
    max_size=12,
)


@given(COMMANDS, st.dates(min_value=date(2022, 7, 5), max_value=date(2022, 11, 1)).map(str))
def test_an_activity_is_worth_its_final_state_in_whatever_order_it_came(
    given_in_turn: list[Any], day: str
) -> None:
    """Held and never cancelled it counts, with those who came as was last said of each."""
    last: dict[bytes, str] = {}
    counting = Counting()
    for one in given_in_turn:
        match one:
            case "hold":
                counting.hear(held(day))
            case "cancel":
                counting.hear(cancelled(day))
            case ("confirm", person):
                counting.hear(attended(day, person))
                last[person] = "confirm"
            case (_, person):
                counting.hear(revoked(day, person))
                last[person] = "revoke"
    counts = "hold" in given_in_turn and "cancel" not in given_in_turn
    came = sum(one == "confirm" for one in last.values())
    assert counting.worth("C1") == int(counts)
    assert counting.worth("C2") == (came if counts else 0)

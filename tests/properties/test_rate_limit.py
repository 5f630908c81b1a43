"""A station that asks too often: never more than its share, and never told to wait in vain."""

from hypothesis import given
from hypothesis import strategies as st

from shared.web.rate_limit import MINUTE, admit

GAPS = st.lists(st.integers(0, 3 * MINUTE // 2), max_size=120)
PER_MINUTE = st.integers(1, 40)


def admitted(start: int, gaps: list[int], per_minute: int) -> list[int]:
    used, now, granted = 0, start, []
    for gap in gaps:
        now += gap
        used, wait = admit(used, now, per_minute)
        if not wait:
            granted.append(now)
    return granted


@given(st.integers(0, 10**18), GAPS, PER_MINUTE)
def test_no_span_of_time_holds_more_than_its_share(
    start: int, gaps: list[int], per_minute: int
) -> None:
    granted = admitted(start, gaps, per_minute)
    share = MINUTE // per_minute
    for first, begin in enumerate(granted):
        for last, end in enumerate(granted[first:], 1):
            assert last * share <= MINUTE + (end - begin)


@given(GAPS, PER_MINUTE)
def test_who_waits_as_long_as_told_is_let_in(gaps: list[int], per_minute: int) -> None:
    used, now = 0, MINUTE
    for gap in gaps:
        now += gap
        used, wait = admit(used, now, per_minute)
        if wait:
            assert wait <= MINUTE // per_minute
            assert admit(used, now + wait, per_minute)[1] == 0


@given(PER_MINUTE)
def test_a_minutes_worth_may_come_at_once(per_minute: int) -> None:
    assert len(admitted(MINUTE, [0] * (per_minute + 5), per_minute)) == per_minute

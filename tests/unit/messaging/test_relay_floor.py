"""No floor ever stands above an id that is committed later."""

from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.relay_floor import Floor

STEPS = st.lists(
    st.tuples(st.sampled_from(["draw", "commit", "sweep", "round"]), st.integers(0, 3)),
    max_size=60,
)


@given(STEPS)
def test_an_id_that_waits_is_above_the_floor(steps: list[tuple[str, int]]) -> None:
    """Writers take a number and draw ids, in any order, and commit in any other."""
    floor, next_xid, drawn = Floor(), 1, 0
    open_: dict[int, tuple[int, int]] = {}
    waiting: list[int] = []
    for step, which in steps:
        if step == "draw" and which not in open_:
            drawn += 1
            open_[which] = (next_xid, drawn)
            next_xid += 1
        elif step == "commit" and which in open_:
            waiting.append(open_.pop(which)[1])
            assert waiting[-1] > floor.at
        elif step == "sweep":
            oldest = min((xid for xid, _ in open_.values()), default=next_xid)
            floor.observe(drawn, oldest, next_xid)
        elif step == "round":
            sending = sorted(waiting)[: which + 1]
            waiting = sorted(waiting)[which + 1 :]
            floor.sent(sending)
    assert all(one > floor.at for one in waiting)


def test_it_rises_over_all_that_was_drawn_once_their_writers_have_ended() -> None:
    floor = Floor()
    floor.observe(drawn=10_000, oldest_xid=5, next_xid=9)
    floor.observe(drawn=20_000, oldest_xid=8, next_xid=12)
    floor.sent([])
    assert floor.at == 0, "a writer of before the first look is still at work"
    floor.observe(drawn=30_000, oldest_xid=9, next_xid=12)
    floor.sent([9_000])
    assert floor.at == 9_000
    floor.sent([])
    assert floor.at == 10_000

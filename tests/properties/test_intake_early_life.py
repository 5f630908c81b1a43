"""Until it is accepted an item goes one way at a time, and the tracker's clocks go with it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.commands import StationCommand
from services.intake.domain.decide import decide
from services.intake.domain.model import Item
from shared.contracts.envelope import Event
from shared.contracts.intake import ItemText
from shared.errors import Refused
from tests.support.intake import commands
from tests.support.intake.commands import CONTEXT, NOW, unknown
from tests.support.tracker.play import Play

Make = Callable[[int], StationCommand]
ACTS: dict[str, Make] = {
    "accept": lambda _: commands.accept(),
    "on_spot": lambda _: commands.accept_on_spot(),
    "return": lambda n: commands.give_back(note=f"缺地点{n}"),
    "resubmit": lambda n: commands.resubmit(supplement=f"补{n}"),
    "withdraw": lambda n: commands.withdraw(note=f"撤{n}"),
    "cosign": lambda _: commands.cosign(),
    "supplement": lambda n: commands.supplement(words=f"又{n}"),
    "reject": lambda n: commands.reject(note=f"拒{n}"),
    "transfer": lambda _: commands.transfer(),
}
GOES: dict[tuple[str, str], str] = {
    ("SUBMITTED", "accept"): "ACCEPTED",
    ("SUBMITTED", "on_spot"): "ACCEPTED",
    ("SUBMITTED", "return"): "SUPPLEMENT",
    ("SUBMITTED", "withdraw"): "WITHDRAWN",
    ("SUBMITTED", "reject"): "REJECTED",
    ("SUBMITTED", "transfer"): "TRANSFERRED",
    ("SUBMITTED", "supplement"): "SUBMITTED",
    ("SUPPLEMENT", "resubmit"): "SUBMITTED",
    ("SUPPLEMENT", "withdraw"): "WITHDRAWN",
    ("SUPPLEMENT", "reject"): "REJECTED",
    ("SUPPLEMENT", "transfer"): "TRANSFERRED",
    ("ACCEPTED", "supplement"): "ACCEPTED",
}
"""Where each act leads from each state; what is not there is refused."""
RUNS = {
    "SUBMITTED": {"accept"},
    "SUPPLEMENT": {"accept", "resubmit"},
    "ACCEPTED": {"dispatch"},
    "CLOSED": set[str](),
    "WITHDRAWN": set[str](),
    "REJECTED": set[str](),
    "TRANSFERRED": set[str](),
}
"""The clocks that run in each state of the case."""


def step(item: Item, command: StationCommand, n: int) -> tuple[Item, Sequence[Event]]:
    return decide(item, command, replace(CONTEXT, now=NOW + timedelta(hours=n)))


@given(st.lists(st.sampled_from([*ACTS]), max_size=12))
def test_the_order_of_acts_decides_and_the_clocks_follow(names: list[str]) -> None:
    item, events = step(unknown(), commands.submit(), 0)
    play = Play().hear(*(event for event in events if not isinstance(event, ItemText)))
    joined = is_over = False
    for n, name in enumerate(names, start=1):
        wanted = GOES.get((item.row.state, name))
        if name == "cosign" and item.row.state in ("SUBMITTED", "SUPPLEMENT") and not joined:
            wanted = item.row.state
        if is_over:
            wanted = None
        before = item
        try:
            item, events = step(item, ACTS[name](n), n)
        except Refused:
            events = ()
        assert bool(events) == (wanted is not None), (before.row.state, name)
        assert item.row.state == (wanted or before.row.state)
        joined, is_over = len(item.proposers) > 1, item.row.solved_on_spot
        assert item.proposers[: len(before.proposers)] == before.proposers
        kept = item.text.supplements[: len(before.text.supplements)]
        assert kept == before.text.supplements
        play.hear(*(event for event in events if not isinstance(event, ItemText)))
        assert play.state == ("CLOSED" if is_over else item.row.state)
        assert play.running() == RUNS[play.state]
        assert play.case.row.proposers == tuple(one.row.proposer_id for one in item.proposers)

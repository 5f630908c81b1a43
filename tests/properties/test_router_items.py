"""Whatever way the topics are read in between each other, the router ends with the same row."""

from collections.abc import Sequence
from typing import Any

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from services.router.routing.domain.apply_event import IGNORED
from services.router.routing.domain.commands import DecideObjection, Dispatch, Escalate
from services.router.routing.domain.model import with_duty
from services.router.routing.domain.routing_table import rank
from shared.contracts.envelope import Event
from shared.contracts.intake import ItemText
from shared.contracts.router import ItemDispatched, ItemEscalated
from shared.contracts.tracker import CaseClosed
from shared.errors import Refused
from shared.ids import derived_id
from tests.support.router.play import (
    CITY,
    CONTEXT,
    COUNTY,
    ITEM,
    TOWNSHIP,
    Play,
    accepted,
    context,
    dispatch,
    emitted_by,
    escalate,
    handed_back,
    objected,
    objection,
    replied,
    submitted,
    text,
    unit,
    waiting,
    with_matter,
)

AUTO = context(with_matter("power_supply", auto_dispatch=True))
LEAD, CO = (derived_id(ITEM, "1", unit(COUNTY, kind).hex()) for kind in ("power_co", "dev_reform"))
CLOSED = CaseClosed(**emitted_by("t"), how="rated", outcome="solved")
CASES: Sequence[Sequence[Event]] = (
    (),
    (replied(LEAD), CLOSED),
    (objected(CO), replied(LEAD), CLOSED),
    (objected(LEAD), handed_back()),
    (objected(CO), objected(LEAD), handed_back()),
)


def words(n: int) -> Event:
    """Tell the text with n supplements; title and body never change (domain rule)."""
    event = text()
    assert isinstance(event, ItemText)
    return event.model_copy(update={"supplements": ("补充",) * n})


def read(streams: Sequence[Sequence[Event]], turns: Sequence[int]) -> Play:
    """Read the streams in these turns; a case speaks only of what was given out."""
    play, left = Play(AUTO), [list(stream) for stream in streams]
    waiting_turns = list(turns)
    while waiting_turns:
        turn = next(n for n in waiting_turns if n != 2 or play.item.row.dispatch_no)
        waiting_turns.remove(turn)
        play.hear(left[turn].pop(0))
    return play


@settings(max_examples=200)
@for_all(st.sampled_from(CASES), st.integers(1, 3), st.randoms(use_true_random=False))
def test_every_interleaving_of_the_topics_gives_the_same_row(
    case: Sequence[Event], texts: int, random: Any
) -> None:
    streams = ([submitted(), accepted()], [words(n) for n in range(texts)], case)
    turns = [n for n, stream in enumerate(streams) for _ in stream]
    straight = read(streams, turns)
    random.shuffle(turns)
    mixed = read(streams, turns)
    for part in ("row", "tasks", "reasons", "text"):
        assert getattr(mixed.item, part) == getattr(straight.item, part), part
    assert mixed.emitted == straight.emitted


UNITS = [unit(COUNTY, "econ_it"), unit(COUNTY, "finance"), unit(CITY, "dev_reform")]
WHAT = (
    "dispatch", "choose", "separate", "escalate", "object", "object_co", "reply", "reassign",
    "refuse", "send_up",
)  # fmt: skip
STEPS = st.lists(st.sampled_from(WHAT), max_size=20)
EVERYWHERE = (TOWNSHIP, COUNTY, CITY)


def step(play: Play, what: str, chosen: int) -> Sequence[Event]:
    """Let somebody who may decide everywhere, or the tracker, do one thing."""
    unit_id = UNITS[chosen]
    acts: dict[str, Dispatch | Escalate | DecideObjection] = {
        "dispatch": dispatch(*EVERYWHERE),
        "choose": dispatch(*EVERYWHERE, lead=unit_id),
        "separate": dispatch(*EVERYWHERE, separate=(UNITS[0], UNITS[1])),
        "escalate": escalate(*EVERYWHERE),
        "reassign": objection("reassign", *EVERYWHERE, unit=unit_id),
        "refuse": objection("refuse", *EVERYWHERE),
        "send_up": objection("escalate", *EVERYWHERE),
    }
    if what in acts:
        return play.act(acts[what])
    running = [task for task in play.item.tasks if not task.ended]
    if play.item.row.held or not running:
        return ()
    task = running[0] if what != "object_co" else running[-1]
    if what == "reply":
        play.hear(replied(task.task_id))
    elif task.objection_seq == 0:
        play.hear(objected(task.task_id, task.dispatch_no))
        if task.role == "lead":
            play.hear(handed_back(task.dispatch_no))
    return ()


@settings(max_examples=300)
@for_all(st.lists(st.tuples(STEPS.map(tuple), st.integers(0, 2)), max_size=6))
def test_an_item_keeps_its_promises(runs: list[tuple[tuple[str, ...], int]]) -> None:
    play = waiting()
    for what, chosen in [(one, chosen) for steps, chosen in runs for one in steps]:
        before = play.item
        try:
            said = step(play, what, chosen)
        except Refused:
            assert play.item is before
            continue
        _check(play, before.row.level, said)


def _check(play: Play, level_before: str, said: Sequence[Event]) -> None:
    row, directory = play.item.row, CONTEXT.table.directory
    assert with_duty(play.item) is play.item
    assert row.level
    climbs = [event for event in said if isinstance(event, ItemEscalated)]
    assert rank(row.level) - rank(level_before) == len(climbs)
    for climb in climbs:
        assert rank(climb.to_level) == rank(climb.from_level) + 1
    for given in [event for event in said if isinstance(event, ItemDispatched)]:
        owner = directory.organ_by_id(given.dispatcher_organ)
        assert owner is not None
        assert given.dispatch_no == row.dispatch_no
        for task in given.tasks:
            found = directory.unit(task.unit_id)
            assert found is not None
            assert rank(found.level) <= rank(owner.level)
            assert directory.covers(owner.division_code, found.division_code)
    running = [task for task in play.item.tasks if not task.ended]
    roles = [task.role for task in running]
    assert roles.count("lead") <= 1
    assert not ("lead" in roles and "separate" in roles)
    assert len({task.unit_id for task in running}) == len(running)
    assert len({task.task_id for task in play.item.tasks}) == len(play.item.tasks)
    assert len(play.item.reasons) == max((r.n for r in play.item.reasons), default=0)


def test_a_new_type_is_decided_upon_followed_or_not() -> None:
    assert {
        "item.cosigned", "item.reopen_requested", "item.supplemented",
        "item.returned", "item.resubmitted", "item.joined", "item.rating_given",
        "case.promise_broken", "case.promise_kept", "case.rated", "case.rating_refused",
        "case.rating_window_closed", "case.urged", "deadline.set", "deadline.breached",
        "supervision.raised", "task.signed",
        "task.contact_logged", "task.opinion_filed", "task.reply_drafted",
        "task.reply_draft_returned", "task.resumed",
    } == IGNORED  # fmt: skip

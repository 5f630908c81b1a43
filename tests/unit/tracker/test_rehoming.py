"""Another unit takes a task as it stands: who owes changes, what is owed does not."""

import pytest

from services.tracker.domain.commands import Sign
from services.tracker.domain.duties import proposer, unit
from shared.contracts.router import AssignmentRehomed
from shared.errors import Forbidden
from shared.ids import named_id
from tests.support.shanghai import at
from tests.support.tracker.play import (
    CLERK,
    CO_CLERK,
    CO_TASK,
    ITEM,
    OTHER,
    TASK,
    UNIT,
    Play,
    given,
    opened,
    replied,
    signed,
)

HEIR = named_id("unit", "industry")


def rehomed(when: str, to: bytes = OTHER) -> AssignmentRehomed:
    moved = {"task_id": TASK, "from_unit": UNIT, "to_unit": to, "reason": "unit_abolished"}
    return AssignmentRehomed.model_validate(
        {"division_code": "331004102", "actor": "admin"} | moved | {"occurred_at": at(when)}
    )


def clocks(play: Play) -> dict[object, object]:
    return {
        place: clock.model_copy(update={"debtor": ""}) for place, clock in play.case.clocks.items()
    }


def test_no_clock_starts_anew_and_the_successor_owes() -> None:
    play = signed()
    before, row = clocks(play), play.case.row
    told = len(play.emitted)
    play.hear(rehomed("2022-09-14 10:00"))
    assert clocks(play) == before
    assert play.clock("reply").debtor == unit(OTHER)
    assert play.case.row == row.model_copy(update={"units": (OTHER,)})
    assert len(play.emitted) == told


def test_the_old_unit_may_do_nothing_more_and_the_new_one_goes_on() -> None:
    play = opened().hear(rehomed("2022-09-08 12:00"))
    with pytest.raises(Forbidden, match="not_yours"):
        play.act(Sign(ITEM, TASK, CLERK), "2022-09-08 16:20")
    play.act(Sign(ITEM, TASK, CO_CLERK), "2022-09-08 16:20")
    assert play.state == "IN_PROGRESS"


def test_while_the_proposer_rates_the_answer_is_the_successors() -> None:
    play = replied()
    due = play.clock("rating").due_at
    play.hear(rehomed("2022-09-21 10:00", HEIR))
    assert (play.clock("rating").debtor, play.clock("rating").due_at) == (proposer(HEIR), due)


def test_the_other_units_of_a_case_are_left_alone() -> None:
    play = signed(given(), given(CO_TASK, OTHER, "co")).hear(rehomed("2022-09-14 10:00", HEIR))
    assert {task.task_id: task.unit_id for task in play.case.tasks.values()} == {
        TASK: HEIR,
        CO_TASK: OTHER,
    }

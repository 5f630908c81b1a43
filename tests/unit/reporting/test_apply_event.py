"""The worth rule: every subject is worth 0 or 1 in a column; each change is one fact."""

from collections import Counter
from collections.abc import Callable

import pytest

from services.reporting.consumers import ActivitySubject, ItemSubject
from services.reporting.domain.facts import cells_of
from shared.contracts.codes import Outcome
from shared.contracts.envelope import Event
from shared.ids import named_id
from tests.support.reporting.counting import (
    CITY,
    COUNTY,
    DEPUTY,
    OTHER_DEPUTY,
    OTHER_TOWN,
    STAFF,
    TOWN,
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
from tests.support.shanghai import at

OTHER_UNIT = named_id("unit", "2")


def test_an_accepted_item_counts_once_for_its_stations_division() -> None:
    counting = Counting().hear(accepted("2022-09-01"), accepted("2022-09-02"))
    (fact,) = counting.facts
    assert (fact.column, fact.delta, fact.division_code) == ("C3", 1, TOWN)
    assert fact.occurred_at == at("2022-09-01")
    assert counting.items[fact.subject].row.number == "331004102-2022-1"
    counting.hear(accepted("2022-09-01"), key=bytes(16))
    assert counting.worth("C3") == 2, "similar items count each"


@pytest.mark.parametrize("end", [rejected, transferred, merged])
def test_what_ends_an_accepted_item_takes_it_back_and_of_another_leaves_no_line(
    end: Callable[[str], Event],
) -> None:
    assert Counting().hear(end("2022-09-01")).facts == []
    counting = Counting().hear(accepted("2022-09-01"), end("2022-09-28"))
    assert counting.changes("C3") == [(1, "08-21"), (-1, "09-21")]


def test_an_activity_counts_once_for_its_organiser_on_its_first_day() -> None:
    firms = tuple(bytes([n]) * 16 for n in range(5))
    visit = held(
        "2022-09-19",
        "2022-09-22",
        partners=(OTHER_TOWN,),
        place_division=TOWN,
        enterprise_ids=firms,
    )
    counting = Counting().hear(visit, visit)
    (fact,) = counting.facts
    assert (fact.column, fact.division_code) == ("C1", COUNTY)
    assert counting.changes("C1") == [(1, "08-21")]


def test_a_deputy_counts_once_for_an_activity_of_several_days() -> None:
    counting = Counting().hear(held("2022-09-19", "2022-09-22"), *[attended("2022-09-19")] * 3)
    assert counting.changes("C2") == [(1, "08-21")]
    assert [fact.person_id for fact in counting.facts if fact.column == "C2"] == [DEPUTY]


def test_a_deputy_with_two_mandates_counts_once_and_one_in_two_activities_twice() -> None:
    again = attended("2022-09-19", division=CITY)
    counting = Counting().hear(held("2022-09-19"), attended("2022-09-19"), again)
    assert counting.worth("C2") == 1
    elsewhere = held("2022-09-20", division=CITY), attended("2022-09-20", division=CITY)
    counting.hear(*elsewhere, key=bytes([9]) * 16)
    assert counting.worth("C2") == 2
    assert {fact.division_code for fact in counting.facts[-2:]} == {CITY}, "the organiser's"


def test_street_representatives_have_their_own_column_and_staff_and_guests_none() -> None:
    rep = attended("2022-09-19", OTHER_DEPUTY, is_deputy=False, is_street_rep=True)
    guest = attended("2022-09-19", STAFF, is_deputy=False)
    counting = Counting().hear(held("2022-09-19"), attended("2022-09-19"), rep, rep, guest)
    columns = Counter(fact.column for fact in counting.facts)
    assert columns == {"C1": 1, "C2": 1, "street_reps": 1}


def test_a_cancelled_activity_takes_its_attendances_with_it_in_the_period_of_the_cancelling() -> (
    None
):
    rep = attended("2022-09-19", OTHER_DEPUTY, is_deputy=False, is_street_rep=True)
    counting = Counting().hear(held("2022-09-19"), attended("2022-09-19"), rep)
    counting.hear(cancelled("2022-09-28"), cancelled("2022-09-29"))
    for column in ("C1", "C2", "street_reps"):
        assert counting.changes(column) == [(1, "08-21"), (-1, "09-21")]
    assert {fact.division_code for fact in counting.facts} == {COUNTY}
    late = attended("2022-09-19", named_id("person", "late"))
    assert counting.hear(late, held("2022-09-19")).worth("C1") == counting.worth("C2") == 0


def test_somebody_revoked_counts_again_when_confirmed_again() -> None:
    came, stayed_away = attended("2022-09-19"), revoked("2022-09-28")
    counting = Counting().hear(held("2022-09-19"), came, stayed_away, stayed_away)
    assert counting.changes("C2") == [(1, "08-21"), (-1, "09-21")]
    assert counting.hear(came).changes("C2")[2:] == [(1, "09-21")], "not before it was taken back"
    assert counting.worth("C1") == 1
    assert Counting().hear(held("2022-09-19"), revoked("2022-09-19")).worth("C2") == 0


def test_a_planned_activity_counts_nowhere_however_it_ends() -> None:
    assert Counting().hear(cancelled("2022-09-19")).facts == []


def test_a_solved_reply_counts_only_when_the_rating_or_the_window_is_in() -> None:
    answer = replied("2022-09-01")
    assert Counting().hear(answer).worth("C4") == 0
    assert Counting().hear(answer, rated("2022-09-02")).worth("C4") == 1
    silent = Counting().hear(answer, window_closed("2022-09-26"))
    assert silent.changes("C4") == [(1, "09-21")]


@pytest.mark.parametrize("outcome", ["in_progress", "planned", "deferred", "reference"])
def test_only_solved_is_resolved_however_satisfied_the_proposer_is(outcome: object) -> None:
    counting = Counting().hear(replied("2022-09-01", outcome))  # type: ignore[arg-type]
    counting.hear(rated("2022-09-02"), window_closed("2022-09-26"))
    assert counting.facts == []


def test_dissatisfied_takes_back_and_the_new_answer_counts_anew() -> None:
    counting = Counting().hear(replied("2022-09-01"), rated("2022-09-02"))
    counting.hear(rated("2022-09-05", "dissatisfied"), rework("2022-09-05"))
    assert counting.worth("C4") == 0
    counting.hear(replied("2022-09-25", reply_no=2, rnd=2))
    assert counting.worth("C4") == 0
    counting.hear(rated("2022-09-28", reply_no=2))
    assert counting.changes("C4") == [(1, "08-21"), (-1, "08-21"), (1, "09-21")]


def test_dissatisfied_before_the_windows_end_never_counts() -> None:
    counting = Counting().hear(replied("2022-09-01"), rated("2022-09-02", "dissatisfied"))
    counting.hear(rework("2022-09-02"), window_closed("2022-09-26"))
    assert counting.facts == []


def test_what_another_proposer_says_counts_neither_way() -> None:
    counting = Counting().hear(replied("2022-09-01"), rated("2022-09-02", decides=False))
    assert counting.worth("C4") == 0
    counting.hear(rated("2022-09-03"), rated("2022-09-05", "dissatisfied", decides=False))
    assert counting.worth("C4") == 1


def test_the_last_rating_inside_the_window_holds() -> None:
    counting = Counting().hear(replied("2022-09-01"), rated("2022-09-02", "dissatisfied"))
    counting.hear(rated("2022-09-03", "basically_satisfied"))
    assert counting.worth("C4") == 1


@pytest.mark.parametrize("outcomes", [("planned", "solved"), ("solved", "planned")])
def test_what_one_of_two_units_did_not_solve_is_not_resolved(
    outcomes: tuple[Outcome, Outcome],
) -> None:
    counting = Counting().hear(
        replied("2022-09-01", outcomes[0]),
        replied("2022-09-02", outcomes[1], reply_no=2, task=OTHER_UNIT),
    )
    assert counting.hear(rated("2022-09-03", reply_no=2)).worth("C4") == 0


def test_an_item_of_several_units_is_resolved_once_the_last_of_them_has_solved_its_part() -> None:
    counting = Counting().hear(
        replied("2022-08-01", "planned"),
        replied("2022-08-02", "in_progress", 2, task=OTHER_UNIT),
        rated("2022-08-03", reply_no=2),
    )
    counting.hear(kept("2022-08-22"), replied("2022-08-22", reply_no=3))
    counting.hear(rated("2022-08-23", reply_no=3))
    assert counting.worth("C4") == 0
    counting.hear(kept("2022-09-22"), replied("2022-09-22", reply_no=4, task=OTHER_UNIT))
    assert counting.changes("C4") == [(1, "09-21")]


def test_a_new_round_asks_every_unit_again() -> None:
    counting = Counting().hear(replied("2022-08-01", "planned"), rework("2022-08-03"))
    counting.hear(replied("2022-09-02", reply_no=2, rnd=2, task=OTHER_UNIT))
    assert counting.hear(rated("2022-09-03", reply_no=2)).worth("C4") == 1


def test_dissatisfaction_taken_back_counts_again_what_it_took_away() -> None:
    counting = Counting().hear(
        replied("2022-08-01", "planned"), kept("2022-09-22"), replied("2022-09-22", reply_no=2)
    )
    counting.hear(rated("2022-09-23", "dissatisfied", 2), rework("2022-09-23"))
    assert counting.worth("C4") == 0
    assert counting.hear(rated("2022-09-24", "satisfied", 2)).worth("C4") == 1


def test_a_rating_of_an_older_reply_changes_nothing() -> None:
    counting = Counting().hear(replied("2022-09-01"), replied("2022-09-10", reply_no=2))
    counting.hear(rated("2022-09-11"), window_closed("2022-09-12"))
    assert counting.worth("C4") == 0
    counting.hear(rated("2022-09-13", reply_no=2), rated("2022-09-14", "dissatisfied", reply_no=1))
    assert counting.worth("C4") == 1


def test_a_promise_counts_when_it_is_kept_and_not_before() -> None:
    promise = replied("2022-08-01", "planned")
    counting = Counting().hear(promise, rated("2022-08-02"))
    counting.hear(kept("2022-09-22"), replied("2022-09-22", reply_no=2))
    assert counting.changes("C4") == [(1, "09-21")]
    counting.hear(window_closed("2022-10-20", 2))
    assert counting.worth("C4") == 1
    praised = Counting().hear(promise, kept("2022-09-22"), rated("2022-09-22"))
    assert praised.changes("C4") == [(1, "09-21")]


def test_dissatisfied_with_a_kept_promise_takes_it_back() -> None:
    counting = Counting().hear(replied("2022-08-01", "planned"), kept("2022-09-22"))
    counting.hear(replied("2022-09-22", reply_no=2), rated("2022-09-30", "dissatisfied", 2))
    counting.hear(rework("2022-09-30"), window_closed("2022-10-20", 2))
    assert counting.changes("C4") == [(1, "09-21"), (-1, "09-21")]


def test_solved_on_the_spot_counts_as_collected_and_resolved() -> None:
    counting = Counting().hear(accepted("2022-09-01"), solved_on_spot("2022-09-01"))
    assert (counting.worth("C3"), counting.worth("C4")) == (1, 1)


def test_the_first_way_up_to_the_city_counts_and_stays() -> None:
    counting = Counting().hear(escalated("2022-08-01", "county"))
    assert counting.facts == []
    counting.hear(escalated("2022-09-02"))
    counting.hear(escalated("2022-09-25"), escalated("2022-09-26", "province"))
    counting.hear(rejected("2022-09-27"))
    assert counting.changes("C5") == [(1, "08-21")]


@pytest.mark.parametrize(
    ("when", "period"),
    [
        ("2022-07-04 23:59", ""),
        ("2022-07-05 00:00", "07-05"),
        ("2022-07-20 23:59", "07-05"),
        ("2022-07-21 00:00", "07-21"),
        ("2022-09-20 23:59", "08-21"),
        ("2022-09-21 00:00", "09-21"),
    ],
)
def test_a_period_runs_from_the_21st_to_the_20th_in_shanghai(when: str, period: str) -> None:
    assert Counting().hear(accepted(when)).changes("C3") == [(1, period)]


def test_what_happened_before_the_first_period_counts_nowhere_nor_does_its_reversal() -> None:
    counting = Counting().hear(accepted("2022-07-01"), rejected("2022-07-10"))
    assert counting.changes("C3") == [(1, ""), (-1, "")]
    assert counting.cells == []


def test_a_reversal_never_counts_before_what_it_takes_back() -> None:
    counting = Counting().hear(accepted("2022-09-25"), rejected("2022-09-01"))
    assert counting.changes("C3") == [(1, "09-21"), (-1, "09-21")]
    assert [fact.occurred_at for fact in counting.facts] == [at("2022-09-25")] * 2


def test_a_cell_is_the_sum_of_its_facts_and_may_be_negative() -> None:
    counting = Counting().hear(accepted("2022-09-01"), rejected("2022-09-25"))
    counting.hear(accepted("2022-09-25"), key=bytes(16))
    cells = {
        (cell.period_start.month, cell.column): cell.n for cell in cells_of(counting.facts[:2])
    }
    assert cells == {(8, "C3"): 1, (9, "C3"): -1}
    assert [cell.n for cell in counting.cells] == [1]


def test_a_new_type_is_decided_upon_counted_or_not() -> None:
    assert {
        "item.submitted", "item.cosigned", "item.supplemented", "item.protected", "item.withdrawn",
        "item.resubmitted", "item.returned", "item.joined", "item.unmerged", "item.matched",
        "item.erased", "item.rating_given", "item.reopen_requested", "item.dispatched",
        "item.objection_refused", "assignment.rehomed", "case.handed_back", "case.promise_broken",
        "case.rating_refused",
        "case.urged", "deadline.set", "deadline.breached", "supervision.raised",
        "supervision.decided", "task.signed", "task.objected", "task.contact_logged",
        "task.opinion_filed", "task.reply_drafted", "task.reply_draft_returned", "task.resumed",
    } == ItemSubject.ignores  # fmt: skip
    assert ActivitySubject.ignores == {
        "activity.planned",
        "activity.replanned",
        "activity.erased",
    }

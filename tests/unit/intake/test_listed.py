"""What items and activities name of the offices' lists: checked, and carried by their events."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from services.intake.actions.act_specs import ACTS
from services.intake.actions.item_details import ItemDetails
from services.intake.domain.commands import AcceptBody, ItemBody
from services.intake.domain.listed import MAX_LISTED
from shared.contracts.intake import ItemAccepted, ItemSubmitted
from shared.errors import Invalid
from shared.web.forms import validated
from tests.support.intake import activities
from tests.support.intake.commands import CONTEXT, NOW, accept, after, emitted, submit, unknown
from tests.support.intake.stations import TOWNSHIP, item_body
from tests.support.refusals import in_both

ACCEPT = next(one for one in ACTS if one.name == "accept")


def test_both_events_of_an_item_carry_its_policies() -> None:
    given = submit(policy_codes=("GJ-24", "GJ-01"))
    said = emitted(unknown(), given)
    assert [one.policy_codes for one in said if isinstance(one, ItemSubmitted)] == [
        ("GJ-24", "GJ-01")
    ]
    (accepted,) = (one for one in emitted(after(given), accept()) if isinstance(one, ItemAccepted))
    assert accepted.policy_codes == ("GJ-24", "GJ-01")


@pytest.mark.parametrize("code", ["GJ-99", "LQ-1", "HY-1"])
def test_an_unknown_a_retired_and_another_places_policy_are_refused(code: str) -> None:
    with pytest.raises(Invalid) as refused:
        emitted(unknown(), submit(policy_codes=("GJ-01", code)))
    assert (refused.value.code, code in str(refused.value.message)) == ("unknown_policy", True)
    item = after(submit())
    with pytest.raises(Invalid):
        emitted(item, accept(policy_codes=(code,)))


def test_what_was_raised_while_a_policy_ran_may_name_it_afterwards() -> None:
    past = NOW - timedelta(days=10)
    (said, _text) = emitted(unknown(), submit(policy_codes=("LQ-1",), occurred_at=past))
    assert isinstance(said, ItemSubmitted)
    assert said.policy_codes == ("LQ-1",)


def test_at_most_so_many_are_named_and_one_named_twice_counts_once() -> None:
    codes = [f"TZ-{n}" for n in range(1, MAX_LISTED + 2)]
    body = item_body(TOWNSHIP, NOW, id=str(uuid4()))
    with pytest.raises(ValidationError) as wrong:
        ItemBody.model_validate(body | {"policy_codes": codes})
    assert ("policy_codes",) in [one["loc"] for one in wrong.value.errors()]
    twice = AcceptBody(policy_codes=("GJ-01", "GJ-01"))
    assert twice.policy_codes == ("GJ-01",)


def test_the_head_sees_what_is_ticked_and_the_form_says_what_it_is() -> None:
    item = after(submit(policy_codes=("GJ-24",)))
    fields = ACCEPT.fields(ItemDetails(item, CONTEXT.directory, NOW)) if ACCEPT.fields else ()
    (asked,) = (one for one in fields if one.name == "policy_codes")
    assert (asked.value, asked.most) == ("GJ-24", MAX_LISTED)
    offered = [one.value for one in asked.options]
    assert ("GJ-01" in offered, "LQ-1" in offered, "HY-1" in offered) == (True, False, False)
    for typed, left in ((["GJ-01"], ("GJ-01",)), ([], ())):
        form = validated(ACCEPT.form_body or ACCEPT.body, {"policy_codes": typed})
        assert isinstance(form, AcceptBody)
        done = after(accept(policy_codes=form.policy_codes), item=item)
        assert done.row.policy_codes == left


NAMED: dict[str, Any] = {
    "theme_codes": ("LFLC",),
    "function_codes": ("contact",),
    "group_codes": ("LQ-1",),
}


def test_an_activity_says_what_it_names_as_it_is_planned_changed_and_held() -> None:
    planned = activities.after(activities.plan(**NAMED))
    said = [
        *activities.emitted(activities.unknown(), activities.plan(**NAMED)),
        *activities.emitted(planned, activities.hold()),
        *activities.emitted(activities.unknown(), activities.record(**NAMED)),
    ]
    assert [one.model_dump(include=set(NAMED)) for one in said] == [NAMED] * 3
    (changed,) = activities.emitted(planned, activities.change())
    assert changed.model_dump(include=set(NAMED)) == dict.fromkeys(NAMED, ())


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ({"theme_codes": ("LFLC", "OLD")}, "unknown_theme"),
        ({"function_codes": ("fly",)}, "unknown_function"),
        ({"group_codes": ("HY-1",)}, "unknown_group"),
    ],
)
def test_an_activity_names_nothing_retired_unknown_or_of_another_place(
    named: dict[str, Any], code: str
) -> None:
    for command in (activities.plan(**named), activities.record(**named)):
        with pytest.raises(Invalid) as refused:
            activities.emitted(activities.unknown(), command)
        assert (refused.value.code, bool(in_both(refused.value, "intake"))) == (code, True)

"""Who raised an item: each proposer has a row, a contact and a rating of their own."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from services.intake.domain.asker import THE_PROPOSER, Asker
from services.intake.domain.commands import CoProposerBody, ItemBody
from services.intake.domain.contact import Contact
from services.intake.domain.decide import decide
from services.intake.domain.enterprises import enterprise_id
from services.intake.domain.events import outgoing
from services.intake.domain.model import Item
from services.intake.domain.proposers import proposer_id
from shared.contracts.intake import ItemCosigned, ItemSubmitted, ItemText, RatingGiven
from shared.errors import Problem
from shared.ids import Id, named_id
from tests.support.intake import commands
from tests.support.intake.commands import CONTEXT, KEY, after, emitted, replied, unknown
from tests.support.intake.desk import an_item
from tests.support.intake.stations import CREDIT_CODE, DEPUTY, HEAD, STATION, STREET_REP
from tests.support.places import with_entries

OTHER_CODE = "914403001922038216"
SHU = Contact(name="叔孙豹", phone="13900001111")


def person(key: Id, **more: Any) -> CoProposerBody:
    return CoProposerBody(person_id=UUID(bytes=key), **more)


def firm(code: str = OTHER_CODE, **more: Any) -> CoProposerBody:
    return CoProposerBody(enterprise_code=code, **more)


def submit(*others: CoProposerBody, **changes: Any) -> Any:
    return commands.submit(co_proposers=others, **changes)


@pytest.mark.parametrize(
    "one", [{}, {"enterprise_code": OTHER_CODE, "person_id": str(UUID(bytes=DEPUTY))}]
)
def test_another_proposer_is_an_enterprise_or_a_person(one: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        ItemBody.model_validate(an_item(co_proposers=[one]))
    (error,) = refused.value.errors()
    assert (error["loc"], error["type"]) == (("co_proposers", 0), "one_proposer")


def test_there_are_at_most_twenty_others() -> None:
    others = [{"enterprise_code": OTHER_CODE}] * 21
    with pytest.raises(ValidationError, match="co_proposers"):
        ItemBody.model_validate(an_item(co_proposers=others))


@pytest.mark.parametrize(
    ("others", "code"),
    [
        ([firm(CREDIT_CODE)], "proposer_twice"),
        ([firm(), firm()], "proposer_twice"),
        ([person(STREET_REP), person(STREET_REP)], "proposer_twice"),
        ([firm(OTHER_CODE[:17] + "0")], "credit_code_check"),
        ([person(named_id("person", "nobody"))], "unknown_person"),
        ([person(HEAD)], "no_representative"),
    ],
)
def test_a_wrong_proposer_is_refused(others: list[CoProposerBody], code: str) -> None:
    with pytest.raises(Problem) as refused:
        decide(unknown(), submit(*others), CONTEXT)
    assert refused.value.code == code


def test_the_deputy_through_whom_an_item_came_is_no_second_proposer() -> None:
    with pytest.raises(Problem, match="proposer_twice"):
        decide(unknown(), submit(person(DEPUTY), deputy_id=UUID(bytes=DEPUTY)), CONTEXT)


def test_each_proposer_is_named_with_its_kind_in_order() -> None:
    item, (fact, *_) = decide(
        unknown(), submit(person(DEPUTY), firm(), person(STREET_REP)), CONTEXT
    )
    assert isinstance(fact, ItemSubmitted)
    assert [(one.kind, one.enterprise_id, one.person_id) for one in fact.proposers] == [
        ("enterprise", enterprise_id(CREDIT_CODE), None),
        ("deputy", None, DEPUTY),
        ("enterprise", enterprise_id(OTHER_CODE), None),
        ("street_rep", None, STREET_REP),
    ]
    assert [one.proposer_id for one in fact.proposers] == [
        proposer_id(KEY, place) for place in (1, 2, 3, 4)
    ]
    assert [one.row.place for one in item.proposers] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("source", "deputy", "kind"),
    [
        ("deputy", DEPUTY, "deputy"),
        ("deputy", STREET_REP, "street_rep"),
        ("deputy", HEAD, "deputy"),
        ("deputy", None, "deputy"),
        ("station", DEPUTY, "station"),
        ("scan", None, "scan"),
        ("enterprise", STREET_REP, "enterprise"),
    ],
)
def test_the_first_proposer_is_what_the_source_says(
    source: str, deputy: Id | None, kind: str
) -> None:
    more: dict[str, Any] = {"deputy_id": UUID(bytes=deputy)} if deputy else {}
    (one,) = after(commands.submit(source_kind=source, **more)).proposers
    assert one.row.kind == kind


def test_a_confidential_item_names_none_of_them() -> None:
    fact, *_ = emitted(unknown(), submit(person(DEPUTY), firm(), confidential=True))
    assert isinstance(fact, ItemSubmitted)
    assert [one.kind for one in fact.proposers] == ["enterprise", "deputy", "enterprise"]
    assert {(one.enterprise_id, one.person_id) for one in fact.proposers} == {(None, None)}


def test_the_names_and_phones_of_all_of_them_stay_here() -> None:
    words = f"新桥模具和宏利达、叔孙豹、代表都说停电，{SHU.phone}，{OTHER_CODE}"
    item = after(submit(firm(contact=SHU), person(DEPUTY), body=words, confidential=True))
    first, second, third = item.proposers
    named = replace(second, firm="台州宏利达机械有限公司")
    item = replace(item, proposers=(replace(first, firm="新桥模具有限公司"), named, third))
    shown = outgoing(item, CONTEXT)["body"]
    secret = ("新桥", "宏利达", "孙豹", "代表", SHU.phone, OTHER_CODE)
    assert not [one for one in secret if one in shown], shown
    open_ = after(submit(firm(contact=SHU), body=words))
    assert SHU.phone not in outgoing(open_, CONTEXT)["body"]


@pytest.mark.parametrize("place", [0, 1])
def test_words_leave_only_when_every_enterprise_is_registered_or_the_head_has_looked(
    place: int,
) -> None:
    item = after(submit(firm(), confidential=True))
    named = [replace(one, firm=f"甲{n}公司") for n, one in enumerate(item.proposers)]
    assert decide(replace(item, proposers=tuple(named)), commands.accept(), CONTEXT)[1]
    named[place] = item.proposers[place]
    with pytest.raises(Problem, match="name_unknown"):
        decide(replace(item, proposers=tuple(named)), commands.accept(), CONTEXT)


def test_each_contact_is_corrected_by_itself() -> None:
    was = submit(firm(contact=SHU), proposer="公冶长")
    item = after(was)
    other = Contact(name="端木赐", phone="13900002222")
    again, (text,) = decide(item, submit(firm(contact=other), proposer="公冶长"), CONTEXT)
    assert isinstance(text, ItemText)
    names = [[it.opened.name for it in one.contacts if it.opened] for one in again.proposers]
    assert names == [["公冶长"], ["端木赐", "叔孙豹"]]
    assert decide(item, was, CONTEXT) == (item, ())


def test_another_list_of_proposers_is_another_content() -> None:
    with pytest.raises(Problem, match="id_reused"):
        decide(after(submit(firm())), submit(), CONTEXT)


ANSWERED = replied(after(submit(person(DEPUTY)), commands.accept()), 1)


def rate(item: Item, by: Id | None, **more: Any) -> tuple[Item, RatingGiven, Any]:
    asker = Asker(THE_PROPOSER, (), proposer_id=by or proposer_id(KEY, 1))
    done, (fact, *texts) = decide(item, commands.rate(asker=asker, **more), CONTEXT)
    assert isinstance(fact, RatingGiven)
    return done, fact, texts


def test_a_rating_names_the_proposer_who_gave_it() -> None:
    first, second = (proposer_id(KEY, place) for place in (1, 2))
    for by, rater, kind in ((None, first, "enterprise"), (second, second, "deputy")):
        _, fact, _ = rate(ANSWERED, by)
        assert (fact.proposer_id, fact.by_kind) == (rater, kind)
    with pytest.raises(Problem, match="item_not_found"):
        rate(ANSWERED, named_id("proposer", "of another item"))


def test_of_several_proposers_none_withdraws_for_all() -> None:
    item = after(submit(person(DEPUTY)))
    withdrawal = commands.withdraw(asker=commands.holder(2))
    with pytest.raises(Problem, match="several_proposers"):
        decide(item, withdrawal, CONTEXT)


def test_each_proposer_keeps_the_last_reason_of_their_own() -> None:
    item, second = ANSWERED, proposer_id(KEY, 2)
    item, _, _ = rate(item, None, result="dissatisfied", reason="没解决")
    item, _, _ = rate(item, second, result="dissatisfied", reason="太慢")
    item, _, (text,) = rate(item, second, result="dissatisfied", reason="还是太慢")
    first = proposer_id(KEY, 1)
    assert {one.proposer_id: one.reason for one in text.ratings} == {
        first: "没解决",
        second: "还是太慢",
    }


@pytest.mark.parametrize(
    ("person", "code"),
    [
        (named_id("person", "nobody"), "unknown_person"),
        (HEAD, "not_of_this_station"),
    ],
)
def test_only_those_of_the_station_join_an_item(person: Id, code: str) -> None:
    with pytest.raises(Problem) as refused:
        decide(after(commands.submit()), commands.cosign(person=person), CONTEXT)
    assert refused.value.code == code


def test_staff_of_the_station_are_no_cosigners() -> None:
    directory = CONTEXT.directory
    person = directory.person(HEAD)
    assert person is not None
    here = with_entries(directory, (HEAD, person.model_copy(update={"station_id": STATION})))
    with pytest.raises(Problem, match="no_representative"):
        decide(
            after(commands.submit()),
            commands.cosign(person=HEAD),
            replace(CONTEXT, directory=here),
        )


@pytest.mark.parametrize("confidential", [False, True])
def test_who_joins_is_one_more_proposer(*, confidential: bool) -> None:
    item = after(submit(firm(), confidential=confidential))
    joined, (fact,) = decide(item, commands.cosign(), CONTEXT)
    assert isinstance(fact, ItemCosigned)
    assert (fact.proposer.kind, fact.proposer.proposer_id) == ("street_rep", proposer_id(KEY, 3))
    assert fact.proposer.person_id == (None if confidential else STREET_REP)
    assert [one.row.place for one in joined.proposers] == [1, 2, 3]
    assert joined.proposers[2].row.person_id == STREET_REP


def test_nobody_joins_twice_and_no_more_than_twenty() -> None:
    item = after(submit(person(STREET_REP)))
    with pytest.raises(Problem, match="already_proposer"):
        decide(item, commands.cosign(), CONTEXT)
    many = after(submit())
    many = replace(many, proposers=many.proposers * 20)
    assert decide(many, commands.cosign(), CONTEXT)[1]
    with pytest.raises(Problem, match="too_many_proposers"):
        decide(replace(many, proposers=many.proposers[:1] * 21), commands.cosign(), CONTEXT)


def test_a_corrected_contact_leaves_who_joined_later_alone() -> None:
    item = after(submit(proposer="公冶长"), commands.cosign())
    again = after(submit(proposer="端木赐"), item=item)
    assert [len(one.contacts) for one in again.proposers] == [2, 0]
    assert again.proposers[1] is item.proposers[1]

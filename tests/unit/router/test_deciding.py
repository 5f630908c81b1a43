"""Giving out and sending up: by itself where it may, else as a person says, never past a level."""

from typing import Any

import pytest

from services.router.directory.domain.commands import SwitchAutoDispatch
from services.router.directory.domain.commands import decide as decide_entry
from services.router.directory.domain.model import EntryRow
from services.router.directory.domain.rights import EntryContext
from services.router.routing.domain.decide import dispatch_automatically
from shared.contracts.codes import LEVELS
from shared.contracts.envelope import Event, Tombstone
from shared.contracts.intake import ItemErased, ItemMerged, ItemRejected
from shared.contracts.router import (
    AssignmentText,
    DirectoryUnit,
    ItemDispatched,
    ItemEscalated,
    ItemMatched,
)
from shared.directory.snapshot import Directory
from shared.ids import Id, named_id
from shared.messaging.subject import ClockDue, State
from tests.support.places import with_entries
from tests.support.router.play import (
    CITY,
    COUNTY,
    DIRECTORY,
    ENTRIES,
    ITEM,
    NOW,
    PERSON,
    PROVINCE,
    TOWNSHIP,
    Play,
    accepted,
    at_county,
    context,
    dispatch,
    emitted_by,
    escalate,
    given_out,
    matter,
    organ,
    refused,
    seen,
    submitted,
    text,
    unit,
    waiting,
    with_matter,
)

AUTO = context(with_matter("power_supply", auto_dispatch=True))
ECON, FINANCE = unit(COUNTY, "econ_it"), unit(COUNTY, "finance")


def test_an_accepted_item_waits_for_the_organ_nearest_to_it() -> None:
    row = waiting().item.row
    assert (row.level, row.organ_id, row.duty) == ("township", organ(TOWNSHIP), "dispatch")
    assert row.duty_since == emitted_by("")["occurred_at"]
    assert (row.matter_code, row.confidence) == ("power_supply", "high")
    assert not waiting().decided


def test_the_suggested_matter_and_level_are_said_once_in_whatever_order_they_became_known() -> None:
    unaccepted, said = [submitted(), text()], []
    for events in (unaccepted, unaccepted[::-1]):
        play = Play().hear(*events)
        said.append(play.emitted)
        play.hear(accepted(), text())
        assert play.emitted == said[-1]
    (one,) = said[0]
    assert said[0] == said[1]
    assert isinstance(one, ItemMatched)
    assert (one.matter_code, one.level, one.actor) == ("power_supply", "county", "router")


def test_a_text_without_any_matter_suggests_nothing_and_takes_back_what_was_suggested() -> None:
    assert not Play().hear(submitted(), text("说不清")).emitted
    play = Play().hear(submitted(), text(), text("说不清"))
    assert [event.matter_code for event in play.emitted if isinstance(event, ItemMatched)] == [
        "power_supply",
        None,
    ]


def test_where_nobody_can_handle_it_yet_nothing_is_suggested_and_nothing_fails() -> None:
    others = ((put.key, put.entry) for put in ENTRIES if not isinstance(put.entry, DirectoryUnit))
    nobody = with_entries(Directory(), *others)
    assert not Play(context(nobody)).hear(submitted(), text()).emitted


def test_after_a_dispatch_nothing_is_suggested_any_more() -> None:
    play = waiting(words="说不清")
    play.act(dispatch(TOWNSHIP, lead=unit(TOWNSHIP, "township_gov")))
    said = list(play.emitted)
    assert play.hear(text()).emitted == said


def test_the_complexity_chosen_on_acceptance_holds_before_the_usual_one_of_the_matter() -> None:
    for chosen, found in (("normal", "policy_question"), ("complex", "complex")):
        usual = with_matter("power_supply", auto_dispatch=True, urgent=False, limit_wd=5)
        play = Play(context(usual))
        play.hear(submitted(), text(), accepted(complexity=chosen))
        assert play.dispatched.complexity == found


def test_a_sure_item_of_such_a_matter_climbs_step_by_step_and_goes_out() -> None:
    play = Play(AUTO).hear(submitted(), text(), accepted())
    escalated, given, words = play.decided
    assert isinstance(escalated, ItemEscalated)
    assert isinstance(given, ItemDispatched)
    assert isinstance(words, AssignmentText)
    assert (escalated.from_level, escalated.to_level) == ("township", "county")
    assert (given.automatic, given.dispatch_no, given.dispatcher_organ) == (True, 1, organ(COUNTY))
    assert (given.tasks[0].unit_id, given.actor) == (unit(COUNTY, "power_co"), "router")
    assert (given.reason, given.rule_id) == ("vertical", "matter.power_supply")
    assert len(words.reasons) == 2
    assert all(reason.zh and reason.en for reason in words.reasons)
    assert play.item.row.duty == ""


def test_a_matter_is_dispatched_as_a_person_switched_it() -> None:
    there, key = matter("power_supply"), named_id("matter", "power_supply")
    directory, dispatched = DIRECTORY, []
    for is_on in (True, False):
        row = EntryRow(key=key, type=there.type, body=there.model_dump_json(exclude_none=True))
        switch = SwitchAutoDispatch(key, is_on, "wang", "规则已核对")
        _entry, (said,) = decide_entry(State(row), switch, EntryContext(NOW, NOW.date(), directory))
        directory = with_entries(directory, (key, said))
        play = Play(context(directory)).hear(submitted(), text(), accepted())
        dispatched.append(bool(play.decided))
    assert dispatched == [True, False]


@pytest.mark.parametrize("words", ["停电", "说不清的事", "停电又停水"])
def test_what_it_is_not_sure_of_waits_for_a_person(words: str) -> None:
    play = Play(AUTO).hear(submitted(), text(words), accepted())
    assert not play.decided
    assert play.item.row.duty == "dispatch"


def test_what_a_township_should_do_waits_for_a_person_when_none_is_named() -> None:
    lights = context(with_matter("street_light", auto_dispatch=True))
    words = text("路灯不亮，没路灯，黑灯瞎火")
    there = Play(lights).hear(submitted(), words, accepted())
    assert there.dispatched.reason == "authority"
    play = Play(lights).hear(submitted(COUNTY), words, accepted(COUNTY))
    assert play.item.row.confidence == "high"
    assert not play.decided
    assert play.item.row.duty == "dispatch"


def test_the_benchs_switch_gives_everything_out() -> None:
    play = Play(context(auto_dispatch=True)).hear(submitted(), accepted(), text("说不清"))
    assert play.dispatched.reason == "fallback"
    assert play.dispatched.matter_code == "other_unclear"


def test_an_item_goes_out_once_however_often_it_is_read() -> None:
    play = Play(AUTO).hear(submitted(), text(), accepted(), text("厂区停电，又停电跳闸"))
    assert sum(isinstance(event, ItemDispatched) for event in play.emitted) == 1
    assert dispatch_automatically(play.item, AUTO) == (play.item, [])


@pytest.mark.parametrize(
    ("event", "duty", "code"),
    [
        (accepted(solved_on_spot=True), "", "ended"),
        (ItemRejected(**emitted_by("h"), reason="R4"), "", "ended"),
        (ItemMerged(**emitted_by("h"), merged_into=ITEM), "", "merged"),
        (accepted(), "dispatch", None),
    ],
    ids=["solved", "rejected", "merged", "accepted"],
)
def test_only_an_accepted_item_waits(event: Event, duty: str, code: str | None) -> None:
    play = Play(AUTO).hear(submitted(), event)
    assert play.item.row.duty == duty
    assert not play.emitted
    own = dispatch(TOWNSHIP, lead=unit(TOWNSHIP, "township_gov"))
    assert code is None or refused(play, own) == code


def roles(play: Play) -> list[tuple[Id, str]]:
    return [(task.unit_id, task.role) for task in play.dispatched.tasks]


def with_reasons(play: Play) -> AssignmentText:
    """The words beside the last dispatch, which names its organ and rule too."""
    given, words = play.dispatched, play.emitted[-1]
    assert isinstance(words, AssignmentText)
    assert all((given.reason, given.rule_id, words.reasons[-1].zh, words.reasons[-1].en))
    assert (given.dispatcher_organ, words.reasons[-1].confirmed_by) == (organ(COUNTY), PERSON)
    return words


def test_as_proposed_it_goes_to_the_matters_office_with_its_co_handlers() -> None:
    play = given_out()
    given = play.dispatched
    assert roles(play) == [
        (unit(COUNTY, "power_co"), "lead"),
        (unit(COUNTY, "dev_reform"), "co"),
        (unit(TOWNSHIP, "township_gov"), "co"),
    ]
    with_reasons(play)
    assert (given.owner_level, given.matter_code) == ("county", "power_supply")
    assert (given.automatic, play.item.row.held) == (False, False)
    assert {one.limit.kind for one in given.limits} == {"wd"}
    limits = {one.clock: one.limit.n for one in given.limits}
    assert limits == {"sign": 1, "object": 2, "reply": 2, "rating": 15}
    before = play.item
    assert (play.step(ClockDue(ITEM)), play.item) == ([], before), "all its units stand"


@pytest.mark.parametrize(
    ("complexity", "days"), [("policy_question", 5), ("normal", 15), ("complex", 30)]
)
def test_the_limit_follows_the_complexity(complexity: Any, days: int) -> None:
    play = at_county("补贴兑现没有到账")
    play.act(dispatch(complexity=complexity))
    limits = {one.clock: one.limit.n for one in play.dispatched.limits}
    assert (limits["reply"], play.dispatched.complexity) == (days, complexity)


def test_a_deputy_suggestion_has_the_limits_of_the_law() -> None:
    play = at_county("补贴兑现没有到账", profile="legal_suggestion")
    play.act(dispatch(complexity="policy_question"))
    limits = {one.clock: (one.limit.n, one.limit.kind) for one in play.dispatched.limits}
    assert (limits["reply"], limits["object"]) == ((3, "months"), (10, "days"))


def test_as_chosen_it_goes_to_whom_the_person_names_and_says_so() -> None:
    play = given_out(lead=ECON, co=(FINANCE,), note="请牵头")
    assert roles(play) == [(ECON, "lead"), (FINANCE, "co")]
    assert (play.dispatched.reason, play.dispatched.rule_id) == ("person", "person")
    last = with_reasons(play).reasons[-1]
    assert (last.note, last.dispatch_no) == ("请牵头", 1)
    assert "请牵头" not in play.dispatched.model_dump_json()


def test_several_units_may_answer_separately() -> None:
    units = (unit(COUNTY, "power_co"), unit(COUNTY, "tax"))
    play = given_out(separate=units)
    assert roles(play) == [(one, "separate") for one in units]
    assert (play.dispatched.reason, play.dispatched.rule_id) == ("person", "person")
    with_reasons(play)


def test_a_person_may_correct_the_matter() -> None:
    given = given_out(matter_code="subsidy_payment").dispatched
    assert (given.tasks[0].unit_id, given.matter_code) == (ECON, "subsidy_payment")


def test_a_changed_matter_goes_to_its_unit_or_with_a_reason() -> None:
    other = {"matter_code": "subsidy_payment", "lead": FINANCE}
    separate = {"matter_code": "subsidy_payment", "separate": (FINANCE, unit(COUNTY, "tax"))}
    for more in (other, separate):
        assert refused(at_county(), dispatch(**more)) == "reason_needed"
    assert given_out(**other, note="财政局已在办").dispatched.tasks[0].unit_id == FINANCE
    assert given_out(matter_code="subsidy_payment", lead=ECON).dispatched.tasks[0].unit_id == ECON
    same = at_county().item.row.matter_code
    assert given_out(matter_code=same, lead=FINANCE).dispatched.tasks[0].unit_id == FINANCE


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"co": (ECON,)}, "lead_missing"),
        ({"separate": (ECON,)}, "lead_or_separate"),
        ({"lead": ECON, "separate": (FINANCE, unit(COUNTY, "tax"))}, "lead_or_separate"),
        ({"co": (ECON,), "separate": (FINANCE, unit(COUNTY, "tax"))}, "lead_or_separate"),
        ({"lead": ECON, "co": (ECON,)}, "unit_twice"),
        ({"separate": (ECON, ECON)}, "unit_twice"),
        ({"lead": named_id("unit", "nowhere")}, "unknown_unit"),
        ({"lead": ECON, "co": (named_id("unit", "nowhere"),)}, "unknown_unit"),
        ({"matter_code": "no_such_matter"}, "unknown_matter"),
        ({"lead": unit(CITY, "econ_it")}, "above_level"),
        ({"lead": ECON, "co": (unit("331003", "econ_it"),)}, "above_level"),
        ({"lead": unit(PROVINCE, "province")}, "above_level"),
        ({"matter_code": "energy_quota"}, "no_proposal"),
    ],
)
def test_a_dispatch_that_does_not_fit_is_refused(more: dict[str, Any], code: str) -> None:
    assert refused(at_county(), dispatch(**more)) == code


def test_a_township_gives_out_to_its_own_office_and_never_to_a_county_department() -> None:
    assert refused(waiting(), dispatch(TOWNSHIP, lead=ECON)) == "above_level"
    assert refused(waiting(), dispatch(TOWNSHIP)) == "no_proposal"
    play = waiting()
    play.act(dispatch(TOWNSHIP, lead=unit(TOWNSHIP, "township_gov")))
    assert play.dispatched.owner_level == "township"


def test_without_a_proposal_the_person_names_the_unit() -> None:
    play = at_county("说不清的事")
    assert refused(play, dispatch()) == "no_proposal"
    play.act(dispatch(lead=ECON))
    assert play.dispatched.matter_code == "other_unclear"


def test_what_was_sent_up_is_not_given_out_by_the_lower_levels_proposal() -> None:
    play = at_county()
    play.act(escalate(COUNTY))
    assert refused(play, dispatch(CITY)) == "no_proposal"
    play.act(dispatch(CITY, lead=unit(CITY, "dev_reform"), co=(unit(COUNTY, "power_co"),)))
    assert play.dispatched.owner_level == "city"


def test_what_the_province_decides_is_given_out_by_the_city_alone() -> None:
    play = at_county("新增用地指标不够，没有地扩产")
    assert play.item.row.matter_code == "land_quota"
    play.act(escalate(COUNTY))
    play.act(dispatch(CITY))
    (task,) = play.dispatched.tasks
    assert (task.external, task.role) == (True, "lead")
    assert play.dispatched.reason == "reported_up"


def test_an_item_goes_up_one_level_at_a_time_and_not_past_the_city() -> None:
    play = waiting()
    levels = [play.item.row.level]
    for at in (TOWNSHIP, COUNTY):
        play.act(escalate(at))
        levels.append(play.item.row.level)
    assert levels == list(LEVELS[:3])
    steps = [event for event in play.emitted if isinstance(event, ItemEscalated)]
    assert [(step.from_level, step.to_level, step.organ_id) for step in steps] == [
        ("township", "county", organ(COUNTY)),
        ("county", "city", organ(CITY)),
    ]
    assert refused(play, escalate(CITY)) == "highest_level"


def test_who_expects_another_level_is_told() -> None:
    for level in ("city", "township"):
        assert refused(waiting(), escalate(to_level=level)) == "level_skipped"
    waiting().act(escalate(to_level="county"))


@pytest.mark.parametrize("make", [dispatch, escalate])
def test_another_organ_decides_nothing(make: Any) -> None:
    for elsewhere in (TOWNSHIP, CITY, "331003"):
        assert refused(at_county(), make(elsewhere)) == "not_found"


@pytest.mark.parametrize("make", [dispatch, escalate])
def test_what_is_not_accepted_or_already_given_out_is_refused(make: Any) -> None:
    assert refused(Play().hear(submitted()), make(TOWNSHIP)) == "not_accepted"
    assert refused(Play().hear(text()), make(TOWNSHIP)) == "not_accepted"
    assert refused(given_out(), make(COUNTY)) == "already_dispatched"


@pytest.mark.parametrize("make", [dispatch, escalate])
def test_a_decision_on_an_old_view_is_refused(make: Any) -> None:
    play = at_county()
    seq = play.item.row.seq
    for topic, old in (("router.assignment.v1", seq + 1), ("intake.item.v1", 1)):
        assert refused(play, make(COUNTY, basis=seen(topic, old))) == "stale_basis"
    before = waiting()
    before.act(escalate())
    before.act(escalate(COUNTY))
    assert refused(before, make(CITY, basis=seen("router.assignment.v1", 1))) == "stale_basis"
    assert play.act(make(COUNTY, basis=seen("router.assignment.v1", seq)))


def test_an_erased_item_keeps_which_rule_led_where_and_nothing_people_wrote() -> None:
    erased = ItemErased(**emitted_by("officer"), reason="asked")
    assert waiting().hear(erased).decided == [], "nobody gave a reason yet"
    play = given_out(note="张三的厂")
    before = play.item
    tombstone, words = play.step(play.received(erased))
    assert isinstance(tombstone, Tombstone)
    assert isinstance(words, AssignmentText)
    assert [one.zh for one in words.reasons] == [one.zh for one in before.reasons]
    assert {one.note for one in words.reasons} == {""}
    assert play.item.row.erased_at is not None
    assert (play.item.row.duty, play.item.tasks) == (before.row.duty, before.tasks)


def test_a_tombstone_erases_the_words_only() -> None:
    play = waiting()
    received = play.received(text())
    play.step(received._replace(event=None))
    assert play.item.text is not None
    assert (play.item.text.title, play.item.text.body) == ("", "")
    assert play.item.row.matter_code == "power_supply"
    assert play.item.row.duty == "dispatch"

"""Everything that must be refused, with the reason in words."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from services.tracker.actions import TASK_ACTS, CaseDetails
from services.tracker.console.action_forms import all_errors, drafts
from services.tracker.console.case_page import act_bar
from services.tracker.console.labels import ViewContext
from services.tracker.console.worklist import next_step
from services.tracker.domain.commands import (
    Body,
    CaseBasis,
    DraftBody,
    DraftReply,
    ReturnDraft,
    ReturnDraftBody,
    Sign,
    SignOff,
)
from services.tracker.domain.mirrors import TextRow
from services.tracker.settings import ZHEJIANG
from shared.contracts.tracker import CaseReplied
from shared.directory import Directory
from shared.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from shared.ids import named_id
from shared.messaging.subject import Command
from shared.settings import Limits
from shared.web.forms import validated
from tests.support.refusals import in_both
from tests.support.shanghai import at
from tests.support.tracker.play import (
    CLERK,
    CO_CLERK,
    CO_HEAD,
    CO_TASK,
    HEAD,
    ITEM,
    OTHER,
    TASK,
    UNIT,
    Play,
    accepted,
    contact,
    contacted,
    context_at,
    dispatched,
    draft,
    fulfil,
    given,
    objection,
    opened,
    opinion,
    rating,
    refused,
    replied,
    signed,
    submitted,
    supervise,
)


def drafted() -> Play:
    play = contacted()
    play.act(draft(), "2022-09-19")
    return play


def objected() -> Play:
    play = opened()
    play.act(objection(), "2022-09-08 12:00")
    return play


def accepted_only() -> Play:
    return Play().hear(submitted("2022-09-05"), accepted("2022-09-05"))


@pytest.mark.parametrize(
    ("case", "act", "when", "code", "kind"),
    [
        (opened, Sign(ITEM, OTHER, CLERK), "2022-09-08", "no_such_task", NotFound),
        (accepted_only, Sign(ITEM, TASK, CLERK), "2022-09-05", "no_such_task", NotFound),
        (opened, Sign(ITEM, TASK, CO_CLERK), "2022-09-08", "not_yours", Forbidden),
        (opened, replace(objection(), by=CLERK), "2022-09-08", "not_yours", Forbidden),
        (contacted, replace(draft(), by=HEAD), "2022-09-19", "not_yours", Forbidden),
        (drafted, SignOff(ITEM, TASK, CLERK), "2022-09-19", "not_yours", Forbidden),
        (signed, Sign(ITEM, TASK, CLERK), "2022-09-09", "already_signed", Conflict),
        (signed, draft(), "2022-09-09", "no_contact", Conflict),
        (opened, draft(), "2022-09-09", "not_signed", Conflict),
        (contacted, SignOff(ITEM, TASK, HEAD), "2022-09-19", "no_draft", Conflict),
        (replied, draft("reference", reason="无"), "2022-09-21", "already_replied", Conflict),
        (replied, objection(), "2022-09-20", "objection_after_reply", Conflict),
        (objected, objection(), "2022-09-08 12:01", "second_objection", Conflict),
        (opened, objection(UNIT), "2022-09-08 12:01", "own_unit", Invalid),
        (contacted, draft("deferred"), "2022-09-19", "reason_missing", Invalid),
        (contacted, draft("reference"), "2022-09-19", "reason_missing", Invalid),
        (replied, fulfil(), "2022-09-21", "no_promise", Conflict),
    ],
)
def test_an_act_that_does_not_fit_is_refused_with_its_reason(
    case: Callable[[], Play], act: Command, when: str, code: str, kind: type[Refused]
) -> None:
    refused(case(), act, when, code, kind)


def test_an_objection_is_in_time_until_its_last_minute_and_told_the_day_after_that() -> None:
    with pytest.raises(Conflict, match="objection_window_over") as raised:
        opened().act(objection(), "2022-09-14 00:00")
    zh, en = in_both(raised.value, "tracker")
    assert "9月13日" in zh
    assert "13 September" in en
    play = opened()
    play.act(objection(), "2022-09-13 23:59")
    assert play.state == "OBJECTED"


def test_a_unit_objects_only_until_its_reply_is_drafted_or_once_the_draft_is_sent_back() -> None:
    play = contacted()
    play.act(draft(), "2022-09-13 14:30")
    refused(play, objection(), "2022-09-13 15:00", "objection_after_draft")
    back = ReturnDraft(ITEM, TASK, HEAD, ReturnDraftBody(reason="不属本单位"))
    play.act(back, "2022-09-13 15:10")
    play.act(objection(), "2022-09-13 15:20")
    assert play.state == "OBJECTED"


def test_a_unit_does_nothing_on_its_task_while_its_objection_is_open() -> None:
    play = contacted(given(), given(CO_TASK, OTHER, "co"))
    play.act(objection(), "2022-09-13 15:00")
    play.act(replace(objection(), task_id=CO_TASK, by=CO_HEAD), "2022-09-13 15:00")
    acts = contact(), draft(), SignOff(ITEM, TASK, HEAD), contact(CO_TASK, CO_CLERK), opinion()
    for act in (*acts, Sign(ITEM, CO_TASK, CO_CLERK)):
        refused(play, act, "2022-09-13 16:00", "objected")


def test_a_co_handler_files_one_opinion_and_no_reply_and_the_lead_files_none() -> None:
    play = contacted(given(), given(CO_TASK, OTHER, "co"))
    by_co = replace(draft(), task_id=CO_TASK, by=CO_CLERK)
    refused(play, by_co, "2022-09-19", "co_handler")
    refused(play, opinion(TASK, CLERK), "2022-09-19", "not_co_handler")
    play.act(opinion(by=CO_HEAD), "2022-09-16")
    refused(play, opinion(by=CO_HEAD), "2022-09-16", "already_filed")


def test_all_that_a_reply_lacks_is_said_at_once_each_at_its_field() -> None:
    play = contacted(given(), given(CO_TASK, OTHER, "co"))
    promised = draft("planned", promised_on="2022-09-19", waiver="急")
    with pytest.raises(Invalid) as raised:
        play.act(promised, "2022-09-19")
    assert {name: one.code for name, one in raised.value.fields.items()} == {
        "promised_on": "promise_not_ahead",
        "contact": "promise_incomplete",
        "waiver": "opinions_missing",
    }
    with pytest.raises(Invalid) as raised:
        play.act(draft("reference", reason="不 行\u200b。"), "2022-09-19")
    assert set(raised.value.fields) == {"reason", "waiver"}


def test_the_form_of_a_reply_names_missing_fields_and_broken_rules_in_one_answer() -> None:
    play = contacted(given(), given(CO_TASK, OTHER, "co"))
    seen = CaseDetails(play.case, TextRow(key=ITEM), Directory(), at("2022-09-19"), Limits())
    spec = next(one for one in TASK_ACTS if one.name == "draft")
    typed = {"outcome": ["planned"], "text": ["已排入明年计划"], "promised_on": ["2022-09-01"]}
    with pytest.raises(ValidationError) as wrong:
        validated(spec.body, typed)
    errors = all_errors(spec, seen, typed, wrong.value)
    assert set(errors) == {"plain", "promised_on", "contact", "waiver"}


def test_a_reply_without_the_co_handlers_opinion_needs_a_waiver() -> None:
    play = contacted(given(), given(CO_TASK, OTHER, "co"))
    refused(play, draft(), "2022-09-19", "opinions_missing", Invalid)
    play.act(draft(waiver="会办单位逾期未回"), "2022-09-19")
    assert play.state == "SIGNOFF"


@pytest.mark.parametrize("outcome", ["in_progress", "planned"])
def test_a_promise_needs_its_day_and_a_contact(outcome: str) -> None:
    play = contacted()
    refused(play, draft(outcome), "2022-09-19", "promise_incomplete", Invalid)
    today = draft(outcome, promised_on="2022-09-19", contact="王工 8888")
    refused(play, today, "2022-09-19", "promise_not_ahead", Invalid)
    for day in ("2025-09-20", "2026-01-01", "2035-01-01", "9999-12-31"):
        far = draft(outcome, promised_on=day, contact="王工 8888")
        refused(play, far, "2022-09-19", "promise_too_far", Invalid)
    longest = replied(outcome, promised_on="2025-09-16", contact="王工 8888")
    longest.hear(rating("2022-09-21", "satisfied"))
    assert longest.clock("promise").due_at > at("2025-09-16")


@pytest.mark.parametrize("outcome", ["solved", "deferred", "reference"])
def test_no_other_outcome_keeps_the_day_of_a_promise(outcome: str) -> None:
    play = contacted()
    play.act(draft("planned", promised_on="2022-11-01", contact="王工 8888"), "2022-09-16")
    changed = draft(outcome, promised_on="2022-11-01", reason="政策没有依据，暂时不能解决")
    refused(play, changed, "2022-09-19", "promise_unexpected", Invalid)
    play.act(draft(outcome, reason="政策没有依据，暂时不能解决"), "2022-09-19")
    play.act(SignOff(ITEM, TASK, HEAD), "2022-09-20")
    assert (play.case.row.outcome, play.case.row.promised_on) == (outcome, None)


def test_a_co_handler_signs_nothing_once_the_lead_has_replied() -> None:
    play = contacted(given(), given(CO_TASK, OTHER, "co"))
    play.act(draft(waiver="会办单位逾期未回"), "2022-09-13")
    play.act(SignOff(ITEM, TASK, HEAD), "2022-09-13")
    late = Sign(ITEM, CO_TASK, CO_CLERK)
    refused(play, late, "2022-09-13", "already_replied")
    play.hear(rating("2022-09-14", "dissatisfied"))
    refused(play, late, "2022-09-14", "already_replied")


def test_a_closed_case_takes_no_act() -> None:
    play = replied()
    play.tick("2022-11-01")
    assert play.state == "CLOSED"
    refused(play, contact(), "2022-11-01", "closed")


def test_supervision_is_decided_by_the_dispatching_organ_on_a_candidate_only() -> None:
    play = signed()
    refused(play, supervise(by=HEAD), "2022-09-09", "not_yours", Forbidden)
    refused(play, supervise(), "2022-09-09", "no_candidate")
    play.tick("2022-10-20")
    for no_leader in (None, OTHER):
        refused(play, supervise(no_leader), "2022-10-20", "leader_missing", Invalid)
    refused(play, supervise(granted=False), "2022-10-20", "leader_unexpected", Invalid)


@pytest.mark.parametrize(
    "wrong",
    [
        {"outcome": "done", "plain": "x", "text": "x"},
        {"outcome": "solved", "plain": " ", "text": "x"},
        {"outcome": "solved", "plain": "x", "text": "x" * 4001},
        {"outcome": "solved", "plain": "x", "text": "x", "rating": "satisfied"},
        {"outcome": "planned", "plain": "x", "text": "x", "promised_on": "soon"},
    ],
)
def test_a_malformed_draft_is_not_taken(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        DraftBody.model_validate(wrong)


def test_a_promise_whose_day_has_passed_is_not_signed_but_sent_back() -> None:
    play = contacted()
    play.act(draft("planned", promised_on="2022-09-20", contact="王"), "2022-09-19")
    refused(play, SignOff(ITEM, TASK, HEAD), "2022-09-20 09:00", "promise_not_ahead", Invalid)
    assert offered(play, "2022-09-19 17:00") == ("签发答复", ["签发答复", "退回修改"], [])
    assert offered(play, "2022-09-20 09:00") == ("退回修改", ["退回修改"], ["签发答复"])
    play.act(SignOff(ITEM, TASK, HEAD), "2022-09-19 17:00")


def test_a_stored_draft_that_breaks_a_later_rule_is_not_signed_but_sent_back() -> None:
    play = drafted()
    play.case = play.case.with_task(play.case.tasks[TASK], draft_promised_on=date(2022, 11, 1))
    refused(play, SignOff(ITEM, TASK, HEAD), "2022-09-20", "promise_unexpected", Invalid)
    assert offered(play, "2022-09-20") == ("退回修改", ["退回修改"], ["签发答复"])


def test_a_draft_needs_a_waiver_for_an_opinion_that_is_missing_since() -> None:
    play = contacted(given(), given(CO_TASK, OTHER, "co"))
    play.act(opinion(), "2022-09-13 14:00")
    play.act(draft(), "2022-09-13 15:00")
    play.act(replace(objection(), task_id=CO_TASK, by=CO_HEAD), "2022-09-13 16:00")
    more = dispatched("2022-09-14 09:00", given(named_id("task", "3"), UNIT, "co"), no=2)
    play.hear(more.model_copy(update={"replaces": CO_TASK}))
    refused(play, SignOff(ITEM, TASK, HEAD), "2022-09-14 10:00", "opinions_missing", Invalid)


def test_a_reply_names_a_waiver_only_if_an_opinion_was_missing_when_it_was_signed() -> None:
    why = "会办单位逾期未回"
    for filed, waiver in (((), why), ((opinion(),), "")):
        play = contacted(given(), given(CO_TASK, OTHER, "co"))
        for act in (draft(waiver=why), *filed):
            play.act(act, "2022-09-13 15:00")
        (shown,) = drafts(play.case, [TASK])
        play.act(SignOff(ITEM, TASK, HEAD), "2022-09-13 16:00")
        (reply,), (said,) = (
            play.case.words.replies,
            [event for event in play.emitted if isinstance(event, CaseReplied)],
        )
        assert (shown.words.waiver, reply.waiver, said.waived) == (waiver, waiver, bool(waiver))


def offered(play: Play, when: str, by: Any = HEAD) -> tuple[str, list[str], list[str]]:
    """The head's next step in a list, and the acts of the page about the draft: open, closed."""
    view = ViewContext(by, Directory(), context_at(at(when)), ZHEJIANG)
    step, _href = next_step(play.case, play.clock("reply"), view)
    bar = act_bar(play.case, view, is_blocked=False)
    both = ("签发答复", "退回修改")
    opened_, closed = (
        [words for one in acts if (words := str(one.words)) in both]
        for acts in (bar.acts, bar.closed)
    )
    return str(step), opened_, closed


def test_a_case_that_was_closed_meanwhile_takes_no_supervision() -> None:
    play = contacted()
    play.tick("2022-10-20")
    play.answer("2022-10-20").hear(rating("2022-10-21", "satisfied"))
    assert play.case.row.key_candidate == "open"
    refused(play, supervise(), "2022-10-21 13:00", "closed")


def test_an_act_on_an_old_view_is_stale() -> None:
    play = opened()
    old = CaseBasis(topic="tracker.case.v1", seq=play.case.row.seq)
    play.act(Sign(ITEM, TASK, CLERK, Body(basis=old)), "2022-09-08 16:00")
    ahead = old.model_copy(update={"seq": play.case.row.seq + 1})
    for basis in (old, ahead):
        body = draft().body.model_copy(update={"basis": basis})
        refused(play, DraftReply(ITEM, TASK, CLERK, body), "2022-09-09", "stale")

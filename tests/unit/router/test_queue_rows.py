"""Rows of the queue: what is due, and until when."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime

from starlette.requests import Request

from services.router.directory.console.labels import CONSOLE
from services.router.routing.actions import ItemView, open_acts
from services.router.routing.console.pages import forms_of
from services.router.routing.console.queue import (
    Row,
    decisions_of,
    done_words,
    facts_of,
    preview_of,
    row_of,
)
from services.router.routing.domain.model import Item
from services.router.routing.domain.views import queue_line
from shared.text import Bilingual, Sentence
from shared.web.i18n import CHINESE
from tests.support.router.play import (
    CITY,
    CONTEXT,
    COUNTY,
    DIRECTORY,
    NOW,
    SETTINGS,
    Play,
    at_county,
    dispatch,
    escalate,
    given_out,
    handed_back,
    matter,
    objected,
    objection,
    unit,
    waiting,
)


def row(item: Item) -> Row:
    view = ItemView(item, queue_line(item, CONTEXT.table), CONTEXT.table, NOW)
    return row_of(view, SETTINGS.limits)


def test_nothing_is_due_on_an_item_already_given_out() -> None:
    given = row(given_out().item)
    assert (given.light, given.when, given.due_on) == (None, None, None)
    due = next(fact for fact in facts_of(given) if str(fact.label) == "时限")
    assert (str(due.value), due.light, due.note) == ("没有要您办的时限", None, "")


def test_a_township_is_named_with_its_county_where_the_city_decides() -> None:
    assert (row(at_county().item).place, row(waiting().item).place) == ("金清镇", "金清镇")
    sent_up = at_county()
    sent_up.act(escalate(COUNTY))
    assert sent_up.item.row.level == "city"
    assert row(sent_up.item).place == "路桥区金清镇"


def test_the_due_day_and_its_light_are_of_one_count() -> None:
    waits = row(waiting().item)
    assert waits.due_on == date(2022, 9, 13)
    due = next(fact for fact in facts_of(waits) if str(fact.label) == "时限")
    assert due.light == waits.light
    assert isinstance(due.note, Sentence)
    assert "9月13日" in CHINESE.say(due.note)


def test_a_sure_proposal_to_escalate_is_ticked_with_its_reason_and_is_the_first_act() -> None:
    up = row(waiting().item)
    assert up.tickable
    assert [(spec.name, task) for spec, task in open_acts(up.view)] == [
        ("escalate", ""),
        ("dispatch", ""),
    ]
    proposal = up.line.proposal
    assert proposal is not None
    escalation, _dispatch = forms_of(up.view)
    assert [f.value for f in escalation.fields if f.name == "reason"] == [proposal.zh]
    preview = preview_of([up], SETTINGS.limits)
    assert preview is not None
    assert (preview.units, preview.escalated) == ([], [up])


def test_the_preview_marks_the_days_that_rest_on_a_calendar_not_yet_published() -> None:
    own = row(at_county().item)
    marks = {}
    for now in (NOW, datetime(2026, 12, 30, 2, tzinfo=UTC)):
        preview = preview_of([replace(own, view=replace(own.view, now=now))], SETTINGS.limits)
        request = Request(
            {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
        )
        page = bytes(CONSOLE.render(request, "preview.html", preview=preview).body).decode()
        days = re.findall(r"<span class=\"sub\">(.+?)</span>|<dd>(.+?)</dd>", page)
        marks[now.day] = ["暂定" in "".join(day) for day in days]
    assert marks == {8: [False] * 3, 30: [True, False, True]}, "to reply, to sign, to object"


def test_the_proposed_units_are_chosen_when_the_form_opens() -> None:
    own = row(at_county().item)
    assert own.tickable
    (first, *_others) = forms_of(own.view)
    proposal = own.line.proposal
    assert proposal is not None
    chosen = {field.name: field.value for field in first.fields}
    assert chosen["lead"] == proposal.lead.unit_id
    assert chosen["co"].split(",") == [one.unit_id for one in proposal.co]
    options = next(field.options for field in first.fields if field.name == "lead")
    assert proposal.lead.unit_id in [one.value for one in options]


def test_an_unsure_proposal_cannot_be_ticked() -> None:
    assert not row(waiting(words="请关心一下\n希望领导多来看看").item).tickable


def test_an_earlier_decision_says_who_took_it_at_which_level_and_when() -> None:
    ((_reason, said),) = decisions_of(row(at_county().item).view)
    assert said.values["level"] == Bilingual(*CONTEXT.table.directory.level_names("township"))
    assert said.values["at"] == NOW


def objected_in_the_city() -> Play:
    play = at_county()
    play.act(escalate(COUNTY))
    play.act(dispatch(CITY, lead=unit(CITY, "econ_it")))
    return play.hear(objected(play.task()), handed_back())


def test_an_objection_goes_up_only_from_a_lead_below_the_city() -> None:
    play = given_out()
    play.hear(objected(play.task()), handed_back(), objected(play.task(1)))
    forms = forms_of(row(play.item).view) + forms_of(row(objected_in_the_city().item).view)
    offered = [
        "escalate" in [option.value for option in field.options]
        for form in forms
        for field in form.fields
        if field.name == "decision"
    ]
    assert offered == [True, False, False]


def test_an_answered_objection_names_only_the_units_it_concerns() -> None:
    def said(play: Play, task: bytes) -> str:
        return CHINESE.say(done_words(play.item, "objection", DIRECTORY, task))

    for n in (0, 1):
        play = given_out()
        lead, co = play.task(), play.task(1)
        play.hear(objected(lead), handed_back(), objected(co))
        task = (lead, co)[n]
        play.act(objection("refuse", task_id=task))
        name = DIRECTORY.unit(play.dispatched.tasks[n].unit_id)
        assert name is not None
        assert f"由{name.short_name}办理：" in said(play, task)
    play.act(objection("escalate", task_id=lead))
    assert "已上报" in said(play, lead)
    play = given_out()
    play.hear(objected(co))
    play.act(objection("reassign", unit=unit(COUNTY, "finance"), task_id=co))
    assert "由区财政局办理：" in said(play, co)


def test_an_item_given_out_names_its_units_the_one_that_answers_first() -> None:
    play = given_out()
    entries = (DIRECTORY.unit(task.unit_id) for task in play.dispatched.tasks)
    lead, *co = (entry.short_name for entry in entries if entry)
    units = f"{lead}（会办：{'、'.join(co)}）"
    facts = {str(fact.label): fact.value for fact in facts_of(row(play.item))}
    assert "建议承办" not in facts
    assert CHINESE.say(Sentence("%(units)s", {"units": facts["承办单位"]})) == units
    assert f"已交办{units}：" in CHINESE.say(done_words(play.item, "dispatch", DIRECTORY, None))


def test_only_of_a_unit_that_can_object_it_is_said_that_it_may() -> None:
    at_province = at_county("新增用地指标不够，没有地扩产")
    at_province.act(escalate(COUNTY))
    at_province.act(dispatch(CITY))
    said = [
        CHINESE.say(done_words(play.item, "dispatch", DIRECTORY, None))
        for play in (given_out(), at_province)
    ]
    assert ["请单位退办" in one for one in said] == [True, False]


def test_an_item_given_out_names_the_matter_it_was_given_out_with() -> None:
    given = given_out(matter_code="loan_access", lead=unit(COUNTY, "fin_office"))
    recognised = given.item.row.matter_code
    assert _matter_shown(given) == "loan_access" != recognised
    given.hear(objected(given.task()), handed_back())
    assert _matter_shown(given) == "loan_access", "to whoever decides on the objection"
    given.act(objection("escalate", task_id=given.task()))
    assert _matter_shown(given) == recognised, "to whoever gives it out anew"


def _matter_shown(play: Play) -> str:
    """The matter of an item's page, the same as in its queue line."""
    seen = row(play.item)
    code = seen.line.matter_code or ""
    shown = next(fact.value for fact in facts_of(seen) if str(fact.label) == "事项")
    assert shown == Bilingual(matter(code).name_zh, matter(code).name_en)
    return code

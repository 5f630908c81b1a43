"""Every event of an item and of a report is told in a trail, in both languages."""

from collections.abc import Mapping

import pytest

from services.intake.console import trail as intake
from services.reporting.console import trail as reporting
from services.router.console import trail as router
from services.tracker.console import trail as tracker
from shared.contracts.envelope import Event
from shared.contracts.topics import (
    INTAKE_ITEM,
    INTAKE_TEXT,
    REPORTING_REPORT,
    ROUTER_ASSIGNMENT,
    ROUTER_TEXT,
    TRACKER_CASE,
    TRACKER_TEXT,
    Topic,
)
from shared.directory import Directory
from shared.text import Sentence
from shared.web.trail import Names
from shared.web.trail.lines import Tell
from shared.web.words import ENGLISH, load
from tests.contracts.golden import said
from tests.contracts.sources import ROOT

NAMES = Names(Directory())
TELLERS: Mapping[str, Tell] = {
    INTAKE_ITEM.name: intake.tell,
    INTAKE_TEXT.name: intake.tell,
    ROUTER_ASSIGNMENT.name: router.Teller(NAMES, {}),
    ROUTER_TEXT.name: router.Teller(NAMES, {}),
    TRACKER_CASE.name: tracker.Teller(NAMES, {}),
    TRACKER_TEXT.name: tracker.Teller(NAMES, {}),
    REPORTING_REPORT.name: reporting.tell,
}
TOLD = (INTAKE_ITEM, INTAKE_TEXT, ROUTER_ASSIGNMENT, ROUTER_TEXT, TRACKER_CASE, TRACKER_TEXT,
        REPORTING_REPORT)  # fmt: skip
EVENTS = [pytest.param(topic, event, id=event.type) for topic in TOLD for event in topic.events]


@pytest.mark.parametrize(("topic", "event"), EVENTS)
def test_an_event_is_told_in_words(topic: Topic, event: type[Event]) -> None:
    english = load("en", ENGLISH, ROOT / f"services/{topic.owner}/console/locale/en.po")
    for body in said(event.type):
        told = TELLERS[topic.name](event.model_validate_json(body, extra="ignore"))
        for text in (told.act, *(value.name for value in told.values)):
            assert isinstance(text, Sentence)
            assert english.say(text).isascii()

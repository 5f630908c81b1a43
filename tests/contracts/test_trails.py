"""Every event of an item and of a report is told in a trail, in both languages."""

from collections.abc import Mapping

import pytest

from services.intake.console import trail as intake
from services.reporting.console import trail as reporting
from services.router.routing.console import trail as router
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
from shared.features.trail import Names
from shared.features.trail.lines import Describe
from shared.text import Sentence
from shared.web.i18n import english
from tests.contracts.golden import said

NAMES = Names(Directory())
TELLERS: Mapping[str, Describe] = {
    INTAKE_ITEM.name: intake.describe,
    INTAKE_TEXT.name: intake.describe,
    ROUTER_ASSIGNMENT.name: router.Describer(NAMES, {}),
    ROUTER_TEXT.name: router.Describer(NAMES, {}),
    TRACKER_CASE.name: tracker.Describer(NAMES, {}),
    TRACKER_TEXT.name: tracker.Describer(NAMES, {}),
    REPORTING_REPORT.name: reporting.describe,
}
TOLD = (INTAKE_ITEM, INTAKE_TEXT, ROUTER_ASSIGNMENT, ROUTER_TEXT, TRACKER_CASE, TRACKER_TEXT,
        REPORTING_REPORT)  # fmt: skip
EVENTS = [pytest.param(topic, event, id=event.type) for topic in TOLD for event in topic.events]


@pytest.mark.parametrize(("topic", "event"), EVENTS)
def test_an_event_is_told_in_words(topic: Topic, event: type[Event]) -> None:
    words = english(topic.owner)
    for body in said(event.type):
        told = TELLERS[topic.name](event.model_validate_json(body, extra="ignore"))
        for text in (told.act, *(value.name for value in told.values)):
            assert isinstance(text, Sentence)
            assert words.say(text).isascii()

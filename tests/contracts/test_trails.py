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
from shared.features.trail import Describe, Names
from shared.text import Sentence
from shared.web.i18n import english
from tests.contracts.golden import bodies

NAMES = Names(Directory())
DESCRIBERS: Mapping[Topic, Describe] = {
    INTAKE_ITEM: intake.describe,
    INTAKE_TEXT: intake.describe,
    ROUTER_ASSIGNMENT: router.Describer(NAMES, {}),
    ROUTER_TEXT: router.Describer(NAMES, {}),
    TRACKER_CASE: tracker.Describer(NAMES, {}),
    TRACKER_TEXT: tracker.Describer(NAMES, {}),
    REPORTING_REPORT: reporting.describe,
}
EVENTS = [
    pytest.param(topic, event, id=event.type) for topic in DESCRIBERS for event in topic.events
]


@pytest.mark.parametrize(("topic", "event"), EVENTS)
def test_an_event_is_described_in_words(topic: Topic, event: type[Event]) -> None:
    words = english(topic.owner)
    for body in bodies(event.type):
        line = DESCRIBERS[topic](event.model_validate_json(body, extra="ignore"))
        for text in (line.act, *(value.name for value in line.values)):
            assert isinstance(text, Sentence)
            assert words.say(text).isascii()

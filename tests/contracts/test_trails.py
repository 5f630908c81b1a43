"""Every event of an item and of a report is told in a trail, in both languages."""

from collections.abc import Mapping

import pytest

from services.intake.console import trail as intake
from services.reporting.console import trail as reporting
from services.router.routing.console import trail as router
from services.tracker.console import trail as tracker
from shared.contracts import topics
from shared.contracts.envelope import Event
from shared.directory import Directory
from shared.features.trail import Describe, Names
from shared.text import Sentence
from shared.web.i18n import english
from tests.contracts.golden import bodies

NAMES = Names(Directory())
DESCRIBERS: Mapping[topics.Topic, Describe] = {
    topics.INTAKE_ITEM: intake.Describer(NAMES, {}),
    topics.INTAKE_TEXT: intake.Describer(NAMES, {}),
    topics.ROUTER_ASSIGNMENT: router.Describer(NAMES, {}),
    topics.ROUTER_TEXT: router.Describer(NAMES, {}),
    topics.TRACKER_CASE: tracker.Describer(NAMES, {}),
    topics.TRACKER_TEXT: tracker.Describer(NAMES, {}),
    topics.REPORTING_REPORT: reporting.describe,
}
EVENTS = [
    pytest.param(topic, event, id=event.type) for topic in DESCRIBERS for event in topic.events
]


@pytest.mark.parametrize(("topic", "event"), EVENTS)
def test_an_event_is_described_in_words(topic: topics.Topic, event: type[Event]) -> None:
    words = english(topic.owner)
    for body in bodies(event.type):
        line = DESCRIBERS[topic](event.model_validate_json(body, extra="ignore"))
        for text in (line.act, *(value.name for value in line.values)):
            assert isinstance(text, Sentence)
            assert words.say(text).isascii()

"""Every topic has one owner and at least one listener, as the services are really built."""

from collections import Counter

import pytest

from shared.contracts.topics import TOPICS, Topic
from tests.contracts.sources import SERVICES
from tests.support.environment import idle_services


def read_by(name: str) -> set[Topic]:
    return {topic for it in idle_services()[name].messaging.subjects for topic in it.topics}


def test_every_topic_has_one_owner_whose_name_it_bears() -> None:
    assert {topic.name.partition(".")[0] for topic in TOPICS} == set(SERVICES)
    assert all(topic.name.startswith(f"{topic.owner}.") for topic in TOPICS)
    assert len({topic.name for topic in TOPICS}) == len(TOPICS)


def test_every_event_type_stands_in_one_topic() -> None:
    times = Counter(event.type for topic in TOPICS for event in topic.events)
    assert [type_ for type_, n in times.items() if n > 1] == []


@pytest.mark.parametrize("topic", TOPICS, ids=[topic.name for topic in TOPICS])
def test_a_topic_names_its_readers(topic: Topic) -> None:
    readers = {name for name in SERVICES if topic in read_by(name)}
    assert readers == set(topic.readers) != set()
    assert topic.events


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_follows_the_directory(name: str) -> None:
    assert "router.directory.v1" in {topic.name for topic in read_by(name)}


def test_reporting_reads_no_text() -> None:
    compacted = {topic.name for topic in read_by("reporting") if topic.compacted}
    assert compacted == {"router.directory.v1"}


@pytest.mark.parametrize("name", SERVICES)
def test_what_is_ignored_exists(name: str) -> None:
    for subject in idle_services()[name].messaging.subjects:
        types = {event.type for topic in subject.topics for event in topic.events}
        assert subject.ignores <= types, subject.name

"""Every topic has one owner and at least one listener, as the services are really built."""

from collections import Counter
from importlib import import_module

import pytest

from shared.contracts.topics import TOPICS, Topic
from shared.service import Service
from shared.settings import address_of
from tests.contracts.sources import SERVICES


@pytest.fixture(scope="module")
def services() -> dict[str, Service]:
    with pytest.MonkeyPatch.context() as environment:
        for name in SERVICES:
            environment.setenv(address_of(name), "postgresql://nobody@localhost/none")
        environment.setenv("KAFKA_BOOTSTRAP_SERVERS", "localhost:1")
        environment.setenv("JIANYI_ENV", "development")
        return {name: import_module(f"services.{name}.app").build() for name in SERVICES}


def heard_by(service: Service) -> set[Topic]:
    return {topic for subject in service.messaging.subjects for topic in subject.topics}


def test_every_topic_has_one_owner_whose_name_it_bears() -> None:
    assert {topic.name.partition(".")[0] for topic in TOPICS} == set(SERVICES)
    assert all(topic.name.startswith(f"{topic.owner}.") for topic in TOPICS)
    assert len({topic.name for topic in TOPICS}) == len(TOPICS)


def test_every_event_type_stands_in_one_topic() -> None:
    times = Counter(event.type for topic in TOPICS for event in topic.events)
    assert [type_ for type_, n in times.items() if n > 1] == []


@pytest.mark.parametrize("topic", TOPICS, ids=[topic.name for topic in TOPICS])
def test_a_topic_names_who_hears_it(topic: Topic, services: dict[str, Service]) -> None:
    hearing = {name for name, service in services.items() if topic in heard_by(service)}
    assert hearing == set(topic.readers)
    assert hearing or not topic.events


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_follows_the_directory(name: str, services: dict[str, Service]) -> None:
    assert "router.directory.v1" in {topic.name for topic in heard_by(services[name])}


def test_reporting_reads_no_text_but_the_released(services: dict[str, Service]) -> None:
    compacted = {topic.name for topic in heard_by(services["reporting"]) if topic.compacted}
    assert compacted <= {"router.directory.v1", "tracker.released.v1"}


@pytest.mark.parametrize("name", SERVICES)
def test_what_is_ignored_exists(name: str, services: dict[str, Service]) -> None:
    for subject in services[name].messaging.subjects:
        types = {event.type for topic in subject.topics for event in topic.events}
        assert subject.ignores <= types, subject.name

"""Permanent topics are kept for ever: they carry codes and times, never words or names."""

from collections.abc import Iterator
from typing import Any

import pytest

from shared.contracts.asyncapi import event_schema
from shared.contracts.envelope import Event
from shared.contracts.intake import ItemText
from shared.contracts.topics import TOPICS

PERMANENT = {event.type: event for topic in TOPICS if not topic.compacted for event in topic.events}


def free_texts(part: Any) -> Iterator[dict[str, Any]]:
    """Find every string of a schema that could hold a sentence."""
    match part:
        case {"type": "string"} if not {"enum", "const", "pattern", "format"} & part.keys():
            yield part
        case dict():
            for value in part.values():
                yield from free_texts(value)
        case list():
            for value in part:
                yield from free_texts(value)


@pytest.mark.parametrize("event", PERMANENT.values(), ids=PERMANENT)
def test_a_permanent_event_has_no_room_for_a_sentence(event: type[Event]) -> None:
    assert list(free_texts(event_schema(event))) == []


def test_the_search_finds_texts_where_they_are() -> None:
    assert len(list(free_texts(event_schema(ItemText)))) >= 4

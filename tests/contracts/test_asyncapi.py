"""The served description is whole: every reference leads somewhere, every body has its schema."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from shared.contracts.asyncapi import asyncapi
from shared.contracts.topics import INTAKE_ITEM, INTAKE_TEXT, ROUTER_ASSIGNMENT, TOPICS
from tests.contracts.golden import bodies

STRUCTURE = json.loads(Path(__file__).with_name("asyncapi_structure.json").read_text())
HEARD = (INTAKE_ITEM, ROUTER_ASSIGNMENT)


@pytest.fixture(params=["intake", "router", "tracker", "reporting"])
def document(request: pytest.FixtureRequest) -> dict[str, Any]:
    return asyncapi(request.param, HEARD)


def references(part: Any) -> Iterator[str]:
    match part:
        case {"$ref": str(ref)}:
            yield ref
        case dict():
            for value in part.values():
                yield from references(value)
        case list():
            for value in part:
                yield from references(value)


def follow(document: dict[str, Any], reference: str) -> Any:
    part: Any = document
    for step in reference.removeprefix("#/").split("/"):
        part = part[step]
    return part


def test_it_has_the_structure_of_asyncapi(document: dict[str, Any]) -> None:
    jsonschema.validate(document, STRUCTURE)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found = list(references(document))
    assert found
    assert all(follow(document, reference) for reference in found)


def test_every_body_is_a_sound_schema_that_fits_what_was_said(document: dict[str, Any]) -> None:
    for type_, message in document["components"]["messages"].items():
        schema = {"components": document["components"], **message["payload"]}
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(json.loads(bodies(type_)[-1]), schema)


def test_it_tells_what_is_said_and_what_is_heard() -> None:
    operations = asyncapi("intake", HEARD)["operations"]
    assert {name: operation["action"] for name, operation in operations.items()} == {
        "publish.intake.item.v1": "send",
        "publish.intake.activity.v1": "send",
        "publish.intake.text.v1": "send",
        "consume.intake.item.v1": "receive",
        "consume.router.assignment.v1": "receive",
    }


def test_a_channel_tells_partitions_and_retention() -> None:
    channels = asyncapi("intake", ())["channels"]
    kafka = channels[INTAKE_TEXT.name]["bindings"]["kafka"]
    assert kafka["partitions"] == 12
    assert kafka["topicConfiguration"] == {"cleanup.policy": ["compact"]}


def test_every_event_stands_in_its_owners_document() -> None:
    for topic in TOPICS:
        messages = asyncapi(topic.owner, ())["components"]["messages"]
        assert {event.type for event in topic.events} <= set(messages)

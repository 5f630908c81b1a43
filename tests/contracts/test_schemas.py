"""A change of the published language is seen, and what was ever emitted stays readable."""

import json
from copy import deepcopy
from typing import Any

import pytest
from pydantic import ValidationError

from shared.contracts.asyncapi import event_schema
from shared.contracts.envelope import Event
from shared.contracts.intake import ItemAccepted
from shared.contracts.router import ItemDispatched
from tests.contracts.golden import BODIES, EVENTS, SCHEMAS, bodies, breaks, example, stored

ALL = pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)


@ALL
def test_a_change_is_written_down(event: type[Event]) -> None:
    """By a command that refuses what breaks a reader."""
    assert stored(event.type) == event_schema(event), "run `python -m tests.contracts.golden`"


def test_no_event_is_withdrawn() -> None:
    assert {path.stem for path in SCHEMAS.glob("*.json")} == set(EVENTS)
    assert {path.stem for path in BODIES.glob("*.jsonl")} == set(EVENTS)


@ALL
def test_every_version_ever_emitted_is_still_read(event: type[Event]) -> None:
    assert bodies(event.type)
    for body in bodies(event.type):
        read = event.model_validate_json(body, extra="ignore")
        again = json.loads(read.model_dump_json(exclude_none=True))
        for name, value in json.loads(body).items():
            if value is not None and name in type(read).model_fields:
                assert again[name] == value


@ALL
def test_the_present_version_is_among_them(event: type[Event]) -> None:
    body = json.dumps(example(event_schema(event)), ensure_ascii=False)
    assert body in bodies(event.type)


@ALL
def test_an_unknown_field_is_ignored_when_read_and_forbidden_when_written(
    event: type[Event],
) -> None:
    body = json.loads(bodies(event.type)[-1])
    foreign = json.dumps(_with_unknown(body))
    known = event.model_validate_json(json.dumps(body), extra="ignore")
    assert event.model_validate_json(foreign, extra="ignore") == known
    with pytest.raises(ValidationError, match="extra_forbidden"):
        event.model_validate_json(foreign)


def _with_unknown(part: Any) -> Any:
    match part:
        case dict():
            return {name: _with_unknown(value) for name, value in part.items()} | {"later": 1}
        case list():
            return [_with_unknown(value) for value in part]
        case _:
            return part


def _changed(path: str, value: Any) -> dict[str, Any]:
    schema = deepcopy(event_schema(ItemAccepted))
    *parents, last = path.split("/")
    part = schema
    for parent in parents:
        part = part[parent]
    if value is None:
        del part[last]
    else:
        part[last] = value
    return schema


@pytest.mark.parametrize(
    ("path", "value", "trouble"),
    [
        ("properties/number", None, ".number: removed"),
        ("properties/number", {"type": "integer"}, ".number: {'maxLength'"),
        ("properties/complexity/enum", ["normal"], "the word policy_question is gone"),
        ("properties/policy_codes/items", {"type": "integer"}, ".policy_codes[]: "),
        ("required", ["number", "urgent"], ".urgent: newly required"),
    ],
)
def test_a_breaking_change_is_refused(path: str, value: Any, trouble: str) -> None:
    found = breaks(event_schema(ItemAccepted), _changed(path, value))
    assert any(trouble in one for one in found), found


def test_a_change_inside_a_nested_value_is_refused() -> None:
    old = event_schema(ItemDispatched)
    new = deepcopy(old)
    del new["$defs"]["TaskGiven"]["properties"]["unit_id"]
    assert breaks(old, new) == [".tasks[].unit_id: removed"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("properties/urgent", {"type": "boolean", "default": False}),
        ("properties/complexity/enum", ["policy_question", "normal", "complex", "simple"]),
        ("properties/complexity/description", "said better"),
        ("properties/number", {"anyOf": [event_schema(ItemAccepted)["properties"]["number"], {}]}),
    ],
)
def test_an_addition_is_allowed(path: str, value: Any) -> None:
    assert breaks(event_schema(ItemAccepted), _changed(path, value)) == []

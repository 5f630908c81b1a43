"""What was ever emitted stays readable: `python -m tests.contracts.golden` notes a change."""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from shared.contracts.asyncapi import event_schema
from shared.contracts.envelope import Event
from shared.contracts.topics import TOPICS

SCHEMAS = Path(__file__).parents[2] / "shared/contracts/schemas"
BODIES = Path(__file__).with_name("golden_bodies")

EVENTS: dict[str, type[Event]] = {
    event.type: event for topic in TOPICS for event in topic.events
}  # fmt: skip

Schema = Mapping[str, Any]

_FORMATS = {"date-time": "2026-11-20T08:30:00Z", "date": "2026-11-20"}
_WORDS = {
    "^[0-9a-f]{32}$": "0199d0d1c1a27b3c8d4e5f60718293a4",
    "^[0-9A-Za-z]{2,12}$": "331002",
    "^[A-Za-z0-9][A-Za-z0-9_.:-]*$": "code-1",
    "^[A-Za-z0-9_-]{1,64}$": "-thumb_print",
}


def stored(type_: str) -> dict[str, Any] | None:
    """Read the schema that stands for an event, None for a new one."""
    path = SCHEMAS / f"{type_}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def bodies(type_: str) -> list[str]:
    """Read one body for each version of an event that was ever emitted."""
    path = BODIES / f"{type_}.jsonl"
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def breaks(old: Schema, new: Schema) -> list[str]:
    """List why a reader of `new` could not live with what was written under `old`, and reverse."""
    return list(_breaks(_whole(old), _whole(new), ""))


def example(schema: Schema) -> Any:
    """Make the body with every field set that a schema allows."""
    return _example(_whole(schema))


def _whole(schema: Schema) -> Any:
    """Put the definitions in the places that name them."""
    definitions = schema.get("$defs", {})

    def put(part: Any) -> Any:
        match part:
            case {"$ref": str(ref)}:
                return put(definitions[ref.rpartition("/")[2]])
            case dict():
                return {name: put(value) for name, value in part.items() if name != "$defs"}
            case list():
                return [put(value) for value in part]
            case _:
                return part

    return put(schema)


def _breaks(old: Any, new: Any, at: str) -> Iterator[str]:
    if "anyOf" in old or "anyOf" in new:
        yield from _choice_breaks(old, new, at)
        return
    if "enum" in old and "enum" in new:
        lost = [word for word in old["enum"] if word not in new["enum"]]
        yield from (f"{at}: the word {word} is gone" for word in lost)
    elif _shape(old) != _shape(new):
        yield f"{at or 'body'}: {_shape(old)} became {_shape(new)}"
    for name, part in old.get("properties", {}).items():
        if name in new.get("properties", {}):
            yield from _breaks(part, new["properties"][name], f"{at}.{name}")
        else:
            yield f"{at}.{name}: removed"
    for name in set(new.get("required", [])) - set(old.get("required", [])):
        yield f"{at}.{name}: newly required"
    if "items" in old and "items" in new:
        yield from _breaks(old["items"], new["items"], f"{at}[]")


def _choice_breaks(old: Any, new: Any, at: str) -> Iterator[str]:
    """Every old choice must still be one; which of the new ones is told by its shape."""
    choices = new.get("anyOf", [new])
    for one in old.get("anyOf", [old]):
        troubles = [list(_breaks(one, choice, at)) for choice in choices]
        yield from min(troubles, key=len)


def _shape(schema: Any) -> dict[str, Any]:
    """What of a schema decides whether a value fits, its parts aside."""
    told_apart = {"title", "description", "default", "properties", "required", "items"}
    return {name: value for name, value in schema.items() if name not in told_apart}


def _example(schema: Any) -> Any:
    match schema:
        case {"enum": [first, *_]} | {"const": first}:
            return first
        case {"anyOf": [first, *_]}:
            return _example(first)
        case {"type": "object"}:
            parts = schema.get("properties", {})
            return {name: _example(part) for name, part in parts.items()}
        case {"type": "array"}:
            return [_example(schema["items"])]
        case _:
            return _plain_example(schema)


def _plain_example(schema: Any) -> Any:
    match schema:
        case {"type": "boolean"}:
            return True
        case {"type": "integer"}:
            return max(1, schema.get("minimum", 1))
        case {"type": "string", "pattern": str(pattern)}:
            return _WORDS[pattern]
        case {"type": "string"}:
            return _FORMATS.get(schema.get("format", ""), "文字 text")
        case _:
            raise NotImplementedError(f"no example for {schema}")


def note() -> list[str]:
    """Write down every new and every compatibly changed event; return what is refused."""
    refused = []
    for type_, event in EVENTS.items():
        old, new = stored(type_), event_schema(event)
        if old == new:
            continue
        found = breaks(old, new) if old else []
        refused += [f"{type_}{trouble}" for trouble in found]
        if not found:
            _write(type_, new)
    return refused


def _write(type_: str, schema: Schema) -> None:
    text = json.dumps(schema, ensure_ascii=False, indent=2)
    (SCHEMAS / f"{type_}.json").write_text(text + "\n", encoding="utf-8")
    body = json.dumps(example(schema), ensure_ascii=False)
    if body not in bodies(type_):
        lines = [*bodies(type_), body]
        (BODIES / f"{type_}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    SCHEMAS.mkdir(exist_ok=True)
    BODIES.mkdir(exist_ok=True)
    for line in (troubles := note()):
        print(line)  # noqa: T201  a command
    sys.exit(bool(troubles))

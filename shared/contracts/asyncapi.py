"""AsyncAPI 3.0 documents, generated from the event models: topics a service sends and receives."""

from collections.abc import Sequence
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from shared.contracts.envelope import Event
from shared.contracts.topics import TOPICS, Topic

VERSION = "1.0.0"
"""Version of all contracts together; its major number is the one in the topic names."""

_COMPONENTS = "#/components/schemas/{model}"
_ID = {"type": "string", "format": "uuid"}
_INSTANT = {"type": "string", "format": "date-time"}
_ENVELOPE: JsonSchemaValue = {
    "type": "object",
    "description": "CloudEvents 1.0 in Kafka's binary mode, every value as UTF-8 text.",
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": _ID | {"description": "The event's id, UUIDv7."},
        "ce_source": {"type": "string", "description": "The service that published it."},
        "ce_type": {"type": "string", "description": "The event's type."},
        "ce_time": _INSTANT | {"description": "When it happened."},
        "ce_subject": _ID | {"description": "The key as dashed text."},
        "ce_seq": {
            "type": "string",
            "pattern": "^[1-9][0-9]*$",
            "description": "1, 2, … without a gap for each key of a permanent topic; else rising.",
        },
        "ce_recordedat": _INSTANT | {"description": "When it was recorded."},
        "ce_correlationid": _ID | {"description": "Shared by everything one request led to."},
        "ce_prevhash": {
            "type": "string",
            "pattern": "^([0-9a-f]{64})?$",
            "description": "SHA-256 of the key's previous event; empty for a first one or a text.",
        },
        "content-type": {"const": "application/json"},
    },
}
_ENVELOPE["required"] = list(_ENVELOPE["properties"])


class WireSchema(GenerateJsonSchema):
    """JSON Schema of the models as they travel: keys are hex digits."""

    def bytes_schema(self, schema: core_schema.BytesSchema) -> JsonSchemaValue:
        """Describe bytes of a fixed length as twice as many hex digits."""
        digits = 2 * (schema.get("max_length") or 0)
        return {"type": "string", "pattern": f"^[0-9a-f]{{{digits}}}$"}


def event_schema(event: type[Event]) -> dict[str, Any]:
    """Give the JSON Schema of one event's body."""
    return event.model_json_schema(schema_generator=WireSchema)


def asyncapi(service: str, consumed: Sequence[Topic]) -> dict[str, Any]:
    """Describe every channel of a service: the topics it owns and those it consumes."""
    published = [topic for topic in TOPICS if topic.owner == service and topic.events]
    topics = {topic.name: topic for topic in [*published, *consumed]}
    events = [event for topic in topics.values() for event in topic.events]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": service,
            "version": VERSION,
            "description": f"The events that {service} publishes and consumes.",
        },
        "defaultContentType": "application/json",
        "channels": {name: _channel(topic) for name, topic in topics.items()},
        "operations": {
            **{f"publish.{topic.name}": _operation("send", topic) for topic in published},
            **{f"consume.{topic.name}": _operation("receive", topic) for topic in consumed},
        },
        "components": {
            "messages": {event.type: _message(event) for event in events},
            "schemas": _schemas(events) | {"CloudEvent": _ENVELOPE},
        },
    }


def _channel(topic: Topic) -> dict[str, Any]:
    whole = "each message is the complete state of its key; a null body erases it"
    events = "events in order per key, kept for ever"
    return {
        "address": topic.name,
        "description": f"Published by {topic.owner}; {whole if topic.compacted else events}.",
        "messages": {
            event.type: {"$ref": f"#/components/messages/{event.type}"} for event in topic.events
        },
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {"cleanup.policy": [topic.config["cleanup.policy"]]},
            }
        },
    }


def _operation(action: str, topic: Topic) -> dict[str, Any]:
    channel = f"#/channels/{topic.name}"
    return {
        "action": action,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{event.type}"} for event in topic.events],
    }


def _message(event: type[Event]) -> dict[str, Any]:
    return {
        "name": event.type,
        "title": event.__name__,
        "summary": (event.__doc__ or "").partition("\n")[0],
        "headers": {"$ref": "#/components/schemas/CloudEvent"},
        "payload": {"$ref": _COMPONENTS.format(model=event.__name__)},
        "bindings": {"kafka": {"key": _ID | {"description": "16 bytes, not text."}}},
    }


def _schemas(events: Sequence[type[Event]]) -> dict[str, Any]:
    _, schemas = models_json_schema(
        [(event, "validation") for event in events],
        ref_template=_COMPONENTS,
        schema_generator=WireSchema,
    )
    found: dict[str, Any] = schemas.get("$defs", {})
    return found

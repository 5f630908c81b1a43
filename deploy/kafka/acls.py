"""Kafka's access rules: each service may do its part in the topics, no more.

`python -m deploy.kafka.acls` prints lines for Kafka's own `kafka-acls.sh`, for the operator of a
cluster; the words after the script's name (`--bootstrap-server …`, `--command-config …`) are given
when the lines are run. `python -m deploy.kafka.acls apply` sets the same rules itself, signed in as
for `deploy.kafka.topics`. The brokers must have an authorizer, and none of
`allow.everyone.if.no.acl.found`.
"""

import asyncio
import shlex
import sys
from collections.abc import Iterator
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import for_code
from aiokafka.protocol.admin import CreateAclsRequest

from deploy.kafka.topics import TopicSettings, login_of
from shared.contracts.topics import OWNERS, TOPICS
from shared.db.migrate import role_of

SCRIPT = 'kafka-acls.sh "$@"'
_KINDS = {"--topic": 2, "--group": 3}
_OPERATIONS = {"Read": 3, "Write": 4}
_LITERAL, _ALLOW, _ANY_HOST = 3, 3, "*"
"""As Kafka's protocol writes them."""


def rules() -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """Give two rules a service: write its own topics, and read the topics it consumes as its group.

    A rule is a user, an operation, and pairs of an option and a name. Whoever may read or write a
    topic may also describe it, and whoever may write one may do so idempotently (Kafka,
    Authorization and ACLs).
    """
    for service in OWNERS:
        topics = [("--topic", topic.name) for topic in TOPICS if topic.owner == service]
        received = [("--topic", topic.name) for topic in TOPICS if service in topic.readers]
        yield role_of(service), "Write", topics
        yield role_of(service), "Read", [*received, ("--group", service)]


def commands() -> Iterator[str]:
    """Write each rule as a line for the script."""
    for user, operation, resources in rules():
        words = ["--add", "--allow-principal", f"User:{user}", "--operation", operation]
        words += [word for resource in resources for word in resource]
        yield f"{SCRIPT} {shlex.join(words)}"


async def allow(**login: Any) -> None:
    """Set the rules; those that exist stay as they are. `login` holds aiokafka's options."""
    client = AIOKafkaClient(**login)
    await client.bootstrap()
    try:
        for user, operation, resources in rules():
            for option, name in resources:
                await _create(client, _KINDS[option], name, f"User:{user}", _OPERATIONS[operation])
    finally:
        await client.close()


async def _create(client: AIOKafkaClient, kind: int, name: str, user: str, what: int) -> None:
    request = CreateAclsRequest(kind, name, _LITERAL, user, _ANY_HOST, what, _ALLOW)
    answer = await client.send(client.get_random_node(), request)
    ((code, message),) = answer.creation_responses
    if code:
        raise for_code(code)(message)


if __name__ == "__main__":
    if sys.argv[1:] == ["apply"]:
        asyncio.run(allow(**login_of(TopicSettings())))
    else:
        print("#!/bin/sh -eu", *commands(), sep="\n")

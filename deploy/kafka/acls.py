"""Prints what a cluster's operator runs so that each service may do its part in Kafka, no more.

`python -m deploy.kafka.acls` prints lines for Kafka's own `kafka-acls.sh`; the words after the
script's name (`--bootstrap-server …`, `--command-config …`) are given when the lines are run. The
brokers must have an authorizer, and none of `allow.everyone.if.no.acl.found`.
"""

import shlex
from collections.abc import Iterator

from shared.contracts.topics import OWNERS, TOPICS
from shared.db.migrate import role_of

SCRIPT = 'kafka-acls.sh "$@"'


def commands() -> Iterator[str]:
    """Give two lines a service: write its own topics, and read the topics it consumes as its group.

    Whoever may read or write a topic may also describe it, and whoever may write one may do so as
    an idempotent producer (Kafka, Authorization and ACLs); nothing else is needed.
    """
    for service in OWNERS:
        topics = [topic.name for topic in TOPICS if topic.owner == service]
        received = [topic.name for topic in TOPICS if service in topic.readers]
        yield _allow(service, "Write", *_on("--topic", *topics))
        yield _allow(service, "Read", *_on("--topic", *received), "--group", service)


def _allow(service: str, operation: str, *resources: str) -> str:
    words = ["--add", "--allow-principal", f"User:{role_of(service)}", "--operation", operation]
    return f"{SCRIPT} {shlex.join([*words, *resources])}"


def _on(option: str, *names: str) -> list[str]:
    return [word for name in names for word in (option, name)]


if __name__ == "__main__":
    print("#!/bin/sh -eu", *commands(), sep="\n")

"""Creates the topics of shared/contracts/topics.py; nothing else ever creates one.

`python -m deploy.kafka.topics` signs in as the services do, under the name `KAFKA_USERNAME`: whose
may create and describe topics.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import for_code
from pydantic import Field

from shared.contracts.topics import TOPICS, Topic
from shared.messaging.broker import Cluster
from shared.settings import KafkaSettings

ADMIN = "jianyi_admin"
"""Kafka user of the installer."""


class TopicsDiffer(Exception):
    """An existing topic does not fit the contract; keys would move to other partitions."""


class TopicSettings(KafkaSettings):
    """Configuration of the creation of topics."""

    kafka_username: str = Field(ADMIN, validation_alias="KAFKA_USERNAME")
    """Kafka user that creates the topics."""
    replicas: int = Field(3, ge=1, validation_alias="REPLICAS")
    """Brokers that hold a copy of each topic."""


def login_of(settings: TopicSettings) -> dict[str, Any]:
    """Return aiokafka's connection options for the installer."""
    return Cluster.from_settings(settings).options_of(settings.kafka_username)


async def create_topics(*, replicas: int = 1, **login: Any) -> list[str]:
    """Create the missing topics and give their names; wait until each can be written.

    `login` holds aiokafka's options.

    Raises TopicsDiffer, before anything is created, when one has another number of partitions.
    """
    admin = AIOKafkaAdminClient(**login)
    await admin.start()
    try:
        existing = await _partitions(admin)
        _refuse_differences(existing)
        missing = [topic for topic in TOPICS if topic.name not in existing]
        if missing:
            await _create(admin, missing, replicas)
            await _until_writable(admin)
        return [topic.name for topic in missing]
    finally:
        await admin.close()


def _refuse_differences(existing: dict[str, list[dict[str, Any]]]) -> None:
    for topic in TOPICS:
        found = len(existing.get(topic.name, ()))
        if found not in {0, topic.partitions}:
            raise TopicsDiffer(
                f"Topic {topic.name} has {found} partitions, the contract says {topic.partitions}. "
                "Use another Kafka, or move its events to a new topic with that number."
            )


async def _create(admin: AIOKafkaAdminClient, topics: Iterable[Topic], replicas: int) -> None:
    wanted = [NewTopic(it.name, it.partitions, replicas, topic_configs=it.config) for it in topics]
    response = await admin.create_topics(wanted)
    for name, code, message in response.topic_errors:
        if code:
            raise for_code(code)(f"{name}: {message}")


async def _until_writable(admin: AIOKafkaAdminClient) -> None:
    """Kafka answers before every partition has its leader."""
    while True:
        existing = await _partitions(admin)
        parts = [part for topic in TOPICS for part in existing.get(topic.name, [{"leader": -1}])]
        if all(part["leader"] >= 0 for part in parts):
            return
        await asyncio.sleep(0.05)


async def _partitions(admin: AIOKafkaAdminClient) -> dict[str, list[dict[str, Any]]]:
    return {it["topic"]: it["partitions"] for it in await admin.describe_topics()}


async def _from_environment() -> list[str]:
    settings = TopicSettings()
    return await create_topics(replicas=settings.replicas, **login_of(settings))


if __name__ == "__main__":
    created = asyncio.run(_from_environment())
    print("Created:", ", ".join(created) or "nothing: all topics exist")

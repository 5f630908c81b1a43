"""Kafka lets each service say and hear what the contracts wire, and refuses every other pair."""

import asyncio
import os
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from typing import Any

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    TopicAuthorizationFailedError,
)
from pydantic import SecretStr
from structlog.testing import capture_logs

from deploy.kafka.acls import commands, rules
from deploy.kafka.topics import ADMIN
from deploy.local.kafka import Kafka
from shared.contracts.topics import INTAKE_ITEM, OWNERS, TOPICS
from shared.db.migrate import role_of
from shared.messaging.broker import Cluster, Subscription
from shared.messaging.replay import TopicHistory
from shared.messaging.subject import Record
from tests.contracts.sources import ROOT
from tests.support.eventually import eventually
from tests.support.open_kafka import OpenKafka
from tests.support.servers import open_folder

NAMES = [topic.name for topic in TOPICS]


@pytest_asyncio.fixture(scope="module")
async def kafka() -> AsyncIterator[Kafka]:
    """The broker of a trial system, on which every topic holds one record."""
    broker = OpenKafka(open_folder() / "kafka")
    await broker.start()
    try:
        told = create(broker, broker.password)
        assert f"Created: {', '.join(NAMES)}" in told.stdout, told.stderr
        async with AIOKafkaProducer(bootstrap_servers=broker.open_address) as producer:
            for name in NAMES:
                await producer.send_and_wait(name, b"{}", b"key", partition=0)
        yield broker
    finally:
        await broker.stop()


def create(kafka: Kafka, password: str) -> "subprocess.CompletedProcess[str]":
    """Create the topics as an operator does, who signs in too."""
    told = {
        "KAFKA_BOOTSTRAP_SERVERS": kafka.address,
        "KAFKA_USERNAME": ADMIN,
        "KAFKA_PASSWORD": password,
        "KAFKA_TLS": "false",
        "REPLICAS": "1",
    }
    return subprocess.run(
        [sys.executable, "-m", "deploy.kafka.topics"],
        cwd=ROOT, env={**os.environ, **told}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def login(kafka: Kafka, service: str) -> dict[str, Any]:
    return cluster(kafka, service).options(service)


def cluster(kafka: Kafka, service: str) -> Cluster:
    return Cluster(kafka.address, SecretStr(kafka.password_of(service)))


@asynccontextmanager
async def reading(kafka: Kafka, service: str, topic: str, group: str) -> AsyncIterator[Any]:
    place = TopicPartition(topic, 0)
    consumer = AIOKafkaConsumer(
        **login(kafka, service), group_id=group, enable_auto_commit=False,
        auto_offset_reset="earliest",
    )  # fmt: skip
    consumer.assign([place])
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


async def write(kafka: Kafka, service: str, topic: str) -> None:
    """Say something as the relay does."""
    async with AIOKafkaProducer(**login(kafka, service), enable_idempotence=True) as producer:
        await producer.send_and_wait(topic, b"{}", b"key", partition=0)


async def read(kafka: Kafka, service: str, topic: str) -> None:
    """Hear the first record as the reader does, and commit."""
    place = TopicPartition(topic, 0)
    async with reading(kafka, service, topic, service) as consumer:
        await consumer.end_offsets([place])
        await consumer.getone(place)
        await consumer.commit()


@pytest.mark.parametrize("service", OWNERS)
async def test_a_service_writes_its_own_topics_only(kafka: Kafka, service: str) -> None:
    for topic in TOPICS:
        with _refused(TopicAuthorizationFailedError, unless=topic.owner == service):
            await write(kafka, service, topic.name)


def _refused(error: type[Exception], *, unless: bool) -> AbstractContextManager[Any]:
    return nullcontext() if unless else pytest.raises(error)


@pytest.mark.parametrize("service", OWNERS)
async def test_a_service_reads_what_it_hears_only(kafka: Kafka, service: str) -> None:
    for topic in TOPICS:
        with _refused(TopicAuthorizationFailedError, unless=service in topic.readers):
            await read(kafka, service, topic.name)


@pytest.mark.parametrize("service", OWNERS)
async def test_a_service_moves_the_place_of_its_own_group_only(kafka: Kafka, service: str) -> None:
    place = TopicPartition("router.directory.v1", 0)
    for group in OWNERS:
        async with reading(kafka, service, place.topic, group) as consumer:
            with _refused(GroupAuthorizationFailedError, unless=service == group):
                await consumer.commit({place: 0})


async def test_a_rebuild_reads_what_its_service_hears_and_how_far_it_is(kafka: Kafka) -> None:
    place = TopicPartition(INTAKE_ITEM.name, 0)
    async with reading(kafka, "reporting", place.topic, "reporting") as consumer:
        await consumer.commit({place: 1})
    async with TopicHistory.opened(
        cluster(kafka, "reporting"), "reporting", [INTAKE_ITEM]
    ) as history:
        assert (await history.committed())[place] == 1
        assert [one.offset for one in await history.read({place: 1})] == [0]


@asynccontextmanager
async def subscribed(kafka: Kafka, password: str) -> AsyncIterator[list[Record]]:
    """Hear with the reader of intake, as soon as Kafka lets it in."""
    received: list[Record] = []

    async def take(records: Sequence[Record]) -> None:
        received.extend(records)

    told = Cluster(kafka.address, SecretStr(password))
    subscription = Subscription(told, "intake", ["router.assignment.v1"], take)
    starting = asyncio.create_task(subscription.start(lambda: None))
    try:
        yield received
    finally:
        starting.cancel()
        await asyncio.wait([starting])
        await subscription.stop()


@pytest.mark.parametrize("service", OWNERS)
async def test_a_service_cannot_sign_in_as_another(kafka: Kafka, service: str) -> None:
    for other in (*OWNERS, None):
        name = ADMIN if other is None else role_of(other)
        admin = AIOKafkaAdminClient(**cluster(kafka, service).options_of(name))
        with _refused(KafkaConnectionError, unless=service == other):
            await admin.start()
        await admin.close()


def test_the_lines_for_an_operator_are_the_rules_of_a_trial_system() -> None:
    written = [
        ["kafka-acls.sh", "$@", "--add", "--allow-principal", f"User:{user}", "--operation", what]
        + [word for resource in resources for word in resource]
        for user, what, resources in rules()
    ]
    assert [shlex.split(line) for line in commands()] == written


async def test_a_services_reader_signs_in(kafka: Kafka) -> None:
    async with subscribed(kafka, kafka.password_of("intake")) as received:
        await eventually(lambda: received)


async def test_a_service_with_a_wrong_password_waits_and_says_so(kafka: Kafka) -> None:
    with capture_logs() as emitted:
        async with subscribed(kafka, "wrong") as received:
            await eventually(lambda: "kafka.waiting" in [one["event"] for one in emitted])
            assert not received
    assert "wrong" not in str(emitted)


def test_the_topics_are_created_by_nobody_who_does_not_sign_in(kafka: Kafka) -> None:
    refused = create(kafka, "wr0ng-one")
    assert refused.returncode
    assert "SaslAuthenticationFailed" in refused.stderr
    assert "wr0ng-one" not in refused.stdout + refused.stderr

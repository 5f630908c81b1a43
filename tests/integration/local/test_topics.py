"""Topics are as the contract says, or refused."""

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from deploy.kafka.topics import TopicsDiffer, create_topics
from shared.contracts.topics import INTAKE_ITEM, INTAKE_TEXT, TOPICS
from tests.support.servers import reset_topics


async def test_every_topic_of_the_contract_exists_once(bootstrap: str) -> None:
    assert await create_topics(bootstrap_servers=bootstrap) == []
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        found = {it["topic"]: len(it["partitions"]) for it in await admin.describe_topics()}
        assert {it.name: it.partitions for it in TOPICS}.items() <= found.items()
        assert await _config(admin, INTAKE_ITEM.name, "retention.ms") == "-1"
        assert await _config(admin, INTAKE_TEXT.name, "cleanup.policy") == "compact"
    finally:
        await admin.close()


async def test_another_number_of_partitions_is_refused(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        more = NewPartitions(INTAKE_ITEM.partitions + 1)
        await admin.create_partitions({INTAKE_ITEM.name: more})
        while True:
            (topic,) = await admin.describe_topics([INTAKE_ITEM.name])
            if len(topic["partitions"]) > INTAKE_ITEM.partitions:
                break
    finally:
        await admin.close()
    with pytest.raises(TopicsDiffer, match=r"intake\.item\.v1 has 13 partitions"):
        await create_topics(bootstrap_servers=bootstrap)


async def test_reset_topics_are_empty(bootstrap: str) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        await producer.send_and_wait(INTAKE_ITEM.name, b"old", partition=0)
    await reset_topics(bootstrap)
    partition = TopicPartition(INTAKE_ITEM.name, 0)
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        assert await consumer.end_offsets([partition]) == {partition: 0}


async def _config(admin: AIOKafkaAdminClient, topic: str, name: str) -> str:
    resource = ConfigResource(ConfigResourceType.TOPIC, topic, {name: None})
    (response,) = await admin.describe_configs([resource])
    return next(str(it[1]) for it in response.resources[0][4] if it[0] == name)

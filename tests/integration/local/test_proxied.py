"""A client that comes through a proxy stays behind it."""

from pathlib import Path

from aiokafka.client import AIOKafkaClient

from deploy.local.kafka import Kafka


async def test_the_second_listener_advertises_the_proxys_port(place: Path) -> None:
    kafka = Kafka(place / "kafka", proxy_port=19999)
    await kafka.start()
    try:
        for port, told in (
            (kafka.proxied_port, 19999),
            (int(kafka.address.rpartition(":")[2]), int(kafka.address.rpartition(":")[2])),
        ):
            client = AIOKafkaClient(bootstrap_servers=f"127.0.0.1:{port}")
            await client.bootstrap()
            assert [broker.port for broker in client.cluster.brokers()] == [told]
            await client.close()
    finally:
        await kafka.stop()

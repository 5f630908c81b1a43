"""A real broker that knows the services by name and lets each do only what it was allowed."""

import shlex

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.admin import CreateAclsRequest

from deploy.kafka.acls import SCRIPT
from deploy.kafka.topics import ADMIN
from tests.support.open_kafka import OpenKafka

TOPIC, GROUP, LITERAL, ALLOW = 2, 3, 3, 3
OPERATIONS = {"Read": 3, "Write": 4}
"""Numbers of Kafka's protocol."""


class SecuredKafka(OpenKafka):
    """Whoever signs in may do what was allowed; clients of the open listener may do all."""

    more = f"""
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:{ADMIN}
"""


async def run(bootstrap: str, command: str) -> None:
    """Do what `kafka-acls.sh --add` would; that script is not among the installed jars."""
    words = shlex.split(command.removeprefix(SCRIPT))
    assert words[:2] == ["--add", "--allow-principal"]
    given = list(zip(words[1::2], words[2::2], strict=True))
    who, operation = dict(given)["--allow-principal"], OPERATIONS[dict(given)["--operation"]]
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    await client.bootstrap()
    try:
        for kind, name in given[2:]:
            number = {"--topic": TOPIC, "--group": GROUP}[kind]
            asked = CreateAclsRequest(number, name, LITERAL, who, "*", operation, ALLOW)
            answer = await client.send(client.get_random_node(), asked)
            assert [one[0] for one in answer.creation_responses] == [0]
    finally:
        await client.close()

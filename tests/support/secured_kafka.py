"""A real broker that knows the services by name and lets each do only what it was allowed."""

import shlex
from pathlib import Path

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.admin import CreateAclsRequest

from deploy.kafka.acls import SCRIPT
from deploy.local.kafka import Kafka
from deploy.local.server import choose_port, remembered_port
from shared.contracts.topics import OWNERS
from shared.db.migrate import role_of

PASSWORD = "of-the-test"
ADMIN = "jianyi_admin"
"""May do all, and signs in."""
TOPIC, GROUP, LITERAL, ALLOW = 2, 3, 3, 3
OPERATIONS = {"Read": 3, "Write": 4}
"""Numbers of Kafka's protocol."""

_SECURED = """
listeners={listeners},SECURED://127.0.0.1:{port}
advertised.listeners={advertised},SECURED://127.0.0.1:{port}
listener.security.protocol.map=DIRECT:PLAINTEXT,SECURED:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT
listener.name.secured.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.secured.scram-sha-512.sasl.jaas.config={scram} required;
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:{admin}
"""


class SecuredKafka(Kafka):
    """Beside the open listener, whose clients may do all, one that asks for name and password."""

    format_options = tuple(
        word
        for name in (*map(role_of, OWNERS), ADMIN)
        for word in ("--add-scram", f"SCRAM-SHA-512=[name={name},password={PASSWORD}]")
    )

    @property
    def secured_address(self) -> str:
        return f"127.0.0.1:{remembered_port(self.folder / 'secured.port')}"

    def _configure(self) -> tuple[Path, Path]:
        settings, logging = super()._configure()
        port = choose_port(self.folder / "secured.port")
        plain = settings.read_text()
        told = dict(line.split("=", 1) for line in plain.splitlines() if "=" in line)
        # What stands later in the file holds.
        more = _SECURED.format(
            listeners=told["listeners"],
            advertised=told["advertised.listeners"],
            port=port,
            admin=ADMIN,
            scram="org.apache.kafka.common.security.scram.ScramLoginModule",
        )
        settings.write_text(plain + more)
        return settings, logging


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

"""The embedded broker with one more listener, at which tests need not sign in."""

from pathlib import Path

from deploy.local.kafka import Kafka
from deploy.local.server import choose_port, remembered_port
from deploy.local.servers import Servers

_OPEN = """
listeners={listeners},OPEN://127.0.0.1:{port}
advertised.listeners={advertised},OPEN://127.0.0.1:{port}
listener.security.protocol.map={protocols},OPEN:PLAINTEXT
super.users={super_users};User:ANONYMOUS
"""


class OpenKafka(Kafka):
    """Its open listener is at `open_address`; whoever comes there may do all."""

    @property
    def open_address(self) -> str:
        return f"127.0.0.1:{remembered_port(self.folder / 'open.port')}"

    def _configure(self) -> tuple[Path, Path]:
        settings, logging = super()._configure()
        port = choose_port(self.folder / "open.port")
        own = settings.read_text()
        told = dict(line.split("=", 1) for line in own.splitlines() if "=" in line)
        opened = _OPEN.format(
            listeners=told["listeners"],
            advertised=told["advertised.listeners"],
            protocols=told["listener.security.protocol.map"],
            super_users=told["super.users"],
            port=port,
        )
        settings.write_text(own + opened)  # What stands later in the file holds.
        return settings, logging


class OpenServers(Servers):
    """Servers whose Kafka tests use without signing in."""

    def __init__(self, home: Path) -> None:
        super().__init__(home, environ={})
        self.open_kafka = OpenKafka(self.home / "kafka")
        self.kafka = self.open_kafka

    @property
    def bootstrap(self) -> str:
        return self.open_kafka.open_address

"""Kafka's addresses, and how a service authenticates there."""

import ssl
from dataclasses import dataclass
from typing import Any, Self

from pydantic import SecretStr

from shared.db.migrate import role_of
from shared.settings import KafkaSettings


@dataclass(frozen=True, slots=True)
class Cluster:
    """Kafka's addresses and, if the cluster requires authentication, the service's password.

    A service has the same name as in PostgreSQL and authenticates by SCRAM-SHA-512.
    """

    bootstrap: str
    password: SecretStr | None = None
    tls: ssl.SSLContext | None = None

    @classmethod
    def from_settings(cls, settings: KafkaSettings) -> Self:
        """Read the settings; a password travels by TLS alone, except in development."""
        bootstrap, password = settings.kafka_bootstrap_servers, settings.kafka_password
        if password is None or settings.is_development:
            return cls(bootstrap, password)
        return cls(bootstrap, password, ssl.create_default_context(cafile=settings.kafka_ca_file))

    def options(self, service: str) -> dict[str, Any]:
        """Give the options by which aiokafka connects a service."""
        return self.options_of(role_of(service))

    def options_of(self, name: str) -> dict[str, Any]:
        """Give the options by which aiokafka connects whoever has this name at the cluster."""
        if self.password is None:
            return {"bootstrap_servers": self.bootstrap}
        return {
            "bootstrap_servers": self.bootstrap,
            "security_protocol": "SASL_SSL" if self.tls else "SASL_PLAINTEXT",
            "ssl_context": self.tls,
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": name,
            "sasl_plain_password": self.password.get_secret_value(),
        }

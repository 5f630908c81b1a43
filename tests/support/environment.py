"""What the services of a trial system read from their environment, and services built from it."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

from deploy.local.postgres import login
from deploy.local.runner import addresses, build_all
from shared.service import Service
from shared.settings import SharedSettings, address_of
from tests.support.servers import NO_KAFKA

S = TypeVar("S", bound=SharedSettings)
NOWHERE = "postgresql://nobody:nothing@127.0.0.1:1/nowhere"
"""The address of a database for services that are only built."""
KEY_FILES = {
    "INTAKE_CONTACT_KEY_FILE": "contact.keys",
    "ROUTER_SESSION_KEY_FILE": "session-key.pem",
    "ROUTER_SEAL_KEY_FILE": "seal.keys",
}


def environment(dsn: str, bootstrap: str, folder: Path | None = None) -> dict[str, str]:
    """Name the servers, and the folder of keys and attachments if there is one."""
    own = {**KEY_FILES, "INTAKE_ATTACHMENT_FOLDER": "attachments"}
    files = {name: str(folder / file) for name, file in own.items()} if folder else {}
    return {
        **addresses(dsn),
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
        "JIANYI_ENV": "development",
        **files,
    }


def settings_of(model: type[S], dsn: str, bootstrap: str = NO_KAFKA, **more: Any) -> S:
    """Make one service's settings of a trial system, by the variables' names."""
    name = model.__module__.split(".")[1]
    values = {address_of(name): login(dsn, name), "KAFKA_BOOTSTRAP_SERVERS": bootstrap}
    return model.model_validate({**values, "JIANYI_ENV": "development", **more})


def build(environ: Mapping[str, str]) -> dict[str, Service]:
    with patch.dict("os.environ", environ):
        return {service.name: service for service in build_all()}


@cache
def idle_services() -> Mapping[str, Service]:
    """The four services by name, nothing of which runs."""
    return build(environment(NOWHERE, NO_KAFKA))

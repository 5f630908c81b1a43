"""A service signs in to Kafka only when it is told a password, and by TLS unless told otherwise."""

import ssl
from pathlib import Path
from typing import Any

import certifi
import pytest
from pydantic import ValidationError

from services.tracker.settings import TrackerSettings
from shared.messaging.broker import Cluster

SECRET = "of-the-tracker"


def told(**more: Any) -> Cluster:
    return Cluster.from_settings(settings(**more))


def settings(**more: Any) -> TrackerSettings:
    return TrackerSettings.model_validate(
        {"TRACKER_DATABASE_URL": "postgresql://nowhere", "KAFKA_BOOTSTRAP_SERVERS": "x:1"} | more
    )


def test_a_password_travels_by_tls_whose_certificate_is_checked() -> None:
    options = told(TRACKER_KAFKA_PASSWORD=SECRET, KAFKA_CA_FILE=certifi.where()).options("tracker")
    tls = options.pop("ssl_context")
    assert (tls.verify_mode, tls.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert options == {
        "bootstrap_servers": "x:1",
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "jianyi_tracker",
        "sasl_plain_password": SECRET,
    }


def test_without_a_password_nobody_signs_in_and_the_line_may_be_plain_where_that_is_said() -> None:
    assert told().options("tracker") == {"bootstrap_servers": "x:1"}
    options = told(TRACKER_KAFKA_PASSWORD=SECRET, KAFKA_TLS="false").options("tracker")
    assert options["security_protocol"] == "SASL_PLAINTEXT"


def test_a_certificate_that_is_not_there_is_named_and_the_password_is_in_no_repr(
    tmp_path: Path,
) -> None:
    with pytest.raises(ValidationError, match="KAFKA_CA_FILE"):
        settings(TRACKER_KAFKA_PASSWORD=SECRET, KAFKA_CA_FILE=tmp_path / "none.pem")
    given = settings(TRACKER_KAFKA_PASSWORD=SECRET)
    assert SECRET not in f"{given!r} {Cluster.from_settings(given)!r}"

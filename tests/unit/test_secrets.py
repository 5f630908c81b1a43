"""What is secret shows in no settings that are printed and in no error that is told."""

from typing import Any

import pytest
from pydantic import ValidationError

from services.intake.settings import IntakeSettings
from services.reporting.settings import ReportingSettings
from services.router.settings import RouterSettings
from services.tracker.settings import TrackerSettings
from shared.settings import SchemaSettings

PLANTED = "pl4nted-s3cret"
ENVIRON = {
    **{
        f"{name}DATABASE_URL": f"postgresql://someone:{PLANTED}@127.0.0.1/jianyi"
        for name in ("", "INTAKE_", "ROUTER_", "TRACKER_", "REPORTING_")
    },
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
    **{f"{name}_KAFKA_PASSWORD": PLANTED for name in ("INTAKE", "ROUTER", "TRACKER", "REPORTING")},
}
SETTINGS = (IntakeSettings, RouterSettings, TrackerSettings, ReportingSettings, SchemaSettings)


@pytest.fixture(autouse=True)
def _planted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("kind", SETTINGS)
def test_settings_print_no_secret(kind: Any) -> None:
    settings = kind()
    assert settings.database_url.get_secret_value().count(PLANTED) == 1
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert PLANTED not in shown


@pytest.mark.parametrize("kind", SETTINGS[:4])
def test_wrong_settings_are_named_without_a_secret(
    kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS")
    with pytest.raises(ValidationError) as raised:
        kind()
    assert "KAFKA_BOOTSTRAP_SERVERS" in str(raised.value)
    assert PLANTED[-4:] not in str(raised.value)


@pytest.mark.parametrize("mark", ["#", "/", "?", "@"])
@pytest.mark.parametrize("kind", SETTINGS)
def test_a_password_that_is_not_escaped_is_refused_without_a_word_of_it(
    kind: Any, mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver would take a part of it for the port, or for an option, and say so."""
    address = f"postgresql://someone:{PLANTED}{mark}1@127.0.0.1/jianyi"
    monkeypatch.setenv(str(kind.model_fields["database_url"].validation_alias), address)
    with pytest.raises(ValidationError, match="%23") as raised:
        kind()
    assert PLANTED not in str(raised.value)

"""Settings of the city's own gateways: a file of their addresses."""

from pydantic import Field, FilePath
from pydantic_settings import BaseSettings, SettingsConfigDict


class AppriseSettings(BaseSettings):
    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", hide_input_in_errors=True, use_attribute_docstrings=True
    )

    apprise_file: FilePath | None = Field(None, validation_alias="JIANYI_NOTICE_APPRISE_FILE")
    """File of apprise addresses, one per line: with `{phone}` for proposers, else for stations."""

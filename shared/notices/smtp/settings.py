"""Settings of e-mail: server, sender, and a login if the server requires one."""

from typing import Annotated, Literal, Self

from pydantic import Field, FilePath, StringConstraints, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_ADDRESS = r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"
MailAddress = Annotated[str, StringConstraints(max_length=254, pattern=_ADDRESS)]


class SmtpSettings(BaseSettings):
    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", hide_input_in_errors=True, use_attribute_docstrings=True
    )

    smtp_host: str = Field("", validation_alias="JIANYI_NOTICE_SMTP_HOST")
    """Server for notices by e-mail; empty: none are sent."""
    smtp_port: int = Field(587, ge=1, le=65535, validation_alias="JIANYI_NOTICE_SMTP_PORT")
    """Port of that server."""
    smtp_tls: Literal["starttls", "tls", "none"] = Field(
        "starttls", validation_alias="JIANYI_NOTICE_SMTP_TLS"
    )
    """How the line to it is encrypted; `none` only where nobody else is on the line."""
    smtp_ca_file: FilePath | None = Field(None, validation_alias="JIANYI_NOTICE_SMTP_CA_FILE")
    """Certificate of the authority that signed its certificate, if it is your own."""
    smtp_user: str = Field("", validation_alias="JIANYI_NOTICE_SMTP_USER")
    """Login there; empty if it requires none."""
    smtp_password_file: FilePath | None = Field(
        None, validation_alias="JIANYI_NOTICE_SMTP_PASSWORD_FILE"
    )
    """File of the password for that login."""
    smtp_from: MailAddress | Literal[""] = Field("", validation_alias="JIANYI_NOTICE_SMTP_FROM")
    """Address in the From line of notices."""

    @model_validator(mode="after")
    def _mail_is_whole(self) -> Self:
        if self.smtp_host and not self.smtp_from:
            raise ValueError("JIANYI_NOTICE_SMTP_HOST needs JIANYI_NOTICE_SMTP_FROM")
        if bool(self.smtp_user) != bool(self.smtp_password_file):
            raise ValueError(
                "JIANYI_NOTICE_SMTP_USER and JIANYI_NOTICE_SMTP_PASSWORD_FILE need each other"
            )
        if self.smtp_user and self.smtp_tls == "none":
            raise ValueError("JIANYI_NOTICE_SMTP_USER needs JIANYI_NOTICE_SMTP_TLS")
        return self

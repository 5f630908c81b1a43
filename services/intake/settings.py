"""What intake is told from outside."""

from typing import Self

from pydantic import Field, model_validator

from shared.settings import SharedSettings


class IntakeSettings(SharedSettings):
    """Read once in `__main__`; `auto_accept` exists for the bench only."""

    auto_accept: bool = Field(False, validation_alias="INTAKE_AUTO_ACCEPT")

    @model_validator(mode="after")
    def _only_in_development(self) -> Self:
        if self.auto_accept and self.environment != "development":
            raise ValueError("INTAKE_AUTO_ACCEPT is refused unless JIANYI_ENV=development")
        return self

"""What is sent with a step of a report."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """Base of what is sent; a field we do not know is refused, not dropped."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SubmitBody(Body):
    """`despite_blocked`: the head wants it although subjects are under repair."""

    despite_blocked: bool = False


class ReceiveBody(Body):
    """The version that was seen."""

    version: int


class ReturnBody(Body):
    """The version that was seen, and why another one is needed."""

    version: int
    reason: Literal["figures", "cases", "other"]

"""Validation of typed text: rejects the characters that a text column cannot store."""

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError


def _readable(value: str) -> str:
    if "\0" in value:
        raise PydanticCustomError(
            "string_unicode",
            "NUL in text",
            {"zh": "文字里有不能保存的字符。", "en": "The text holds a character not kept."},
        )
    return value


CleanText = AfterValidator(_readable)
"""Refuses a text with a NUL, which PostgreSQL cannot keep."""


def parse_basis(value: object) -> object:
    """Split topic and number; an empty text is none, anything but text is left as it is."""
    if not isinstance(value, str):
        return value
    topic, _, seq = value.rpartition(":")
    return {"topic": topic, "seq": seq} if value else None

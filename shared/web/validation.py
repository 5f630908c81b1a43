"""What is wrong with a request's content, said in Chinese and English, never in the library's."""

from collections.abc import Mapping, Sequence
from typing import Any

from babel.numbers import format_decimal

from shared.observability.masking import masked

_MOST = 50

_OTHER = ("这一项的内容不符合要求。", "This value is not accepted.")
_TEXT = ("这一项应为文字。", "This must be text.")
_WHOLE = ("这一项应为整数。", "This must be a whole number.")
_NUMBER = ("这一项应为数字。", "This must be a number.")
_YES_NO = ("这一项应为是或否（true 或 false）。", "This must be true or false.")
_DATE = ("这一项应为日期，如2022-09-30。", "This must be a date such as 2022-09-30.")
_TIME = (
    "这一项应为带时区的时间，如2022-09-30T09:12:00+08:00。",
    "This must be a time with its zone, such as 2022-09-30T09:12:00+08:00.",
)
_LIST = ("这一项应为列表。", "This must be a list.")
_OBJECT = ("这一项应为一组字段。", "This must be an object with fields.")
_ID = ("这一项应为编号（UUID）。", "This must be an id (UUID).")
_BYTES = ("这一项的编码不对。", "This is not encoded correctly.")
_LINK = ("这一项应为网址。", "This must be a web address.")
_PAST = ("这个日期应在今天之前。", "This date must lie in the past.")
_FUTURE = ("这个日期应在今天之后。", "This date must lie in the future.")

SENTENCES: Mapping[str, tuple[str, str]] = {
    "missing": ("这一项没有填。", "This is required."),
    "extra_forbidden": ("没有这一项。", "There is no such field."),
    "string_type": _TEXT,
    "string_unicode": ("这一项含有无法识别的字符。", "This holds characters that cannot be read."),
    "string_too_short": ("至少要写{min_length}个字。", "Write at least {min_length} characters."),
    "string_too_long": ("最多写{max_length}个字。", "Write at most {max_length} characters."),
    "string_pattern_mismatch": ("这一项的格式不对。", "This does not have the right form."),
    "too_short": ("至少要有{min_length}项。", "At least {min_length} entries are needed."),
    "too_long": ("最多{max_length}项。", "At most {max_length} entries are allowed."),
    "greater_than": ("这个数应大于{gt}。", "This must be greater than {gt}."),
    "greater_than_equal": ("这个数不能小于{ge}。", "This must be {ge} or more."),
    "less_than": ("这个数应小于{lt}。", "This must be less than {lt}."),
    "less_than_equal": ("这个数不能大于{le}。", "This must be {le} or less."),
    "multiple_of": ("这个数应为{multiple_of}的倍数。", "This must be a multiple of {multiple_of}."),
    "finite_number": _NUMBER,
    "enum": ("只能填：{expected}。", "This must be one of: {expected}."),
    "literal_error": ("只能填：{expected}。", "This must be one of: {expected}."),
    "union_tag_invalid": ("只能填：{expected_tags}。", "This must be one of: {expected_tags}."),
    "union_tag_not_found": ("没有写明种类。", "The kind is not given."),
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "bool_type": _YES_NO,
    "bool_parsing": _YES_NO,
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "date_past": _PAST,
    "date_future": _FUTURE,
    "datetime_past": _PAST,
    "datetime_future": _FUTURE,
    "datetime_type": _TIME,
    "datetime_parsing": _TIME,
    "datetime_object_invalid": _TIME,
    "datetime_from_date_parsing": _TIME,
    "timezone_aware": _TIME,
    "timezone_offset": _TIME,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dataclass_type": _OBJECT,
    "uuid_type": _ID,
    "uuid_parsing": _ID,
    "uuid_version": _ID,
    "bytes_type": _BYTES,
    "bytes_too_short": _BYTES,
    "bytes_too_long": _BYTES,
    "bytes_invalid_encoding": _BYTES,
    "url_type": _LINK,
    "url_parsing": _LINK,
    "url_scheme": _LINK,
    "url_too_long": _LINK,
}
"""The reasons a request can meet, by pydantic's type of error; any other gets a plain sentence."""


def field_errors(errors: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Say each error with its place: at most 50, and never the content that was sent."""
    return [_field_error(error) for error in errors[:_MOST]]


def _field_error(error: Mapping[str, Any]) -> dict[str, str]:
    where, *path = error["loc"] or ("body",)
    zh, en = _sentences(error["type"], error.get("ctx") or {})
    return {
        "in": str(where),
        "pointer": "#" + "".join(f"/{_escape(masked(str(part)))}" for part in path),
        "code": error["type"],
        "detail": zh,
        "detail_en": en,
    }


def _sentences(kind: str, context: Mapping[str, Any]) -> tuple[str, str]:
    """Pick the sentences; a rule of ours (PydanticCustomError) brings both in its context."""
    if "zh" in context and "en" in context:
        return str(context["zh"]), str(context["en"])
    zh, en = SENTENCES.get(kind, _OTHER)
    values = {name: _written(value) for name, value in context.items()}
    return zh.format(**values), en.format(**_english(values))


def _written(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(format_decimal(value, locale="en"))
    return str(value).replace("'", "").replace(" or ", "、").replace(", ", "、")


def _english(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value.replace("、", ", ") for name, value in values.items()}


def _escape(part: str) -> str:
    """Write one part of a JSON pointer (RFC 6901)."""
    return part.replace("~", "~0").replace("/", "~1")

"""Validation errors in our own words, in Chinese and English, instead of pydantic's."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.observability.masking import masked
from shared.text import Bilingual, Sentence, Text, _
from shared.web.i18n import ENGLISH, load

_MAX_ERRORS = 50
_CHINESE, _ENGLISH = load("zh"), load("en", ENGLISH)

_OTHER = _("这一项的内容不符合要求。")
_TEXT = _("这一项应为文字。")
_WHOLE = _("这一项应为整数。")
_NUMBER = _("这一项应为数字。")
_YES_NO = _("这一项应为是或否（true 或 false）。")
_DATE = _("这一项应为日期，如2022-09-30。")
_TIME = _("这一项应为带时区的时间，如2022-09-30T09:12:00+08:00。")
_LIST = _("这一项应为列表。")
_OBJECT = _("这一项应为一组字段。")
_ID = _("这一项应为编号（UUID）。")
_BYTES = _("这一项的编码不对。")
_LINK = _("这一项应为网址。")
_PAST = _("这个日期应在今天之前。")
_FUTURE = _("这个日期应在今天之后。")

SENTENCES: Mapping[str, Sentence] = {
    "missing": _("这一项没有填。"),
    "extra_forbidden": _("没有这一项。"),
    "string_type": _TEXT,
    "string_unicode": _("这一项含有无法识别的字符。"),
    "string_too_short": _("至少要写%(min_length)s个字。"),
    "string_too_long": _("最多写%(max_length)s个字。"),
    "string_pattern_mismatch": _("这一项的格式不对。"),
    "too_short": _("至少要有%(min_length)s项。"),
    "too_long": _("最多%(max_length)s项。"),
    "greater_than": _("这个数应大于%(gt)s。"),
    "greater_than_equal": _("这个数不能小于%(ge)s。"),
    "less_than": _("这个数应小于%(lt)s。"),
    "less_than_equal": _("这个数不能大于%(le)s。"),
    "multiple_of": _("这个数应为%(multiple_of)s的倍数。"),
    "finite_number": _NUMBER,
    "enum": _("只能填：%(expected)s。"),
    "literal_error": _("只能填：%(expected)s。"),
    "union_tag_invalid": _("只能填：%(expected_tags)s。"),
    "union_tag_not_found": _("没有写明种类。"),
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
    """List errors with their JSON pointers: at most 50, and never the submitted content."""
    return [_field_error(error) for error in errors[:_MAX_ERRORS]]


def reason_of(error: Mapping[str, Any]) -> Text:
    """Text of an error; our own rules (PydanticCustomError) supply both languages."""
    context: Mapping[str, Any] = error.get("ctx") or {}
    if "zh" in context and "en" in context:
        return Bilingual(str(context["zh"]), str(context["en"]))
    sentence = SENTENCES.get(error["type"], _OTHER)
    return Sentence(sentence.text, {name: _value(one) for name, one in context.items()})


def _value(one: object) -> object:
    """Keep a number, which the language writes; join pydantic's list of choices."""
    if isinstance(one, int | float):
        return one
    choices = str(one).replace("'", "").replace(" or ", ", ")
    return Bilingual(choices.replace(", ", "、"), choices)


def _field_error(error: Mapping[str, Any]) -> dict[str, str]:
    where, *path = error["loc"] or ("body",)
    reason = reason_of(error)
    return {
        "in": str(where),
        "pointer": "#" + "".join(f"/{_escape(masked(str(part)))}" for part in path),
        "code": error["type"],
        "detail": str(_CHINESE.show(reason)),
        "detail_en": str(_ENGLISH.show(reason)),
    }


def _escape(part: str) -> str:
    """Escape one part of a JSON pointer (RFC 6901)."""
    return part.replace("~", "~0").replace("/", "~1")

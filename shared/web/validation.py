"""Validation errors in our own words, in Chinese and English, instead of pydantic's."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.errors import Invalid
from shared.observability.masking import masked
from shared.text import Bilingual, Sentence, Text, _
from shared.web.i18n import ENGLISH, Translator, load

_MAX_ERRORS = 50
_CHINESE, _ENGLISH = load("zh"), load("en", ENGLISH)

_OTHER = _("这一项的内容不符合要求。")
_NUMBER = _("这一项应为数字。")
_LIST = _("这一项应为列表。")
_OBJECT = _("这一项应为一组字段。")
_TIME = _("这一项应为带时区的时间，如2022-09-30T09:12:00+08:00。")
_PAST = _("这个日期应在今天之前。")
_FUTURE = _("这个日期应在今天之后。")

SENTENCES: Mapping[str, Sentence] = {
    "missing": _("这一项没有填。"),
    "extra_forbidden": _("没有这一项。"),
    "string_unicode": _("这一项含有无法识别的字符。"),
    "string_bidi": _("这一项含有改变文字方向的隐藏字符，请删去后重新填写。"),
    "string_invisible": _("至少要写一个看得见的字。"),
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
    "enum": _("只能填：%(expected)s。"),
    "literal_error": _("只能填：%(expected)s。"),
    "union_tag_invalid": _("只能填：%(expected_tags)s。"),
    "union_tag_not_found": _("没有写明种类。"),
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "date_past": _PAST,
    "date_future": _FUTURE,
    "datetime_past": _PAST,
    "datetime_future": _FUTURE,
}
"""The reasons a request can meet, by pydantic's type of error."""

_FAMILIES: Mapping[str, Sentence] = {
    "string": _("这一项应为文字。"),
    "int": _("这一项应为整数。"),
    "float": _NUMBER,
    "finite": _NUMBER,
    "bool": _("这一项应为是或否（true 或 false）。"),
    "date": _("这一项应为日期，如2022-09-30。"),
    "datetime": _TIME,
    "timezone": _TIME,
    "list": _LIST,
    "tuple": _LIST,
    "dict": _OBJECT,
    "model": _OBJECT,
    "dataclass": _OBJECT,
    "uuid": _("这一项应为编号（UUID）。"),
    "bytes": _("这一项的编码不对。"),
    "url": _("这一项应为网址。"),
}
"""The same by the first word of a type, for the types with no sentence of their own."""


def field_errors(errors: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """List errors with their JSON pointers: at most 50, and never the submitted content."""
    return [_field_error(error) for error in errors[:_MAX_ERRORS]]


def reason_of(error: Mapping[str, Any]) -> Text:
    """Text of an error; our own rules (PydanticCustomError) supply both languages."""
    context: Mapping[str, Any] = error.get("ctx") or {}
    if "zh" in context and "en" in context:
        return Bilingual(str(context["zh"]), str(context["en"]))
    kind = error["type"]
    sentence = SENTENCES.get(kind) or _FAMILIES.get(kind.partition("_")[0], _OTHER)
    return Sentence(sentence.text, {name: _value(one) for name, one in context.items()})


def _value(one: object) -> object:
    """Keep a number, which the language writes; join pydantic's list of choices."""
    if isinstance(one, int | float):
        return one
    choices = str(one).replace("'", "").replace(" or ", ", ")
    return Bilingual(choices.replace(", ", "、"), choices)


def rule_errors(refused: Invalid, english: Translator) -> list[dict[str, str]]:
    """List what is wrong with the fields of a body by rules that the model alone cannot judge."""
    found = refused.fields.items()
    return [_written(("body", name), one.code, one.message, english) for name, one in found]


def _field_error(error: Mapping[str, Any]) -> dict[str, str]:
    return _written(error["loc"] or ("body",), error["type"], reason_of(error), _ENGLISH)


def _written(
    place: Sequence[object], code: str, reason: Text, english: Translator
) -> dict[str, str]:
    where, *path = place
    return {
        "in": str(where),
        "pointer": "#" + "".join(f"/{_escape(masked(str(part)))}" for part in path),
        "code": code,
        "detail": str(_CHINESE.show(reason)),
        "detail_en": str(english.show(reason)),
    }


def _escape(part: str) -> str:
    """Escape one part of a JSON pointer (RFC 6901)."""
    return part.replace("~", "~0").replace("/", "~1")

"""One rule for every text that people type, and one for every number."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin
from uuid import UUID

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

import services
from services.router.directory.domain.edits import EndUnit
from services.router.routing.domain.commands import EscalateBody, ObjectionBody, RehomeBody
from services.tracker.domain.commands import ObjectBody
from shared.tables.rows import RowError, TableRow, parse_row
from shared.text import CleanText
from shared.web.validation import SENTENCES

TYPED = TypeAdapter(Annotated[str, CleanText])
UNSEEN = ["\u200b", "\ufeff", "\u00ad", "\u3164", "\u2800", "\u115f\u1160", "\u034f", "\ufe0f",
          "\U000e0020", " \u3000 ", "\u0301", "\u2028"]  # fmt: skip
TURNED = ["\u202e", "\u202a", "\u2066", "\u2069", "\u200f", "\u061c"]


def flaw(text: str) -> str:
    with pytest.raises(ValidationError) as refused:
        TYPED.validate_python(text)
    (error,) = refused.value.errors()
    assert error["type"] in SENTENCES
    return error["type"]


@pytest.mark.parametrize("unseen", UNSEEN)
def test_a_text_without_a_visible_character_is_refused(unseen: str) -> None:
    assert flaw(unseen) == flaw(unseen * 3) == "string_invisible"
    assert TYPED.validate_python(f"用{unseen}电") == f"用{unseen}电"


@pytest.mark.parametrize("control", TURNED)
def test_a_text_whose_direction_is_turned_is_refused(control: str) -> None:
    assert flaw(f"报告{control}fdp.exe") == "string_bidi"


@pytest.mark.parametrize("control", ["\0", "\1", "\x0b", "\x0c", "\x1f", "\x7f", "\x85", "\uffff"])
def test_a_text_with_a_character_that_no_document_holds_is_refused(control: str) -> None:
    assert flaw(f"用{control}电") == "string_unicode"


@pytest.mark.parametrize(
    "text", ["", "用\t电\r\n停", "用电", "a", "1", "？", "👨\u200d👩\u200d👧", "①", "ｅ́"]
)
def test_any_other_text_is_taken_as_it_is(text: str) -> None:
    assert TYPED.validate_python(text) == text


class Row(TableRow):
    name: str


@pytest.mark.parametrize("cell", ["\u200b", "\u202e新桥", "\0"])
def test_a_table_takes_no_cell_that_a_form_refuses(cell: str) -> None:
    with pytest.raises(RowError):
        parse_row(Row, {"name": cell})


def is_body(model: Any) -> bool:
    """Whether people send it; a view is only shown."""
    return (
        isinstance(model, type)
        and issubclass(model, BaseModel)
        and not model.__name__.endswith("View")
    )


def kind_of(field: Any) -> Any:
    """The type of a field with its rules."""
    return Annotated.__class_getitem__((field.annotation, "", *field.metadata))  # type: ignore[attr-defined]


def fields(of: type) -> Iterator[tuple[str, Any]]:
    """The fields of this type in all request bodies, by name."""
    for found in pkgutil.walk_packages(services.__path__, "services."):
        if found.name.endswith(("commands", ".source_access", ".contact")):
            for model in vars(importlib.import_module(found.name)).values():
                if getattr(model, "__module__", "") == found.name and is_body(model):
                    for name, field in model.model_fields.items():
                        kind = field.annotation
                        if of in (kind, get_origin(kind), *get_args(kind)):
                            yield f"{model.__name__}.{name}", kind_of(field)


def test_every_text_field_of_a_request_has_this_rule() -> None:
    found = dict(fields(str))
    assert len(found) > 20
    for text in ("新桥模具\u202e厂站", "\u200b\u2060"):
        assert {name for name, kind in found.items() if accepts(kind, text)} == set()


def test_every_text_field_of_a_request_has_a_limit_and_takes_as_much() -> None:
    wrong, limited = [], 0
    for name, kind in fields(str):
        if name == "Contact.phone":
            continue  # not every text is a number: tests/unit/intake/test_contact.py
        most = limit_of(kind)
        limited += most is not None
        fits = most is None or accepts(kind, "新" * most)
        if not fits or accepts(kind, "新" * (most or 100_000) + "桥"):
            wrong.append((name, most))
    assert wrong == []
    assert limited > 40


def test_every_list_of_a_request_has_a_limit() -> None:
    found = dict(fields(tuple))
    assert len(found) > 5
    without = {name for name, kind in found.items() if "maxItems" not in str(schema_of(kind))}
    assert without == set()


def schema_of(kind: Any) -> Any:
    return TypeAdapter(kind).json_schema()


def limit_of(kind: Any) -> int | None:
    """The characters a text may have; None for one of a given form, as a code."""
    schema = schema_of(kind)
    texts = [one for one in (schema, *schema.get("anyOf", ())) if one.get("type") == "string"]
    return next((one.get("maxLength") for one in texts if "pattern" not in one), None)


def test_no_number_of_a_request_is_a_truth_value() -> None:
    found = dict(fields(int))
    assert len(found) > 5
    assert {name for name, kind in found.items() if accepts(kind, True)} == set()


def test_no_truth_value_of_a_request_is_a_number() -> None:
    found = dict(fields(bool))
    assert len(found) > 10
    assert {name for name, kind in found.items() if accepts(kind, 0)} == set()


def accepts(kind: Any, value: object) -> bool:
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return get_origin(kind) is not dict


NO_HEIR = {"without_successor": True}


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (ObjectBody, {}),
        (EscalateBody, {}),
        (ObjectionBody, {"decision": "refuse"}),
        (RehomeBody, {"unit": str(UUID(int=1))}),
        (EndUnit, {"do": "end_unit", "last_day": "2030-01-01", "basis": 0} | NO_HEIR),
    ],
)
def test_a_reason_has_the_same_fewest_visible_characters_everywhere(
    model: type[BaseModel], body: dict[str, Any]
) -> None:
    assert model.model_validate(body | {"reason": "不属我局"})
    for short in ("x", "不属。 ", "不\u200b\u200b\u200b行"):
        with pytest.raises(ValidationError, match="reason_too_short"):
            model.model_validate(body | {"reason": short})

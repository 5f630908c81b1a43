"""Forms: read and judged by a pydantic model, given back as typed with each error at its field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Self, TypeVar, cast, get_origin

from fastapi import Request
from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.errors import Invalid
from shared.text import Text, _
from shared.web.components import Field
from shared.web.csrf import TOKEN
from shared.web.validation import reason_of

M = TypeVar("M", bound=BaseModel)
Submitted = Mapping[str, Sequence[str]]
"""The texts of a form by the name of their field, which may come several times."""


async def read_form(request: Request) -> Submitted:
    """Read the texts of a form, without its CSRF token and its files."""
    sent = await request.form()
    texts = {name: [one for one in sent.getlist(name) if isinstance(one, str)] for name in sent}
    return {name: found for name, found in texts.items() if found and name != TOKEN}


def value_of(submitted: Submitted, name: str) -> str:
    """Give what was typed into a field, an empty text if it did not come."""
    return submitted[name][0] if name in submitted else ""


def whole_number(text: str) -> int | None:
    """Read a whole number of at most 18 digits from outside; None if it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None


def validated(model: type[M], submitted: Submitted, prefix: str = "") -> M:
    """Read a form into its model: a field left blank counts as not sent. Raises ValidationError."""
    typed: dict[str, Any] = {}
    for full_name, texts in submitted.items():
        name = full_name.removeprefix(prefix)
        if given := [text for text in texts if text.strip()]:
            typed[name] = given if _is_many(model, name) else given[0]
    return model.model_validate(typed)


def _is_many(model: type[BaseModel], name: str) -> bool:
    field = model.model_fields.get(name)
    return field is not None and get_origin(field.annotation) in (list, tuple)


def readable(model: type[M], submitted: Submitted) -> M:
    """The readable fields of a refused form; one that cannot be read is None or left out."""
    typed: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        judge = TypeAdapter[Any](cast(Any, Annotated)[field.annotation, field])
        try:
            typed[name] = judge.validate_python(value_of(submitted, name))
        except ValidationError:
            typed[name] = None if field.is_required() else field.default
    return model.model_construct(**typed)


def errors_of(wrong: ValidationError | Invalid) -> Mapping[str, Text]:
    """First error of each field, by its name in the model."""
    if isinstance(wrong, Invalid):
        return {name: one.message for name, one in wrong.fields.items()}
    errors: dict[str, Text] = {}
    for error in wrong.errors(include_url=False, include_input=False):
        errors.setdefault(str(error["loc"][0]) if error["loc"] else "", reason_of(error))
    return errors


_MANY = ("ticks", "folded")


@dataclass(frozen=True, slots=True)
class Form:
    """A form as a page shows it; `errors` belong to no field that people see.

    Where several forms stand on one page, `prefix` stands before the names of their fields.
    """

    words: Text
    fields: Sequence[Field]
    action: str = ""
    prefix: str = ""
    errors: Sequence[Text] = ()

    def filled(self, submitted: Submitted, errors: Mapping[str, Text]) -> Self:
        """Put back what was typed, with what is wrong with it by the names of the model."""
        others = dict(errors)
        shown = [
            one
            if one.control == "hidden"
            else replace(
                one,
                value=",".join(submitted.get(one.name, ())[: None if one.control in _MANY else 1]),
                error=others.pop(one.name.removeprefix(self.prefix), ""),
            )
            for one in self.fields
        ]
        unplaced = [_("%(label)s：%(error)s", label=name, error=others[name]) for name in others]
        return replace(self, fields=shown, errors=unplaced)

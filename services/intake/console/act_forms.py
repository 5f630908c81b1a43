"""Forms of intake's acts, and where a page says what is wrong with one."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from shared.contracts.topics import Topic
from shared.errors import Invalid, Problem
from shared.text import Text, _
from shared.web import components as ui
from shared.web.act_spec import ActSpec
from shared.web.forms import Form, errors_of

PREVIEW = "preview"
"""The button that shows the words that leave, and does nothing yet."""


class FormErrors(Exception):
    """Errors of a form by its fields; `firms` are those that the enterprise typed could be."""

    def __init__(self, errors: Mapping[str, Text], firms: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(", ".join(errors))
        self.errors, self.firms = errors, firms


def act_form(spec: ActSpec[Any], seen: Any, topic: Topic, seq: int) -> Form:
    """The form of an act on a subject, with the version of it that the person has seen."""
    basis = ui.Field("basis", "", f"{topic.name}:{seq}", control="hidden")
    return Form(spec.label, [basis, *(spec.fields(seen) if spec.fields else ())])


def placed(
    wrong: ValidationError | FormErrors | Problem,
    places: Mapping[str, str],
    latest: ui.Link | None = None,
) -> tuple[Mapping[str, Text], list[ui.Note], int]:
    """Place errors: at their fields, else in a note above the form; and give the status.

    `places` are the fields of refusals by their codes.
    """
    match wrong:
        case FormErrors():
            return wrong.errors, [], 422
        case ValidationError():
            return errors_of(wrong), [], 422
        case Invalid(fields=fields) if fields:
            return errors_of(wrong), [], 422
        case Problem(code=code) if code in places:
            return {places[code]: wrong.message}, [], wrong.status
    message = _("%(why)s您填的内容还在。", why=wrong.full_message)
    return {}, [ui.Note("amber", message, latest)], wrong.status

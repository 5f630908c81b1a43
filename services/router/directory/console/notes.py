"""What a refused form says above the page: why, and what somebody else changed meanwhile."""

from collections.abc import Iterator, Sequence

from services.router.directory.console.forms import Asked, EditForm
from services.router.directory.console.view_models import ChangeLine
from shared.errors import Refused
from shared.text import Text, _
from shared.web import components as ui
from shared.web.forms import value_of


def notes_of(
    asked: Asked | None, forms: Sequence[EditForm], changes: Sequence[ChangeLine]
) -> Iterator[ui.Note]:
    """Say why a form was refused; of a change in between, each field as it is now."""
    if asked is None:
        return
    if not isinstance(asked.refused, Refused):
        if asked.do not in {form.do for form in forms}:
            yield ui.Note("amber", _("表单不完整，没有保存。请重新填写"))
        return
    yield ui.Note("amber", asked.refused.full_message)
    if asked.refused.code == "entry_changed":
        basis = value_of(asked.submitted, "basis")
        for line in changes:
            if basis.isdecimal() and line.seq > int(basis):
                yield from _changed(line)


def _changed(line: ChangeLine) -> Iterator[ui.Note]:
    for field, before, after in line.fields:
        values = {"who": line.who, "field": field}
        old, new = _one(before), _one(after)
        words = _("%(who)s改了%(field)s：原为%(old)s，现为%(new)s", **values, old=old, new=new)
        yield ui.Note("amber", words)


def _one(values: Sequence[Text]) -> Text:
    return values[0] if values else _("没有")

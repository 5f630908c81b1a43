"""Codes of policies, themes, functions and groups that items and activities give."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field

from shared.contracts.envelope import Code
from shared.contracts.lists import (
    DirectoryFunction,
    DirectoryGroup,
    DirectoryListed,
    DirectoryPolicy,
    DirectoryTheme,
)
from shared.directory.snapshot import Directory
from shared.errors import Invalid
from shared.text import _

MAX_LISTED = 5
L = TypeVar("L", bound=DirectoryListed)


def _each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


ListedCodes = Annotated[tuple[Code, ...], Field(max_length=MAX_LISTED), AfterValidator(_each_once)]
"""Codes of entries of one list; one named twice counts once."""

LISTS_OF_ACTIVITIES: Mapping[str, type[DirectoryListed]] = {
    "theme_codes": DirectoryTheme,
    "function_codes": DirectoryFunction,
    "group_codes": DirectoryGroup,
}
"""The lists from which an activity names entries, by field."""


def choices_of(directory: Directory, model: type[L], places: Iterable[str], day: date) -> list[L]:
    """List what may be named of a list in these places on a day, by code."""
    found = {one.code: one for place in places for one in directory.choices(model, place, day)}
    return [found[code] for code in sorted(found)]


def require_listed(
    directory: Directory,
    model: type[DirectoryListed],
    codes: Sequence[str],
    division_code: str,
    day: date,
) -> None:
    """Refuse what is not on the list for this place, or had been retired on that day."""
    known = {one.code for one in choices_of(directory, model, [division_code], day)}
    if unknown := next((code for code in codes if code not in known), None):
        raise _unknown(model, unknown)


def _unknown(model: type[DirectoryListed], code: str) -> Invalid:
    if model is DirectoryPolicy:
        return Invalid(
            "unknown_policy",
            _("没有%(code)s这项政策，或者提出那天已经停用，没有保存。", code=code),
            _("请从政策表里另选；拿不准的可以不填。"),
            entry=code,
        )
    if model is DirectoryTheme:
        return Invalid(
            "unknown_theme",
            _("没有%(code)s这个活动主题，或者活动那天已经停用，没有保存。", code=code),
            _("请从活动主题里另选；没有合适的可以不填。"),
            entry=code,
        )
    if model is DirectoryFunction:
        return Invalid(
            "unknown_function",
            _("没有%(code)s这项联络站功能，或者活动那天已经停用，没有保存。", code=code),
            _("请从联络站功能里另选；没有合适的可以不填。"),
            entry=code,
        )
    return Invalid(
        "unknown_group",
        _("没有%(code)s这个代表小组，或者活动那天已经停用，没有保存。", code=code),
        _("请从代表小组里另选；没有合适的可以不填。"),
        entry=code,
    )

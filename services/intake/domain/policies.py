"""The policies that an item concerns: how many, and which may be named."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from services.intake.domain.context import DecisionContext
from shared.calendar import local_day
from shared.contracts.envelope import Code
from shared.contracts.lists import DirectoryPolicy
from shared.directory.snapshot import Directory
from shared.errors import Invalid
from shared.text import _

MAX_POLICIES = 5


def _each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


PolicyCodes = Annotated[
    tuple[Code, ...], Field(max_length=MAX_POLICIES), AfterValidator(_each_once)
]
"""The policies that an item concerns; one named twice counts once."""


def policies_for(directory: Directory, places: Iterable[str], day: date) -> list[DirectoryPolicy]:
    """List what items of these places may concern on a day, by code."""
    found = {
        one.code: one for place in places for one in directory.choices(DirectoryPolicy, place, day)
    }
    return [found[code] for code in sorted(found)]


def require_policies(
    context: DecisionContext, codes: Sequence[str], division_code: str, raised_at: datetime
) -> None:
    """Refuse a policy that is not for this place, or ended before the item was raised."""
    day = local_day(raised_at)
    known = {one.code for one in policies_for(context.directory, [division_code], day)}
    if unknown := next((code for code in codes if code not in known), None):
        raise Invalid(
            "unknown_policy",
            _("没有%(code)s这项政策，或者提出那天已经停用，没有保存。", code=unknown),
            _("请从政策表里另选；拿不准的可以不填。"),
            policy_code=unknown,
        )

"""Who sees which form, and whose each step of a report is."""

from collections.abc import Iterable, Mapping

from services.reporting.domain.filers import Filers
from services.reporting.domain.refusals import NotYourForm
from services.reporting.domain.reports import Step
from shared.contracts.router import Grant
from shared.contracts.words import Role
from shared.directory.snapshot import Directory

READERS: tuple[Role, ...] = (
    "liaison", "committee_head", "city_office", "research_office", "dispatcher", "leader",
)  # fmt: skip
STEPS: Mapping[Step, tuple[Role, ...]] = {
    "check": ("liaison",),
    "confirm": ("committee_head",),
    "submit": ("liaison", "committee_head"),
    "receive": ("city_office",),
    "return": ("city_office",),
}
"""Whose a step is; only the head submits although something is under repair."""


def step_place(step: Step, filer: str, filers: Filers) -> str:
    """Give the division whose people take a step of a filer's report."""
    is_the_citys = step in ("receive", "return") and filers.city is not None
    return filers.city.code if is_the_citys and filers.city else filer


def opens_first(grants: Iterable[Grant], filers: Filers) -> str:
    """Choose the form a person sees first: their county's, everyone else the city's."""
    counties = {filer.code for filer in filers.counties}
    filed_by = (filers.filer_of.get(grant.division_code, "") for grant in grants)
    city = filers.city.code if filers.city else ""
    return next((code for code in filed_by if code in counties), city)


def may_open(grants: Iterable[Grant], directory: Directory, code: str) -> bool:
    """Tell whether someone may open what stands behind a division's numbers."""
    return any(
        grant.role in READERS and directory.covers(grant.division_code, code) for grant in grants
    )


def require_form(grants: Iterable[Grant], directory: Directory, code: str) -> None:
    """Let people see the forms of their division and of the filer it belongs to.

    Raises NotYourForm: a county sees no other county's figures.
    """
    grants = tuple(grants)
    is_below = any(
        grant.role in READERS and directory.covers(code, grant.division_code) for grant in grants
    )
    division = directory.division(code)
    is_county = division is not None and division.level == "county"
    if not (may_open(grants, directory, code) or (is_county and is_below)):
        raise NotYourForm

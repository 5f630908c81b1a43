"""Signing in leads everybody to the page where their work begins."""

from datetime import date

import pytest

from shared.contracts.codes import Role
from shared.contracts.router import Grant
from shared.directory.rights import NamedPerson
from shared.rights.table import RIGHTS
from shared.web.menu import first_page

PAGES: dict[Role, str] = {
    "deputy": "/intake/deputy",
    "station_staff": "/intake/",
    "station_head": "/intake/",
    "dispatcher": "/tracker/",
    "committee_head": "/tracker/",
    "liaison": "/tracker/",
    "leader": "/tracker/",
    "clerk": "/tracker/",
    "unit_head": "/tracker/",
    "city_office": "/reporting/",
    "research_office": "/reporting/",
    "admin": "/router/checklist",
    "ops": "/tracker/dead-letters",
}


def of(*roles: Role) -> str:
    grants = [
        Grant(role=role, division_code="331004", valid_from=date(2022, 1, 1)) for role in roles
    ]
    return first_page(NamedPerson("who", {}, grants))


def test_every_role_has_its_page() -> None:
    assert {role: of(role) for role in RIGHTS} == PAGES


@pytest.mark.parametrize(
    ("roles", "page"),
    [
        (("admin", "dispatcher"), "/tracker/"),
        (("admin", "station_head"), "/intake/"),
        (("deputy", "station_staff"), "/intake/"),
        (("deputy", "clerk"), "/tracker/"),
        (("ops", "admin"), "/router/checklist"),
        ((), "/router/account"),
    ],
)
def test_of_several_roles_the_daily_work_comes_first(roles: tuple[Role, ...], page: str) -> None:
    assert of(*roles) == page

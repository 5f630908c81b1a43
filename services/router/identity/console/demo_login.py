"""Demo login of a trial system: be anyone of the invented city; for this machine only."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from services.router.directory.console.labels import CONSOLE, ROLES
from services.router.identity.actions import Sessions
from shared.contracts.codes import Role
from shared.contracts.envelope import EVERYWHERE
from shared.contracts.router import DirectoryDivision, DirectoryPerson, DirectoryUnit
from shared.directory import Directory, DirectoryCopy
from shared.errors import NotFound
from shared.ids import Id, from_text, to_text
from shared.rights import Action
from shared.text import Sentence, Text, _, n_
from shared.web import components as ui
from shared.web import tour
from shared.web.actor import requires
from shared.web.forms import read_form, value_of
from shared.web.links import FIRST_PAGE
from shared.web.rate_limit import address_of

_TASKS: Mapping[Role, Sentence] = {
    "dispatcher": _("把意见建议交给承办单位，审核退办，也可决定督办"),
    "liaison": _("核对月度报表"),
    "committee_head": _("确认并报送月度报表，决定督办"),
    "city_office": _("接收各县（市、区）报表"),
    "research_office": _("看各县（市、区）报表"),
    "leader": _("领衔督办重点问题"),
    "admin": _("管理名录和账号"),
    "ops": _("看搁置的事件"),
}
DEMO_LOGIN = "/router/demo-login"
_COOKIE: Mapping[str, Any] = {"path": "/", "secure": True, "httponly": True, "samesite": "lax"}
_TOWN_ROLES: Sequence[Role] = ("dispatcher", "station_head", "station_staff")
_ECONOMY = "econ_it"
"""The kind of the unit that most suggestions of enterprises concern: it stands first."""
_FORWARDED = {"forwarded", "via", "x-real-ip"}
_UNIT_ROLES: Sequence[Role] = ("clerk", "unit_head")


@dataclass(frozen=True, slots=True)
class Choices:
    """The people the page offers for one county or the city."""

    places: ui.Filter
    officers: ui.Field
    units: ui.Field
    townships: ui.Field


def _places(directory: Directory) -> Sequence[DirectoryDivision]:
    city = next((one for one in directory.divisions() if one.level == "city"), None)
    counties = directory.children(city.division_code) if city else []
    return [one for one in ([city] if city else []) + counties if one.level in ("city", "county")]


def place_of(directory: Directory, code: str) -> str:
    """Return the requested place, else the first county."""
    codes = [one.division_code for one in _places(directory)]
    return code if code in codes else next(iter(codes[1:]), "")


def choices(directory: Directory, chosen: str, waiting: int) -> Choices:
    """List the officers of a division, the people of its units and of its townships.

    `waiting` is the number of items its dispatcher has to decide.
    """
    options = [ui.Option(one.division_code, one.name) for one in _places(directory)]
    return Choices(
        ui.Filter("division", _("地方"), options, chosen),
        ui.Field("person", _("人大机关"), options=_officers(directory, chosen, waiting)),
        ui.Field("person", _("承办单位"), options=_of_units(directory, chosen)),
        ui.Field("person", _("乡镇（街道）"), options=_of_townships(directory, chosen)),
    )


def _officers(directory: Directory, code: str, waiting: int) -> Sequence[ui.Option]:
    hints = {"dispatcher": n_("有%(num)s件等着交办或审核退办", waiting)} if waiting else {}
    return [
        ui.Option(
            to_text(key),
            _("%(role)s，%(name)s", role=ROLES[role], name=person.name),
            hints.get(role, hint),
        )
        for role, hint in _TASKS.items()
        for key, person in _holders(directory, role, code)
    ]


def _holders(directory: Directory, role: Role, code: str) -> Sequence[tuple[Id, DirectoryPerson]]:
    """List who is offered for a role: both operators; with the city's administrator the first."""
    found = directory.people_with(role, division=code)[: 2 if role == "ops" else 1]
    division = directory.division(code)
    if role == "admin" and division and division.level == "city":
        found += directory.people_with(role, division=EVERYWHERE)[:1]
    return found


def _of_units(directory: Directory, code: str) -> Sequence[ui.Option]:
    return [
        ui.Option(to_text(key), _held(unit.short_name, role, person))
        for unit_id, unit in sorted(directory.units_in(code), key=_place_in_list)
        for role in _UNIT_ROLES
        for key, person in directory.people_with(role, unit=unit_id)[:1]
    ]


def _place_in_list(one: tuple[Id, DirectoryUnit]) -> tuple[bool, str]:
    return one[1].kind_code != _ECONOMY, one[1].short_name


def _of_townships(directory: Directory, code: str) -> Sequence[ui.Option]:
    """List the people of each township's presidium and station, a deputy, then its office's."""
    found: list[ui.Option] = []
    for one in directory.children(code):
        if one.level == "township":
            found += [
                ui.Option(to_text(key), _held(one.name, role, person))
                for role in _TOWN_ROLES
                for key, person in directory.people_with(role, division=one.division_code)[:1]
            ]
            found += _deputy_of(directory, one)
            found += _of_units(directory, one.division_code)
    return found


def _deputy_of(directory: Directory, place: DirectoryDivision) -> Sequence[ui.Option]:
    """Offer the first deputy attached to a station there: the role follows from the mandate."""
    people = directory.people
    here = people.at(people.by_division, place.division_code)
    attached = [(key, it) for key, it in here if it.mandates and it.station_id]
    return [ui.Option(to_text(key), _held(place.name, "deputy", it)) for key, it in attached[:1]]


def _held(place: str, role: Role, person: DirectoryPerson) -> Sentence:
    return _("%(place)s，%(role)s%(name)s", place=place, role=ROLES[role], name=person.name)


def inside(address: str) -> str:
    """Return an address if it is one of ours, else the first page: no open redirect."""
    sound = address.startswith("/") and not address.startswith("//") and "\\" not in address
    return address if sound and address.isprintable() else FIRST_PAGE


def is_here(request: Request) -> bool:
    """Whether a request comes from this machine, and through no proxy: anyone may be behind it."""
    if any(name in _FORWARDED or name.startswith("x-forwarded") for name in request.headers):
        return False
    try:
        return ip_address(address_of(request)).is_loopback
    except ValueError:
        return False


def only_on_this_machine(request: Request) -> None:
    """Answer requests from other machines as if the address did not exist; raises NotFound."""
    if not is_here(request):
        raise NotFound("not_found", _("没有这个地址。"), _("请从首页进入。"))


class DemoLoginPages:
    """The demo login of a trial system: on this machine, anyone may be anyone.

    `waiting` counts the items that wait for an organ's decision.
    """

    def __init__(
        self, sessions: Sessions, copy: DirectoryCopy, waiting: Callable[[Id], Awaitable[int]]
    ) -> None:
        self._sessions, self._copy, self._waiting = sessions, copy, waiting

    async def page(self, request: Request, wrong: Text = "") -> Response:
        query, directory = request.query_params, self._copy.snapshot
        chosen = place_of(directory, query.get("division", ""))
        organ = directory.organ(chosen)
        waiting = await self._waiting(organ[0]) if organ else 0
        return CONSOLE.render(
            request,
            "demo_login.html",
            frame=ui.Frame(notes=[ui.Note("amber", wrong)] if wrong else []),
            status=422 if wrong else 200,
            choices=choices(directory, chosen, waiting),
            next=inside(query.get("next", "")),
            steps=list(enumerate(tour.STEPS, 1)),
        )

    async def sign_in(self, request: Request) -> Response:
        form = await read_form(request)
        person = _person_id(value_of(form, "person"))
        if person is None or self._copy.snapshot.person(person) is None:
            return await self.page(request, _("请选择一个身份"))
        response = RedirectResponse(inside(value_of(form, "next")), 303)
        await self._sessions.begin(request, response, person, "trial")
        response.delete_cookie(tour.COOKIE, **_COOKIE)
        return response

    async def tour(self, request: Request, number: int) -> Response:
        """Enter a step of the tour as the person who does it; 0 ends the tour.

        A step of a proposer is posted on to intake, which makes their link.
        """
        if not 1 <= number <= len(tour.STEPS):
            response = RedirectResponse(DEMO_LOGIN, 303)
            response.delete_cookie(tour.COOKIE, **_COOKIE)
            return response
        step = tour.STEPS[number - 1]
        person = guide(self._copy.snapshot, step)
        if person is None:
            return await self.page(request, _("试用数据里没有做这一步的人，请从下面选一个身份"))
        response = RedirectResponse(step.page, 307 if step.by_link else 303)
        await self._sessions.begin(request, response, person, "trial")
        response.set_cookie(tour.COOKIE, str(number), **_COOKIE)
        return response


def guide(directory: Directory, step: tour.Step) -> Id | None:
    """Find who does a step: the people of one township, of its county, and an operator."""
    county = place_of(directory, "")
    for one in directory.children(county):
        found = [_one_of(directory, it, county, one.division_code) for it in tour.STEPS]
        if all(found):
            return found[tour.STEPS.index(step)]
    return None


def _one_of(directory: Directory, step: tour.Step, county: str, township: str) -> Id | None:
    match step.where:
        case "office":
            units = [key for key, unit in directory.units_in(township) if unit.valid_to is None]
            people = directory.people_with(step.role, unit=units[0]) if units else []
        case "system":
            people = directory.people_with(step.role)
        case "county":
            people = directory.people_with(step.role, division=county)
        case _:
            people = directory.people_with(step.role, division=township)
    return people[0][0] if people else None


def _person_id(text: str) -> Id | None:
    try:
        return from_text(text)
    except ValueError:
        return None


def routes(pages: DemoLoginPages) -> APIRouter:
    web = APIRouter(include_in_schema=False, dependencies=[Depends(only_on_this_machine)])

    @web.get("/demo-login")
    @requires(Action.PUBLIC)
    async def page(request: Request) -> Response:
        return await pages.page(request)

    @web.post("/demo-login")
    @requires(Action.PUBLIC)
    async def sign_in(request: Request) -> Response:
        return await pages.sign_in(request)

    @web.post("/tour/{number}")
    @requires(Action.PUBLIC)
    async def enter_step(request: Request, number: int) -> Response:
        return await pages.tour(request, number)

    return web

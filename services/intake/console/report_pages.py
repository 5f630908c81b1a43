"""Pages where anybody reports something at a station, without an account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import RedirectResponse

from services.intake.actions.public import PublicActions
from services.intake.console.act_forms import FormErrors, placed
from services.intake.console.pages import CONSOLE
from services.intake.console.report_form import kept, read_report, report_form
from services.intake.domain.asker import Station
from shared.calendar import local_day
from shared.contracts.router import DirectoryStation
from shared.directory.snapshot import Directory
from shared.directory.succession import has_ended
from shared.errors import NotFound, Problem, Refused, Unavailable
from shared.rights import Action
from shared.text import _
from shared.web import components as ui
from shared.web import links
from shared.web.actor import requires
from shared.web.forms import Submitted, read_form, value_of
from shared.web.rate_limit import RateLimit, address_of, network_of

EMERGENCY = _("有人身危险、火情、急病的，请立即拨打110、119、120。")
StationCode = Annotated[str, Path(max_length=40, pattern=r"^[0-9A-Za-z._-]+$")]


@dataclass(frozen=True, slots=True)
class TownLine:
    """A town, or a station by itself, and the form of the station that takes its reports."""

    name: str
    href: str


@dataclass(frozen=True, slots=True)
class CountyLine:
    """A county with its towns, and who takes the report of somebody who does not know the town."""

    name: str
    towns: list[TownLine]
    unsure: TownLine


class ReportPages:
    """Renders the pages of reports; `often` limits the reports of one address.

    A form `asks_email` where notices can be sent by e-mail.
    """

    def __init__(self, actions: PublicActions, often: RateLimit, *, asks_email: bool) -> None:
        self._actions, self._often, self._asks_email = actions, often, asks_email

    async def choose(self, request: Request) -> Response:
        """Let the stranger choose the town, and with it the station."""
        directory = self._actions.directory
        today = local_day(await self._actions.stations.now())
        counties = list(_counties(directory, today))
        unsure = counties[0].unsure if counties else None
        return CONSOLE.render(
            request, "report_choose.html", frame=_FRAME, counties=counties, unsure=unsure
        )

    async def form(
        self,
        request: Request,
        code: str,
        submitted: Submitted | None = None,
        wrong: FormErrors | Problem | None = None,
    ) -> Response:
        """Show the form of a station, after a refusal with what was typed and what is wrong."""
        station = self._station(code)
        is_closed, heir = await self._actions.successor(station)
        if is_closed:
            return self._closed(request, station, heir)
        now = await self._actions.stations.now()
        unsure = "unsure" in (submitted or request.query_params)
        form = report_form(now, unsure=unsure, asks_email=self._asks_email)
        notes, status, headers = list[ui.Note](), 200, dict[str, str]()
        if submitted is not None and wrong is not None:
            errors, notes, status = placed(wrong, {})
            form = kept(form.filled(submitted, errors), submitted)
            if isinstance(wrong, Problem) and wrong.code == "id_reused":
                notes = [_arrived(submitted)]
        if isinstance(wrong, Unavailable):
            headers["Retry-After"] = str(wrong.retry_after)
        answer = CONSOLE.render(
            request,
            "report.html",
            frame=ui.Frame(crumbs=_FRAME.crumbs, notes=notes),
            status=status,
            form=form,
            station=self._name(station),
            code=code,
            emergency=EMERGENCY,
            unsure=unsure,
        )
        answer.headers.update(_KEPT_FOR_BACK | headers)
        return answer

    async def submit(self, request: Request, code: str) -> Response:
        """Submit a report and go to its page; a refused form is shown again."""
        submitted = await read_form(request)
        station = self._station(code)
        try:
            network = network_of(address_of(request))
            self._often.admit(network)
            form, contact = read_report(submitted)
            firm = form.firm_code
            if firm is None and form.firm:
                firm = await self._actions.registered(form.firm)
            body = form.item(station, firm, contact)
            await self._actions.report(station, body, form.secret, form.masks(firm), network)
        except (FormErrors, Refused, Unavailable) as wrong:
            return await self.form(request, code, submitted, wrong)
        return RedirectResponse(f"{links.PROPOSER}{form.secret}?new=1", 303)

    def _closed(self, request: Request, station: Station, heir: Station | None) -> Response:
        return CONSOLE.render(
            request,
            "report_closed.html",
            frame=_FRAME,
            status=410,
            station=self._name(station),
            heir=ui.Link(self._name(heir), f"{links.REPORT}/{heir.code}") if heir else None,
        )

    def _station(self, code: str) -> Station:
        found = self._actions.station(code)
        if found is None:
            raise NotFound(
                "unknown_station_page",
                _("没有这个联络站。"),
                _("请重新扫码，或从全市的反映页面选乡镇、街道。"),
            )
        return found

    def _name(self, station: Station) -> str:
        entry = self._actions.directory.station(station.station_id)
        return entry.name if entry else station.code


_KEPT_FOR_BACK = {"Cache-Control": "private, no-cache"}
"""Going back shows the same form with the same id: sent again it is the same report."""


def _arrived(submitted: Submitted) -> ui.Note:
    """Follow a report that has arrived already by its link."""
    link = ui.Link(_("看这一件"), f"{links.PROPOSER}{value_of(submitted, 'secret')}")
    words = _(
        "这件已经收到，没有再记一次。要补充，请在它的页面上补充；另一件事，请重新打开这一页。"
    )
    return ui.Note("amber", words, link)


_FRAME = ui.Frame(crumbs=(ui.Crumb(_("反映问题和建议")),))


def _counties(directory: Directory, today: date) -> Sequence[CountyLine]:
    """The counties with the towns that have an open station, by their codes."""
    main: dict[str, DirectoryStation] = {}
    for _key, station in sorted(directory.stations().items(), key=lambda one: one[1].code):
        if station.parent_id is None and not has_ended(station, today):
            main.setdefault(station.division_code, station)
    lines: dict[str, CountyLine] = {}
    for division, station in sorted(main.items()):
        above = directory.ancestors(division)
        county = next((one for one in above if one.level == "county"), above[-1])
        href = f"{links.REPORT}/{station.code}"
        unsure = TownLine(station.name, f"{href}?unsure=1")
        line = lines.setdefault(county.division_code, CountyLine(county.name, [], unsure))
        line.towns.append(TownLine(above[0].name, href))
    return list(lines.values())


def report_routes(pages: ReportPages, limited: Any) -> APIRouter:
    """The pages of reports; `limited` counts the requests of an address."""
    web = APIRouter(include_in_schema=False, dependencies=[Depends(limited)])

    @web.get("/report")
    @requires(Action.PUBLIC)
    async def choose(request: Request) -> Response:
        return await pages.choose(request)

    @web.get("/report/{code}")
    @requires(Action.PUBLIC)
    async def form(request: Request, code: StationCode) -> Response:
        return await pages.form(request, code)

    @web.post("/report/{code}")
    @requires(Action.PUBLIC)
    async def submit(request: Request, code: StationCode) -> Response:
        return await pages.submit(request, code)

    return web

"""Pages of stations' keys: which there are, a new one, the end of one.

A key pair is made here only for the answer that hands it out, as on the command line: the private
part is never stored, logged or shown again. A browser cannot make it for everybody (not every one
knows Ed25519, and pages work without scripts). Who wants the private key never to leave the
station's app makes the pair there and enters the public part.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import segno
from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from services.intake.actions.keys import KeyActions, KeyCount
from services.intake.console.pages import CONSOLE
from services.intake.domain.asker import Station
from services.intake.domain.station_keys import (
    StationKey,
    enrolment,
    new_key,
    require_public_key,
)
from services.intake.store import StoredKey
from shared.calendar import local_day
from shared.directory import Directory
from shared.directory.succession import has_ended
from shared.ids import TAIL, Id, to_text
from shared.rights import Action
from shared.tables.rows import RowError
from shared.text import CleanText, Text, _
from shared.web import components as ui
from shared.web import links
from shared.web.actor import Actor, CurrentActor, just_proved, requires
from shared.web.forms import Form, Submitted, errors_of, read_form, validated
from shared.web.menu import frame_of

MAX_STATIONS = 200
Code = Annotated[str, Path(pattern=r"^[0-9A-Za-z][0-9A-Za-z_-]{0,63}$")]
_Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), CleanText]


class _KeyForm(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EnrolForm(_KeyForm):
    """A new pair, for the station itself or for the person there with this code."""

    person_code: _Short = ""


class PublicKeyForm(EnrolForm):
    """The public part of a pair that the app made; `x` is that of its JWK."""

    kid: _Short
    x: _Short


class RevokeForm(_KeyForm):
    kid: _Short
    sure: Literal["yes"]


class KeyPages:
    def __init__(self, actions: KeyActions) -> None:
        self._actions = actions

    async def list(self, request: Request, by: Actor) -> Response:
        """Show the stations of somebody's area, those without a key first."""
        directory, found = self._actions.copy.snapshot, await self._actions.count_keys(by)
        if request.query_params.get("show") == "missing":
            found = [one for one in found if one.lacks_key]
        return CONSOLE.render(
            request,
            "keys.html",
            frame=frame_of(by, directory, links.STATION_KEYS, ui.Crumb(_("联络站的密钥"))),
            lines=[_line(one, directory) for one in found[:MAX_STATIONS]],
            count=len(found),
            shown=MAX_STATIONS,
            show=request.query_params.get("show", ""),
        )

    async def missing(self, request: Request, by: Actor) -> Response:
        """Count the stations without a key, for the check list."""
        lacking = sum(one.lacks_key for one in await self._actions.count_keys(by))
        href = f"{links.STATION_KEYS}?show=missing"
        return CONSOLE.render(request, "missing.html", count=lacking, href=href)

    async def station(
        self,
        request: Request,
        by: Actor,
        code: str,
        refused: tuple[str, Submitted, Mapping[str, Text]] | None = None,
    ) -> Response:
        """Show a station's keys and the forms; a refused one, by its address, as filled in."""
        directory, station = self._actions.copy.snapshot, self._actions.administered(by, code)
        stored, today = await self._actions.list_keys(code), local_day(await self._actions.now())
        entry = directory.station(station.station_id)
        is_open = entry is not None and not has_ended(entry, today)
        forms, notes = _forms(station, directory, stored, is_open=is_open), list[Text]()
        if refused:
            do, typed, errors = refused
            notes = [] if do in forms else list(errors.values())
            forms = {n: f.filled(typed, errors) if n == do else f for n, f in forms.items()}
        return CONSOLE.render(
            request,
            "station_keys.html",
            frame=self._frame(request, by, ui.Crumb(_("密钥")), notes=notes),
            status=422 if refused else 200,
            shown_at=links.keys_of_station(code),
            name=entry.name if entry else code,
            code=code,
            directory_page=f"{links.DIRECTORY}/stations/{to_text(station.station_id)}",
            lines=[_key_line(one, directory) for one in stored],
            forms=forms,
            opened=refused[0] if refused else "",
        )

    def _frame(
        self, request: Request, by: Actor, *crumbs: ui.Crumb, notes: Sequence[Text] = ()
    ) -> ui.Frame:
        """Stand a page in its frame; `notes` are errors of a form that is not shown any more."""
        words = _DONE.get(request.query_params.get("done", ""))
        shown = [ui.Note("blue", words)] if words else []
        shown += [ui.Note("amber", one) for one in notes]
        top = ui.Crumb(_("联络站的密钥"), links.STATION_KEYS)
        directory = self._actions.copy.snapshot
        return frame_of(by, directory, links.STATION_KEYS, top, *crumbs, notes=shown)

    async def enrol(self, request: Request, by: Actor, code: str) -> Response:
        """Make a pair, store its public part, and hand out the whole in this answer only."""
        self._actions.administered(by, code)
        typed = await read_form(request)
        key, private = new_key(code)
        content = enrolment(key, private, links.site_of(request))
        try:
            form = validated(EnrolForm, typed)
            await self._actions.add_key(key, form.person_code, by.person_id)
        except (ValidationError, RowError) as wrong:
            return await self.station(request, by, code, ("enrol", typed, _errors(wrong)))
        return CONSOLE.render(
            request,
            "new_key.html",
            frame=self._frame(request, by, ui.Crumb(code, links.keys_of_station(code)),
                              ui.Crumb(_("新密钥"))),
            shown_at=links.keys_of_station(code),
            code=code,
            kid=key.kid,
            file=f"data:application/json;base64,{b64encode(content.encode()).decode()}",
            picture=segno.make_qr(content, error="l").svg_data_uri(scale=3, border=4),
            back=links.keys_of_station(code),
        )  # fmt: skip

    async def add(self, request: Request, by: Actor, code: str) -> Response:
        """Enter the public key of a pair that the station's app made."""
        self._actions.administered(by, code)
        typed = await read_form(request)
        try:
            form = validated(PublicKeyForm, typed)
            require_public_key(form.kid, form.x)
            key = StationKey(form.kid, code, form.x)
            await self._actions.add_key(key, form.person_code, by.person_id)
        except (ValidationError, RowError) as wrong:
            return await self.station(request, by, code, ("add", typed, _errors(wrong)))
        return RedirectResponse(f"{links.keys_of_station(code)}?done=added", 303)

    async def revoke(self, request: Request, by: Actor, code: str) -> Response:
        self._actions.administered(by, code)
        typed = await read_form(request)
        try:
            form = validated(RevokeForm, typed)
        except ValidationError as wrong:
            return await self.station(request, by, code, ("revoke", typed, _errors(wrong)))
        if not await self._actions.revoke_key(form.kid, by.person_id, code):
            errors = {"kid": _("没有这把在用的密钥，可能刚被吊销")}
            return await self.station(request, by, code, ("revoke", typed, errors))
        return RedirectResponse(f"{links.keys_of_station(code)}?done=revoked", 303)


_DONE: Mapping[str, Text] = {
    "added": _("公钥已登记，应用现在就可以用它签名"),
    "revoked": _("密钥已吊销，两秒内各处都不再接受它的签名"),
}


def _errors(wrong: ValidationError | RowError) -> Mapping[str, Text]:
    if isinstance(wrong, ValidationError):
        errors = dict(errors_of(wrong))
        if "sure" in errors:
            errors["sure"] = _("请勾选，确认吊销")
        return errors
    column = "person_code" if wrong.column == "station_code" else wrong.column
    return {column: wrong.message}


def _forms(
    station: Station, directory: Directory, stored: Sequence[StoredKey], *, is_open: bool
) -> dict[str, Form]:
    """The forms that may be used now; a closed station gets no new key."""
    here, forms = links.keys_of_station(station.code), dict[str, Form]()
    live = [one.key for one in stored if one.revoked_at is None]
    if is_open:
        whose = ui.Field(
            "person_code", _("给谁用"), options=list(_people(station, directory)),
            control="select", required=False,
            hint=_("不选就是给站里的应用：提交意见建议和活动，不能受理；选了人，就有此人在这里的职责"),
        )  # fmt: skip
        forms["enrol"] = Form(_("发一把新密钥"), [whose], f"{here}/enrol")
        kid = ui.Field("kid", _("密钥编号"), hint=_("应用给这对密钥起的编号（JWK的kid）"))
        x = ui.Field("x", _("公钥"), hint=_("Ed25519公钥，JWK里的x"))
        forms["add"] = Form(_("登记应用自己的公钥"), [kid, x, whose], f"{here}/add")
    if live:
        options = [
            ui.Option(
                it.kid, _("%(kid)s，%(whose)s", kid=it.kid, whose=_whose(it.person_id, directory))
            )
            for it in live
        ]
        which = ui.Field("kid", _("吊销哪一把"), options=options, control="select")
        sure = ui.Field("sure", _("确认：用它的应用从此不能提交"), control="check")
        forms["revoke"] = Form(_("吊销密钥"), [which, sure], f"{here}/revoke")
    return forms


def _people(station: Station, directory: Directory) -> Sequence[ui.Option]:
    """Offer the people with a role at the station or its main one."""
    people = directory.people
    keys = {
        key for place in directory.with_main(station.station_id)
        for key in people.by_office.get(place, ())
    }  # fmt: skip
    found = [(one.name, one.code) for _key, one in people.read(sorted(keys)) if one.code]
    return [ui.Option(code, name) for name, code in sorted(found)]


def _whose(person: Id | None, directory: Directory) -> Text:
    if person is None:
        return _("站里的应用")
    found = directory.person(person)
    return found.name if found else to_text(person)[TAIL]


def _who(person: Id | None, directory: Directory) -> Text:
    return _("命令行") if person is None else _whose(person, directory)


def _key_line(one: StoredKey, directory: Directory) -> Mapping[str, Any]:
    return {
        "kid": one.key.kid,
        "whose": _whose(one.key.person_id, directory),
        "added_at": one.added_at,
        "added_by": _who(one.added_by, directory),
        "used_at": one.used_at,
        "revoked_at": one.revoked_at,
        "revoked_by": _who(one.revoked_by, directory) if one.revoked_at else "",
    }


def _line(one: KeyCount, directory: Directory) -> Mapping[str, Any]:
    place = directory.division(one.division_code)
    return {
        "name": one.name,
        "code": one.code,
        "href": links.keys_of_station(one.code),
        "place": place.name if place else one.division_code,
        "live": one.live,
        "used_at": one.used_at,
    }


def key_routes(pages: KeyPages, officer: CurrentActor) -> APIRouter:
    web = APIRouter(prefix="/keys", include_in_schema=False)
    who: Any = Depends(officer)
    proved: Any = Depends(just_proved(officer))

    @web.get("")
    @requires(Action.STATION_KEY_MANAGE)
    async def stations(request: Request, by: Annotated[Actor, who]) -> Response:
        return await pages.list(request, by)

    @web.get("/missing")
    @requires(Action.STATION_KEY_MANAGE)
    async def missing(request: Request, by: Annotated[Actor, who]) -> Response:
        return await pages.missing(request, by)

    @web.get("/stations/{code}")
    @requires(Action.STATION_KEY_MANAGE)
    async def station(request: Request, by: Annotated[Actor, who], code: Code) -> Response:
        return await pages.station(request, by, code)

    @web.post("/stations/{code}/enrol")
    @requires(Action.STATION_KEY_MANAGE)
    async def enrol(request: Request, by: Annotated[Actor, proved], code: Code) -> Response:
        return await pages.enrol(request, by, code)

    @web.post("/stations/{code}/add")
    @requires(Action.STATION_KEY_MANAGE)
    async def add(request: Request, by: Annotated[Actor, proved], code: Code) -> Response:
        return await pages.add(request, by, code)

    @web.post("/stations/{code}/revoke")
    @requires(Action.STATION_KEY_MANAGE)
    async def revoke(request: Request, by: Annotated[Actor, proved], code: Code) -> Response:
        return await pages.revoke(request, by, code)

    return web

"""A new unit or station by a form, under the same rule as a line of a table."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from services.router import store
from services.router.directory.console.labels import HERE, division_address, place_name
from services.router.directory.console.pages import DirectoryPages
from services.router.directory.domain.commands import PutEntry
from services.router.directory.domain.import_plan import ImportContext
from services.router.directory.domain.rights import admin_scope
from services.router.directory.domain.tables import COLUMNS, new_station, new_unit
from shared.errors import Conflict
from shared.ids import to_text
from shared.tables.rows import RowError
from shared.text import Sentence, Text, _
from shared.web import components as ui
from shared.web.actor import Actor

Made = Literal["units", "stations"]
TITLES: Mapping[Made, Sentence] = {"units": _("新增承办单位"), "stations": _("新增联络站")}
_FIELDS: Mapping[Made, tuple[ui.Field, ...]] = {
    "units": (
        ui.Field("kind_code", _("类别"), hint=_("事项表里的部门类别代码，例如finance")),
        ui.Field("name", _("名称")),
        ui.Field("short_name", _("简称")),
        ui.Field("vertical", _("垂直管理"), required=False, control="check"),
    ),
    "stations": (
        ui.Field("code", _("代码"), hint=_("用字母、数字、-和_，以后不变")),
        ui.Field("name", _("名称")),
        ui.Field("parent_code", _("总站"), hint=_("联络点填总站的代码"), required=False),
    ),
}
_ENTRIES: Mapping[Made, Callable[[Mapping[str, str], ImportContext], PutEntry]] = {
    "units": new_unit,
    "stations": new_station,
}
Typed = Mapping[str, str]


class NewEntryPages:
    """Shows the form of a new unit or station, and enters what it says."""

    def __init__(self, pages: DirectoryPages) -> None:
        self._pages = pages

    def form(
        self, request: Request, by: Actor, kind: Made, typed: Typed, wrong: RowError | None = None
    ) -> Response:
        """Ask for what the table's columns hold; the division stands in the address."""
        code = typed.get("division_code", "")
        error: Text = wrong.message if wrong else ""
        fields = [
            replace(one, value=typed.get(one.name, ""),
                    error=error if wrong and wrong.column == one.name else "")
            for one in _FIELDS[kind]
        ]  # fmt: skip
        notes = []
        if wrong and not any(one.error for one in fields):
            todo = _("%(why)s。%(todo)s", why=wrong.message, todo=wrong.what_to_do)
            notes = [ui.Note("amber", todo)]
        place = place_name(self._pages.copy.snapshot, code)
        return self._pages.render(
            request, by, "new.html",
            [ui.Crumb(_("名录"), HERE), ui.Crumb(place, division_address(code)),
             ui.Crumb(TITLES[kind])],
            notes=notes,
            status=422 if wrong else 200,
            title=TITLES[kind], place=place, kind=kind, code=code, fields=fields,
        )  # fmt: skip

    async def make(self, request: Request, by: Actor, kind: Made) -> Response:
        """Enter it, or show the form again as it was typed, with what is wrong."""
        sent = await request.form()
        typed = {one: str(sent.get(one, "")).replace("\0", "\ufffd") for one in COLUMNS[kind]}
        async with self._pages.messaging.db.begin() as tx:
            standing = await store.read_standing(tx)
            context = ImportContext(standing.directory, tx.now, admin_scope(by))
        try:
            put = _ENTRIES[kind](typed, context)
            if put.key in standing.rows:
                raise _taken(kind)
            new = replace(put, basis=0)
            (applied,) = await self._pages.messaging.execute_all(self._pages.entries, [new])
        except RowError as wrong:
            return self.form(request, by, kind, typed, wrong)
        except Conflict:  # somebody entered it in between
            return self.form(request, by, kind, typed, _taken(kind))
        return RedirectResponse(f"{HERE}/{kind}/{to_text(put.key)}?seen={applied.seen}", 303)


def _taken(kind: Made) -> RowError:
    column = "kind_code" if kind == "units" else "code"
    return RowError(
        column,
        _("名录里已经有了，没有重复登记"),
        _("请在它自己的页面上修改。"),
    )

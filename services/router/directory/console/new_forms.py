"""Forms by which administrators enter new units and stations."""

from collections.abc import Mapping

from services.router.directory.console.labels import HERE
from services.router.directory.domain.tables import NewKind
from shared.directory import Directory
from shared.text import Sentence, _
from shared.web import components as ui
from shared.web.forms import Form

NEW_TITLES: Mapping[NewKind, Sentence] = {"units": _("新增承办单位"), "stations": _("新增联络站")}
_NEW_FIELDS: Mapping[NewKind, tuple[ui.Field, ...]] = {
    "units": (
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


def new_form(kind: NewKind, code: str, directory: Directory) -> Form:
    fields = [ui.Field("division_code", "", code, control="hidden"), *_NEW_FIELDS[kind]]
    if kind == "units":
        fields.insert(1, _kind_field(directory, code))
    return Form(NEW_TITLES[kind], fields, f"{HERE}/new/{kind}")


def _kind_field(directory: Directory, code: str) -> ui.Field:
    """Ask for a kind of office: a new one, or one that others of this level have elsewhere."""
    here = {unit.kind_code for _key, unit in directory.units_in(code)}
    place = directory.division(code)
    beside = [it.division_code for it in directory.divisions() if place and it.level == place.level]
    units = [unit for it in beside for _key, unit in directory.units_in(it)]
    names = {one.kind_code: one.short_name for one in units if one.kind_code not in here}
    kinds = [ui.Option(kind, _("如%(unit)s", unit=name)) for kind, name in sorted(names.items())]
    hint = _("别处已有的类别可以选；新的类别自己填，用字母、数字、-和_，以后不变")
    return ui.Field("kind_code", _("类别"), hint=hint, options=kinds)

"""Forms by which administrators enter new units, stations, people and entries of lists."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import get_args

from services.router.directory.console.forms import NO_ROLES, list_fields
from services.router.directory.console.labels import HERE, ORGANS, ROLES, level_words
from services.router.directory.console.offices import offices, stations_near
from services.router.directory.console.view_models import ViewContext
from services.router.directory.domain.model import DISPATCHING, is_street
from services.router.directory.domain.new_person import Lines
from services.router.directory.domain.people_import import STREET_REP
from services.router.directory.domain.tables import COLUMNS, NewEntryErrors, TableKind
from shared.contracts.codes import Level
from shared.contracts.lists import PolicyLevel
from shared.directory import Directory
from shared.ids import to_text
from shared.rights.table import PLACELESS
from shared.tables.rows import RowError
from shared.text import Sentence, Text, _
from shared.web import components as ui
from shared.web.forms import Form, Submitted, value_of

NEW_TITLES: Mapping[TableKind, Sentence] = {
    "organs": _("新增机构"),
    "units": _("新增承办单位"),
    "stations": _("新增联络站"),
    "deputies": _("新增代表"),
    "officers": _("新增工作人员"),
    "policies": _("新增政策"),
    "themes": _("新增活动主题"),
    "functions": _("新增联络站功能"),
    "groups": _("新增代表小组"),
}
SEATS = ("seat", "second_seat", "third_seat")
"""Deputies of several congresses: each mandate is a line of the table."""
_FIELD_OF: Mapping[TableKind, Mapping[str, str]] = {
    "organs": {},
    "units": {},
    "stations": {},
    "deputies": {"level": "seat", "division_code": "seat"},
    "officers": {
        "division_code": "place",
        "unit_kind": "place",
        "station_code": "place",
        "organ_code": "place",
    },
    "policies": {},
    "themes": {},
    "functions": {},
    "groups": {},
}
"""The fields that stand for columns of the table."""


def new_form(kind: TableKind, code: str, view: ViewContext) -> Form:
    """Build the form; it offers what lies in the division and near it."""
    division = ui.Field("division_code", "", code, control="hidden")
    fields = list(_fields(kind, code, view))
    return Form(NEW_TITLES[kind], [division, *fields], f"{HERE}/new/{kind}")


def _fields(kind: TableKind, code: str, view: ViewContext) -> Iterator[ui.Field]:
    match kind:
        case "organs":
            yield from _of_organ()
        case "units":
            yield _kind_field(view.directory, code)
            yield ui.Field("name", _("名称"))
            yield ui.Field("short_name", _("简称"))
            yield ui.Field("vertical", _("垂直管理"), required=False, control="check")
        case "stations":
            yield ui.Field("code", _("代码"), hint=_CODE)
            yield ui.Field("name", _("名称"))
            yield ui.Field("parent_code", _("总站"), hint=_("联络点填总站的代码"), required=False)
        case "deputies":
            yield from _of_person()
            yield from _of_deputy(code, view)
        case "officers":
            yield from _of_person()
            yield from _of_officer(code, view)
        case "policies":
            yield from _of_list(_level_field(view.directory))
        case "themes" | "functions" | "groups":
            yield from _of_list()


_CODE: Sentence = _("用字母、数字、-和_，以后不变")


def _of_organ() -> Iterator[ui.Field]:
    kinds = [ui.Option(it, words) for it, words in ORGANS.items() if it != DISPATCHING]
    yield ui.Field("kind", _("类别"), options=kinds, control="select")
    yield ui.Field("code", _("代码"), hint=_CODE)
    yield ui.Field("name", _("名称"))


def _of_list(*more: ui.Field) -> Iterator[ui.Field]:
    yield ui.Field("code", _("代码"), hint=_CODE)
    yield from more
    yield from list_fields()


def _level_field(directory: Directory) -> ui.Field:
    levels = [ui.Option(level, level_words(directory, level)) for level in get_args(PolicyLevel)]
    return ui.Field("level", _("哪一级的"), options=levels, control="select")


def _of_person() -> Iterator[ui.Field]:
    hint = _("用字母、数字、-和_，以后不变；与统一身份认证里的编号相同")
    yield ui.Field("code", _("编号"), hint=hint)
    yield ui.Field("name", _("姓名"))


def _of_deputy(code: str, view: ViewContext) -> Iterator[ui.Field]:
    seats = list(_seats(code, view))
    labels: Sequence[Text] = (_("代表职务"), _("第二项代表职务"), _("第三项代表职务"))
    for name, label in zip(SEATS, labels, strict=True):
        is_first = name == SEATS[0]
        yield ui.Field(name, label, options=seats, control="select", required=is_first)
    near = stations_near(view.directory, code)
    stations = [ui.Option(station.code, station.name) for _key, station in near]
    yield ui.Field("station_code", _("联络站"), options=stations, control="select", required=False)
    yield ui.Field("leadership", _("领导干部代表"), required=False, control="check")
    hint = _("领导干部代表的联系人，填此人的编号")
    yield ui.Field("liaison_code", _("联系人"), hint=hint, required=False)


def _seats(code: str, view: ViewContext) -> Iterator[ui.Option]:
    """Offer the congresses of the reader's area: of the division, those above and those below."""
    directory = view.directory
    near = (*directory.ancestors(code), *directory.children(code))
    for one in (one for one in near if one.level in get_args(Level) and view.offers(one)):
        if is_street(one):
            words = _("%(place)s街道选民代表", place=one.name)
            yield ui.Option(f"{STREET_REP}/{one.division_code}", words)
        else:
            words = _("%(place)s人大代表", place=one.name)
            yield ui.Option(f"{one.level}/{one.division_code}", words)


def _of_officer(code: str, view: ViewContext) -> Iterator[ui.Field]:
    hidden = NO_ROLES if view.reader.is_everywhere else NO_ROLES | PLACELESS
    roles = [ui.Option(role, words) for role, words in ROLES.items() if role not in hidden]
    yield ui.Field("role", _("角色"), options=roles, control="select")
    places = offices(view, code)
    yield ui.Field("place", _("在哪里"), options=places, control="select")
    yield ui.Field("valid_from", _("从哪天起"), view.today.isoformat(), control="date")
    yield ui.Field("valid_to", _("到哪天止"), required=False, control="date")


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


def lines_of(kind: TableKind, typed: Submitted, directory: Directory) -> Lines:
    """Write what was typed as the lines of a table."""
    cells = {column: value_of(typed, column) for column in COLUMNS[kind]}
    if kind == "deputies":
        seats = [value_of(typed, name) for name in SEATS]
        parts = [one.partition("/") for one in seats if one] or [("", "", "")]
        return [cells | {"level": level, "division_code": code} for level, _slash, code in parts]
    if kind == "officers":
        return [{**cells, **_place_of(value_of(typed, "place"), directory)}]
    return [cells]


def _place_of(place: str, directory: Directory) -> Mapping[str, str]:
    """Read the value of a place, `331004/unit:…`, as the columns of the table."""
    code, _slash, office = place.partition("/")
    for key, unit in directory.units_in(code):
        if office == f"unit:{to_text(key)}":
            return {"division_code": code, "unit_kind": unit.kind_code}
    for key, organ in directory.organs_in(code):
        if office == f"organ:{to_text(key)}":
            return {"division_code": code, "organ_code": organ.code}
    for key, station in directory.stations().items():
        if office == f"station:{to_text(key)}":
            return {"division_code": code, "station_code": station.code}
    return {"division_code": code}


def refused_form(
    form: Form, kind: TableKind, typed: Submitted, wrong: NewEntryErrors
) -> tuple[Form, RowError | None]:
    """Give a form back as typed, each error at its field, and the one of no field.

    Where the person has the name of another, it also asks whether they are somebody else.
    """
    field_of = _FIELD_OF[kind]
    errors = {field_of.get(name, name): wrong.errors[name] for name in reversed([*wrong.errors])}
    if "are_others" in errors:
        words = _("已核对，确是另外的人")
        asked = ui.Field("are_others", words, required=False, control="check")
        form = replace(form, fields=[*form.fields, asked])
    unplaced = errors.pop("", None) or errors.pop("division_code", None)
    return form.filled(typed, {name: one.message for name, one in errors.items()}), unplaced

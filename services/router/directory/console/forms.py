"""Forms by which administrators change entries and enter new ones."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from pydantic import ValidationError, model_validator

from services.router.directory.console import labels
from services.router.directory.console.labels import ROLES, held_words, period
from services.router.directory.console.offices import offices
from services.router.directory.console.view_models import ChangeLine, ViewContext
from services.router.directory.domain import role_holders
from services.router.directory.domain.commands import Edit
from services.router.directory.domain.edits import EDITS
from services.router.directory.domain.grant_edits import AddGrant
from services.router.directory.domain.model import DISPATCHING, EntryRow
from services.router.directory.domain.rights import why_not_moved
from shared.contracts import lists
from shared.contracts import router as entries
from shared.directory.succession import has_ended, was_taken_over
from shared.errors import Refused
from shared.ids import Id, to_text
from shared.rights.table import PLACELESS
from shared.text import Text, _, n_
from shared.web import components as ui
from shared.web.forms import Form, Submitted, errors_of, validated, value_of
from shared.web.problems import invalid

NO_ROLES = frozenset({"deputy"})
"""Held by a mandate, not given."""


class GrantForm(AddGrant):
    """The form of a grant: `division_code` holds the place, `331004/unit:…`."""

    @model_validator(mode="before")
    @classmethod
    def _split_place(cls, typed: dict[str, Any]) -> dict[str, Any]:
        division, _slash, place = typed.get("division_code", "").partition("/")
        kind, _colon, key = place.partition(":")
        divided = {"division_code": division, f"{kind}_id": key}
        return typed | {name: value for name, value in divided.items() if value}


_MODELS: Mapping[str, type[Edit]] = EDITS | {"add_grant": GrantForm}


@dataclass(frozen=True, slots=True)
class RefusedForm:
    """An edit form as filled in, and the reason of its refusal."""

    submitted: Submitted
    why: ValidationError | Refused

    @property
    def do(self) -> str:
        return value_of(self.submitted, "do")


@dataclass(frozen=True, slots=True)
class EditForm(Form):
    """A form of an entry; a refused one is open."""

    do: str = ""
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """Source of the forms' options: the reader's view, the entry, values from its URL."""

    view: ViewContext
    key: Id
    query: Mapping[str, str] = field(default_factory=dict)

    def last_day(self, stored: date | None = None) -> ui.Field:
        """Field of the last day of validity, inclusive; defaults to the stored day, else today."""
        hint = _("这一天仍有效，第二天起不再有效")
        day = (stored or self.view.today).isoformat()
        return ui.Field("last_day", _("最后一天"), value=day, hint=hint, control="date")

    def period(self) -> list[ui.Field]:
        today = self.view.today.isoformat()
        return [
            ui.Field("valid_from", _("从哪天起"), today, control="date"),
            ui.Field("valid_to", _("到哪天止"), required=False, control="date"),
        ]


@dataclass(frozen=True, slots=True)
class Choice:
    """The person to choose for a place; the role is given on that person's page."""

    at: str
    people: ui.Field

    def without_choice(self) -> "Choice":
        """The same after nobody was chosen."""
        return replace(self, people=replace(self.people, error=_("请选择一个人")))


def read(submitted: Submitted) -> Edit:
    """Parse a form into its edit; raises ValidationError, and Invalid for an unknown form."""
    do = value_of(submitted, "do")
    if do not in _MODELS:
        raise invalid([])
    return validated(_MODELS[do], submitted, f"{do}-")


def _forms_of(offer: Offer, entry: Any) -> list[EditForm]:
    forms: list[EditForm] = []
    match entry:
        case entries.DirectoryPerson():
            forms = _of_person(offer, entry)
        case entries.DirectoryUnit():
            forms = _of_unit(offer, entry)
        case entries.DirectoryDivision():
            forms = _of_division(offer, entry)
        case entries.DirectoryStation():
            forms = _of_station(offer, entry)
        case lists.DirectoryListed():
            forms = _of_listed(offer, entry)
        case entries.DirectoryOrgan():
            forms = _of_organ(offer, entry)
    return forms


def _of_organ(offer: Offer, organ: entries.DirectoryOrgan) -> list[EditForm]:
    rename = _form("rename_organ", _("改名称"), [ui.Field("name", _("名称"), value=organ.name)])
    if organ.kind == DISPATCHING:
        return [rename]
    return [rename, *_plain_end(offer, organ, "end_organ", _("撤销"), _("恢复存续"))]


def _plain_end(
    offer: Offer,
    entry: entries.DirectoryOrgan | lists.DirectoryListed,
    do: str,
    words: Text,
    undo: Text,
) -> Iterator[EditForm]:
    """The form that ends an entry without a successor, and the one that undoes it."""
    reason = ui.Field("reason", _("原因"), entry.end_reason, control="textarea")
    if not has_ended(entry, offer.view.today):
        yield _form(do, words, [offer.last_day(entry.valid_to), reason])
    if entry.valid_to:
        yield _form("cancel_end", undo, [])


def _form(do: str, words: Text, fields: Sequence[ui.Field], *, is_open: bool = False) -> EditForm:
    return EditForm(words, fields, do=do, is_open=is_open)


def _of_person(offer: Offer, person: entries.DirectoryPerson) -> list[EditForm]:
    view = offer.view
    hidden = NO_ROLES if view.reader.is_everywhere else NO_ROLES | PLACELESS
    roles = [ui.Option(role, words) for role, words in ROLES.items() if role not in hidden]
    at, role = offer.query.get("at", ""), offer.query.get("role", "")
    places = offices(view, person.division_code, at)
    whom = ui.Field("person_id", _("代理谁"), options=_colleagues(offer, person), control="select")
    return [
        _form(
            "add_grant",
            _("增加任职"),
            [
                ui.Field("role", _("角色"), value=role, options=roles, control="select"),
                ui.Field("division_code", _("在哪里"), value=at, options=places, control="select"),
                *offer.period(),
            ],
            is_open=bool(at),
        ),
        *_ending(offer, "end_grant", _("结束任职"), _("哪一项任职"), person.grants),
        _form("add_stand_in", _("由此人代理别人"), [whom, *offer.period()]),
        *_ending(offer, "end_stand_in", _("结束代理"), _("哪一项代理"), person.stands_in_for),
    ]


def _ending(
    offer: Offer,
    do: str,
    words: Text,
    label: Text,
    parts: Sequence[entries.Grant | entries.StandIn],
) -> list[EditForm]:
    """The form that ends one of `parts`; empty if all are over."""
    directory, today = offer.view.directory, offer.view.today
    options = [
        ui.Option(
            str(which),
            _("%(what)s，%(period)s", what=held_words(directory, one), period=period(one)),
        )
        for which, one in enumerate(parts)
        if role_holders.state_of(one, today) != "over"
    ]
    which = ui.Field("which", label, options=options, control="select")
    return [_form(do, words, [which, offer.last_day()])] if options else []


def _colleagues(offer: Offer, person: entries.DirectoryPerson) -> list[ui.Option]:
    people = offer.view.directory.people
    found = [
        (key, one)
        for key, one in people.at(people.by_division, person.division_code)
        if (one.grants or one.stands_in_for) and key != offer.key
    ]
    return _named(offer.view, found)


def _named(
    view: ViewContext, people: Iterable[tuple[Id, entries.DirectoryPerson]]
) -> list[ui.Option]:
    """Offer people by name, each with what tells them from another of the same name."""
    directory, today = view.directory, view.today
    named = [(key, one.name, labels.known_as(directory, one, today)) for key, one in people]
    return [
        ui.Option(to_text(key), _("%(name)s，%(what)s", name=name, what=what))
        for key, name, what in sorted(named, key=lambda it: it[1])
    ]


def _of_unit(offer: Offer, unit: entries.DirectoryUnit) -> list[EditForm]:
    heirs = [
        ui.Option(to_text(key), one.short_name)
        for key, one in offer.view.directory.units_in(unit.division_code)
        if key != offer.key and one.valid_to is None
    ]
    tasks = offer.view.tasks.get(offer.key, 0)
    hint = n_("在办的%(num)s件由它接着办，期限不变", tasks)
    alone = n_("没有接续单位，在办的%(num)s件由交办人员逐件指定", tasks)
    heir = to_text(unit.successor_id) if unit.successor_id else ""
    return [
        _form("rename_unit", _("改名称"), [
            ui.Field("name", _("名称"), value=unit.name),
            ui.Field("short_name", _("简称"), value=unit.short_name),
        ]),
        *_end(offer, unit, "end_unit", _("撤并"), ui.Field(
            "successor_id", _("接续单位"), heir, hint=hint, required=False, options=heirs,
            control="select",
        ), alone),
    ]  # fmt: skip


def _of_division(offer: Offer, division: entries.DirectoryDivision) -> list[EditForm]:
    heirs = _siblings(offer, division.parent_code or "", division.division_code)
    hint = _("以后的事由它办理；以前的事仍按原代码可查")
    heir = division.successor_code or ""
    return [
        _form("rename_division", _("改名称"),
              [ui.Field("name", _("名称"), value=division.name)]),
        *_end(offer, division, "end_division", _("撤并"), ui.Field(
            "successor_code", _("并入"), heir, hint=hint, required=False, options=heirs,
            control="select",
        ), _("不并入其他地方，以后的事没有地方办理")),
    ]  # fmt: skip


def _of_station(offer: Offer, station: entries.DirectoryStation) -> list[EditForm]:
    here = offer.view.directory.division(station.division_code)
    beside = _siblings(offer, (here.parent_code if here else None) or "")
    there = offer.view.reader, offer.view.directory, offer.key, station
    places = [it for it in beside if not why_not_moved(*there, it.value)]
    hint = _("以后的意见建议由它接收；以前收的不变")
    heir = to_text(station.successor_id) if station.successor_id else ""
    return [
        _form("change_station", _("改名称或所属地方"), [
            ui.Field("name", _("名称"), value=station.name),
            ui.Field("division_code", _("地方"), station.division_code,
                     options=places, control="select"),
        ]),
        *_end(offer, station, "end_station", _("撤销"), ui.Field(
            "successor_id", _("接续的联络站"), heir, hint=hint, required=False,
            options=_station_heirs(offer, station.division_code), control="select",
        ), _("没有接续的联络站")),
    ]  # fmt: skip


def _of_listed(offer: Offer, entry: lists.DirectoryListed) -> list[EditForm]:
    return [
        _form("change_listed", _("改名称"), list_fields(entry.name, entry.category, entry.source)),
        *_plain_end(offer, entry, "end_listed", _("停用"), _("恢复使用")),
    ]


def list_fields(name: str = "", category: str = "", source: str = "") -> list[ui.Field]:
    """Ask what an entry of a list is called."""
    return [
        ui.Field("name", _("名称"), name),
        ui.Field("category", _("分类"), category, hint=_("同一分类的排在一起"), required=False),
        ui.Field("source", _("出处"), source, hint=_("文件名称、文号和条目"), required=False),
    ]


def _end(
    offer: Offer, entry: Any, do: str, words: Text, heir: ui.Field, no_heir: Text
) -> Iterator[EditForm]:
    """The form that ends an entry, and the one that undoes an end, each while it may be used."""
    none = ui.Field("without_successor", no_heir, control="check")
    reason = ui.Field("reason", _("原因"), entry.end_reason, control="textarea")
    if not has_ended(entry, offer.view.today):
        yield _form(do, words, [offer.last_day(entry.valid_to), heir, none, reason])
    if entry.valid_to and not was_taken_over(entry, offer.view.today):
        yield _form("cancel_end", _("恢复存续"), [])


def _station_heirs(offer: Offer, code: str) -> list[ui.Option]:
    """List the stations of the division, the one above it, and all beside and below."""
    directory = offer.view.directory
    here = directory.division(code)
    ups = ((here.parent_code if here else None) or "", code)
    near = {*ups, *(one.division_code for up in ups for one in directory.children(up))}
    return [
        ui.Option(to_text(key), one.name)
        for key, one in sorted(directory.stations().items(), key=lambda it: it[1].code)
        if one.division_code in near and key != offer.key and offer.view.offers(one)
    ]


def choice_of(view: ViewContext, key: Id, entry: Any) -> Choice | None:
    """List the people of the division for a role here; None where no role can be held."""
    match entry:
        case entries.DirectoryUnit():
            at = f"{entry.division_code}/unit:{to_text(key)}"
        case entries.DirectoryStation():
            at = f"{entry.division_code}/station:{to_text(key)}"
        case entries.DirectoryOrgan(valid_to=None) if entry.kind != DISPATCHING:
            at = f"{entry.division_code}/organ:{to_text(key)}"
        case entries.DirectoryDivision():
            at = entry.division_code
        case _:
            return None
    everyone = view.directory.people
    people = _named(view, everyone.at(everyone.by_division, entry.division_code))
    return Choice(at, ui.Field("person", _("安排谁"), options=people))


def _siblings(offer: Offer, parent: str, without: str = "") -> list[ui.Option]:
    return [
        ui.Option(one.division_code, one.name)
        for one in offer.view.directory.children(parent)
        if one.division_code != without and offer.view.offers(one)
    ]


def edit_forms(offer: Offer, row: EntryRow, refused: RefusedForm | None) -> list[EditForm]:
    """List the forms of an entry; a refused one with its values and errors."""
    forms = [_addressed(form, row) for form in _forms_of(offer, row.event)]
    if refused is None:
        return forms
    wrong = errors_of(refused.why) if isinstance(refused.why, ValidationError) else {}
    return [
        replace(form.filled(refused.submitted, wrong), is_open=True)
        if form.do == refused.do
        else form
        for form in forms
    ]


def _addressed(form: EditForm, row: EntryRow) -> EditForm:
    """Prefix the fields by their form and add the basis of the edit."""
    prefix = f"{form.do}-"
    hidden = [
        ui.Field("do", "", form.do, control="hidden"),
        ui.Field("basis", "", str(row.text_seq), control="hidden"),
    ]
    named = [replace(one, name=f"{prefix}{one.name}") for one in form.fields]
    action = f"/router/directory/entries/{to_text(row.key)}"
    return replace(form, fields=[*hidden, *named], prefix=prefix, action=action)


def notes_of(
    refused: RefusedForm | None, forms: Sequence[EditForm], changes: Sequence[ChangeLine]
) -> Iterator[ui.Note]:
    """Explain the refusal of a form; after an edit conflict, list each field changed meanwhile."""
    if refused is None:
        return
    if not isinstance(refused.why, Refused):
        if refused.do not in {form.do for form in forms}:
            yield ui.Note("amber", _("表单不完整，没有保存。请重新填写"))
        return
    yield ui.Note("amber", refused.why.full_message)
    if refused.why.code == "entry_changed":
        basis = value_of(refused.submitted, "basis")
        for line in changes:
            if basis.isdecimal() and line.seq > int(basis):
                yield from _changed(line)


def _changed(line: ChangeLine) -> Iterator[ui.Note]:
    for name, before, after in line.fields:
        values = {"who": line.who, "field": name}
        old, new = _one(before), _one(after)
        words = _("%(who)s改了%(field)s：原为%(old)s，现为%(new)s", **values, old=old, new=new)
        yield ui.Note("amber", words)


def _one(values: Sequence[Text]) -> Text:
    return values[0] if values else _("没有")

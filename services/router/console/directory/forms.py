"""The forms by which administrators change an entry; what was typed comes back when refused."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from fastapi.datastructures import FormData
from pydantic import TypeAdapter, ValidationError

from services.router.console.directory.naming import ROLES, held_words, period, place_name
from services.router.console.directory.sight import Sight
from services.router.domain import holding
from services.router.domain.editing import Edit
from services.router.domain.edits import AnyEdit
from services.router.domain.entries import EntryRow
from shared.contracts.router import (
    DirectoryDivision,
    DirectoryOrgan,
    DirectoryPerson,
    DirectoryStation,
    DirectoryUnit,
    Grant,
    StandIn,
)
from shared.errors import Refused
from shared.ids import Id, to_text
from shared.text import Sentence, Text, _
from shared.web import components as ui

_EDIT: TypeAdapter[Edit] = TypeAdapter(AnyEdit)
_NO_ROLES = frozenset({"deputy"})
Control = tuple[str, ui.Field]


@dataclass(frozen=True, slots=True)
class Asked:
    """An edit as it was typed, and why it was refused."""

    do: str
    values: Mapping[str, str]
    refused: ValidationError | Refused


@dataclass(frozen=True, slots=True)
class Form:
    """One form: `fields` are (control, field) pairs; a refused one stands open.

    `key` is the entry it changes, `basis` the state of it that it rests on.
    """

    do: str
    words: Text
    fields: Sequence[Control]
    is_open: bool = False
    key: str = ""
    basis: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """What the forms start from: the reader's look, the entry, and what its address prefills."""

    sight: Sight
    key: Id
    query: Mapping[str, str] = field(default_factory=dict)

    def last_day(self, said: date | None = None) -> Control:
        """Ask for a last day, by default what was said before, else today."""
        hint = _("这一天仍有效，第二天起不再有效")
        day = (said or self.sight.today).isoformat()
        return "date", ui.Field("last_day", _("最后一天"), value=day, hint=hint)

    def period(self) -> list[Control]:
        """Ask from when to when."""
        first = ui.Field("valid_from", _("从哪天起"), value=self.sight.today.isoformat())
        return [("date", first), ("date", ui.Field("valid_to", _("到哪天止"), required=False))]


@dataclass(frozen=True, slots=True)
class Choice:
    """Whom to choose for a place before the role is given on that person's page."""

    at: str
    people: ui.Field


def read(do: str, values: Mapping[str, str]) -> Edit:
    """Read what was typed into an edit; raises ValidationError."""
    return _EDIT.validate_python(_sent(do, values))


def typed(form: FormData) -> tuple[str, dict[str, str]]:
    """Read which form it is and what was typed, by the names of the edit's fields."""
    do = str(form.get("do", ""))
    values = {
        name.removeprefix(f"{do}-"): value.strip()
        for name, value in form.items()
        if isinstance(value, str) and (name.startswith(f"{do}-") or name == "basis")
    }
    return do, values


def _sent(do: str, values: Mapping[str, str]) -> dict[str, Any]:
    """Turn a chosen place (`unit:…`, `station:…` or a division) into the edit's own fields."""
    sent: dict[str, Any] = {name: value for name, value in values.items() if value}
    if at := sent.pop("at", ""):
        division, _colon, place = at.partition("/")
        kind, _colon, key = place.partition(":")
        sent["division_code"] = division
        if key:
            sent[f"{kind}_id"] = key
    return sent | {"do": do}


def _forms_of(offer: Offer, entry: Any) -> list[Form]:
    match entry:
        case DirectoryPerson():
            return _of_person(offer, entry)
        case DirectoryUnit():
            return _of_unit(offer, entry)
        case DirectoryDivision():
            return _of_division(offer, entry)
        case DirectoryOrgan():
            name = ui.Field("name", _("名称"), value=entry.name)
            return [Form("rename_organ", _("改交办机构名称"), [("input", name)])]
        case DirectoryStation():
            return _of_station(offer, entry)
        case _:
            return []


def _of_person(offer: Offer, person: DirectoryPerson) -> list[Form]:
    roles = [ui.Option(role, words) for role, words in ROLES.items() if role not in _NO_ROLES]
    at, role = offer.query.get("at", ""), offer.query.get("role", "")
    places = offices(offer.sight, person.division_code, at)
    return [
        Form(
            "add_grant",
            _("增加任职"),
            [
                ("select", ui.Field("role", _("角色"), value=role, options=roles)),
                ("select", ui.Field("at", _("在哪里"), value=at, options=places)),
                *offer.period(),
            ],
            is_open=bool(at),
        ),
        *_ending(offer, "end_grant", _("结束任职"), _("哪一项任职"), person.grants),
        Form(
            "add_stand_in",
            _("由此人代理别人"),
            [
                ("select", ui.Field("person_id", _("代理谁"), options=_colleagues(offer, person))),
                *offer.period(),
            ],
        ),
        *_ending(offer, "end_stand_in", _("结束代理"), _("哪一项代理"), person.stands_in_for),
    ]


def _ending(
    offer: Offer, do: str, words: Text, label: Text, parts: Sequence[Grant | StandIn]
) -> list[Form]:
    """Offer to end what is not over yet."""
    directory, today = offer.sight.directory, offer.sight.today
    options = [
        ui.Option(
            str(which),
            _("%(what)s，%(period)s", what=held_words(directory, one), period=period(one)),
        )
        for which, one in enumerate(parts)
        if holding.state_of(one, today) != "over"
    ]
    which = ui.Field("which", label, options=options)
    return [Form(do, words, [("select", which), offer.last_day()])] if options else []


def offices(sight: Sight, code: str, at: str = "") -> list[ui.Option]:
    """Offer the offices of a division and the stations below it; `at` is one more."""
    directory = sight.directory
    found = [ui.Option(code, place_name(directory, code))]
    for key, unit in directory.units_in(code):
        if unit.valid_to is None:
            found.append(ui.Option(f"{code}/unit:{to_text(key)}", unit.short_name))
    below = {code, *(one.division_code for one in directory.children(code))}
    stations = sorted(directory.stations().items(), key=lambda it: it[1].code)
    for key, station in stations:
        if station.division_code in below and station.valid_to is None:
            value = f"{station.division_code}/station:{to_text(key)}"
            found.append(ui.Option(value, station.name))
    if at and all(one.value != at for one in found):
        found.append(ui.Option(at, place_of_choice(sight, at)))
    return found


def place_of_choice(sight: Sight, at: str) -> Text:
    """Name a chosen place; an unknown one by the division it says."""
    division, _slash, place = at.partition("/")
    kind, _colon, key = place.partition(":")
    named: Iterable[tuple[Id, Any]] = sight.directory.units_in(division)
    if kind == "station":
        named = sight.directory.stations().items()
    found = next((one.name for at_key, one in named if to_text(at_key) == key), "")
    return found or place_name(sight.directory, division)


def _colleagues(offer: Offer, person: DirectoryPerson) -> list[ui.Option]:
    """Offer the officers of the same division."""
    people = offer.sight.directory.people
    found = [
        (key, one)
        for key, one in people.at(people.by_division, person.division_code)
        if (one.grants or one.stands_in_for) and key != offer.key
    ]
    return [
        ui.Option(to_text(key), _("%(name)s，%(what)s", name=one.name, what=_first(offer, one)))
        for key, one in sorted(found, key=lambda it: it[1].name)
    ]


def _first(offer: Offer, person: DirectoryPerson) -> Text:
    running = [it for it in person.grants if holding.state_of(it, offer.sight.today) == "now"]
    return held_words(offer.sight.directory, running[0]) if running else _("没有任职")


def _of_unit(offer: Offer, unit: DirectoryUnit) -> list[Form]:
    heirs = [
        ui.Option(to_text(key), one.short_name)
        for key, one in offer.sight.directory.units_in(unit.division_code)
        if key != offer.key and one.valid_to is None
    ]
    hint = _("在办的事由它接着办，期限不变；不选则由交办人员逐件指定")
    heir = to_text(unit.successor_id) if unit.successor_id else ""
    return [
        Form("rename_unit", _("改名称"), [
            ("input", ui.Field("name", _("名称"), value=unit.name)),
            ("input", ui.Field("short_name", _("简称"), value=unit.short_name)),
        ]),
        Form("end_unit", _("撤并"), [
            offer.last_day(unit.valid_to),
            ("select", ui.Field("successor_id", _("接续单位"), heir, hint=hint, required=False,
                                options=heirs)),
            ("textarea", ui.Field("reason", _("原因"), unit.end_reason, required=False)),
        ]),
    ]  # fmt: skip


def _of_division(offer: Offer, division: DirectoryDivision) -> list[Form]:
    heirs = _siblings(offer, division.parent_code or "", division.division_code)
    hint = _("以后的事由它办理；以前的事仍按原代码可查")
    heir = division.successor_code or ""
    return [
        Form("rename_division", _("改名称"),
             [("input", ui.Field("name", _("名称"), value=division.name))]),
        Form("end_division", _("撤并"), [
            offer.last_day(division.valid_to),
            ("select", ui.Field("successor_code", _("并入"), heir, hint=hint, required=False,
                                options=heirs)),
            ("textarea", ui.Field("reason", _("原因"), division.end_reason, required=False)),
        ]),
    ]  # fmt: skip


def _of_station(offer: Offer, station: DirectoryStation) -> list[Form]:
    here = offer.sight.directory.division(station.division_code)
    places = _siblings(offer, (here.parent_code if here else None) or "")
    hint = _("以后的意见建议由它接收；以前收的不变")
    heir = to_text(station.successor_id) if station.successor_id else ""
    return [
        Form("change_station", _("改名称或所属地方"), [
            ("input", ui.Field("name", _("名称"), value=station.name)),
            ("select", ui.Field("division_code", _("地方"), station.division_code,
                                options=places)),
        ]),
        Form("end_station", _("撤销"), [
            offer.last_day(station.valid_to),
            ("select", ui.Field("successor_id", _("接续的联络站"), heir, hint=hint, required=False,
                                options=_station_heirs(offer, station.division_code))),
            ("textarea", ui.Field("reason", _("原因"), station.end_reason, required=False)),
        ]),
    ]  # fmt: skip


def _station_heirs(offer: Offer, code: str) -> list[ui.Option]:
    """Offer the stations of the same division, of the one above it, and of all beside and below."""
    directory = offer.sight.directory
    here = directory.division(code)
    above = (here.parent_code if here else None) or ""
    near = {above, code} | {
        one.division_code for up in (above, code) for one in directory.children(up)
    }
    return [
        ui.Option(to_text(key), one.name)
        for key, one in sorted(directory.stations().items(), key=lambda it: it[1].code)
        if one.division_code in near and one.valid_to is None and key != offer.key
    ]


def choice_of(sight: Sight, key: Id, entry: Any) -> Choice | None:
    """Offer the people of the division for a role here; for a person there is no choice."""
    match entry:
        case DirectoryUnit():
            at = f"{entry.division_code}/unit:{to_text(key)}"
        case DirectoryStation():
            at = f"{entry.division_code}/station:{to_text(key)}"
        case DirectoryDivision():
            at = entry.division_code
        case _:
            return None
    everyone = sight.directory.people
    people = [
        ui.Option(to_text(one), person.name)
        for one, person in everyone.at(everyone.by_division, entry.division_code)
    ]
    people.sort(key=lambda option: str(option.words))
    return Choice(at, ui.Field("person", _("安排谁"), options=people))


def _siblings(offer: Offer, parent: str, without: str = "") -> list[ui.Option]:
    return [
        ui.Option(one.division_code, one.name)
        for one in offer.sight.directory.children(parent)
        if one.division_code != without and one.valid_to is None
    ]


def filled(offer: Offer, row: EntryRow, asked: Asked | None) -> list[Form]:
    """List the forms of an entry with every field named by its form.

    What was typed into a refused one is put back with what is wrong with it.
    """
    typed_in = asked.do if asked else ""
    return [
        replace(
            _filled(form, asked if form.do == typed_in else None),
            key=to_text(row.key),
            basis=row.text_seq,
        )
        for form in _forms_of(offer, row.event)
    ]


def _filled(form: Form, asked: Asked | None) -> Form:
    refused = asked.refused if asked else None
    errors = refused.errors() if isinstance(refused, ValidationError) else []
    wrong = {str(part): error["type"] for error in errors for part in error["loc"]}
    if "division_code" in wrong:
        wrong["at"] = wrong["division_code"]
    fields = [
        (
            control,
            replace(
                one,
                name=f"{form.do}-{one.name}",
                value=asked.values.get(one.name, "") if asked else one.value,
                error=_wrong(wrong[one.name]) if one.name in wrong else "",
            ),
        )
        for control, one in form.fields
    ]
    return replace(form, fields=fields, is_open=form.is_open or asked is not None)


def _wrong(kind: str) -> Sentence:
    if kind in ("missing", "string_too_short", "literal_error", "date_from_datetime_parsing"):
        return _("这一项没有填")
    if kind == "string_too_long":
        return _("这一项写得太长")
    return _("这一项不符合要求")

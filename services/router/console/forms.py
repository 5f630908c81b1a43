"""The forms of an item: dispatch it, send it up, decide an objection."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from fastapi.datastructures import FormData
from pydantic import ValidationError

from services.router.domain.acts import Decision
from services.router.domain.bodies import (
    Body,
    DispatchBody,
    EscalateBody,
    ObjectionBody,
    RehomeBody,
)
from services.router.domain.items import Item
from services.router.domain.routing import RoutingTable, rank
from services.router.domain.views import QueueLine
from shared.directory.succession import has_ended
from shared.ids import Id, from_text, to_text
from shared.rights import Action
from shared.text import Bilingual, Sentence, Text, _
from shared.web import components as ui
from shared.web.labels import COMPLEXITIES

ActName = Literal["dispatch", "escalate", "objection", "rehome"]
BODIES: Mapping[ActName, type[Body]] = {
    "dispatch": DispatchBody,
    "escalate": EscalateBody,
    "objection": ObjectionBody,
    "rehome": RehomeBody,
}
ACTIONS: Mapping[ActName, Action] = {
    "dispatch": Action.ASSIGNMENT_DISPATCH,
    "escalate": Action.ASSIGNMENT_ESCALATE,
    "objection": Action.ASSIGNMENT_DECIDE,
    "rehome": Action.ASSIGNMENT_REHOME,
}
WORDS: Mapping[ActName, Sentence] = {
    "dispatch": _("交办"),
    "escalate": _("上报上一级"),
    "objection": _("审核退办"),
    "rehome": _("指定接办单位"),
}
_MANY = ("co", "separate")


@dataclass(frozen=True, slots=True)
class Asked:
    """An act on an item, with what was typed."""

    key: Id
    name: ActName
    values: Mapping[str, Any] = field(default_factory=dict)

    def act(self, person: Id, organs: Iterable[Id]) -> Decision:
        """Read what was typed into the act; raises ValidationError."""
        sent = {name: value for name, value in self.values.items() if value}
        if topic := sent.pop("basis_topic", None):
            sent["basis"] = {"topic": topic, "seq": sent.pop("basis_seq", 0)}
        body: Body = BODIES[self.name].model_validate(sent)
        return body.act(self.key, person, organs)  # type: ignore[attr-defined,no-any-return]


@dataclass(frozen=True, slots=True)
class Form:
    """One form of the page; `fields` are (control, field) pairs."""

    name: ActName
    words: Text
    fields: Sequence[tuple[str, ui.Field]]
    task_id: str = ""


def forms_of(item: Item, line: QueueLine, table: RoutingTable) -> list[Form]:
    """List the forms open on an item now."""
    if line.duty == "objection":
        return [
            Form("objection", WORDS["objection"], _objection(item, table), objection.task_id)
            for objection in line.objections
        ]
    if line.duty == "rehome":
        return [
            Form("rehome", WORDS["rehome"], _rehome(item, table), homeless.task_id)
            for homeless in line.homeless
        ]
    if line.duty != "dispatch":
        return []
    forms = [Form("dispatch", WORDS["dispatch"], _dispatch(item, line, table))]
    if item.row.level and rank(item.row.level) < rank("city"):
        reason = ui.Field("reason", _("理由：为什么要上一级办理"))
        forms.append(Form("escalate", WORDS["escalate"], [("textarea", reason)]))
    return forms


def _dispatch(item: Item, line: QueueLine, table: RoutingTable) -> list[tuple[str, ui.Field]]:
    units = _units(item, table)
    matters = [
        ui.Option(one.code, Bilingual(one.name_zh, one.name_en))
        for one in table.directory.matters()
    ]
    sure = line.proposal is not None and line.proposal.at_level and line.matter_code is not None
    hint: Text = _("不选就按建议") if sure else ""
    kinds = [ui.Option(value, words) for value, words in COMPLEXITIES.items()]
    return [
        ("select", ui.Field("lead", _("主办单位"), hint=hint, required=not sure, options=units)),
        ("select", ui.Field("co", _("会办单位"), required=False, options=units)),
        ("select", ui.Field("matter_code", _("改事项"), required=False, options=matters)),
        ("select", ui.Field("complexity", _("繁简"), required=False, options=kinds)),
        ("textarea", ui.Field("note", _("给单位的话"), required=False)),
    ]


def _objection(item: Item, table: RoutingTable) -> list[tuple[str, ui.Field]]:
    ways = [
        ui.Option("reassign", _("同意，改派"), _("办理期限重新起算")),
        ui.Option("refuse", _("不同意，由该单位办理"), _("期限不变")),
        ui.Option("escalate", _("同意，上报上一级")),
    ]
    return [
        ("stacked", ui.Field("decision", _("决定"), options=ways)),
        (
            "select",
            ui.Field("unit", _("改派给"), hint=_("不选就按单位的建议"), required=False,
                     options=_units(item, table)),
        ),
        ("textarea", ui.Field("reason", _("理由"))),
    ]  # fmt: skip


def _rehome(item: Item, table: RoutingTable) -> list[tuple[str, ui.Field]]:
    units = ui.Field("unit", _("由谁接着办"), hint=_("期限不变"), options=_units(item, table))
    return [("select", units), ("textarea", ui.Field("reason", _("理由")))]


def _units(item: Item, table: RoutingTable) -> list[ui.Option]:
    """Offer the units the owner organ may give items to: its own first, then those below."""
    directory = table.directory
    owner = directory.organ_by_id(item.row.organ_id) if item.row.organ_id else None
    if owner is None:
        return []
    found = [*directory.units_in(owner.division_code)]
    for division in directory.ancestors(item.row.division_code):
        if division.division_code != owner.division_code and directory.covers(
            owner.division_code, division.division_code
        ):
            found += directory.units_in(division.division_code)
    if owner.level == "city" and (above := directory.division(owner.division_code)):
        outside = directory.units_in(above.parent_code or "")
        found += [(key, unit) for key, unit in outside if unit.external]
    return [
        ui.Option(to_text(key), unit.short_name)
        for key, unit in found
        if not has_ended(unit, table.today)
    ]


def typed(form: FormData) -> dict[str, Any]:
    """Read what a form sent; a field that may be given several times becomes a list."""
    values: dict[str, Any] = {n: v.strip() for n, v in form.items() if isinstance(v, str)}
    for name in _MANY:
        if many := [v for v in form.getlist(name) if isinstance(v, str) and v]:
            values[name] = many
    return values


def key_of(text: str) -> Id | None:
    """Read an id a form or an address gave, None for anything else."""
    try:
        return from_text(text)
    except ValueError:
        return None


def filled(form: Form, asked: Asked | None, wrong: ValidationError | None) -> Form:
    """Put back what was typed, with what is wrong with it."""
    if asked is None or asked.name != form.name:
        return form
    if form.task_id and asked.values.get("task_id") != form.task_id:
        return form
    errors = (
        {str(error["loc"][0]): _wrong(error["type"]) for error in wrong.errors()} if wrong else {}
    )
    fields = [
        (
            control,
            replace(one, value=_text(asked.values.get(one.name)), error=errors.get(one.name, "")),
        )
        for control, one in form.fields
    ]
    return replace(form, fields=fields)


def _text(value: Any) -> str:
    return value[0] if isinstance(value, list) else value or ""


def _wrong(kind: str) -> Sentence:
    if kind in ("missing", "string_too_short", "literal_error"):
        return _("这一项没有填")
    if kind == "string_too_long":
        return _("这一项写得太长")
    return _("这一项不符合要求")

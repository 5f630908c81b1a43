"""The forms of an item: dispatch it, send it up, decide an objection."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from services.router.routing.domain.bodies import (
    DecisionBody,
    DispatchBody,
    EscalateBody,
    ObjectionBody,
    RehomeBody,
)
from services.router.routing.domain.commands import Decision
from services.router.routing.domain.model import Item
from services.router.routing.domain.routing_table import RoutingTable, rank
from services.router.routing.domain.views import QueueLine
from shared.directory.succession import has_ended
from shared.ids import Id, from_text, to_text
from shared.rights import Action
from shared.text import Bilingual, Sentence, Text, _
from shared.web import components as ui
from shared.web.forms import Form, Submitted, validated, value_of
from shared.web.labels import COMPLEXITIES

ActName = Literal["dispatch", "escalate", "objection", "rehome"]
BODIES: Mapping[ActName, type[DecisionBody]] = {
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


@dataclass(frozen=True, slots=True)
class Asked:
    """An act on an item, with what was typed."""

    key: Id
    name: ActName
    submitted: Submitted

    def act(self, person: Id, organs: Iterable[Id]) -> Decision:
        """Read what was typed into the act; raises ValidationError."""
        return validated(BODIES[self.name], self.submitted).act(self.key, person, organs)

    def is_of(self, form: Form) -> bool:
        """Tell whether it was typed into this form: of the same act, on the same task."""
        tasks = [one.value for one in form.fields if one.name == "task_id"]
        task = value_of(self.submitted, "task_id")
        return form.action.endswith(f"/{self.name}") and tasks in ([], [task])


def forms_of(item: Item, line: QueueLine, table: RoutingTable) -> list[Form]:
    """List the forms open on an item now."""
    if line.duty == "objection":
        tasks = [objection.task_id for objection in line.objections]
        return [_form("objection", line, _objection(item, table), task) for task in tasks]
    if line.duty == "rehome":
        tasks = [homeless.task_id for homeless in line.homeless]
        return [_form("rehome", line, _rehome(item, table), task) for task in tasks]
    if line.duty != "dispatch":
        return []
    forms = [_form("dispatch", line, _dispatch(item, line, table))]
    if item.row.level and rank(item.row.level) < rank("city"):
        reason = ui.Field("reason", _("理由：为什么要上一级办理"), control="textarea")
        forms.append(_form("escalate", line, [reason]))
    return forms


def _form(name: ActName, line: QueueLine, fields: Sequence[ui.Field], task_id: str = "") -> Form:
    basis = f"{line.basis.topic}:{line.basis.seq}" if line.basis else ""
    hidden = [
        ui.Field(field, "", value, control="hidden")
        for field, value in (("basis", basis), ("task_id", task_id))
        if value
    ]
    return Form(WORDS[name], [*hidden, *fields], f"/router/items/{line.item_id}/{name}")


def _dispatch(item: Item, line: QueueLine, table: RoutingTable) -> list[ui.Field]:
    units = _units(item, table)
    matters = [
        ui.Option(one.code, Bilingual(one.name_zh, one.name_en))
        for one in table.directory.matters()
    ]
    sure = line.proposal is not None and line.proposal.at_level and line.matter_code is not None
    hint: Text = _("不选就按建议") if sure else ""
    kinds = [ui.Option(value, words) for value, words in COMPLEXITIES.items()]
    return [
        _select("lead", _("主办单位"), units, hint, required=not sure),
        _select("co", _("会办单位"), units),
        _select("matter_code", _("改事项"), matters),
        _select("complexity", _("繁简"), kinds),
        ui.Field("note", _("给单位的话"), required=False, control="textarea"),
    ]


def _select(
    name: str,
    label: Text,
    options: Sequence[ui.Option],
    hint: Text = "",
    *,
    required: bool = False,
) -> ui.Field:
    return ui.Field(name, label, hint=hint, required=required, options=options, control="select")


def _objection(item: Item, table: RoutingTable) -> list[ui.Field]:
    ways = [
        ui.Option("reassign", _("同意，改派"), _("办理期限重新起算")),
        ui.Option("refuse", _("不同意，由该单位办理"), _("期限不变")),
        ui.Option("escalate", _("同意，上报上一级")),
    ]
    return [
        ui.Field("decision", _("决定"), options=ways, control="stacked"),
        _select("unit", _("改派给"), _units(item, table), _("不选就按单位的建议")),
        ui.Field("reason", _("理由"), control="textarea"),
    ]


def _rehome(item: Item, table: RoutingTable) -> list[ui.Field]:
    units = _select("unit", _("由谁接着办"), _units(item, table), _("期限不变"), required=True)
    return [units, ui.Field("reason", _("理由"), control="textarea")]


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


def key_of(text: str) -> Id | None:
    """Read an id a form or an address gave, None for anything else."""
    try:
        return from_text(text)
    except ValueError:
        return None

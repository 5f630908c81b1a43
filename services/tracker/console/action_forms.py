"""Which acts a person may do on a case now, and the forms in which they ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import model_validator

from services.tracker.console.case_rows import ViewContext, case_href, decision_href
from services.tracker.console.labels import ACTS, BY_CLERK, BY_HEAD, CHANNELS, NEXT, OUTCOMES
from services.tracker.domain.commands import ACTIONS, BODIES, ActName, Body, SupervisionBody
from services.tracker.domain.context import DecisionContext
from services.tracker.domain.duties import organ
from services.tracker.domain.guards import check, missing_opinions
from services.tracker.domain.model import Case, TaskRow
from services.tracker.domain.rights import dispatches_for, place_of, units_of
from services.tracker.domain.state import open_tasks
from shared.errors import Refused, UnderRepair
from shared.ids import to_text
from shared.rights import Action, Resource, may
from shared.text import Text, _
from shared.web import components as ui
from shared.web.actor import Actor
from shared.web.forms import Form

SUPERVISION = _("决定督办")
UNSAID = frozenset(
    {"not_co_handler", "co_handler", "no_promise", "already_signed", "already_filed", "closed"}
    | {"not_signed", "no_draft", "already_replied", "objection_after_reply", "task_ended"}
)
"""Refusals that go without saying on the page: the act has nothing to do with this task now."""


@dataclass(frozen=True, slots=True)
class Bar:
    """The acts open to a person now, and those closed with the reason."""

    acts: Sequence[ui.ActionButton]
    closed: Sequence[ui.ClosedAction]


def basis_of(case: Case) -> str:
    """Write what the reader has seen of the case, for the forms."""
    return f"tracker.case.v1:{case.row.seq}"


def act_bar(case: Case, by: Actor, context: DecisionContext) -> Bar:
    """Sort the acts on the tasks of the person's units; what an organ owes is at the router."""
    acts: list[ui.ActionButton] = []
    closed: list[ui.ClosedAction] = []
    for task in open_tasks(case):
        if task.unit_id in units_of(by):
            for name in ACTS:
                _sort(name, case, task, (by, context), (acts, closed))
    mine = {organ(key) for key in dispatches_for(by)}
    kinds = {clock.kind for clock in case.clocks.values() if clock.debtor in mine}
    acts += [ui.ActionButton(NEXT[kind], decision_href(case)) for kind in sorted(kinds)]
    if case.row.key_candidate == "open" and may(by, Action.CASE_SUPERVISE, place_of(case)):
        acts.append(ui.ActionButton(SUPERVISION, f"{case_href(case)}/supervision"))
    return Bar(acts, closed)


def under_repair(bar: Bar) -> Bar:
    """Turn all acts into words: nothing can be done until the case is released."""
    reason = UnderRepair().message
    return Bar((), [*(ui.ClosedAction(act.words, reason) for act in bar.acts), *bar.closed])


def _sort(
    name: ActName,
    case: Case,
    task: TaskRow,
    asker: tuple[Actor, DecisionContext],
    into: tuple[list[ui.ActionButton], list[ui.ClosedAction]],
) -> None:
    by, context = asker
    acts, closed = into
    try:
        check(name, case, task, context)
    except Refused as refused:
        if refused.code not in UNSAID:
            closed.append(ui.ClosedAction(ACTS[name], refused.message))
        return
    here = Resource(units=(task.unit_id,))
    if not may(by, ACTIONS[name], here):
        is_clerk = may(by, Action.CASE_SIGN, here)
        closed.append(ui.ClosedAction(ACTS[name], BY_HEAD if is_clerk else BY_CLERK))
        return
    href = f"{case_href(case)}/tasks/{to_text(task.task_id)}/{name.replace('_', '-')}"
    fields = {"basis": basis_of(case)} if BODIES[name] is Body else None
    acts.append(ui.ActionButton(ACTS[name], href, fields))


def form_of(name: ActName, case: Case, sight: ViewContext) -> Form:
    """Make the form of an act on a task."""
    return _form(ACTS[name], case, _fields(name, case, sight))


def _form(words: Text, case: Case, fields: Sequence[ui.Field]) -> Form:
    basis = ui.Field("basis", "", basis_of(case), control="hidden")
    return Form(words, [basis, *fields])


def _fields(name: ActName, case: Case, sight: ViewContext) -> list[ui.Field]:
    match name:
        case "object":
            reason = ui.Field("reason", _("理由：为什么不属本单位"), control="textarea")
            return [reason, _units(case, sight)]
        case "contact":
            ways = [ui.Option(value, words) for value, words in CHANNELS.items()]
            return [
                ui.Field("channel", _("怎样联系的"), options=ways, control="choices"),
                ui.Field("note", _("谈了什么"), control="textarea"),
            ]
        case "opinion":
            return [ui.Field("opinion", _("会办意见"), control="textarea")]
        case "draft":
            return _draft(case)
        case _:
            return _answer()


def _answer() -> list[ui.Field]:
    return [
        ui.Field("plain", _("一句话答复"), hint=_("写给提出人看，先看到这一句")),
        ui.Field("text", _("答复全文"), control="textarea"),
    ]


def _draft(case: Case) -> list[ui.Field]:
    outcomes = [ui.Option(value, words) for value, words in OUTCOMES.items()]
    promise = _("正在解决或列入计划的，必须填写")
    refusal = _("暂不能解决或供参考的，必须填写")
    fields = [
        ui.Field("outcome", _("结果"), options=outcomes, control="stacked"),
        *_answer(),
        ui.Field("promised_on", _("兑现日期"), hint=promise, required=False, control="date"),
        ui.Field("contact", _("联系人"), hint=promise, required=False),
        ui.Field("reason", _("原因"), hint=refusal, required=False, control="textarea"),
    ]
    if missing_opinions(case):
        fields.append(ui.Field("waiver", _("会办意见未到齐，为什么先答复"), control="textarea"))
    return fields


def _units(case: Case, sight: ViewContext) -> ui.Field:
    """Offer the units of the level that gave the item out."""
    key = case.row.dispatcher_organ
    organ = sight.directory.organ_by_id(key) if key else None
    units = sight.directory.units_in(organ.division_code) if organ else []
    options = [ui.Option(to_text(unit_id), unit.short_name) for unit_id, unit in units]
    label = _("应由哪个单位办理")
    return ui.Field("suggested_unit", label, required=False, options=options, control="select")


class SupervisionForm(SupervisionBody):
    """The decision as its form asks for it: `level` may also be `refuse`."""

    @model_validator(mode="before")
    @classmethod
    def _read_refusal(cls, typed: dict[str, Any]) -> dict[str, Any]:
        is_refused = typed.get("level") == "refuse"
        return typed | {"granted": not is_refused} | ({"level": "key"} if is_refused else {})


def supervision_form(case: Case, sight: ViewContext) -> Form:
    """Make the form of the decision on supervision; nothing is chosen beforehand."""
    ways = [
        ui.Option("key", _("列为重点督办"), _("领导牵头，单位主要负责人办理")),
        ui.Option("agenda", _("转常委会议题")),
        ui.Option("refuse", _("不列入")),
    ]
    leaders = [
        ui.Option(to_text(key), person.name)
        for key, person in sight.directory.people_with("leader")
    ]
    decision = ui.Field("level", _("会议决定"), options=ways, control="stacked")
    leader = ui.Field("leader", _("领衔督办人"), required=False, options=leaders, control="select")
    return _form(SUPERVISION, case, [decision, leader])

"""Which acts a person may do on a case now, and the forms in which they ask."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fastapi.datastructures import FormData
from pydantic import ValidationError

from services.tracker.console.lines import Sight, case_href, decision_href
from services.tracker.console.phrases import (
    ACTS,
    BY_CLERK,
    BY_HEAD,
    CHANNELS,
    NEXT,
    OUTCOMES,
)
from services.tracker.domain.acts import ACTIONS, BODIES, ActName, Body
from services.tracker.domain.context import Context
from services.tracker.domain.course import open_tasks
from services.tracker.domain.duties import organ
from services.tracker.domain.guards import check, missing_opinions
from services.tracker.domain.rights import dispatches_for, place_of, units_of
from services.tracker.domain.rows import Case, TaskRow
from shared.errors import Refused, UnderRepair
from shared.ids import to_text
from shared.rights import Action, Resource, may
from shared.text import Sentence, Text, _
from shared.web import components as ui
from shared.web.actor import Actor

UNSAID = frozenset(
    {"not_co_handler", "co_handler", "no_promise", "already_signed", "already_filed", "closed"}
    | {"not_signed", "no_draft", "already_replied", "objection_after_reply", "task_ended"}
)
"""Refusals that go without saying on the page: the act has nothing to do with this task now."""


@dataclass(frozen=True, slots=True)
class Bar:
    """The acts open to a person now, and those closed with the reason."""

    acts: Sequence[ui.Act]
    closed: Sequence[ui.Closed]


def basis_of(case: Case) -> str:
    """Write what the reader has seen of the case, for the forms."""
    return f"tracker.case.v1:{case.row.seq}"


def act_bar(case: Case, by: Actor, context: Context) -> Bar:
    """Sort the acts on the tasks of the person's units; what an organ owes is at the router."""
    acts: list[ui.Act] = []
    closed: list[ui.Closed] = []
    for task in open_tasks(case):
        if task.unit_id in units_of(by):
            for name in ACTS:
                _sort(name, case, task, (by, context), (acts, closed))
    mine = {organ(key) for key in dispatches_for(by)}
    kinds = {clock.kind for clock in case.clocks.values() if clock.debtor in mine}
    acts += [ui.Act(NEXT[kind], decision_href(case)) for kind in sorted(kinds)]
    if case.row.key_candidate == "open" and may(by, Action.CASE_SUPERVISE, place_of(case)):
        acts.append(ui.Act(_("决定督办"), f"{case_href(case)}/supervision"))
    return Bar(acts, closed)


def under_repair(bar: Bar) -> Bar:
    """Turn all acts into words: nothing can be done until the case is released."""
    reason = UnderRepair().message
    return Bar((), [*(ui.Closed(act.words, reason) for act in bar.acts), *bar.closed])


def _sort(
    name: ActName,
    case: Case,
    task: TaskRow,
    asker: tuple[Actor, Context],
    into: tuple[list[ui.Act], list[ui.Closed]],
) -> None:
    by, context = asker
    acts, closed = into
    try:
        check(name, case, task, context)
    except Refused as refused:
        if refused.code not in UNSAID:
            closed.append(ui.Closed(ACTS[name], refused.message))
        return
    here = Resource(units=(task.unit_id,))
    if not may(by, ACTIONS[name], here):
        is_clerk = may(by, Action.CASE_SIGN, here)
        closed.append(ui.Closed(ACTS[name], BY_HEAD if is_clerk else BY_CLERK))
        return
    href = f"{case_href(case)}/tasks/{to_text(task.task_id)}/{name.replace('_', '-')}"
    fields = {"basis": basis_of(case)} if BODIES[name] is Body else None
    acts.append(ui.Act(ACTS[name], href, fields))


def fields_of(name: ActName, case: Case, sight: Sight) -> list[tuple[str, ui.Field]]:
    """List the fields of an act's form with the control each needs."""
    match name:
        case "object":
            return [
                ("textarea", ui.Field("reason", _("理由：为什么不属本单位"))),
                ("select", _units(case, sight)),
            ]
        case "contact":
            ways = [ui.Option(value, words) for value, words in CHANNELS.items()]
            return [
                ("choices", ui.Field("channel", _("怎样联系的"), options=ways)),
                ("textarea", ui.Field("note", _("谈了什么"))),
            ]
        case "opinion":
            return [("textarea", ui.Field("opinion", _("会办意见")))]
        case "draft":
            return _draft(case)
        case _:
            return _answer()


def _answer() -> list[tuple[str, ui.Field]]:
    plain = ui.Field("plain", _("一句话答复"), hint=_("写给提出人看，先看到这一句"))
    return [("input", plain), ("textarea", ui.Field("text", _("答复全文")))]


def _draft(case: Case) -> list[tuple[str, ui.Field]]:
    outcomes = [ui.Option(value, words) for value, words in OUTCOMES.items()]
    promise = _("正在解决或列入计划的，必须填写")
    refusal = _("暂不能解决或供参考的，必须填写")
    fields = [
        ("stacked", ui.Field("outcome", _("结果"), options=outcomes)),
        *_answer(),
        ("date", ui.Field("promised_on", _("兑现日期"), hint=promise, required=False)),
        ("input", ui.Field("contact", _("联系人"), hint=promise, required=False)),
        ("textarea", ui.Field("reason", _("原因"), hint=refusal, required=False)),
    ]
    if missing_opinions(case):
        waiver = ui.Field("waiver", _("会办意见未到齐，为什么先答复"))
        fields.append(("textarea", waiver))
    return fields


def _units(case: Case, sight: Sight) -> ui.Field:
    """Offer the units of the level that gave the item out."""
    key = case.row.dispatcher_organ
    organ = sight.directory.organ_by_id(key) if key else None
    units = sight.directory.units_in(organ.division_code) if organ else []
    options = [ui.Option(to_text(unit_id), unit.short_name) for unit_id, unit in units]
    return ui.Field("suggested_unit", _("应由哪个单位办理"), required=False, options=options)


def supervision_fields(sight: Sight) -> list[tuple[str, ui.Field]]:
    """List the fields of the decision on supervision; nothing is chosen beforehand."""
    ways = [
        ui.Option("key", _("列为重点督办"), _("领导牵头，单位主要负责人办理")),
        ui.Option("agenda", _("转常委会议题")),
        ui.Option("refuse", _("不列入")),
    ]
    leaders = [
        ui.Option(to_text(key), person.name)
        for key, person in sight.directory.people_with("leader")
    ]
    return [
        ("stacked", ui.Field("decision", _("会议决定"), options=ways)),
        ("select", ui.Field("leader", _("领衔督办人"), required=False, options=leaders)),
    ]


def typed(form: FormData) -> dict[str, str]:
    """Read the text fields of a form."""
    return {name: value for name, value in form.items() if isinstance(value, str)}


def supervision_typed(values: Mapping[str, str]) -> dict[str, object]:
    """Read the decision of the supervision form as the body of its act."""
    decision = values.get("decision", "")
    level = "agenda" if decision == "agenda" else "key"
    body: dict[str, object] = {name: values.get(name, "") for name in ("leader", "basis")}
    return body | {"level": level, "granted": decision != "refuse"} if decision else body


def filled(
    fields: Sequence[tuple[str, ui.Field]],
    values: Mapping[str, str],
    wrong: ValidationError | None = None,
) -> list[tuple[str, ui.Field]]:
    """Put back what was typed, with what is wrong with it."""
    errors: dict[str, Text] = {}
    for error in wrong.errors() if wrong else ():
        errors[str(error["loc"][0])] = _wrong(error["type"])
    if {"level", "granted"} & set(errors):
        errors["decision"] = _wrong("missing")
    return [
        (control, replace(one, value=values.get(one.name, ""), error=errors.get(one.name, "")))
        for control, one in fields
    ]


def _wrong(kind: str) -> Sentence:
    if kind in ("missing", "string_too_short", "literal_error"):
        return _("这一项没有填")
    if kind == "string_too_long":
        return _("这一项写得太长")
    if kind.startswith("date"):
        return _("这一项应为日期，如2022-09-30")
    return _("这一项不符合要求")

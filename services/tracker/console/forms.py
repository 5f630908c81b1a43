"""Which acts on a case are open to a person now, as buttons, and why the others are closed."""

from dataclasses import dataclass, field

from services.tracker.actions import SUPERVISION, TASK_ACTS, CaseDetails
from services.tracker.console.labels import BY_CLERK, BY_HEAD, NEXT
from services.tracker.console.worklist import case_href, decision_href
from services.tracker.domain.context import DecisionContext
from services.tracker.domain.duties import organ
from services.tracker.domain.effects import check_task
from services.tracker.domain.model import Case, TaskRow, open_tasks
from services.tracker.domain.rights import dispatches_for, place_of, units_of
from shared.errors import Refused, UnderRepair
from shared.ids import to_text
from shared.rights import Action, Resource, may
from shared.text import Text
from shared.web import components as ui
from shared.web.act_spec import ActSpec
from shared.web.actor import Actor
from shared.web.forms import Form

SILENT = frozenset(
    {"not_co_handler", "co_handler", "no_promise", "already_signed", "already_filed", "closed"}
    | {"not_signed", "no_draft", "already_replied", "objection_after_reply", "task_ended"}
)
"""Refusals that the page does not show: the act has nothing to do with this task now."""


@dataclass(frozen=True, slots=True)
class Bar:
    """The acts open to a person now, and those closed, with the reason."""

    acts: list[ui.ActionButton] = field(default_factory=list)
    closed: list[ui.ClosedAction] = field(default_factory=list)


def basis_of(case: Case) -> str:
    """The version of the case that the reader has on screen, for the forms."""
    return f"tracker.case.v1:{case.row.seq}"


def act_bar(case: Case, by: Actor, context: DecisionContext, *, is_blocked: bool) -> Bar:
    """Sort the acts of the person; a blocked case has none until it is released."""
    bar = Bar()
    for task in open_tasks(case):
        if task.unit_id in units_of(by):
            for spec in TASK_ACTS:
                _sort(spec, case, task, by, context, bar)
    own = {organ(key) for key in dispatches_for(by)}
    kinds = {clock.kind for clock in case.clocks.values() if clock.debtor in own}
    bar.acts.extend(ui.ActionButton(NEXT[kind], decision_href(case)) for kind in sorted(kinds))
    if case.row.key_candidate == "open" and may(by, SUPERVISION.action, place_of(case)):
        href = f"{case_href(case)}/{SUPERVISION.name}"
        bar.acts.append(ui.ActionButton(SUPERVISION.label, href))
    if is_blocked:
        reason = UnderRepair().message
        return Bar([], [*(ui.ClosedAction(act.words, reason) for act in bar.acts), *bar.closed])
    return bar


def _sort(
    spec: ActSpec[CaseDetails],
    case: Case,
    task: TaskRow,
    by: Actor,
    context: DecisionContext,
    bar: Bar,
) -> None:
    here = Resource(units=(task.unit_id,))
    try:
        check_task(spec.command, case, task, context)
    except Refused as refused:
        if refused.code not in SILENT:
            bar.closed.append(ui.ClosedAction(spec.label, refused.message))
        return
    if not may(by, spec.action, here):
        whose: Text = BY_HEAD if may(by, Action.CASE_SIGN, here) else BY_CLERK
        bar.closed.append(ui.ClosedAction(spec.label, whose))
        return
    href = f"{case_href(case)}/tasks/{to_text(task.task_id)}/{spec.name}"
    fields = None if spec.fields else {"basis": basis_of(case)}
    bar.acts.append(ui.ActionButton(spec.label, href, fields))


def form_of(spec: ActSpec[CaseDetails], details: CaseDetails) -> Form:
    """The form of an act, with what the officer has seen of the case."""
    basis = ui.Field("basis", "", basis_of(details.case), control="hidden")
    fields = spec.fields(details) if spec.fields else ()
    return Form(spec.label, [basis, *fields])

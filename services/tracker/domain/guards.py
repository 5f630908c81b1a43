"""When an act is open, and in what words it is refused (domain rules, 浙江省办理规定 2016)."""

from collections.abc import Callable, Mapping

from services.tracker.domain.commands import ACTIONS, ActName, Asker
from services.tracker.domain.context import DecisionContext, last_day
from services.tracker.domain.model import Case, TaskRow
from services.tracker.domain.refusals import answered, objected, unsigned
from services.tracker.domain.state import open_tasks, task_state
from shared.errors import Conflict, NotFound
from shared.ids import Id
from shared.rights import Resource, require
from shared.text import _


def find_task(case: Case, task_id: Id) -> TaskRow:
    """Find a task of this case; raises NotFound."""
    task = case.tasks.get(task_id)
    if task is None:
        raise NotFound(
            "no_such_task",
            _("没有这项任务。"),
            _("请从这件事的页面打开任务。"),
        )
    return task


def check_right(name: ActName, task: TaskRow, by: Asker) -> None:
    """See that this is the asker's to do in the task's own unit; raises Forbidden."""
    require(by, ACTIONS[name], Resource(units=(task.unit_id,)))


def check_basis(case: Case, basis: int | None) -> None:
    """See that the asker knew the case as it is; raises Conflict."""
    if basis is not None and basis != case.row.seq:
        raise Conflict(
            "stale",
            _("刚才有人办理过这件事，您看到的不是最新情况，没有保存。"),
            _("请看最新情况，再决定是否办理。"),
            seq=case.row.seq,
        )


def check_open(case: Case) -> None:
    """See that a case is not closed; raises Conflict."""
    if case.row.phase == "closed":
        raise Conflict(
            "closed",
            _("这件事已经办结。"),
            _("不用再办；有新情况请重新提交。"),
        )


def check(name: ActName, case: Case, task: TaskRow, context: DecisionContext) -> None:
    """See that an act is open now; raises Conflict with the reason."""
    check_open(case)
    if task.ended_at is not None:
        raise Conflict(
            "task_ended",
            _("这件事已改派给别的单位。"),
            _("不用再办，请看待办列表。"),
        )
    _GUARDS[name](case, task, context)


def _sign(_case: Case, task: TaskRow, _context: DecisionContext) -> None:
    if task.objection == "open":
        raise objected()
    if task.signed_at is not None:
        raise Conflict(
            "already_signed",
            _("已经签收。"),
            _("请直接办理。"),
        )


def _object(case: Case, task: TaskRow, context: DecisionContext) -> None:
    if case.row.phase in ("replied", "tracking") or task.replied_round:
        raise Conflict(
            "objection_after_reply",
            _("已经答复，不能再退办。"),
            _("如确不属本单位，请联系交办机关改派。"),
        )
    if any(t.unit_id == task.unit_id and t.objected_at is not None for t in case.tasks.values()):
        raise Conflict(
            "second_objection",
            _("本单位已经提过退办，由交办机关审定。"),
            _("请等交办机关决定。"),
        )
    if context.now >= task.object_until:
        raise Conflict(
            "objection_window_over",
            _(
                "退办已过期限（%(day)s），如确不属本单位，请联系交办机关。",
                day=last_day(task.object_until),
            ),
            _("请联系交办机关，说明应由谁办理。"),
        )


def _contact(case: Case, task: TaskRow, _context: DecisionContext) -> None:
    if task.signed_at is None and task.objection != "open":
        raise unsigned()
    if case.row.phase not in ("handling", "rework"):
        raise answered()


def _opinion(case: Case, task: TaskRow, _context: DecisionContext) -> None:
    if task.answers:
        raise Conflict(
            "not_co_handler",
            _("主办单位直接起草答复，不另提会办意见。"),
            _("请起草答复。"),
        )
    if task.opinion_at is not None:
        raise Conflict(
            "already_filed",
            _("会办意见已经提交。"),
            _("不用再提交。"),
        )
    if case.row.phase != "handling":
        raise answered()


def _draft(case: Case, task: TaskRow, _context: DecisionContext) -> None:
    _handles(case, task)
    if task.contacted_round < case.row.round:
        raise Conflict(
            "no_contact",
            _("先登记一次联系，再起草答复。"),
            _("请登记联系的方式和内容。"),
        )


def _sign_off(case: Case, task: TaskRow, _context: DecisionContext) -> None:
    _handles(case, task)
    if task_state(task, case.row.round) != "drafted":
        raise Conflict(
            "no_draft",
            _("还没有待签发的答复。"),
            _("请经办人先起草答复。"),
        )


def _fulfil(case: Case, task: TaskRow, _context: DecisionContext) -> None:
    if case.row.phase != "tracking" or task.draft_promised_on is None:
        raise Conflict(
            "no_promise",
            _("没有待兑现的承诺。"),
            _("请看最新情况。"),
        )


def _handles(case: Case, task: TaskRow) -> None:
    """See that this unit has an answer to give in this round."""
    if not task.answers:
        raise Conflict(
            "co_handler",
            _("会办单位不直接答复，由主办答复。"),
            _("请把意见提交给主办单位。"),
        )
    if task.objection == "open":
        raise objected()
    if not case.row.is_held:
        raise Conflict(
            "handed_back",
            _("这件事已退回交办机关。"),
            _("请等交办机关决定。"),
        )
    if task.signed_at is None:
        raise unsigned()
    if case.row.phase not in ("handling", "rework") or task.replied_round >= case.row.round:
        raise answered()


_GUARDS: Mapping[ActName, Callable[[Case, TaskRow, DecisionContext], None]] = {
    "sign": _sign,
    "object": _object,
    "contact": _contact,
    "opinion": _opinion,
    "draft": _draft,
    "sign_off": _sign_off,
    "fulfil": _fulfil,
}


def missing_opinions(case: Case) -> list[TaskRow]:
    """List the co-handlers whose opinion is not in."""
    return [t for t in open_tasks(case) if t.role == "co" and t.opinion_at is None]

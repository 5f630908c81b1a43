"""When an act is open, what a reply must contain, and the refusals (浙江省办理规定 2016)."""

from datetime import date

from services.tracker.domain.commands import AnswerBody, DraftBody
from services.tracker.domain.context import DecisionContext, last_day
from services.tracker.domain.model import Case, DraftWords, TaskRow, open_tasks, task_state
from shared.calendar import local_day
from shared.errors import Conflict, Invalid, NotFound
from shared.ids import Id, from_text
from shared.settings import Limits
from shared.text import REASON_CHARS, _, is_reason


def find_task(case: Case, task_id: Id) -> TaskRow:
    """Raises NotFound."""
    task = case.tasks.get(task_id)
    if task is None:
        raise NotFound("no_such_task", _("没有这项任务。"), _("请从这件事的页面打开任务。"))
    return task


def check_basis(case: Case, basis: int | None) -> None:
    """Raise Conflict if the case has changed since the officer saw it at place `basis`."""
    if basis is not None and basis != case.row.seq:
        raise Conflict(
            "stale",
            _("刚才有人办理过这件事，您看到的不是最新情况，没有保存。"),
            _("请看最新情况，再决定是否办理。"),
            seq=case.row.seq,
        )


def check_open(case: Case) -> None:
    """Raise Conflict if the case is closed."""
    if case.row.phase == "closed":
        raise Conflict("closed", _("这件事已经办结。"), _("不用再办；有新情况请重新提交。"))


def require_running(case: Case, task: TaskRow) -> None:
    """Raise Conflict where the case is closed or the task has ended."""
    check_open(case)
    if task.ended_at is not None:
        raise Conflict("task_ended", _("这件事已改派给别的单位。"), _("不用再办，请看待办列表。"))


def check_sign(case: Case, task: TaskRow, _context: DecisionContext) -> None:
    """A co-handler has nothing to sign for once the lead has replied."""
    if not task.answers and case.row.phase != "handling":
        raise answered()
    if task.objection == "open":
        raise objected()
    if task.signed_at is not None:
        raise Conflict("already_signed", _("已经签收。"), _("请直接办理。"))


def check_object(case: Case, task: TaskRow, context: DecisionContext) -> None:
    if case.row.phase in ("replied", "tracking") or task.replied_round:
        raise Conflict(
            "objection_after_reply",
            _("已经答复，不能再退办。"),
            _("如确不属本单位，请联系交办机关改派。"),
        )
    if task.drafted_round == case.row.round:
        raise Conflict(
            "objection_after_draft",
            _("答复已经起草，待签发，不能退办。"),
            _("如确不属本单位，请先退回草稿，再退办。"),
        )
    if task.objection == "open":
        raise Conflict(
            "second_objection", _("本单位已经提过退办，由交办机关审定。"), _("请等交办机关决定。")
        )
    if any(t.unit_id == task.unit_id and t.objected_at is not None for t in case.tasks.values()):
        raise Conflict(
            "objection_decided",
            _("本单位已经提过退办，交办机关已作决定，由本单位办理。"),
            _("请继续办理。"),
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


def check_contact(case: Case, task: TaskRow, _context: DecisionContext) -> None:
    if task.objection == "open":
        raise objected()
    if task.signed_at is None:
        raise unsigned()
    if case.row.phase not in ("handling", "rework"):
        raise answered()


def check_opinion(case: Case, task: TaskRow, _context: DecisionContext) -> None:
    if task.answers:
        raise Conflict(
            "not_co_handler", _("主办单位直接起草答复，不另提会办意见。"), _("请起草答复。")
        )
    if task.objection == "open":
        raise objected()
    if task.opinion_at is not None:
        raise Conflict("already_filed", _("会办意见已经提交。"), _("不用再提交。"))
    if case.row.phase != "handling":
        raise answered()


def check_draft(case: Case, task: TaskRow, _context: DecisionContext) -> None:
    _handles(case, task)
    if task.contacted_round < case.row.round:
        raise Conflict(
            "no_contact", _("先登记一次联系，再起草答复。"), _("请登记联系的方式和内容。")
        )


def check_return(case: Case, task: TaskRow, _context: DecisionContext) -> None:
    _handles(case, task)
    find_draft(case, task)


def check_sign_off(case: Case, task: TaskRow, context: DecisionContext) -> None:
    """Judge the draft once more: its day may have passed, or an opinion be missing since.

    Who drafted it may sign it: a reply needs its head's signature, not two people, and a small
    unit has nobody but its head.
    """
    check_return(case, task, context)
    body = DraftBody.model_construct(
        **find_draft(case, task).model_dump(exclude={"task_id", "returned"}),
        outcome=task.draft_outcome or "solved",
        promised_on=task.draft_promised_on,
    )
    if wrong := wrong_content(case, body, local_day(context.now), context.limits):
        raise next(iter(wrong.values()))


def find_draft(case: Case, task: TaskRow) -> DraftWords:
    """Return the draft as it would be signed now; raises Conflict."""
    draft = next((one for one in case.words.drafts if one.task_id == task.task_id), None)
    if draft is None or task_state(task, case.row.round) != "drafted":
        raise Conflict("no_draft", _("还没有待签发的答复。"), _("请经办人先起草答复。"))
    return with_needed_waiver(case, draft)


def with_needed_waiver(case: Case, draft: DraftWords) -> DraftWords:
    """Leave out why an opinion is not awaited once none is missing."""
    return draft if missing_opinions(case) else draft.model_copy(update={"waiver": ""})


def check_fulfil(case: Case, task: TaskRow, _context: DecisionContext) -> None:
    if case.row.phase != "tracking" or task.draft_promised_on is None:
        raise Conflict("no_promise", _("没有待兑现的承诺。"), _("请看最新情况。"))


def _handles(case: Case, task: TaskRow) -> None:
    """Raise Conflict unless this unit owes an answer in this round."""
    if not task.answers:
        raise Conflict(
            "co_handler", _("会办单位不直接答复，由主办答复。"), _("请把意见提交给主办单位。")
        )
    if task.objection == "open":
        raise objected()
    if not case.row.is_held:
        raise Conflict("handed_back", _("这件事已退回交办机关。"), _("请等交办机关决定。"))
    if task.signed_at is None:
        raise unsigned()
    if case.row.phase not in ("handling", "rework") or task.replied_round >= case.row.round:
        raise answered()


def check_candidate(case: Case, context: DecisionContext, *, granted: bool) -> None:
    """Raise Conflict unless the case waits for a decision on supervision, or for a new leader."""
    check_open(case)
    if case.row.key_candidate != "open" and not (granted and lacks_leader(case, context)):
        raise no_candidate()


def lacks_leader(case: Case, context: DecisionContext) -> bool:
    """Whether whoever leads a supervision may do so no more."""
    led = case.row.leader and case.row.phase != "closed"
    return bool(led) and not context.may_lead(from_text(case.row.leader), case.row.division)


def missing_opinions(case: Case) -> list[TaskRow]:
    return [t for t in open_tasks(case) if t.role == "co" and t.opinion_at is None]


def check_content(case: Case, body: DraftBody, context: DecisionContext) -> None:
    """Raise Invalid, with all that is wrong, unless a reply has what its outcome requires."""
    if wrong := wrong_content(case, body, local_day(context.now), context.limits):
        raise Invalid.of_fields(wrong)


def wrong_content(case: Case, body: DraftBody, today: date, limits: Limits) -> dict[str, Invalid]:
    """Errors of a reply by field, where its outcome requires more (浙江省办理规定 2016 §18-§20)."""
    explained = body.outcome in ("deferred", "reference")
    wrong = _wrong_answer(body, today, limits, explained=explained)
    if missing_opinions(case) and not is_reason(body.waiver):
        wrong["waiver"] = Invalid(
            "opinions_missing",
            _("会办意见没有到齐；要先答复，请写明原因，至少%(least)s个字。", least=REASON_CHARS),
            _("请催会办单位，或写明原因。"),
        )
    return wrong


def wrong_fulfilment(body: AnswerBody, today: date, limits: Limits) -> dict[str, Invalid]:
    """Errors, by field, of the answer to what became of a promise; a broken one is explained."""
    return _wrong_answer(body, today, limits, explained=body.outcome != "solved")


def _wrong_answer(
    body: AnswerBody, today: date, limits: Limits, *, explained: bool
) -> dict[str, Invalid]:
    """Errors of its promise, and of its reason where that has to be `explained`."""
    wrong = {}
    if body.outcome in ("in_progress", "planned"):
        wrong = _wrong_promise(body, today, limits.promise_years)
    elif body.promised_on is not None:
        wrong["promised_on"] = Invalid(
            "promise_unexpected",
            _("只有正在解决或列入计划的，才写兑现日期。"),
            _("请清空兑现日期，或改选结果。"),
        )
    if explained and not is_reason(body.reason):
        wrong["reason"] = Invalid(
            "reason_missing",
            _("这种结果要写明原因，至少%(least)s个字。", least=REASON_CHARS),
            _("请写明原因。"),
        )
    return wrong


def _wrong_promise(body: AnswerBody, today: date, years: int) -> dict[str, Invalid]:
    """A promise has a contact and a day within some years; farther ones are typing errors."""
    wrong, missing = {}, promise_incomplete()
    if body.promised_on is None:
        wrong["promised_on"] = missing
    elif body.promised_on <= today:
        wrong["promised_on"] = Invalid(
            "promise_not_ahead",
            _("兑现日期应在今天之后。"),
            _("请改成以后的日期；已经起草的，先退回修改。"),
        )
    elif _parts(body.promised_on, years) > _parts(today):
        wrong["promised_on"] = Invalid(
            "promise_too_far",
            _("兑现日期太远，最多%(years)s年。", years=years),
            _("请改成期限以内的日期；定不下来的，答复为暂不能解决，写明原因。"),
        )
    return wrong if body.contact else wrong | {"contact": missing}


def _parts(day: date, years: int = 0) -> tuple[int, int, int]:
    """Year, month and day, so many years before; a 29 February stays one."""
    return day.year - years, day.month, day.day


def promise_incomplete() -> Invalid:
    return Invalid(
        "promise_incomplete",
        _("正在解决或列入计划的，要写明兑现日期和联系人。"),
        _("请补上日期和联系人。"),
    )


def objected() -> Conflict:
    return Conflict("objected", _("退办正在审核。"), _("请等交办机关决定。"))


def unsigned() -> Conflict:
    return Conflict("not_signed", _("先签收，再办理。"), _("请先点签收。"))


def answered() -> Conflict:
    """A reply is never changed in place (浙江省办理规定 2016 §22)."""
    return Conflict(
        "already_replied",
        _("本轮已经答复，不能再改。"),
        _("如有变化，请等评价后重新办理或再次答复。"),
    )


def no_candidate() -> Conflict:
    return Conflict("no_candidate", _("这件事没有待决定的督办建议。"), _("请看最新情况。"))


def own_unit() -> Invalid:
    return Invalid(
        "own_unit", _("应由本单位办理的，不能退办。"), _("请改选别的单位；不清楚的，不选。")
    )


def leader_missing() -> Invalid:
    return Invalid(
        "leader_missing",
        _("要写明由哪位领导领衔督办，须是这件事所在地或上级的领导。"),
        _("请在名单里选择领导。"),
    )


def leader_unexpected() -> Invalid:
    return Invalid(
        "leader_unexpected",
        _("不列入的，不写领衔督办人。"),
        _("请清空领衔督办人，或改选会议决定。"),
    )

"""What an act does to a case once its guards let it through."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from services.tracker.domain.commands import (
    ActName,
    DecideSupervision,
    DraftReply,
    FileOpinion,
    Fulfil,
    LogContact,
    Object,
    Sign,
    SignOff,
    TaskCommand,
)
from services.tracker.domain.context import DecisionContext, last_day
from services.tracker.domain.drafting import check_ahead, check_draft
from services.tracker.domain.guards import (
    check,
    check_basis,
    check_right,
    find_task,
)
from services.tracker.domain.model import Case, DraftWords, TaskRow
from services.tracker.domain.state import answering, furthest_behind
from services.tracker.domain.supervision import decide_supervision
from shared.calendar import local_day
from shared.contracts.envelope import Event
from shared.contracts.tracker import (
    CaseHandedBack,
    CaseReplied,
    CaseText,
    ContactLogged,
    ObjectionWords,
    OpinionFiled,
    PromiseKept,
    ReplyDrafted,
    ReplyWords,
    TaskObjected,
    TaskSigned,
    TaskWords,
)
from shared.messaging.subject import Command

Step = tuple[Case, Sequence[Event]]
_NAMES: dict[type[TaskCommand], ActName] = {
    Sign: "sign",
    Object: "object",
    LogContact: "contact",
    FileOpinion: "opinion",
    DraftReply: "draft",
    SignOff: "sign_off",
    Fulfil: "fulfil",
}


def act(case: Case, given: Command, context: DecisionContext) -> Step:
    """Do one act; raises NotFound, Forbidden, Conflict or Invalid and then changes nothing."""
    if isinstance(given, DecideSupervision):
        return decide_supervision(case, given, context)
    if not isinstance(given, TaskCommand):
        raise TypeError(f"not an act on a case: {given!r}")
    task, name = find_task(case, given.task_id), _NAMES[type(given)]
    check_right(name, task, given.by)
    check_basis(case, given.basis)
    check(name, case, task, context)
    effect = _EFFECTS[type(given)]
    return effect(case, task, given, context)


def _sign(case: Case, task: TaskRow, given: Sign, context: DecisionContext) -> Step:
    signed = TaskSigned(**_stamped(case, given, context), task_id=task.task_id)
    return _with_task(case, task, signed_at=context.now), (signed,)


def _stamped(case: Case, given: TaskCommand, context: DecisionContext) -> dict[str, Any]:
    return {
        "occurred_at": context.now,
        "division_code": case.row.division,
        "actor": given.by.code,
    }


def _with_task(case: Case, task: TaskRow, **changes: Any) -> Case:
    return replace(case, tasks={**case.tasks, task.task_id: task.model_copy(update=changes)})


def _with_words(case: Case, **changes: Any) -> Case:
    return replace(case, words=case.words.model_copy(update=changes))


def _text(case: Case, base: dict[str, Any]) -> CaseText:
    words = case.words
    return CaseText(
        **base,
        replies=words.replies,
        objections=words.objections,
        contacts=words.contacts,
        opinions=words.opinions,
    )


def _object(case: Case, task: TaskRow, given: Object, context: DecisionContext) -> Step:
    """The baton goes back only when no other unit owes an answer; the reply clock runs on."""
    base, no = _stamped(case, given, context), case.row.dispatch_no
    case = _with_task(
        case,
        task,
        objection="open",
        objected_at=context.now,
        objected_round=case.row.round,
    )
    reason = ObjectionWords(dispatch_no=no, task_id=task.task_id, text=given.body.reason)
    case = _with_words(case, objections=(*case.words.objections, reason))
    emitted: list[Event] = [
        TaskObjected(
            **base,
            task_id=task.task_id,
            dispatch_no=no,
            reason="not_ours",
            suggested_unit=given.body.suggested_unit,
        )
    ]
    if [other.task_id for other in answering(case)] == [task.task_id]:
        case = replace(case, row=case.row.model_copy(update={"handed_back_no": no}))
        emitted.append(
            CaseHandedBack(**base, reason="objection", dispatch_no=no, task_id=task.task_id)
        )
    return case, (*emitted, _text(case, base))


def _log_contact(case: Case, task: TaskRow, given: LogContact, context: DecisionContext) -> Step:
    base = _stamped(case, given, context)
    case = _with_task(case, task, contacted_at=context.now, contacted_round=case.row.round)
    note = TaskWords(task_id=task.task_id, text=given.body.note)
    case = _with_words(case, contacts=(*case.words.contacts, note))
    logged = ContactLogged(**base, task_id=task.task_id, channel=given.body.channel)
    return case, (logged, _text(case, base))


def _file_opinion(case: Case, task: TaskRow, given: FileOpinion, context: DecisionContext) -> Step:
    base = _stamped(case, given, context)
    case = _with_task(case, task, opinion_at=context.now, signed_at=task.signed_at or context.now)
    opinion = TaskWords(task_id=task.task_id, text=given.body.opinion)
    case = _with_words(case, opinions=(*case.words.opinions, opinion))
    return case, (OpinionFiled(**base, task_id=task.task_id), _text(case, base))


def _draft(case: Case, task: TaskRow, given: DraftReply, context: DecisionContext) -> Step:
    body = given.body
    check_draft(case, given, context)
    draft = DraftWords(
        task_id=task.task_id,
        plain=body.plain,
        text=body.text,
        contact=body.contact,
        reason=body.reason,
        waiver=body.waiver,
    )
    others = tuple(one for one in case.words.drafts if one.task_id != task.task_id)
    case = _with_words(case, drafts=(*others, draft))
    case = _with_task(
        case,
        task,
        drafted_at=context.now,
        drafted_round=case.row.round,
        draft_outcome=body.outcome,
        draft_promised_on=body.promised_on,
        draft_waived=bool(body.waiver),
    )
    base = _stamped(case, given, context)
    return case, (ReplyDrafted(**base, task_id=task.task_id, outcome=body.outcome),)


def _sign_off(case: Case, task: TaskRow, given: SignOff, context: DecisionContext) -> Step:
    if task.draft_promised_on is not None:
        check_ahead(task.draft_promised_on, local_day(context.now))
    draft = next(one for one in case.words.drafts if one.task_id == task.task_id)
    others = tuple(one for one in case.words.drafts if one is not draft)
    case = _with_words(case, drafts=others)
    words = draft.model_dump(exclude={"task_id"})
    return _reply(case, task, given, context, words)


def _fulfil(case: Case, task: TaskRow, given: Fulfil, context: DecisionContext) -> Step:
    """B becomes A: the promise is kept and the second answer goes out (2016 §20)."""
    kept = PromiseKept(**_stamped(case, given, context), reply_no=case.row.reply_no)
    fulfilled = {"draft_outcome": "solved", "draft_promised_on": None, "draft_waived": False}
    task = task.model_copy(update=fulfilled)
    words = {"plain": given.body.plain, "text": given.body.text}
    case, emitted = _reply(case, task, given, context, words)
    return case, (kept, *emitted)


def _reply(
    case: Case, task: TaskRow, given: TaskCommand, context: DecisionContext, words: dict[str, str]
) -> Step:
    """Send an answer; the rating window opens once all who owe one have answered."""
    row, base = case.row, _stamped(case, given, context)
    reply_no = row.reply_no + 1
    emitted = CaseReplied(
        **base,
        task_id=task.task_id,
        reply_no=reply_no,
        round=row.round,
        outcome=task.draft_outcome or "solved",
        promised_on=task.draft_promised_on,
        waived=task.draft_waived,
        signed_by=given.by.code,
        late_days=_late_days(case, task, context),
    )
    case = _with_task(case, task, replied_round=row.round)
    behind = furthest_behind(case)
    all_in = all(other.replied_round == row.round for other in answering(case))
    changes = {
        "reply_no": reply_no,
        "outcome": behind.draft_outcome,
        "promised_on": behind.draft_promised_on,
        "replied_at": context.now,
        "rating": None,
        "rated_at": None,
        "rating_until": context.deadline(context.now, context.limits.rating).due_at,
        "phase": "replied" if all_in else row.phase,
    }
    reply = ReplyWords(reply_no=reply_no, signed_name=given.by.name, **words)
    case = replace(case, row=row.model_copy(update=changes))
    case = _with_words(case, replies=(*case.words.replies, reply))
    return case, (emitted, _text(case, base))


def _late_days(case: Case, task: TaskRow, context: DecisionContext) -> int:
    clock = case.clocks.get(("reply", task.task_id, case.row.round))
    if clock is None or context.now < clock.due_at:
        return 0
    today = local_day(context.now)
    return max(1, context.calendar.working_days_between(last_day(clock.due_at), today))


_EFFECTS: Mapping[type[TaskCommand], Callable[[Case, TaskRow, Any, DecisionContext], Step]] = {
    Sign: _sign,
    Object: _object,
    LogContact: _log_contact,
    FileOpinion: _file_opinion,
    DraftReply: _draft,
    SignOff: _sign_off,
    Fulfil: _fulfil,
}

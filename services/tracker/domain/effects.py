"""How each command changes a case: its guard, then its effect."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.tracker.domain import refusals
from services.tracker.domain.commands import (
    DecideSupervision,
    DraftReply,
    FileOpinion,
    Fulfil,
    LogContact,
    Object,
    ReturnDraft,
    Sign,
    SignOff,
    TaskCommand,
)
from services.tracker.domain.context import DecisionContext, last_day
from services.tracker.domain.model import Case, DraftWords, TaskRow, answering, furthest_behind
from services.tracker.domain.refusals import check_content
from services.tracker.domain.rights import place_of
from shared.calendar import local_day
from shared.contracts import tracker as events
from shared.contracts.envelope import Event
from shared.errors import Invalid
from shared.ids import to_text
from shared.messaging.subject import Command
from shared.rights import Resource, require

Step = tuple[Case, Sequence[Event]]


def execute(case: Case, command: Command, context: DecisionContext) -> Step:
    """Raises NotFound, Forbidden, Conflict or Invalid."""
    match command:
        case TaskCommand():
            task, rule = refusals.find_task(case, command.task_id), TASK_RULES[type(command)]
            require(command.by, command.action, Resource(units=(task.unit_id,)))
            refusals.check_basis(case, command.body.seen_seq)
            check_task(type(command), case, task, context)
            return rule.effect(case, task, command, context)
        case DecideSupervision():
            require(command.by, command.action, place_of(case))
            refusals.check_basis(case, command.body.seen_seq)
            refusals.check_candidate(case, context, granted=command.body.granted)
            return _decide_supervision(case, command, context)
        case _:
            raise TypeError(f"not a command on a case: {command!r}")


def check_task(
    kind: type[TaskCommand], case: Case, task: TaskRow, context: DecisionContext
) -> None:
    """Raise Refused, with the reason, unless this kind of command is open on a task now."""
    refusals.require_running(case, task)
    TASK_RULES[kind].guard(case, task, context)


def _sign(case: Case, task: TaskRow, command: Sign, context: DecisionContext) -> Step:
    signed = events.TaskSigned(**case.origin(context.now, command.by.code), task_id=task.task_id)
    return case.with_task(task, signed_at=context.now), (signed,)


def _with_words(case: Case, **changes: Any) -> Case:
    return replace(case, words=case.words.model_copy(update=changes))


def _text(case: Case, origin: dict[str, Any]) -> events.CaseText:
    """All texts of a case, as they are now."""
    kinds = ("replies", "objections", "contacts", "opinions")
    return events.CaseText(**origin, **{kind: getattr(case.words, kind) for kind in kinds})


def _object(case: Case, task: TaskRow, command: Object, context: DecisionContext) -> Step:
    """Hand the case back only if no other unit owes an answer; the reply clock keeps running."""
    if command.body.suggested_unit == task.unit_id:
        raise Invalid.of_fields({"suggested_unit": refusals.own_unit()})
    base, no = case.origin(context.now, command.by.code), case.row.dispatch_no
    case = case.with_task(
        task, objection="open", objected_at=context.now, objected_round=case.row.round
    )
    reason = events.ObjectionWords(dispatch_no=no, task_id=task.task_id, text=command.body.reason)
    case = _with_words(case, objections=(*case.words.objections, reason))
    emitted: list[Event] = [
        events.TaskObjected(
            **base,
            task_id=task.task_id,
            dispatch_no=no,
            reason="not_ours",
            suggested_unit=command.body.suggested_unit,
        )
    ]
    if [other.task_id for other in answering(case)] == [task.task_id]:
        case = case.with_row(handed_back_no=no)
        emitted.append(
            events.CaseHandedBack(**base, reason="objection", dispatch_no=no, task_id=task.task_id)
        )
    return case, (*emitted, _text(case, base))


def _log_contact(case: Case, task: TaskRow, command: LogContact, context: DecisionContext) -> Step:
    base = case.origin(context.now, command.by.code)
    case = case.with_task(task, contacted_at=context.now, contacted_round=case.row.round)
    note = events.TaskWords(task_id=task.task_id, text=command.body.note)
    case = _with_words(case, contacts=(*case.words.contacts, note))
    logged = events.ContactLogged(**base, task_id=task.task_id, channel=command.body.channel)
    return case, (logged, _text(case, base))


def _file_opinion(
    case: Case, task: TaskRow, command: FileOpinion, context: DecisionContext
) -> Step:
    base = case.origin(context.now, command.by.code)
    case = case.with_task(task, opinion_at=context.now, signed_at=task.signed_at or context.now)
    opinion = events.TaskWords(task_id=task.task_id, text=command.body.opinion)
    case = _with_words(case, opinions=(*case.words.opinions, opinion))
    return case, (events.OpinionFiled(**base, task_id=task.task_id), _text(case, base))


def _draft(case: Case, task: TaskRow, command: DraftReply, context: DecisionContext) -> Step:
    body = command.body
    check_content(case, body, context)
    draft = DraftWords(
        task_id=task.task_id,
        **body.model_dump(include={"plain", "text", "contact", "reason", "waiver"}),
    )
    others = tuple(one for one in case.words.drafts if one.task_id != task.task_id)
    case = _with_words(case, drafts=(*others, draft))
    case = case.with_task(
        task,
        drafted_at=context.now,
        drafted_round=case.row.round,
        draft_outcome=body.outcome,
        draft_promised_on=body.promised_on,
        draft_waived=bool(body.waiver),
    )
    base = case.origin(context.now, command.by.code)
    return case, (events.ReplyDrafted(**base, task_id=task.task_id, outcome=body.outcome),)


def _sign_off(case: Case, task: TaskRow, command: SignOff, context: DecisionContext) -> Step:
    draft = refusals.find_draft(case, task)
    others = tuple(one for one in case.words.drafts if one.task_id != task.task_id)
    case = _with_words(case, drafts=others)
    task = task.model_copy(update={"draft_waived": bool(draft.waiver)})
    words = draft.model_dump(exclude={"task_id", "returned"})
    return _reply(case, task, command, context, words)


def _return_draft(
    case: Case, task: TaskRow, command: ReturnDraft, context: DecisionContext
) -> Step:
    """The clerk keeps the draft, with the reason beside it."""
    drafts = (
        draft.model_copy(update={"returned": command.body.reason})
        if draft.task_id == task.task_id
        else draft
        for draft in case.words.drafts
    )
    case = _with_words(case, drafts=tuple(drafts))
    base = case.origin(context.now, command.by.code)
    case = case.with_task(task, drafted_at=None, drafted_round=0)
    return case, (events.ReplyDraftReturned(**base, task_id=task.task_id),)


def _fulfil(case: Case, task: TaskRow, command: Fulfil, context: DecisionContext) -> Step:
    """Send the second answer, whether the promise was kept or not (2016 §20)."""
    body = command.body
    if wrong := refusals.wrong_fulfilment(body, local_day(context.now), context.limits):
        raise Invalid.of_fields(wrong)
    settled = events.PromiseKept if body.outcome == "solved" else events.PromiseBroken
    told = settled(**case.origin(context.now, command.by.code), reply_no=case.row.reply_no)
    answered = {
        "draft_outcome": body.outcome,
        "draft_promised_on": body.promised_on,
        "draft_waived": False,
    }
    task = task.model_copy(update=answered)
    words = body.model_dump(include={"plain", "text", "contact", "reason"})
    case, emitted = _reply(case, task, command, context, words)
    return case, (told, *emitted)


def _reply(
    case: Case, task: TaskRow, command: TaskCommand, context: DecisionContext, words: dict[str, str]
) -> Step:
    """Send an answer; the rating window opens once every answering unit has replied."""
    row, base = case.row, case.origin(context.now, command.by.code)
    reply_no, until = row.reply_no + 1, context.deadline(context.now, context.limits.rating).due_at
    case = case.with_task(task, replied_round=row.round)
    behind = furthest_behind(case)
    all_in = all(other.replied_round == row.round for other in answering(case))
    emitted = events.CaseReplied(
        **base,
        task_id=task.task_id,
        reply_no=reply_no,
        round=row.round,
        outcome=task.draft_outcome or "solved",
        promised_on=task.draft_promised_on,
        waived=task.draft_waived,
        signed_by=command.by.code,
        late_days=_late_days(case, task, context),
        rating_until=until if all_in else None,
    )
    changes = {
        "reply_no": reply_no,
        "outcome": behind.draft_outcome,
        "promised_on": behind.draft_promised_on,
        "replied_at": context.now,
        "rating": None,
        "rated_at": None,
        "rating_until": until,
        "phase": "replied" if all_in else row.phase,
    }
    reply = events.ReplyWords(reply_no=reply_no, signed_name=command.by.name, **words)
    case = case.with_row(**changes)
    case = _with_words(case, replies=(*case.words.replies, reply))
    return case, (emitted, _text(case, base))


def _late_days(case: Case, task: TaskRow, context: DecisionContext) -> int:
    clock = case.clocks.get(("reply", task.task_id, case.row.round))
    if clock is None or context.now < clock.due_at:
        return 0
    today = local_day(context.now)
    return max(1, context.calendar.working_days_between(last_day(clock.due_at), today))


def _decide_supervision(case: Case, command: DecideSupervision, context: DecisionContext) -> Step:
    """Record the decision of a meeting or leader on a candidate (浙江省办理规定 2016 §12)."""
    body = command.body
    if body.level not in ("key", "agenda"):
        raise refusals.no_candidate()
    if body.granted and not (body.leader and context.may_lead(body.leader, case.row.division)):
        raise Invalid.of_fields({"leader": refusals.leader_missing()})
    if body.leader and not body.granted:
        raise Invalid.of_fields({"leader": refusals.leader_unexpected()})
    leader = to_text(body.leader) if body.leader else ""
    changes: dict[str, Any] = {"key_candidate": "granted" if body.granted else "refused"}
    if body.granted:
        changes |= {"supervision": body.level, "leader": leader}
    decided = events.SupervisionDecided(
        **case.origin(context.now, command.by.code),
        level=body.level,
        granted=body.granted,
        leader=leader or None,
    )
    return case.with_row(**changes), (decided,)


@dataclass(frozen=True, slots=True)
class TaskRule:
    """The guard (raises Refused) and the effect of one kind of command on a task."""

    guard: Callable[[Case, TaskRow, DecisionContext], None]
    effect: Callable[[Case, TaskRow, Any, DecisionContext], Step]


TASK_RULES: Mapping[type[TaskCommand], TaskRule] = {
    Sign: TaskRule(refusals.check_sign, _sign),
    Object: TaskRule(refusals.check_object, _object),
    LogContact: TaskRule(refusals.check_contact, _log_contact),
    FileOpinion: TaskRule(refusals.check_opinion, _file_opinion),
    DraftReply: TaskRule(refusals.check_draft, _draft),
    SignOff: TaskRule(refusals.check_sign_off, _sign_off),
    ReturnDraft: TaskRule(refusals.check_return, _return_draft),
    Fulfil: TaskRule(refusals.check_fulfil, _fulfil),
}

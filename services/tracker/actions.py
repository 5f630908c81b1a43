"""Use cases of the tracker: the acts on a case, and what pages and programs read."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import model_validator

from services.tracker import store
from services.tracker.domain import commands, refusals, rights
from services.tracker.domain.commands import Officer, SupervisionBody
from services.tracker.domain.context import DecisionContext
from services.tracker.domain.duties import objector, organ, unit, unit_head
from services.tracker.domain.mirrors import ReportRow, TextRow, WithheldTexts
from services.tracker.domain.model import Case, TaskRow, TimelineEntryRow, WordsRow
from services.tracker.domain.search import query_of
from shared.calendar import local_day, start_of_day
from shared.calendar.days import DAY
from shared.db.pool import Tx
from shared.directory import Directory, DirectoryCopy
from shared.errors import Invalid
from shared.ids import Id, to_text
from shared.messaging.messaging import Messaging
from shared.messaging.outbox import OutboxEvent, list_emitted
from shared.messaging.subject import Applied, Command, Subject
from shared.rights import Action, Resource
from shared.settings import Limits
from shared.text import Text, _
from shared.web import components as ui
from shared.web.act_spec import ActSpec, Target
from shared.web.labels import CONTACT_CHANNELS, OUTCOMES

OWED_ROWS, WAITING_ROWS = 12, 6
_OWING = unit, unit_head, objector


class Titled(NamedTuple):
    """A case of a list with its texts, and the case it was merged into if the reader sees that."""

    case: Case
    texts: TextRow
    merged: Case | None


@dataclass(frozen=True, slots=True)
class CaseDetails:
    """A case with its texts.

    `merged` is the case it was merged into, None also where the officer may not see that; `task`
    the one whose form is shown.
    """

    case: Case
    texts: TextRow
    directory: Directory
    now: datetime
    limits: Limits
    merged: Case | None = None
    task: TaskRow | None = None


@dataclass(frozen=True, slots=True)
class CaseHistory:
    """Timeline of a case, and the context that decides which acts are open on it."""

    entries: Sequence[TimelineEntryRow]
    context: DecisionContext
    is_blocked: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """The length of a person's lists; `to_dispatch` counts their decisions at the router."""

    owed: store.Load
    waiting: int
    to_dispatch: int


@dataclass(frozen=True, slots=True)
class Worklist:
    """The three lists of the first page, with the context that decides what is open on a case."""

    context: DecisionContext
    counts: Counts
    owed: Sequence[Titled]
    waiting: Sequence[Titled]
    reports: Sequence[ReportRow]
    has_report: bool


class CaseActions:
    """Loads what an officer may see, and executes their commands."""

    def __init__(
        self,
        messaging: Messaging,
        cases: Subject[Case, DecisionContext],
        copy: DirectoryCopy,
        limits: Limits,
    ) -> None:
        self.messaging, self._cases, self._copy, self._limits = messaging, cases, copy, limits

    async def perform(self, command: Command, by: Officer) -> Applied[Case]:
        """Execute a command on a case the officer may see; raises Refused."""
        async with self._begin(by) as tx:
            await self._find(tx, command.key, by)
        return await self.messaging.act(self._cases, command)

    async def find_case(self, by: Officer, key: Id) -> CaseDetails:
        """Raises NotFound."""
        async with self._begin(by) as tx:
            return await self._find(tx, key, by)

    async def open_case(self, by: Officer, key: Id) -> tuple[CaseDetails, CaseHistory]:
        """Raises NotFound."""
        async with self._begin(by) as tx:
            details = await self._find(tx, key, by)
            entries = await store.list_timeline_entries(tx, key)
            is_blocked = await self.messaging.is_blocked(tx, key)
            context = await self._cases.context(tx)
        return details, CaseHistory(entries, context, is_blocked)

    async def read_record(
        self, by: Officer, key: Id, limit: int
    ) -> tuple[CaseDetails, list[OutboxEvent]]:
        """Read the latest events emitted about a case; raises NotFound."""
        async with self._begin(by) as tx:
            return await self._find(tx, key, by), await list_emitted(tx, key, limit)

    async def list_cases(
        self, by: Officer, show: store.Show, after: Id | None, limit: int
    ) -> tuple[list[Titled], DecisionContext]:
        """List cases after `after`: those owed or waited for, else those of their places."""
        directory, last = self._copy.snapshot, after or store.FROM_START
        at, keys = _places_of(by, directory), list[Id]()
        if show in ("mine", "waiting"):
            async with self.messaging.db.begin() as tx:
                if show == "mine":
                    debtors = rights.debtors_of(by, directory)
                    keys = await store.list_owed(tx, debtors, limit, last)
                else:
                    keys = await _list_waiting(tx, by, limit, last)
        async with self._begin(by) as tx:
            if show not in ("mine", "waiting"):
                keys = await store.list_at(tx, at, show, last, limit)
            return await self._read(tx, keys, by), await self._cases.context(tx)

    async def search_cases(
        self, by: Officer, typed: str, after: Id | None, limit: int
    ) -> tuple[list[Titled], DecisionContext, int]:
        """Search the cases of their places in every state; with how many texts are not ready yet.

        They are found in a transaction that sees all rows, where the index can be used, and read
        in one that sees theirs.
        """
        directory, query = self._copy.snapshot, query_of(typed, self._copy.snapshot)
        at = _places_of(by, directory)
        async with self.messaging.db.begin() as tx:
            await store.search_as(tx, rights.row_scope_of(by, directory))
            keys = await store.search(tx, at, query, after or store.FROM_START, limit)
            waiting = await store.count_for_search(tx)
        async with self._begin(by) as tx:
            return await self._read(tx, keys, by), await self._cases.context(tx), waiting

    async def list_tasks(self, by: Officer, after: Id | None, limit: int) -> list[Titled]:
        """List the cases in which the officer's units owe something, the longest overdue first."""
        units = [debtor(key) for key in rights.units_of(by) for debtor in _OWING]
        async with self.messaging.db.begin() as tx:
            keys = await store.list_owed(tx, units, limit, after or store.FROM_START)
        async with self._begin(by) as tx:
            return await self._read(tx, keys, by)

    async def read_worklist(self, by: Officer) -> Worklist:
        """Read the lists of the first page, each cut short beside its whole count."""
        debtors = rights.debtors_of(by, self._copy.snapshot)
        async with self.messaging.db.begin() as tx:
            counts = await _count(tx, by, debtors)
            to_do = await store.list_owed(tx, debtors, OWED_ROWS)
            awaited = await _list_waiting(tx, by, WAITING_ROWS)
        async with self._begin(by) as tx:
            owed, waiting = await self._read(tx, to_do, by), await self._read(tx, awaited, by)
            filers = rights.filers_of(by, self._copy.snapshot)
            reports = await store.list_reports(tx, filers) if filers else []
            context = await self._cases.context(tx)
        return Worklist(context, counts, owed, waiting, reports, bool(filers))

    def _begin(self, by: Officer) -> AbstractAsyncContextManager[Tx]:
        return self.messaging.db.begin_as(rights.row_scope_of(by, self._copy.snapshot))

    async def _find(self, tx: Tx, key: Id, by: Officer) -> CaseDetails:
        directory = self._copy.snapshot
        case = rights.require_visible((await store.read_cases(tx, [key])).get(key), by, directory)
        into = case.row.merged_into
        merged = (await store.read_cases(tx, [into])).get(into) if into else None
        if merged:
            merged, _texts = _withheld(merged, TextRow(key=merged.row.key), by, directory)
        texts = (await store.read_texts(tx, [key]))[key]
        seen = _withheld(case, texts, by, directory)
        return CaseDetails(*seen, directory, tx.now, self._limits, merged)

    async def _read(self, tx: Tx, keys: Sequence[Id], by: Officer) -> list[Titled]:
        cases, texts = await store.read_cases(tx, keys), await store.read_texts(tx, keys)
        directory, found = self._copy.snapshot, [cases[key] for key in keys if key in cases]
        into = [case.row.merged_into for case in found if case.row.merged_into]
        targets = await store.read_cases(tx, into) if into else {}
        return [
            Titled(
                *_withheld(case, texts[case.row.key], by, directory),
                targets.get(case.row.merged_into or b""),
            )
            for case in found
        ]


def _withheld(
    case: Case, texts: TextRow, by: Officer, directory: Directory
) -> tuple[Case, TextRow]:
    """Give the case without its words to whoever may only see how far it is."""
    if rights.may_read_texts(case, by, directory):
        return case, texts
    key = case.row.key
    return replace(case, words=WordsRow(key=key)), WithheldTexts(key=key)


async def _list_waiting(tx: Tx, by: Officer, limit: int, after: Id = store.FROM_START) -> list[Id]:
    """Organs and leaders wait in cases given out, sent up or led; people of units for others."""
    if rights.waits_as_organ(by):
        return await store.list_waiting(tx, rights.waiting_of(by), limit, after)
    return await store.list_owed(tx, rights.awaited_by(by), limit, after)


async def _count(tx: Tx, by: Officer, debtors: Sequence[str]) -> Counts:
    """Count in a transaction that sees all rows: row security would check each row counted."""
    ends = start_of_day(local_day(tx.now) + DAY)
    if rights.waits_as_organ(by):
        waiting = await store.count_waiting(tx, rights.waiting_of(by))
    else:
        waiting = (await store.count_owed(tx, rights.awaited_by(by), ends)).all
    dispatching = [organ(key) for key in rights.dispatches_for(by)]
    to_dispatch = await store.count_owed(tx, dispatching, ends)
    return Counts(await store.count_owed(tx, debtors, ends), waiting, to_dispatch.all)


def _places_of(by: Officer, directory: Directory) -> store.Places:
    return store.Places(
        rights.codes_of(by, directory),
        rights.units_of(by),
        rights.stations_of(by, Action.CASE_READ, directory),
    )


def place_of_act(case: Case, target: Target) -> Resource:
    """The resource that an act's right covers: the task's unit or the case; raises NotFound."""
    _key, *tasks = target
    if not tasks:
        return rights.place_of(case)
    return Resource(units=(refusals.find_task(case, tasks[0]).unit_id,))


class SupervisionForm(SupervisionBody):
    """The decision as its form asks for it: `level` may also be `refuse`."""

    @model_validator(mode="before")
    @classmethod
    def _read_refusal(cls, typed: dict[str, Any]) -> dict[str, Any]:
        is_refused = typed.get("level") == "refuse"
        return typed | {"granted": not is_refused} | ({"level": "key"} if is_refused else {})


def _objection_fields(seen: CaseDetails) -> list[ui.Field]:
    """Offer the other units of the division whose organ dispatched the case."""
    key, directory = seen.case.row.dispatcher_organ, seen.directory
    organ = directory.organ_by_id(key) if key else None
    units = directory.units_in(organ.division_code) if organ else []
    own = seen.task.unit_id if seen.task else None
    options = [
        ui.Option(to_text(unit_id), unit.short_name) for unit_id, unit in units if unit_id != own
    ]
    label = _("应由哪个单位办理")
    return [
        ui.Field("reason", _("理由：为什么不属本单位"), control="textarea"),
        ui.Field("suggested_unit", label, required=False, options=options, control="select"),
    ]


def _send_back_fields(_seen: CaseDetails) -> list[ui.Field]:
    return [ui.Field("reason", _("要改什么"), control="textarea")]


def _contact_fields(_seen: CaseDetails) -> list[ui.Field]:
    return [
        ui.Field("channel", _("怎样联系的"), options=_all(CONTACT_CHANNELS), control="choices"),
        ui.Field("note", _("谈了什么"), control="textarea"),
    ]


def _opinion_fields(_seen: CaseDetails) -> list[ui.Field]:
    return [ui.Field("opinion", _("会办意见"), control="textarea")]


def _answer_fields(why: Text) -> list[ui.Field]:
    """The fields of a reply after its outcome; `why` tells when a reason is required."""
    promise = _("正在解决或列入计划的，必须填写")
    return [
        ui.Field("plain", _("一句话答复"), hint=_("写给提出人看，先看到这一句")),
        ui.Field("text", _("答复全文"), control="textarea"),
        ui.Field("promised_on", _("兑现日期"), hint=promise, required=False, control="date"),
        ui.Field("contact", _("联系人"), hint=promise, required=False),
        ui.Field("reason", _("原因"), hint=why, required=False, control="textarea"),
    ]


def _draft_fields(seen: CaseDetails) -> list[ui.Field]:
    outcome = ui.Field("outcome", _("结果"), options=_all(OUTCOMES), control="stacked")
    fields = [outcome, *_answer_fields(_("暂不能解决或供参考的，必须填写"))]
    if refusals.missing_opinions(seen.case):
        fields.append(ui.Field("waiver", _("会办意见未到齐，为什么先答复"), control="textarea"))
    return fields


def _fulfil_fields(_seen: CaseDetails) -> list[ui.Field]:
    """Ask whether the promise was kept, of a broken one what holds now; nothing is chosen yet."""
    broken = {value: _("未兑现：%(outcome)s", outcome=label) for value, label in OUTCOMES.items()}
    ways = _all({**broken, "solved": _("已兑现")})
    kept = ui.Field("outcome", _("承诺是否兑现"), options=ways, control="stacked")
    return [kept, *_answer_fields(_("未兑现的，必须填写；已兑现的，不用填"))]


def _wrong_draft(seen: CaseDetails, body: commands.DraftBody) -> Mapping[str, Invalid]:
    return refusals.wrong_content(seen.case, body, local_day(seen.now), seen.limits)


def _wrong_fulfilment(seen: CaseDetails, body: commands.AnswerBody) -> Mapping[str, Invalid]:
    return refusals.wrong_fulfilment(body, local_day(seen.now), seen.limits)


def _supervision_fields(seen: CaseDetails) -> list[ui.Field]:
    """Nothing is chosen beforehand."""
    ways = [
        ui.Option("key", _("列为重点督办"), _("领导牵头，单位主要负责人办理")),
        ui.Option("agenda", _("转常委会议题")),
        ui.Option("refuse", _("不列入")),
    ]
    directory, place, today = seen.directory, seen.case.row.division, local_day(seen.now)
    leaders = [
        ui.Option(to_text(key), person.name)
        for key, person in directory.people_with("leader")
        if rights.may_lead(directory, key, place, today)
    ]
    who, hint = _("领衔督办人"), _("列为重点督办或转常委会议题的，必须选择；不列入的，不选")
    return [
        ui.Field("level", _("会议决定"), options=ways, control="stacked"),
        ui.Field("leader", who, hint=hint, required=False, options=leaders, control="select"),
    ]


def _all(labels: Mapping[Any, Text]) -> list[ui.Option]:
    return [ui.Option(value, label) for value, label in labels.items()]


TASK_ACTS: Sequence[ActSpec[CaseDetails]] = (
    ActSpec("sign", commands.Sign, _("签收"), "Sign for a task."),
    ActSpec("sign-off", commands.SignOff, _("签发答复"), "Sign the drafted reply and send it."),
    ActSpec("send-back", commands.ReturnDraft, _("退回修改"), "Return a draft.", _send_back_fields),
    ActSpec(
        "draft",
        commands.DraftReply,
        _("起草答复"),
        "Draft a reply.",
        _draft_fields,
        wrong=_wrong_draft,
    ),
    ActSpec(
        "opinion", commands.FileOpinion, _("提交会办意见"), "File an opinion.", _opinion_fields
    ),
    ActSpec("contact", commands.LogContact, _("登记联系"), "Log a contact.", _contact_fields),
    ActSpec(
        "fulfil",
        commands.Fulfil,
        _("核对兑现"),
        "Answer whether the promise was kept.",
        _fulfil_fields,
        wrong=_wrong_fulfilment,
    ),
    ActSpec("object", commands.Object, _("退办"), "Object to a task.", _objection_fields),
)
"""The acts on a task, in the order of the act bar: the first that is open is the primary one."""

SUPERVISION: ActSpec[CaseDetails] = ActSpec(
    "supervision",
    commands.DecideSupervision,
    _("决定督办"),
    "Decide on a candidate for supervision.",
    _supervision_fields,
    SupervisionForm,
)

"""Forms of the acts on a case: their fields, errors and drafts, and what is read beside them."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from pydantic import ValidationError

from services.tracker.actions import CaseDetails
from services.tracker.domain.commands import DraftReply, Fulfil
from services.tracker.domain.model import Case, DraftWords, TaskRow
from services.tracker.domain.refusals import find_task, with_needed_waiver
from shared.contracts.codes import Outcome
from shared.errors import Invalid
from shared.ids import Id
from shared.text import Text, _
from shared.web import components as ui
from shared.web.act_spec import ActSpec, Target
from shared.web.forms import Form, Submitted, errors_of, readable
from shared.web.labels import OUTCOMES


def basis_of(case: Case) -> str:
    """The version of the case that the reader has on screen, for the forms."""
    return f"tracker.case.v1:{case.row.seq}"


def all_errors(
    spec: ActSpec[CaseDetails],
    details: CaseDetails,
    submitted: Submitted,
    refused: ValidationError | Invalid,
) -> Mapping[str, Text]:
    """All that is wrong with a refused form: by its model, and by the rules across its fields."""
    wrong = spec.wrong(details, readable(spec.body, submitted)) if spec.wrong else {}
    return {**{name: one.message for name, one in wrong.items()}, **errors_of(refused)}


def label_of(spec: ActSpec[CaseDetails], task: TaskRow) -> Text:
    """Name an act on a task: a draft that is there is changed."""
    if spec.command is DraftReply and task.draft_outcome:
        return _("修改草稿")
    return spec.label


def form_of(spec: ActSpec[CaseDetails], details: CaseDetails, target: Target) -> Form:
    """The form of an act, with what the officer has seen of the case; an earlier draft stands."""
    basis = ui.Field("basis", "", basis_of(details.case), control="hidden")
    task = find_task(details.case, target[1]) if len(target) > 1 else None
    fields = spec.fields(replace(details, task=task)) if spec.fields else ()
    form = Form(label_of(spec, task) if task else spec.label, [basis, *fields])
    if spec.command is DraftReply:
        for draft in drafts(details.case, target[1:]):
            return form.filled(draft.as_typed(), {})
    return form


def asked_notes(spec: ActSpec[CaseDetails], details: CaseDetails, target: Target) -> list[ui.Note]:
    """The reasons for which the unit head returned a draft, for the clerk who amends it."""
    found = drafts(details.case, target[1:]) if spec.command is DraftReply else ()
    asked = [one.words.returned for one in found if one.words.returned]
    return [ui.Note("amber", _("要改：%(reason)s", reason=one)) for one in asked]


def beside_form(spec: ActSpec[CaseDetails], details: CaseDetails) -> Iterator[tuple[Text, Text]]:
    """Pairs of heading and text: the promise to be settled, the original as far as readable."""
    row, texts = details.case.row, details.texts
    if spec.command is Fulfil and row.promised_on:
        yield _("承诺：%(day)s前兑现", day=row.promised_on), details.case.words.replies[-1].text
    if texts.body:
        yield _("原文"), "\n".join((texts.body, *texts.supplements))


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft whole, as the unit head signs it or the clerk amends it."""

    words: DraftWords
    outcome: Outcome
    promised_on: date | None

    @property
    def label(self) -> Text:
        return OUTCOMES[self.outcome]

    def as_typed(self) -> Submitted:
        texts = self.words.model_dump(exclude={"task_id", "returned"})
        day = self.promised_on.isoformat() if self.promised_on else ""
        return {name: [text] for name, text in texts.items()} | {
            "outcome": [self.outcome],
            "promised_on": [day],
        }


def drafts(case: Case, tasks: Collection[Id]) -> Iterator[Draft]:
    """The drafts of these tasks."""
    for words in case.words.drafts:
        task = case.tasks[words.task_id]
        if words.task_id in tasks and task.draft_outcome:
            shown = with_needed_waiver(case, words)
            yield Draft(shown, task.draft_outcome, task.draft_promised_on)

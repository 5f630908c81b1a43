"""What a form asks: an act on a task, or a decision on supervision."""

from dataclasses import dataclass, field

from services.tracker.console import action_forms
from services.tracker.console.case_rows import ViewContext
from services.tracker.domain.commands import BODIES, ActName, Body, DecideSupervision, task_command
from services.tracker.domain.guards import check_right, find_task
from services.tracker.domain.model import Case
from services.tracker.domain.rights import place_of
from shared.ids import Id
from shared.messaging.subject import Command
from shared.rights import Action, require
from shared.web.actor import Actor
from shared.web.forms import Form, Submitted, validated


@dataclass(frozen=True, slots=True)
class TaskAsked:
    """An act on a task, with what was typed."""

    key: Id
    task_id: Id
    name: ActName
    submitted: Submitted = field(default_factory=dict)

    @property
    def has_form(self) -> bool:
        """Tell whether the act needs words."""
        return BODIES[self.name] is not Body

    def require_right(self, case: Case, by: Actor) -> None:
        """See that the act is theirs; raises Forbidden, NotFound without such a task."""
        check_right(self.name, find_task(case, self.task_id), by)

    def form(self, case: Case, sight: ViewContext) -> Form:
        """Make its form."""
        return action_forms.form_of(self.name, case, sight)

    def act(self, by: Actor) -> Command:
        """Read what was typed into the act; raises ValidationError."""
        body = validated(BODIES[self.name], self.submitted)
        return task_command(self.name, (self.key, self.task_id), by, body)


@dataclass(frozen=True, slots=True)
class SupervisionAsked:
    """A decision on supervision, with what was typed."""

    key: Id
    submitted: Submitted = field(default_factory=dict)

    @property
    def has_form(self) -> bool:
        """Tell whether the act needs words."""
        return True

    def require_right(self, case: Case, by: Actor) -> None:
        """See that the decision is theirs; raises Forbidden."""
        require(by, Action.CASE_SUPERVISE, place_of(case))

    def form(self, case: Case, sight: ViewContext) -> Form:
        """Make its form."""
        return action_forms.supervision_form(case, sight)

    def act(self, by: Actor) -> Command:
        """Read what was typed into the act; raises ValidationError."""
        body = validated(action_forms.SupervisionForm, self.submitted)
        return DecideSupervision(self.key, by, body)


Asked = TaskAsked | SupervisionAsked

"""Supervision is decided by named people; the system only proposes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from services.tracker.domain.commands import DecideSupervision
from services.tracker.domain.context import DecisionContext
from services.tracker.domain.guards import check_basis, check_open
from services.tracker.domain.model import Case
from services.tracker.domain.rights import place_of
from shared.contracts.envelope import Event
from shared.contracts.tracker import SupervisionDecided
from shared.errors import Conflict, Invalid
from shared.ids import to_text
from shared.rights import Action, require
from shared.text import _


def decide_supervision(
    case: Case, given: DecideSupervision, context: DecisionContext
) -> tuple[Case, Sequence[Event]]:
    """Record what a meeting or leader decided on a candidate (浙江省办理规定 2016 §12)."""
    _check(case, given, context)
    row, body = case.row, given.body
    leader = to_text(body.leader) if body.leader and body.granted else ""
    changes: dict[str, Any] = {"key_candidate": "granted" if body.granted else "refused"}
    if body.granted:
        changes |= {"supervision": body.level, "leader": leader}
    decided = SupervisionDecided(
        occurred_at=context.now,
        division_code=row.division,
        actor=given.by.code,
        level=body.level,
        granted=body.granted,
        leader=leader or None,
    )
    return replace(case, row=row.model_copy(update=changes)), (decided,)


def _check(case: Case, given: DecideSupervision, context: DecisionContext) -> None:
    """See that this person may decide, and on an open candidate; a grant needs its leader."""
    body = given.body
    require(given.by, Action.CASE_SUPERVISE, place_of(case))
    check_basis(case, body.seen_seq)
    check_open(case)
    if case.row.key_candidate != "open" or body.level not in ("key", "agenda"):
        raise Conflict(
            "no_candidate",
            _("这件事没有待决定的督办建议。"),
            _("请看最新情况。"),
        )
    if body.granted and not (body.leader and context.may_lead(body.leader)):
        raise Invalid(
            "leader_missing",
            _("要写明由哪位领导领衔督办。"),
            _("请选择领导。"),
        )

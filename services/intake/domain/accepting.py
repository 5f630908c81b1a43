"""How an item comes in and gets its number."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from services.intake.domain.commands import Accept, Submit
from services.intake.domain.credit_code import enterprise_id
from services.intake.domain.erasing import require_kept
from services.intake.domain.events import (
    Decision,
    require_turn,
    station_of,
    update,
    whole_text,
    with_note,
)
from services.intake.domain.model import Item
from services.intake.domain.refusals import (
    DecisionContext,
    id_reused,
    require_credit_code,
    require_deputy,
    require_open,
    require_own_division,
    require_past,
    require_person,
    require_suggestion,
    require_words,
)
from shared.contracts.intake import ItemAccepted, ItemSubmitted
from shared.errors import Invalid
from shared.text import _


def submit(state: Item, act: Submit, ground: DecisionContext) -> Decision:
    """Take an item in once; the same again changes nothing but whom to call back."""
    row = state.row
    require_kept(state)
    if row.state:
        if row.body_digest != act.digest:
            raise id_reused()
        return (replace(state, contact=act.contact) if act.contact else state), ()
    require_open(ground, act.signer)
    act = replace(act, division_code=ground.living(act.division_code))
    require_own_division(ground, act.signer, act.division_code)
    require_past(ground, act.occurred_at)
    require_credit_code(act.enterprise_code)
    require_person(ground, act.deputy_id)
    require_deputy(act)
    text = state.text.model_copy(update={"title": act.title, "body": act.body})
    columns = _columns(act, ground.now)
    taken = replace(
        state, row=row.model_copy(update=columns), text=text, contact=act.contact,
        firm=act.firm, proposer=act.proposer,
    )  # fmt: skip
    submitted = ItemSubmitted(
        occurred_at=act.occurred_at,
        division_code=act.division_code,
        actor=act.signer.code,
        station_id=act.signer.station_id,
        item_type=act.item_type,
        source_kind=act.source_kind,
        enterprise_id=taken.row.enterprise_id,
        deputy_id=act.deputy_id,
        confidential=act.confidential,
        self_interest=act.self_interest,
    )
    if not act.number:
        return taken, (submitted, whole_text(taken, act, ground))
    done, fact = numbered(taken, "intake.auto", act.number, ground.now)
    return done, (submitted, fact, whole_text(done, act, ground))


def _columns(act: Submit, now: datetime) -> dict[str, Any]:
    code = act.enterprise_code
    return {
        "state": "SUBMITTED",
        "client_id": act.client_id,
        "station_id": act.signer.station_id,
        "division_code": act.division_code,
        "item_type": act.item_type,
        "source_kind": act.source_kind,
        "enterprise_id": None if code is None else enterprise_id(code),
        "enterprise_code": code,
        "deputy_id": act.deputy_id,
        "confidential": act.confidential,
        "self_interest": act.self_interest,
        "occurred_at": act.occurred_at,
        "received_at": now,
        "body_digest": act.digest,
    }


def accept(state: Item, act: Accept, ground: DecisionContext) -> Decision:
    """Number the item; the router takes the baton, or the tracker when solved on the spot."""
    require_turn(state, "SUBMITTED")
    require_suggestion(state.row, act)
    at = act.occurred_at or ground.now
    require_past(ground, at)
    if state.row.occurred_at is not None and at < state.row.occurred_at:
        raise Invalid(
            "accepted_before_submitted",
            _("受理时间早于提出时间，没有保存。"),
            _("请核对受理时间。"),
        )
    if act.solved_on_spot:
        require_words(act.note, _("当场解决要写明怎样解决的。"))
    done, fact = numbered(state, act.signer.code, act.number, at)
    solved = {"policy_codes": act.policy_codes, "solved_on_spot": act.solved_on_spot}
    fact = fact.model_copy(update={"profile": act.profile, "complexity": act.complexity, **solved})
    done = update(done, solved_on_spot=act.solved_on_spot)
    return with_note(done, act, act.note, fact, ground)


def numbered(state: Item, actor: str, number: str, at: datetime) -> tuple[Item, ItemAccepted]:
    """Number an item and make the fact of it."""
    row = state.row
    fact = ItemAccepted(
        occurred_at=at,
        division_code=row.division_code,
        actor=actor,
        number=number,
        station_id=station_of(row),
        item_type=row.item_type,
        source_kind=row.source_kind,
        profile="station_item",
        complexity="normal",
        confidential=row.confidential,
        self_interest=row.self_interest,
    )
    return update(state, state="ACCEPTED", number=number, accepted_at=at), fact

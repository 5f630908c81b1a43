"""What a button of a station does is never named as what was done, or as a state."""

from collections.abc import Sequence
from typing import Any

from services.intake.actions.act_specs import ACTS
from services.intake.actions.activity_specs import ACTIVITY_ACTS
from services.intake.actions.proposer_specs import PROPOSER_ACTS
from services.intake.console.done import ATTACHED, DONE, JOINED, PLANNED, RECORDED, REMOVED
from services.intake.console.labels import STATES
from services.intake.console.trail import ACTS as EVENTS
from shared.web.act_spec import ActSpec


def test_an_act_shares_its_words_with_no_state_and_no_event() -> None:
    """In Chinese they could: in English 受理 is "Accept" on a button and "Accepted" in a trail."""
    done = {words.text for words in (*STATES.values(), *EVENTS.values())}
    assert not done & {str(spec.label) for spec in ACTS}


def test_every_act_of_a_page_has_its_sentence_afterwards() -> None:
    """And no sentence is left over."""
    acts: Sequence[ActSpec[Any]] = (*ACTS, *PROPOSER_ACTS, *ACTIVITY_ACTS)
    assert {one.name for one in acts} | {JOINED, ATTACHED, REMOVED, PLANNED, RECORDED} == set(DONE)

"""What a button of a station does is never named as what was done, or as a state."""

from services.intake.actions.act_specs import ACTS
from services.intake.console.labels import STATES
from services.intake.console.trail import ACTS as EVENTS


def test_an_act_shares_its_words_with_no_state_and_no_event() -> None:
    """In Chinese they could: in English 受理 is "Accept" on a button and "Accepted" in a trail."""
    done = {words.text for words in (*STATES.values(), *EVENTS.values())}
    assert not done & {str(spec.label) for spec in ACTS}

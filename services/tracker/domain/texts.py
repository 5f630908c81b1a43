"""The words of an item as intake and router keep them: each topic fills its own columns."""

from collections.abc import Sequence
from dataclasses import replace

from pydantic import Json

from shared.contracts.envelope import Event
from shared.contracts.intake import ItemText, RatingWords
from shared.contracts.router import AssignmentText, ReasonWords
from shared.contracts.topics import INTAKE_TEXT
from shared.messaging.subject import ClockDue, Command, Input, ReceivedEvent, State, StateRow


class TextRow(StateRow):
    """Up to `decision_note` from `intake.text.v1`, `reasons` from `router.text.v1`."""

    title: str = ""
    body: str = ""
    supplements: Json[tuple[str, ...]] = ()
    ratings: Json[tuple[RatingWords, ...]] = ()
    decision_note: str = ""
    reasons: Json[tuple[ReasonWords, ...]] = ()


Texts = State[TextRow]


def take_text(state: Texts, given: Input, _context: None) -> tuple[Texts, Sequence[Event]]:
    """Keep the whole of what was said last; a tombstone erases the columns of its topic."""
    match given:
        case ReceivedEvent(event=ItemText() as text):
            kept = text.model_dump(include={"title", "body", "decision_note"})
            kept |= {"supplements": text.supplements, "ratings": text.ratings}
        case ReceivedEvent(event=AssignmentText() as text):
            kept = {"reasons": text.reasons}
        case ReceivedEvent(topic=INTAKE_TEXT.name, event=None):
            kept = {"title": "", "body": "", "decision_note": "", "supplements": (), "ratings": ()}
        case ReceivedEvent(event=None):
            kept = {"reasons": ()}
        case ReceivedEvent() | Command() | ClockDue():
            raise TypeError(f"not a text of an item: {given!r}")
    return replace(state, row=state.row.model_copy(update=kept)), ()

"""Decides every command on an item."""

from dataclasses import replace

from services.intake.domain import occasions, refusals
from services.intake.domain.attaching import attach, remove
from services.intake.domain.attachments import Attach, RemoveAttachment
from services.intake.domain.commands import Erase, StationCommand, Submit
from services.intake.domain.context import DecisionContext
from services.intake.domain.effects import (
    EFFECTS,
    erase,
    remembered,
    submit,
    without_members,
)
from services.intake.domain.events import Decision
from services.intake.domain.model import Item, ItemRow, update
from shared.messaging.subject import Input


def decide(state: Item, command: Input, context: DecisionContext) -> Decision:
    """Return the item after the command and its events; raises Refused."""
    done, emitted = _decide(state, command, context)
    told = tuple(occasions.emitted(state.row.seq, emitted))
    return (replace(done, happened=(*done.happened, *told)) if told else done), emitted


def _decide(state: Item, command: Input, context: DecisionContext) -> Decision:
    match command:
        case Submit():
            return submit(state, command, context)
        case Erase():
            return erase(state, command, context)
        case Attach():
            return attach(state, command, context), ()
        case RemoveAttachment():
            return remove(state, command, context), ()
        case StationCommand() if type(command) in EFFECTS:
            return _act(state, command, context)
        case _:
            raise TypeError(f"not for an item: {command!r}")


def _act(state: Item, command: StationCommand, context: DecisionContext) -> Decision:
    """Check who may act in which state, then apply the command; repeated, it changes nothing."""
    effect = EFFECTS[type(command)]
    refusals.require_right(context, command.asker, command.action, state)
    if effect.adds_text:
        refusals.require_not_erased(state.row)
    if _is_repeated(state.row, command):
        return state, ()
    refusals.require_current(state.row, command)
    refusals.require_state(state.row, effect.states)
    if effect.ends:
        refusals.require_members(state.row, command)
        state = without_members(state)
    done, emitted = effect.apply(remembered(state, command.asker), command, context)
    return update(done, digests=(*done.row.digests, command.digest)), emitted


def _is_repeated(row: ItemRow, command: StationCommand) -> bool:
    """Whether the command repeats a request, an act on the same basis, or the last act."""
    if command.asker.request_id and command.asker.request_id in row.request_ids:
        return True
    return command.digest in (row.digests if command.basis else row.digests[-1:])

"""An item until it is accepted: whose act it is, and which decision is asked for."""

from collections.abc import Mapping
from typing import assert_never

from services.intake.domain.accepting import accept, submit
from services.intake.domain.commands import (
    Accept,
    Erase,
    Merge,
    Rate,
    Reject,
    Resubmit,
    Return,
    StationCommand,
    Submit,
    Transfer,
)
from services.intake.domain.deciding import give_back, merge, rate, reject, resubmit, transfer
from services.intake.domain.erasing import erase, require_kept
from services.intake.domain.events import Decision, station_of, update
from services.intake.domain.model import Item, ItemRow
from services.intake.domain.refusals import DecisionContext, not_found, require_head
from shared.messaging.subject import Input
from shared.rights import Action

_OF_HEADS: Mapping[type[StationCommand], Action] = {
    Accept: Action.ITEM_ACCEPT,
    Return: Action.ITEM_RETURN,
    Reject: Action.ITEM_REJECT,
    Transfer: Action.ITEM_TRANSFER,
    Merge: Action.ITEM_MERGE,
}
"""What a station cannot do by its key alone: a person does it who may."""


def decide(state: Item, given: Input, ground: DecisionContext) -> Decision:
    """Decide one act of a station on an item; refuses by raising `Refused`."""
    match given:
        case Submit():
            return submit(state, given, ground)
        case Erase():
            return erase(state, given, ground)
        case Accept() | Return() | Reject() | Transfer() | Merge() | Resubmit() | Rate():
            return _act(state, given, ground)
        case _:
            raise TypeError(f"not for an item: {given!r}")


def _act(
    state: Item,
    act: Accept | Return | Reject | Transfer | Merge | Resubmit | Rate,
    ground: DecisionContext,
) -> Decision:
    """Check whose item it is and whether this very act was done before, then do it.

    Of an item that was erased its head still decides, but nobody adds to its words.
    """
    _require_own(state.row, act, ground)
    if isinstance(act, Return | Resubmit | Rate):
        require_kept(state)
    if action := _OF_HEADS.get(type(act)):
        require_head(ground, act.signer, action, station_of(state.row))
    if act.digest == state.row.last_digest:
        return state, ()
    done, emitted = _do(state, act, ground)
    return update(done, last_digest=act.digest), emitted


def _require_own(row: ItemRow, act: StationCommand, ground: DecisionContext) -> None:
    """Let the item's station act, and the main station above it."""
    station_id = station_of(row)
    station = ground.directory.station(station_id)
    if act.signer.station_id not in {station_id, station.parent_id if station else None}:
        raise not_found()


def _do(  # noqa: PLR0911  one line an act
    state: Item,
    act: Accept | Return | Reject | Transfer | Merge | Resubmit | Rate,
    ground: DecisionContext,
) -> Decision:
    match act:
        case Accept():
            return accept(state, act, ground)
        case Return():
            return give_back(state, act, ground)
        case Resubmit():
            return resubmit(state, act, ground)
        case Reject():
            return reject(state, act, ground)
        case Transfer():
            return transfer(state, act, ground)
        case Merge():
            return merge(state, act, ground)
        case Rate():
            return rate(state, act, ground)
        case _:
            assert_never(act)

"""Effects of commands on an item, with the states each needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.intake.domain import commands, ratings, refusals
from services.intake.domain.asker import Asker
from services.intake.domain.commands import NamedProposer
from services.intake.domain.contact import SealedContact
from services.intake.domain.context import DecisionContext
from services.intake.domain.events import Decision, item_text, origin, with_note
from services.intake.domain.listed import require_listed
from services.intake.domain.model import Item, ItemState, TextRow, update
from services.intake.domain.proposer_checks import (
    require_cosigner,
    require_few_corrections,
    require_first_proposer,
    require_own_signature,
    require_release,
    require_solver,
    require_suggestion,
    require_unprotected,
    require_withdrawable,
    with_more,
)
from services.intake.domain.proposer_commands import (
    AskToReopen,
    CheckCallBack,
    Cosign,
    DiscardCallBack,
    Protect,
    Rate,
    RecordCallBack,
    Supplement,
    TellProposer,
    Withdraw,
)
from services.intake.domain.proposers import new_proposer, proposers_of, references
from services.intake.domain.reopening import ask_to_reopen
from shared.calendar import local_day
from shared.contracts import intake as events
from shared.contracts.envelope import Tombstone
from shared.contracts.lists import DirectoryPolicy
from shared.directory.snapshot import Directory
from shared.errors import Invalid
from shared.text import _

MAX_REQUESTS = 50
"""Requests about one item that are remembered; a signature is valid for five minutes."""
Series = tuple[str, int]
"""The division and year within which numbers run."""


def series_of(directory: Directory, division_code: str, now: datetime) -> Series:
    """Find the series of an item: its county's, or its own division's above the counties."""
    counties = [d.division_code for d in directory.ancestors(division_code) if d.level == "county"]
    return (counties or [division_code])[0], local_day(now).year


def number(series: Series, n: int) -> str:
    """Format a number: 331004-2022-0418."""
    division_code, year = series
    return f"{division_code}-{year}-{n:04d}"


def remembered(item: Item, asker: Asker) -> Item:
    """Remember a signed request longer than its signature is valid."""
    return update(item, **_remembering(item, asker))


def _remembering(item: Item, asker: Asker) -> dict[str, Any]:
    own = (asker.request_id,) if asker.request_id else ()
    return {"request_ids": (*item.row.request_ids, *own)[-MAX_REQUESTS:]}


def without_members(item: Item) -> Item:
    """Release the items merged into this one."""
    text = item.text.model_copy(update={"members": ()}) if item.text.members else item.text
    return replace(update(item, members=()), text=text, joined=())


def submit(state: Item, command: commands.Submit, context: DecisionContext) -> Decision:
    """Store a new item; when repeated, only the contacts are corrected."""
    row, body = state.row, command.body
    refusals.require_not_erased(row)
    refusals.require_own_name(context, command.asker, command.station, body)
    if row.state:
        if row.body_digest != command.digest:
            raise refusals.id_reused()
        if not any(command.sealed) or command.asker.request_id in row.request_ids:
            return state, ()
        return _corrected(state, command, context)
    refusals.require_open(context, command.station)
    division = context.living(body.division_code)
    _require_sound(command, division, context)
    at = refusals.settled(context, body.occurred_at)
    columns = {"division_code": division, "received_at": context.now, **_columns(command, at)}
    masks = {"masks" if body.confidential else "spare_masks": command.masks}
    submitted = replace(
        state,
        row=row.model_copy(update=columns | _remembering(state, command.asker)),
        text=state.text.model_copy(update={"title": body.title, "body": body.body, **masks}),
        proposers=proposers_of(command, context.directory),
    )
    fact = _submitted(submitted, command)
    if not command.number or submitted.hides_unnamed:
        return submitted, (fact, item_text(submitted, command, context))
    done, accepted = _number(submitted, "intake.auto", command.number, context.now)
    return done, (fact, accepted, item_text(done, command, context))


def _corrected(state: Item, command: commands.Submit, context: DecisionContext) -> Decision:
    """Replace contacts; the text leaves again without the names and phones of new and old ones.

    Proposers who joined later have a contact of their own, which submitting again does not change.
    """
    refusals.require_merged_into(state.row, command)
    given = [*zip(command.sealed, command.body.named, strict=True)]
    corrected = (
        one.with_contact(SealedContact(sealed, named.contact)) if sealed else one
        for one, (sealed, named) in zip(state.proposers, given, strict=False)
    )
    proposers = (*corrected, *state.proposers[len(given) :])
    known = remembered(state, command.asker)
    if all(new is old for new, old in zip(proposers, state.proposers, strict=True)):
        return known, ()
    require_few_corrections(proposers)
    done = replace(known, proposers=proposers)
    return done, (item_text(done, command, context),)


def _require_sound(command: commands.Submit, division: str, context: DecisionContext) -> None:
    body = command.body
    refusals.require_own_division(context, command.station, division)
    refusals.require_recent(context, body.occurred_at, is_confirmed=body.date_confirmed)
    for one in body.named:
        refusals.require_credit_code(one.enterprise_code)
        refusals.require_person(context, one.person_id)
    refusals.require_deputy(body)
    raised_on = local_day(body.occurred_at)
    require_listed(context.directory, DirectoryPolicy, body.policy_codes, division, raised_on)


_COMMON = {"item_type", "source_kind", "policy_codes", "confidential", "self_interest"}
_IN_EVENTS = {*_COMMON, "division_code", "station_id"}
_OF_SUBMITTED = {*_IN_EVENTS, "entered_by_proxy", "occurred_at", "clock_ahead"}


def _columns(command: commands.Submit, at: datetime) -> dict[str, Any]:
    body = command.body
    return body.model_dump(include={*_COMMON, "entered_by_proxy"}) | {
        "occurred_at": at,
        "clock_ahead": at < body.occurred_at,
        "state": "SUBMITTED",
        "client_id": body.id.bytes,
        "station_id": command.station.station_id,
        "body_digest": command.digest,
    }


def _submitted(item: Item, command: commands.Submit) -> events.ItemSubmitted:
    return events.ItemSubmitted(
        **item.row.model_dump(include=_OF_SUBMITTED),
        actor=command.by,
        proposers=references(item.proposers, confidential=item.row.confidential),
    )


def with_masks(item: Item, words: tuple[str, ...]) -> Item:
    """Keep words to mask in addition."""
    if not words:
        return item
    masks = (*item.text.masks, *words)
    return replace(item, text=item.text.model_copy(update={"masks": masks}))


def _number(item: Item, actor: str, number: str, at: datetime) -> tuple[Item, events.ItemAccepted]:
    fact = events.ItemAccepted(
        **item.row.model_dump(include=_IN_EVENTS),
        occurred_at=at,
        actor=actor,
        number=number,
        profile="station_item",
        complexity="normal",
    )
    return update(item, state="ACCEPTED", number=number, accepted_at=at), fact


def _accept(state: Item, command: commands.Accept, context: DecisionContext) -> Decision:
    """Number the item; the router takes over, or the tracker when it is solved on the spot."""
    body = command.body
    require_suggestion(state, body, context.directory)
    refusals.require_named(state, body)
    at = refusals.settled(context, body.occurred_at or context.now)
    if state.row.occurred_at is not None and at < state.row.occurred_at:
        raise Invalid(
            "accepted_before_submitted",
            _("受理时间早于提出时间，没有保存。"),
            _("请核对受理时间。"),
        )
    solved_by = require_solver(context, state.row, body)
    if body.policy_codes is not None:
        raised_on = local_day(state.row.occurred_at or at)
        codes, place = body.policy_codes, state.row.division_code
        require_listed(context.directory, DirectoryPolicy, codes, place, raised_on)
        state = update(state, policy_codes=body.policy_codes)
    done, fact = _number(state, command.by, command.number, at)
    chosen = body.model_dump(include={"profile", "complexity", "solved_on_spot"})
    done = update(done, **chosen | {"solved_by": solved_by})
    done = with_masks(done, body.mask)
    fact = fact.model_copy(update=chosen | {"solved_by": solved_by})
    done, emitted = with_note(done, command, body.note, fact, context)
    is_held_back = done.row.confidential or done.row.members
    if not body.note and (body.mask or is_held_back):
        emitted = (*emitted, item_text(done, command, context))
    return done, emitted


def _return(state: Item, command: commands.Return, context: DecisionContext) -> Decision:
    reason, note = command.body.reason, command.body.note
    refusals.require_note(note, _("请写明还缺什么。"))
    fact = events.ItemReturned(**origin(state, command, context), reason=reason)
    done = update(state, state="SUPPLEMENT", reason=reason, paused_at=context.now)
    return with_note(done, command, note, fact, context)


def _resubmit(state: Item, command: commands.Resubmit, context: DecisionContext) -> Decision:
    require_first_proposer(state, command.asker, context)
    done = update(state, reason="", **state.row.resumed(context.now))
    done = with_more(done, command.body.supplement)
    fact = events.ItemResubmitted(**origin(state, command, context))
    return done, (fact, item_text(done, command, context))


def _cosign(state: Item, command: Cosign, context: DecisionContext) -> Decision:
    person = command.body.person_id.bytes
    require_own_signature(context, command.asker, state.row, person)
    kind = require_cosigner(context, state, person)
    place = len(state.proposers) + 1
    proposer = new_proposer(state.row.key, place, kind, NamedProposer(None, person, None))
    (named,) = references([proposer], confidential=state.row.confidential)
    fact = events.ItemCosigned(**origin(state, command, context), proposer=named)
    return replace(state, proposers=(*state.proposers, proposer)), (fact,)


def _supplement(state: Item, command: Supplement, context: DecisionContext) -> Decision:
    """Add to the text; of a confidential item that was accepted the words leave at once."""
    refusals.require_unfinished(state)
    if state.row.confidential and state.row.state == "ACCEPTED":
        require_release(state, command.asker, command.body, context)
    done = with_masks(with_more(state, command.body.supplement), command.body.mask)
    fact = events.ItemSupplemented(**origin(state, command, context))
    return done, (fact, item_text(done, command, context))


def protect(state: Item, command: Protect, context: DecisionContext) -> Decision:
    """Hide the source; of what has left already, later copies are without its names."""
    require_unprotected(state.row)
    refusals.require_members(state.row, command)
    words = (*state.text.spare_masks, *command.body.mask)
    done = with_masks(update(state, confidential=True), words)
    fact = events.ItemProtected(**origin(state, command, context))
    return done, (fact, item_text(done, command, context))


def _withdraw(state: Item, command: Withdraw, context: DecisionContext) -> Decision:
    require_withdrawable(state, command.asker, context)
    fact = events.ItemWithdrawn(**origin(state, command, context))
    done = update(state, state="WITHDRAWN", reason="", ended_at=context.now)
    return with_note(done, command, command.body.note, fact, context)


def _reject(state: Item, command: commands.Reject, context: DecisionContext) -> Decision:
    """Refuse the item (浙江省代表建议办理规定 2016 §6); the proposer reads why."""
    reason, note = command.body.reason, command.body.note
    refusals.require_note(note, _("请写明不予受理的理由，提出人会看到。"))
    fact = events.ItemRejected(**origin(state, command, context), reason=reason)
    done = update(state, state="REJECTED", reason=reason, ended_at=context.now)
    return with_note(done, command, note, fact, context)


def _transfer(state: Item, command: commands.Transfer, context: DecisionContext) -> Decision:
    channel, note = command.body.channel, command.body.note
    fact = events.ItemTransferred(**origin(state, command, context), channel=channel)
    done = update(state, state="TRANSFERRED", reason=channel, ended_at=context.now)
    reference = {"other_channel_ref": command.body.other_channel_ref}
    done = replace(done, text=state.text.model_copy(update=reference))
    return with_note(done, command, note, fact, context)


def _merge(state: Item, command: commands.Merge, context: DecisionContext) -> Decision:
    """End a duplicate in favour of the item it is handled with; it is not counted."""
    refusals.require_named(state, command.body)
    fact = events.ItemMerged(**origin(state, command, context), merged_into=command.into)
    columns = {"merged_into": command.into, "paused_at": state.row.paused_at or context.now}
    done = update(state, state="MERGED", reason="", **columns)
    done = with_masks(done, command.body.mask)
    done, emitted = with_note(done, command, command.body.note, fact, context)
    if command.body.mask and not command.body.note:
        emitted = (*emitted, item_text(done, command, context))
    return done, emitted


def erase(state: Item, command: commands.Erase, context: DecisionContext) -> Decision:
    """Delete all text, contacts and files; when repeated, also what was written since."""
    row, blank = state.row, TextRow(key=state.row.key)
    if not row.state:
        raise refusals.not_found()
    if row.erased_at and state.text == blank:
        return state, ()
    refusals.require_merged_into(row, command)
    done = update(state, erased_at=context.now, body_digest="", digests=())
    done = replace(
        done,
        text=blank,
        proposers=tuple(one.erased() for one in state.proposers),
        call_backs=tuple(one.erased() for one in state.call_backs),
        attachments=tuple(one.erased() for one in state.attachments),
    )
    common = {"occurred_at": context.now, "division_code": row.division_code, "actor": command.by}
    return done, (
        events.ItemErased(**common, reason=command.reason),
        Tombstone(**common, text=events.ItemText),
    )


@dataclass(frozen=True, slots=True)
class Effect:
    """Effect of a command on an item in one of `states`.

    One that `adds_text` is refused once the item is erased. One that `ends` the item concerns the
    items merged into it too.
    """

    states: tuple[ItemState, ...]
    apply: Callable[[Item, Any, DecisionContext], Decision]
    adds_text: bool = False
    ends: bool = False


EFFECTS: Mapping[type[commands.StationCommand], Effect] = {
    commands.Accept: Effect(("SUBMITTED",), _accept),
    commands.Return: Effect(("SUBMITTED",), _return, adds_text=True),
    commands.Resubmit: Effect(("SUPPLEMENT",), _resubmit, adds_text=True),
    Cosign: Effect(("SUBMITTED", "SUPPLEMENT"), _cosign, adds_text=True),
    Supplement: Effect(("SUBMITTED", "ACCEPTED"), _supplement, adds_text=True),
    Protect: Effect(("SUBMITTED", "SUPPLEMENT", "ACCEPTED"), protect, adds_text=True),
    Withdraw: Effect(("SUBMITTED", "SUPPLEMENT"), _withdraw, ends=True),
    commands.Reject: Effect(("SUBMITTED", "SUPPLEMENT"), _reject, ends=True),
    commands.Transfer: Effect(("SUBMITTED", "SUPPLEMENT"), _transfer, ends=True),
    commands.Merge: Effect(("SUBMITTED", "SUPPLEMENT"), _merge, ends=True),
    Rate: Effect(("ACCEPTED",), ratings.rate, adds_text=True),
    AskToReopen: Effect(("ACCEPTED",), ask_to_reopen, adds_text=True),
    RecordCallBack: Effect(("ACCEPTED",), ratings.record_call_back, adds_text=True),
    CheckCallBack: Effect(("ACCEPTED",), ratings.check_call_back, adds_text=True),
    DiscardCallBack: Effect(("ACCEPTED",), ratings.discard_call_back, adds_text=True),
    TellProposer: Effect(("ACCEPTED", "REJECTED", "TRANSFERRED"), ratings.tell, adds_text=True),
}

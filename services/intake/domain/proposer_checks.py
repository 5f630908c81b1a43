"""Refusals that concern who raised an item, who joins it, and who solved it on the spot."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from services.intake.domain import refusals
from services.intake.domain.asker import Asker, may_at
from services.intake.domain.call_backs import CallBackRow
from services.intake.domain.commands import MAX_CO_PROPOSERS, AcceptBody, ReleaseBody
from services.intake.domain.contact import Contact
from services.intake.domain.context import DecisionContext
from services.intake.domain.model import Item, ItemRow, TextRow
from services.intake.domain.proposer_commands import CallBackBody
from services.intake.domain.proposers import Proposer, capacity_of, comes_by_deputy
from services.intake.domain.rights import acts_in_own_name, is_joinable
from shared.calendar import local_day, start_of_day
from shared.directory.snapshot import Directory
from shared.errors import Conflict, Forbidden, Invalid, Unavailable
from shared.ids import Id, to_text
from shared.observability.masking import mask_phone
from shared.rights import Action, not_yours
from shared.text import _, fold

MAX_REPLACED_CONTACTS = 10
MAX_SUPPLEMENTS, MAX_WORDS = 20, 40_000
"""Supplements of an item, and characters of its body with them, as typed and as folded.

At four bytes a character, or with every other one masked, that fits into one event.
"""
ONE_DAY, LONG_AGO = timedelta(days=1), timedelta(days=366)
INSTANT = timedelta(microseconds=1)


def require_proposer(item: Item, proposer_id: UUID | None) -> Proposer:
    """Find who rates: the proposer with this id, the first one if none is named."""
    wanted = proposer_id.bytes if proposer_id else item.proposers[0].row.proposer_id
    found = (one for one in item.proposers if one.row.proposer_id == wanted)
    if proposer := next(found, None):
        return proposer
    raise Invalid(
        "unknown_proposer",
        _("这件意见建议没有这位提出人，没有保存。"),
        _("请在这一件的提出人里选一位。"),
        proposer_id=wanted.hex(),
    )


def require_rater(item: Item, asker: Asker) -> Proposer:
    """Find who rates: the holder of a proposer's link, or a deputy who raised the item."""
    for one in item.proposers:
        if is_raiser(asker, one):
            return one
    raise not_yours(Action.ITEM_RATE)


def require_withdrawable(item: Item, asker: Asker, context: DecisionContext) -> None:
    """Let no single one of several proposers withdraw for all: the station asks each of them."""
    of_station = may_at(asker, Action.ITEM_READ, item.row.station_id, context.directory)
    if not of_station and len(item.proposers) > 1:
        raise Conflict(
            "several_proposers",
            _("这件意见建议由几位一起提出，不能由一位撤回，没有撤回。"),
            _("请联系联络站，问过每一位后由联络站撤回。"),
        )


def require_first_proposer(item: Item, asker: Asker, context: DecisionContext) -> None:
    """Let those who joined not speak for the first proposer, whose words the item holds."""
    if not may_speak(item, asker, context.directory):
        raise Conflict(
            "not_first_proposer",
            _("这件要由第一提出人或联络站补充后再交，没有保存。"),
            _("请联系联络站，或请第一提出人补充。"),
        )


def may_speak(item: Item, asker: Asker, directory: Directory) -> bool:
    """Whether somebody is of the item's station or its first proposer."""
    if may_at(asker, Action.ITEM_READ, item.row.station_id, directory):
        return True
    return any(is_raiser(asker, one) for one in item.proposers if one.row.place == 1)


def require_release(item: Item, asker: Asker, body: ReleaseBody, context: DecisionContext) -> None:
    """Let words of a confidential item leave at once only if somebody answers for them.

    That is its head, who looks at them first, or a proposer, who says it of themself, if the names
    that must not leave are known and so are masked.
    """
    if not item.hides_unnamed and any(is_raiser(asker, one) for one in item.proposers):
        return
    refusals.require_right(context, asker, Action.ITEM_ACCEPT, item)
    refusals.require_named(item, body)


def is_raiser(asker: Asker, proposer: Proposer) -> bool:
    """Whether the asker is this proposer, by their link or as a person."""
    row = proposer.row
    own = to_text(row.person_id) if row.person_id else ""
    return asker.proposer_id == row.proposer_id or asker.code == own


def require_named_person(asker: Asker) -> None:
    """Refuse a station's own key where a person must answer for what is recorded."""
    if not asker.is_person:
        raise Forbidden(
            "named_person",
            _("这一步要记下是谁办的，联络站的密钥不能代办，没有保存。"),
            _("请工作人员本人登录后办理，或用本人的密钥。"),
        )


def require_other_person(asker: Asker, call: CallBackRow) -> None:
    """Require a second person: nobody checks the call-back they made themselves."""
    require_named_person(asker)
    if asker.code == call.called_by:
        raise Conflict(
            "same_person",
            _("打电话的人不能自己核对，没有生效。"),
            _("请站长或另一位工作人员核对。"),
        )


def require_open_call_back(item: Item, n: int) -> CallBackRow:
    found = next((one for one in item.call_backs if one.n == n), None)
    if found is None or found.state != "open":
        raise Conflict(
            "no_open_call_back",
            _("没有这条待核对的回访。"),
            _("请看最新情况：可能已有人核对或作废。"),
            n=n,
        )
    return found


def require_past_day(context: DecisionContext, day: date) -> None:
    today = local_day(context.now)
    if not today - LONG_AGO <= day <= today:
        raise Invalid(
            "day_not_past",
            _("日期应在最近一年内，不能晚于今天，没有保存。"),
            _("请核对日期。"),
            day=day.isoformat(),
        )


def day_of_call(context: DecisionContext, item: Item, day: date) -> datetime:
    """Tell when the proposer said it: now if it was today, else at the end of that day."""
    require_past_day(context, day)
    replied = item.progress.replied_at if item.progress else None
    if replied is not None and day < local_day(replied):
        raise Invalid(
            "called_before_reply",
            _("打电话的日期早于答复的日期，没有保存。"),
            _("请核对日期；答复以前打的电话不能算作评价。"),
        )
    return min(context.now, start_of_day(day + ONE_DAY) - INSTANT)


def number_called(body: CallBackBody, proposer: Proposer) -> str:
    """The number that was called, masked; empty for a visit. Refuses a call to no known number."""
    if body.channel == "visit":
        return ""
    known = proposer.contact.phone if proposer.contact else ""
    if number := body.number or known:
        return mask_phone(number)
    raise Invalid(
        "number_called",
        _("没有登记这位提出人的电话，没有写打的是哪个号码，没有保存。"),
        _("请写明打的号码；当面问的，请选“当面”。"),
    )


def require_told_of(item: Item, reply_no: int) -> None:
    """Refuse to record a reply as told that is not there, and a decision of an accepted item."""
    refusals.require_known_reply(item, reply_no)
    if reply_no == 0 and item.row.state == "ACCEPTED":
        raise Conflict(
            "no_reply_yet",
            _("这件已经受理，要记的是第几次答复已告诉提出人，没有保存。"),
            _("请写明是第几次答复；还没有答复的，不用记。"),
        )


def require_unsealed(item: Item) -> Sequence[Contact]:
    """Return the contacts of an item; without their key its text could not be redacted."""
    contacts = [contact for one in item.proposers for contact in one.contacts]
    opened = [one.opened for one in contacts if one.opened is not None]
    if len(opened) < len(contacts):
        raise Unavailable(
            "contact_sealed",
            _("联系方式的密钥不对，文字里的姓名和电话无法遮住，没有保存。"),
            _("请系统运维把原来的密钥放回INTAKE_CONTACT_KEY_FILE所指的文件，再重试。"),
            retry_after=refusals.LONGEST_WAIT,
        )
    return opened


def require_few_corrections(proposers: Sequence[Proposer]) -> None:
    """Refuse a contact more where many were replaced: each is looked for in every text to leave."""
    replaced = sum(len(one.contacts[1:]) for one in proposers)
    if replaced > MAX_REPLACED_CONTACTS:
        raise Conflict(
            "too_many_corrections",
            _("这件的联系方式已经改过%(n)s次，没有保存。", n=MAX_REPLACED_CONTACTS),
            _("可以改回以前填过的；还没有受理的，也可以撤回后重新提交一件。"),
        )


def require_room(text: TextRow, words: str) -> None:
    """Refuse a supplement too many or too long: all of them are redacted at every later act."""
    long = sum(max(len(one), len(fold(one))) for one in (text.body, *text.supplements, words))
    if len(text.supplements) >= MAX_SUPPLEMENTS or long > MAX_WORDS:
        raise Conflict(
            "too_many_supplements",
            _(
                "一件最多补充%(most)s次，连同正文最多%(chars)s字，没有保存。",
                most=MAX_SUPPLEMENTS,
                chars=MAX_WORDS,
            ),
            _("还有要说的，请打电话或当面告诉联络站，由联络站转告。"),
        )


def with_more(item: Item, words: str) -> Item:
    """Append words to the text of an item."""
    require_room(item.text, words)
    supplements = (*item.text.supplements, words)
    return replace(item, text=item.text.model_copy(update={"supplements": supplements}))


def require_own_signature(
    context: DecisionContext, asker: Asker, row: ItemRow, person_id: Id
) -> None:
    """Let a deputy who is not of the station's staff join for themself only, what they may see."""
    if not acts_in_own_name(asker, row.station_id, context.directory):
        return
    if not is_joinable(row):
        raise refusals.not_found()
    if to_text(person_id) != asker.code:
        raise refusals.own_name_only()


def require_cosigner(
    context: DecisionContext, item: Item, person_id: Id
) -> Literal["deputy", "street_rep"]:
    """Tell in which capacity a person joins an item of the station they belong to."""
    refusals.require_person(context, person_id)
    directory = context.directory
    person = directory.person(person_id)
    own = person.station_id if person else None
    if not directory.with_main(own) & directory.with_main(item.row.station_id):
        raise Invalid(
            "not_of_this_station",
            _("这个人不属于本站，不能在本站联名，没有保存。"),
            _("请核对人员编号；名录有误的，请管理员先更正。"),
        )
    if person_id in {one.row.person_id for one in item.proposers}:
        raise Conflict("already_proposer", _("这位已经是提出人，没有再记一次。"), _("不用再办。"))
    if len(item.proposers) > MAX_CO_PROPOSERS:
        raise Conflict(
            "too_many_proposers",
            _("一件意见建议最多21位提出人，没有保存。"),
            _("还有人要联名的，请另提一件。"),
        )
    return capacity_of(person_id, directory)


def require_suggestion(item: Item, body: AcceptBody, directory: Directory) -> None:
    """Refuse as a legal suggestion a deputy's own matter, and what no deputy raised.

    浙江省代表建议办理规定 2016 §6; a suggestion is a deputy's (代表法).
    """
    if body.profile != "legal_suggestion":
        return
    if item.row.self_interest:
        raise Conflict(
            "own_firm_is_no_suggestion",
            _("涉及代表本人的企业，不能作为代表建议，没有受理。"),
            _("请按民意件受理，与其他企业的意见同样办理。"),
        )
    if not any(comes_by_deputy(one, directory) for one in item.proposers):
        raise Conflict(
            "no_deputy_no_suggestion",
            _("提出人里没有人大代表，不能作为代表建议，没有受理。"),
            _("请按民意件受理；有代表愿意提的，请代表先联名。"),
        )


def require_solver(context: DecisionContext, row: ItemRow, body: AcceptBody) -> Id | None:
    """Find who solved an item on the spot: a unit or the station, never the deputy (代表法 §31)."""
    if not body.solved_on_spot:
        return None
    refusals.require_note(body.note, _("当场解决要写明怎样解决的。"))
    solver = body.solved_by.bytes if body.solved_by else None
    if solver is None or not (solver == row.station_id or context.directory.unit(solver)):
        raise Invalid(
            "solved_by_whom",
            _("当场解决的，要写明由哪个单位或本站解决，没有保存。"),
            _("请选一个单位，或选本站；代表不直接处理问题。"),
        )
    if not body.proposer_agrees:
        raise Invalid(
            "proposer_must_agree",
            _("提出人还没有认可已经解决，没有保存。"),
            _("请先问提出人；不认可的，请受理后交办。"),
        )
    return solver


def require_unprotected(row: ItemRow) -> None:
    if row.confidential:
        raise Conflict(
            "protected_already",
            _("这件的来源已经保密，没有再保存。"),
            _("不用再提，承办单位看不到是谁提出的。"),
        )

"""Refusals that concern who raised an item, who joins it, and who solved it on the spot."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from services.intake.domain import refusals
from services.intake.domain.commands import MAX_CO_PROPOSERS, AcceptBody
from services.intake.domain.contact import Contact
from services.intake.domain.context import DecisionContext
from services.intake.domain.model import Item, ItemRow
from services.intake.domain.proposers import Proposer, capacity_of
from shared.errors import Conflict, Invalid, Unavailable
from shared.ids import Id
from shared.text import _

MAX_REPLACED_CONTACTS = 10


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

"""The acts of a station on a submitted item, with their forms, and which of them are open."""

from collections.abc import Sequence

from services.intake.actions.item_details import (
    FormMasks,
    ItemDetails,
    options_of,
    policy_fields,
)
from services.intake.actions.proposer_specs import PROTECTION
from services.intake.actions.reply_specs import REPLY_ACTS, fits_reply
from services.intake.domain import commands
from services.intake.domain.asker import Asker
from services.intake.domain.effects import EFFECTS
from services.intake.domain.listed import ListedCodes
from services.intake.domain.proposer_commands import (
    Cosign,
    Protect,
    Supplement,
    SupplementBody,
    Withdraw,
)
from services.intake.domain.proposers import can_propose, comes_by_deputy
from services.intake.domain.rights import may_act
from shared.calendar import local_day
from shared.contracts.codes import RejectReason, ReturnReason
from shared.directory.succession import has_ended, label_of
from shared.ids import Id, to_text
from shared.rights import Action
from shared.text import _
from shared.web import components as ui
from shared.web.act_spec import ActSpec
from shared.web.labels import COMPLEXITIES, PROFILES, TRANSFER_CHANNELS, WHY

RETURNED_BECAUSE: Sequence[ReturnReason] = (
    "unclear", "several_matters", "missing_place", "missing_contact", "other",
)  # fmt: skip
REJECTED_BECAUSE: Sequence[RejectReason] = ("R1", "R2", "R3", "R4", "R5", "R6", "R7")

ON_SPOT = _("当场解决的必填")


class AcceptForm(commands.AcceptBody):
    """The form shows which policies are ticked: none ticked is none."""

    policy_codes: ListedCodes = ()
    mask: FormMasks = ()


class SupplementForm(SupplementBody):
    mask: FormMasks = ()


class MergeForm(commands.MergeBody):
    mask: FormMasks = ()


def _accept_fields(seen: ItemDetails) -> list[ui.Field]:
    fields = [
        ui.Field(
            "complexity",
            _("办理类别"),
            "normal",
            options=options_of(COMPLEXITIES),
            control="select",
            hint=_("决定承办单位的答复期限，交办时还可以调整"),
        )
    ]
    if _may_be_suggestion(seen):
        kinds = options_of(PROFILES)
        fields.append(ui.Field("profile", _("按什么办"), "station_item", options=kinds,
                               control="select"))  # fmt: skip
    row = seen.item.row
    raised = local_day(row.occurred_at or seen.now)
    return [
        *fields,
        *policy_fields(seen.directory, [row.division_code], raised, row.policy_codes),
        *_on_spot_fields(seen),
        ui.Field(
            "note",
            _("说明"),
            hint=_("当场解决的，写明怎样解决的"),
            required=False,
            needed=ON_SPOT,
            control="textarea",
        ),
        *_release_fields(seen),
    ]


def _may_be_suggestion(seen: ItemDetails) -> bool:
    item = seen.item
    return not item.row.self_interest and any(
        comes_by_deputy(one, seen.directory) for one in item.proposers
    )


def _on_spot_fields(seen: ItemDetails) -> list[ui.Field]:
    """Ask whether it is solved already, by whom, and whether the proposer says so."""
    on_spot = _("当场解决了，不再交办")
    hint = _("由单位或联络站解决；代表不直接处理问题（代表法2025年第31条）")
    agrees = _("提出人认可已经解决")
    return [
        ui.Field("solved_on_spot", on_spot, required=False, control="check"),
        ui.Field("solved_by", _("当场解决的，由谁解决"), options=_solvers(seen), control="select",
                 required=False, needed=ON_SPOT, hint=hint),
        ui.Field("proposer_agrees", agrees, required=False, control="check"),
    ]  # fmt: skip


def _solvers(seen: ItemDetails) -> list[ui.Option]:
    """The item's station, then the units of its division and those above."""
    directory, row = seen.directory, seen.item.row
    station = directory.station(row.station_id) if row.station_id else None
    units = (
        (key, unit)
        for division in directory.ancestors(row.division_code)
        for key, unit in directory.units_in(division.division_code)
        if not has_ended(unit, local_day(seen.now))
    )
    own = [ui.Option(to_text(row.station_id), station.name)] if row.station_id and station else []
    return [*own, *(ui.Option(to_text(key), label_of(unit)) for key, unit in units)]


def _release_fields(seen: ItemDetails) -> list[ui.Field]:
    """Ask what else is to be masked in the words of a confidential item."""
    if not seen.item.row.confidential:
        return []
    hint = _("企业、提出人和代表的名称已自动遮住；还会透露来源的词写在这里，一行一个")
    mask = ui.Field("mask", _("还要遮住的词"), hint=hint, required=False, control="textarea")
    if not seen.item.hides_unnamed:
        return [mask]
    words = _("已看过下面的文字，没有会透露企业的词")
    return [mask, ui.Field("name_unknown_confirmed", words, required=False, control="check")]


def _return_fields(_seen: ItemDetails) -> list[ui.Field]:
    return [
        ui.Field("reason", _("为什么退回"), options=_why(RETURNED_BECAUSE), control="select"),
        ui.Field("note", _("还缺什么"), hint=_("提出人会看到"), control="textarea"),
    ]


def _resubmit_fields(_seen: ItemDetails) -> list[ui.Field]:
    hint = _("原文不变，补充的接在后面")
    return [ui.Field("supplement", _("补充的内容"), hint=hint, control="textarea", rows=5)]


def _cosign_fields(seen: ItemDetails) -> list[ui.Field]:
    hint = _("本站的代表和街道选民代表；请先征得本人同意")
    options = [ui.Option(to_text(key), name) for key, name in _cosigners(seen)]
    return [ui.Field("person_id", _("哪位联名"), options=options, control="select", hint=hint)]


def _cosigners(seen: ItemDetails) -> list[tuple[Id, str]]:
    """Those of the station who did not raise the item yet."""
    row, people = seen.item.row, seen.directory.people
    known = {one.row.person_id for one in seen.item.proposers}
    stations = {
        point
        for key in seen.directory.with_main(row.station_id)
        for point in seen.directory.with_points(key)
    }
    return [
        (key, person.name)
        for station in sorted(stations)
        for key, person in people.at(people.by_station, station)
        if key not in known and can_propose(person)
    ]


def _supplement_fields(seen: ItemDetails) -> list[ui.Field]:
    hint = _("接在原文后面，承办单位看得到；原文不变")
    release = _release_fields(seen) if seen.item.row.state == "ACCEPTED" else []
    new = ui.Field("supplement", _("新的情况"), hint=hint, control="textarea", rows=5)
    return [new, *release]


def _withdraw_fields(seen: ItemDetails) -> list[ui.Field]:
    hint = _("撤回后不再办理")
    if len(seen.item.proposers) > 1:
        hint = _("撤回后不再办理；几位联名提出的，请先问过每一位")
    return [ui.Field("note", _("为什么撤回"), hint=hint, required=False, control="textarea")]


def _reject_fields(_seen: ItemDetails) -> list[ui.Field]:
    return [
        ui.Field("reason", _("理由"), options=_why(REJECTED_BECAUSE), control="select"),
        ui.Field("note", _("说明"), hint=_("提出人会看到"), control="textarea"),
    ]


def _transfer_fields(_seen: ItemDetails) -> list[ui.Field]:
    hint = _("有人身危险、火情、急病的，请立即拨打110、119、120")
    channels = options_of(TRANSFER_CHANNELS)
    return [
        ui.Field("channel", _("转到哪里"), options=channels, control="select", hint=hint),
        ui.Field("other_channel_ref", _("在那里的编号"), hint=_("有的话填，只留在本站"),
                 required=False),
        ui.Field("note", _("说明"), required=False, control="textarea"),
    ]  # fmt: skip


def _merge_fields(seen: ItemDetails) -> list[ui.Field]:
    others = [ui.Option(one.item_id, one.name) for one in seen.others]
    hint = _("同一企业说的同一件事；并入后一起办理，不重复计数")
    same = _("企业没有登记，已核对是同一企业说的同一件事")
    return [
        ui.Field("into", _("并入哪一件"), options=others, control="select", hint=hint),
        *([ui.Field("same_firm", same, required=False, control="check")]
          if seen.item.is_of_unnamed_firm else []),
        ui.Field("note", _("说明"), required=False, control="textarea"),
        *_release_fields(seen),
    ]  # fmt: skip


def _why(codes: Sequence[ReturnReason | RejectReason]) -> list[ui.Option]:
    return [ui.Option(code, WHY[code]) for code in codes]


ACTS: Sequence[ActSpec[ItemDetails]] = (
    ActSpec(
        "accept",
        commands.Accept,
        _("受理这件"),
        "Accept an item; it gets the next number of its county.",
        _accept_fields,
        AcceptForm,
    ),
    ActSpec(
        "return",
        commands.Return,
        _("请提出人补充"),
        "Ask the proposer for what is missing.",
        _return_fields,
    ),
    ActSpec(
        "resubmit", commands.Resubmit, _("补充并重交"), "Supply what was missing.", _resubmit_fields
    ),
    ActSpec(
        "cosign",
        Cosign,
        _("加一位联名的人"),
        "Let a deputy or street representative of the station join, before acceptance.",
        _cosign_fields,
    ),
    ActSpec(
        "supplement",
        Supplement,
        _("补记新情况"),
        "Add to the text, also after acceptance, until the case is closed.",
        _supplement_fields,
        SupplementForm,
    ),
    PROTECTION,
    ActSpec(
        "withdraw",
        Withdraw,
        _("替提出人撤回"),
        "Withdraw an item before it is accepted.",
        _withdraw_fields,
    ),
    ActSpec(
        "reject",
        commands.Reject,
        _("决定不予受理"),
        "Refuse an item that is not admissible.",
        _reject_fields,
    ),
    ActSpec(
        "transfer",
        commands.Transfer,
        _("转到其他渠道"),
        "Pass an item to another channel.",
        _transfer_fields,
    ),
    ActSpec(
        "merge",
        commands.Merge,
        _("并入另一件"),
        "Merge a duplicate into an open item.",
        _merge_fields,
        MergeForm,
    ),
    *REPLY_ACTS,
)
"""Acts of a station on a submitted item."""


def open_acts(seen: ItemDetails, by: Asker) -> list[ActSpec[ItemDetails]]:
    """List the acts that the asker may do now, none of which would be refused."""
    return [spec for spec in ACTS if _is_open(spec, seen, by)]


def _is_open(spec: ActSpec[ItemDetails], seen: ItemDetails, by: Asker) -> bool:
    row, effect = seen.item.row, EFFECTS[spec.command]
    if row.state not in effect.states or (effect.adds_text and row.erased_at is not None):
        return False
    return _fits(spec, seen, by) and may_act(by, spec.action, seen.item, seen.directory)


def _fits(spec: ActSpec[ItemDetails], seen: ItemDetails, by: Asker) -> bool:
    """Whether an act that fits the state fits the rest of the item too."""
    if spec.command is commands.Merge:
        return bool(seen.others)
    if spec.command is Cosign:
        return bool(_cosigners(seen))
    if spec.command is Protect:
        return not seen.item.row.confidential
    if spec.command is Supplement:
        return _may_supplement(seen, by)
    return fits_reply(spec.command, seen, by)


def _may_supplement(seen: ItemDetails, by: Asker) -> bool:
    """Of a confidential item that was accepted, only the head lets more words leave."""
    row = seen.item.row
    is_head = may_act(by, Action.ITEM_ACCEPT, seen.item, seen.directory)
    return not seen.item.is_over and (is_head or not row.confidential or row.state != "ACCEPTED")

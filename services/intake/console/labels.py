"""Labels of intake's pages."""

from collections.abc import Mapping

from shared.contracts import codes
from shared.features.access_log.pages import EXPORTS
from shared.text import Sentence, _

FIELDS: Mapping[str, Sentence] = {
    "firm": _("企业"),
    "firm_code": _("统一社会信用代码"),
    "deputy": _("反映的代表"),
    "name": _("联系人"),
    "phone": _("电话"),
}
"""Fields of a source, in display order."""

ACCESSED: Mapping[str, Sentence] = {
    **FIELDS,
    "no_firm": _("按企业查找，没有找到"),
    "trail": _("受理记录"),
}
"""What the access log names."""

REASONS: Mapping[str, Sentence] = {
    "contact": _("联系提出人"),
    "verify": _("核实情况"),
    "rating": _("回访评价"),
    "supervision": _("督办需要"),
    "other": _("其他"),
    **EXPORTS,
}

STATES: Mapping[str, Sentence] = {
    "SUBMITTED": _("待受理"),
    "SUPPLEMENT": _("退回补充"),
    "ACCEPTED": _("已受理"),
    "REJECTED": _("不予受理"),
    "TRANSFERRED": _("转其他渠道"),
    "MERGED": _("已并案"),
}
WHY: Mapping[codes.ReturnReason | codes.RejectReason | codes.EraseReason, Sentence] = {
    "unclear": _("内容不清楚"),
    "several_matters": _("一件说了几件事"),
    "missing_place": _("没有写明地点"),
    "missing_contact": _("没有联系方式"),
    "other": _("其他"),
    "R1": _("代表本人及其亲属的个人问题"),
    "R2": _("转交的信件、申诉"),
    "R3": _("学术探讨、产品推介"),
    "R4": _("没有实际内容"),
    "R5": _("正在审理的案件"),
    "R6": _("正在进行的招标投标"),
    "R7": _("其他"),
    "asked": _("本人要求删除"),
    "purpose_ended": _("目的已经达到或者不再需要"),
    "retention_ended": _("保存期限已到"),
    "unlawful": _("收集不符合规定"),
}
"""Why an item was returned, rejected or erased; the codes of the three do not overlap."""

CHANNELS: Mapping[codes.TransferChannel, Sentence] = {
    "petition": _("信访"),
    "court": _("法院"),
    "arbitration": _("仲裁"),
    "hotline_12345": _("12345热线"),
    "emergency": _("应急处置"),
}
RATED_BY: Mapping[codes.RatingChannel, Sentence] = {
    "station_app": _("在联络站"),
    "phone": _("电话回访"),
    "web": _("网上"),
}

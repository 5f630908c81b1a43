"""Labels of intake's pages."""

from collections.abc import Mapping

from shared.contracts import codes
from shared.features.access_log.pages import EXPORTS
from shared.text import Sentence, _

FIELDS: Mapping[str, Sentence] = {
    "firm": _("企业"),
    "firm_code": _("统一社会信用代码"),
    "person": _("反映的代表"),
    "name": _("联系人"),
    "phone": _("电话"),
    "email": _("电子邮箱"),
}
"""Fields of a proposer, in display order."""

CALLED = _("留电话的请写")
"""The hint of a contact's name."""

ACCESSED: Mapping[str, Sentence] = {
    **FIELDS,
    "no_firm": _("按企业查找，没有找到"),
    "trail": _("受理记录"),
    "attachment": _("附件"),
}
"""What the access log names."""

REASONS: Mapping[str, Sentence] = {
    "contact": _("联系提出人"),
    "verify": _("核实情况"),
    "rating": _("回访评价"),
    "supervision": _("督办需要"),
    "other": _("其他"),
    "attachment": _("打开附件"),
    **EXPORTS,
}

STATES: Mapping[str, Sentence] = {
    "SUBMITTED": _("待受理"),
    "SUPPLEMENT": _("退回补充"),
    "ACCEPTED": _("已受理"),
    "WITHDRAWN": _("已撤回"),
    "REJECTED": _("不予受理"),
    "TRANSFERRED": _("转其他渠道"),
    "MERGED": _("已并案"),
}
RATED_BY: Mapping[codes.RatingChannel, Sentence] = {
    "phone": _("电话回访"),
    "visit": _("当面回访"),
    "web": _("网上"),
}

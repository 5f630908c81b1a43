"""The words of intake's pages: what a source consists of, why somebody looks."""

from collections.abc import Mapping

from services.intake.domain.looking import LookReason
from shared.web.words import Sentence, _

FIELDS: Mapping[str, Sentence] = {
    "firm": _("企业"),
    "firm_code": _("统一社会信用代码"),
    "deputy": _("反映的代表"),
    "name": _("联系人"),
    "phone": _("电话"),
}
"""In the order in which they are shown."""

REASONS: Mapping[LookReason, Sentence] = {
    "contact": _("联系提出人"),
    "verify": _("核实情况"),
    "rating": _("回访评价"),
    "supervision": _("督办需要"),
    "other": _("其他"),
}

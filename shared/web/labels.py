"""Labels of the codes of the published language."""

from collections.abc import Mapping

from shared.contracts.codes import Complexity, ContactChannel, Outcome, RatingResult
from shared.text import Sentence, _

COMPLEXITIES: Mapping[Complexity, Sentence] = {
    "policy_question": _("政策咨询"),
    "normal": _("一般事项"),
    "complex": _("复杂事项"),
}
RATINGS: Mapping[RatingResult, Sentence] = {
    "satisfied": _("满意"),
    "basically_satisfied": _("基本满意"),
    "dissatisfied": _("不满意"),
}
OUTCOMES: Mapping[Outcome, Sentence] = {
    "solved": _("已解决"),
    "in_progress": _("正在解决"),
    "planned": _("列入计划"),
    "deferred": _("暂不能解决"),
    "reference": _("供参考"),
}
CONTACT_CHANNELS: Mapping[ContactChannel, Sentence] = {
    "visit": _("上门"),
    "phone": _("电话"),
    "meeting": _("面谈"),
    "survey": _("现场查看"),
    "online": _("网上"),
}

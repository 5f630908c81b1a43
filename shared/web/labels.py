"""Labels of codes of the published language that more than one service shows."""

from collections.abc import Mapping

from shared.contracts.codes import Complexity, RatingResult
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

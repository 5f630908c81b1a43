"""Why an act comes out of turn, in whole sentences by the state an item is in."""

from collections.abc import Mapping

from shared.errors import Conflict
from shared.text import Sentence, _

_ENDED = _("如有新情况，请重新提交一件。")
_WHY: Mapping[str, tuple[Sentence, Sentence]] = {
    "SUBMITTED": (
        _("这件意见建议正在等待受理，现在不能这样办。"),
        _("请站长先受理、退回补充或不予受理。"),
    ),
    "SUPPLEMENT": (_("这件意见建议已退回补充，现在不能这样办。"), _("请先补充材料重新提交。")),
    "ACCEPTED": (_("这件意见建议已经受理，受理决定不能再改。"), _("请联系交办机关处理。")),
    "REJECTED": (_("这件意见建议已经不予受理，不能再办。"), _ENDED),
    "TRANSFERRED": (_("这件意见建议已经转到其他渠道，不能再办。"), _("请向那个渠道询问办理情况。")),
    "MERGED": (_("这件意见建议已经并入另一件，不能再办。"), _("请在并入的那一件上办理。")),
}


def out_of_turn(state: str) -> Conflict:
    """Refuse an act that does not fit the item's state, saying which state that is."""
    message, what_to_do = _WHY[state]
    return Conflict("out_of_turn", message, what_to_do, state=state)

"""The sentences in which the tracker refuses, where several acts share one."""

from shared.errors import Conflict
from shared.text import _


def objected() -> Conflict:
    """Refuse what must wait for the dispatcher's decision."""
    return Conflict(
        "objected",
        _("退办正在审核。"),
        _("请等交办机关决定。"),
    )


def unsigned() -> Conflict:
    """Refuse what nobody signed for."""
    return Conflict(
        "not_signed",
        _("先签收，再办理。"),
        _("请先点签收。"),
    )


def answered() -> Conflict:
    """Refuse to change a reply in place (浙江省办理规定 2016 §22)."""
    return Conflict(
        "already_replied",
        _("本轮已经答复，不能再改。"),
        _("如有变化，请等评价后重新办理或再次答复。"),
    )

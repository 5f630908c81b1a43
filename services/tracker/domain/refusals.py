"""The sentences in which the tracker refuses, where several acts share one."""

from shared.errors import Conflict


def objected() -> Conflict:
    """Refuse what must wait for the dispatcher's decision."""
    return Conflict(
        "objected",
        "退办正在审核。",
        "The objection is being decided.",
        todo_zh="请等交办机关决定。",
        todo_en="Wait for the dispatcher's decision.",
    )


def unsigned() -> Conflict:
    """Refuse what nobody signed for."""
    return Conflict(
        "not_signed",
        "先签收，再办理。",
        "Sign the task first.",
        todo_zh="请先点签收。",
        todo_en="Sign it, then go on.",
    )


def answered() -> Conflict:
    """Refuse to change a reply in place (浙江省办理规定 2016 §22)."""
    return Conflict(
        "already_replied",
        "本轮已经答复，不能再改。",
        "This round is answered; a reply is not changed in place.",
        todo_zh="如有变化，请等评价后重新办理或再次答复。",
        todo_en="If something changed, reply again in the next round.",
    )

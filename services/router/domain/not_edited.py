"""Why an edit of the directory is refused, and what to do instead."""

from shared.errors import Conflict, Forbidden, Invalid, NotFound


def not_there() -> NotFound:
    """Refuse what is not in the directory, or not for this person: both look the same."""
    return NotFound(
        "no_entry",
        "名录里没有这一项，或不在您的范围内。",
        "The directory has no such entry, or it is not within your area.",
        todo_zh="请从名录的上一级找起。",
        todo_en="Start from the level above in the directory.",
    )


def not_own_rights() -> Forbidden:
    """Refuse whoever changes their own rights."""
    return Forbidden(
        "own_rights",
        "本人的任职和代理不能由本人修改，没有保存。",
        "Nobody changes their own roles or standing in; nothing was saved.",
        todo_zh="请由另一位系统管理员办理。",
        todo_en="Let another administrator do it.",
    )


def no_place_for_role() -> Invalid:
    """Refuse a role in a place that has no such role."""
    return Invalid(
        "no_place_for_role",
        "这个角色不能放在这里：经办人和单位负责人在承办单位，站长和站工作人员在联络站，其余在人大机关。",
        "This role is not held here: clerks and heads belong to a unit, station heads and staff to "
        "a station, all others to the organ of a division.",
        todo_zh="请改选角色或所在的地方。",
        todo_en="Choose another role or another place.",
    )


def ends_before_it_begins() -> Invalid:
    """Refuse a last day before the first."""
    return Invalid(
        "ends_before_it_begins",
        "最后一天早于开始日期，没有保存。",
        "The last day lies before the first; nothing was saved.",
        todo_zh="请改正日期。",
        todo_en="Correct the dates.",
    )


def no_such_part() -> Invalid:
    """Refuse to end what is not in the entry."""
    return Invalid(
        "no_such_part",
        "没有这一项任职或代理。",
        "There is no such role or standing in.",
        todo_zh="请刷新后重新选择。",
        todo_en="Reload and choose again.",
    )


def holds_already() -> Conflict:
    """Refuse to give what somebody has."""
    return Conflict(
        "holds_already",
        "此人已经有这一项，没有重复登记。",
        "The person has this already; it was not entered twice.",
        todo_zh="需要改日期的，请先结束原来的一项。",
        todo_en="To change its dates, end the old one first.",
    )


def no_such_person() -> Invalid:
    """Refuse to stand in for nobody."""
    return Invalid(
        "no_such_person",
        "名录里没有被代理的人，或不在您的范围内。",
        "The directory has no such person to stand in for, or not within your area.",
        todo_zh="请重新选择被代理的人。",
        todo_en="Choose the person again.",
    )


def would_go_round(name: str, other: str) -> Conflict:
    """Refuse a chain of standing in that comes back to its beginning."""
    return Conflict(
        "would_circle",
        f"{other}已经直接或间接代理{name}，再由{name}代理{other}会绕回自己，没有保存。",
        f"{other} already stands in for {name}, directly or through others; {name} standing in for "
        f"{other} would lead back to the same person. Nothing was saved.",
        todo_zh="请先结束其中一项代理，或另选一人。",
        todo_en="End one of these first, or choose somebody else.",
    )


def has_ended_already() -> Conflict:
    """Refuse to change what is no more."""
    return Conflict(
        "has_ended",
        "这里已经撤并，不能再改。",
        "This is no more and cannot be changed.",
        todo_zh="请在接续的地方、单位或联络站办理。",
        todo_en="Use the division, unit or station that went on for it.",
    )


def not_a_successor() -> Invalid:
    """Refuse a successor that is not there, ends itself, or is of another kind."""
    return Invalid(
        "not_a_successor",
        "接续的不能是自己，也不能是已撤并、将撤并或级别不同的。",
        "A successor is another one of the same level that does not end itself.",
        todo_zh="请另选一个接续的。",
        todo_en="Choose another successor.",
    )


def still_has_points(name: str) -> Conflict:
    """Refuse to close a main station before its sub-points."""
    return Conflict(
        "still_has_points",
        f"下面的联络点{name}那时还在，总站不能先撤销，没有保存。",
        f"Its sub-point {name} would still be there; a main station does not close before its "
        "sub-points. Nothing was saved.",
        todo_zh="请先撤销各联络点，或导入联络站表，把它们改到别的总站。",
        todo_en="Close its sub-points first, or import the table of stations with another main "
        "station for them.",
    )


def outlives_main(name: str) -> Conflict:
    """Refuse a sub-point that is there longer than its main station."""
    return Conflict(
        "outlives_main",
        f"总站{name}到那时已经撤销，联络点不能比它晚，没有保存。",
        f"The main station {name} closes before that day; a sub-point does not outlive it. "
        "Nothing was saved.",
        todo_zh="请填总站最后一天或更早的日期。",
        todo_en="Enter the main station's last day or an earlier one.",
    )

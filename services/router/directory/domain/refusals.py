from datetime import date

from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.text import _, n_


def not_there() -> NotFound:
    """Refuse an entry that does not exist or is outside the area; the answer is the same."""
    return NotFound(
        "no_entry", _("名录里没有这一项，或不在您的范围内。"), _("请从名录的上一级找起。")
    )


def not_own_rights() -> Forbidden:
    """Refuse a change of one's own rights, also of those one has by standing in."""
    return Forbidden(
        "own_rights",
        _("本人和本人所代理的人，任职和代理都不能由本人修改，没有保存。"),
        _("请由另一位系统管理员办理。"),
    )


def gained_by_stand_in(name: str) -> Conflict:
    """Refuse a right that a stand-in would get too, unknown to whoever let them stand in."""
    return Conflict(
        "has_stand_in",
        _("%(name)s代理此人，会一并得到这些权限，登记代理的管理员却不一定能授予，没有保存。",
          name=name),
        _("请先结束这项代理，新的一项从代理结束之后开始；需要时再重新登记代理。"),
    )  # fmt: skip


def not_given_here() -> Forbidden:
    """Refuse a right that reaches beyond the administrator's area."""
    return Forbidden(
        "not_given_here",
        _("这项任职管到您的范围以外（例如整个系统，或总站在别处的联络点），没有保存。"),
        _("请由管到那里的上一级管理员办理。"),
    )


def division_above() -> Forbidden:
    """Refuse a change of a division to whoever administers only that division."""
    return Forbidden(
        "division_above",
        _("区划本身的改名和撤并由上一级的管理员办理，没有保存。"),
        _("请由管理上一级区划的管理员办理。"),
    )


def no_place_for_role() -> Invalid:
    return Invalid(
        "no_place_for_role",
        _(
            "这个角色不能放在这里：经办人和单位负责人在承办单位，站长和站工作人员在联络站，其余在人大机关。"
        ),
        _("请改选角色或所在的地方。"),
    )


def ends_before_it_begins() -> Invalid:
    """Refuse a last day before the first."""
    return Invalid(
        "ends_before_it_begins", _("最后一天早于开始日期，没有保存。"), _("请改正日期。")
    )


def no_such_part() -> Invalid:
    """Refuse to end a part that the entry does not have."""
    return Invalid("no_such_part", _("没有这一项任职或代理。"), _("请刷新后重新选择。"))


def holds_already() -> Conflict:
    return Conflict(
        "holds_already",
        _("此人已经有这一项，没有重复登记。"),
        _("需要改日期的，请先结束原来的一项。"),
    )


def no_such_person() -> Invalid:
    """Refuse an unknown person to stand in for."""
    return Invalid(
        "no_such_person", _("名录里没有被代理的人，或不在您的范围内。"), _("请重新选择被代理的人。")
    )


def would_go_round(name: str, other: str) -> Conflict:
    """Refuse a circular chain of stand-ins."""
    return Conflict(
        "would_circle",
        _(
            "%(other)s已经直接或间接代理%(name)s，再由%(name)s代理%(other)s会绕回自己，没有保存。",
            other=other,
            name=name,
        ),
        _("请先结束其中一项代理，或另选一人。"),
    )


def has_ended_already() -> Conflict:
    return Conflict(
        "has_ended", _("这里已经撤并，不能再改。"), _("请在接续的地方、单位或联络站办理。")
    )


def last_day_too_far(first: date, last: date) -> Invalid:
    """Refuse to end an entry on a day that can only be a slip."""
    return Invalid(
        "last_day_too_far",
        _("最后一天应在%(first)s到%(last)s之间，没有保存。",
          first=first.isoformat(), last=last.isoformat()),
        _("请核对日期，尤其是年份。"),
    )  # fmt: skip


def not_a_successor() -> Invalid:
    """Refuse a successor that does not exist, ends itself, or is of another kind."""
    return Invalid(
        "not_a_successor",
        _("接续的不能是自己，也不能是已撤并、将撤并或级别不同的。"),
        _("请另选一个接续的。"),
    )


def still_has_points(name: str) -> Conflict:
    """Refuse to close a main station before its sub-points."""
    return Conflict(
        "still_has_points",
        _("下面的联络点%(name)s那时还在，总站不能先撤销，没有保存。", name=name),
        _("请先撤销各联络点，或导入联络站表，把它们改到别的总站。"),
    )


def outlives_main(name: str) -> Conflict:
    """Refuse a sub-point that stays open longer than its main station."""
    return Conflict(
        "outlives_main",
        _("总站%(name)s到那时已经撤销，联络点不能比它晚，没有保存。", name=name),
        _("请填总站最后一天或更早的日期。"),
    )


def dispatching_organ_stays() -> Conflict:
    """Refuse to end the organ that dispatches, which ends with its division."""
    return Conflict(
        "dispatching_organ_stays",
        _("交办机构和它的地方同在，不能单独撤销，没有保存。"),
        _("只是改名的，请改名称；地方撤并的，请撤并地方。"),
    )


def still_has_holders(name: str) -> Conflict:
    """Refuse to end an organ before those who hold a role in it."""
    return Conflict(
        "still_has_holders",
        _("%(name)s在这里的任职比最后一天晚，没有保存。", name=name),
        _("请先结束各人在这里的任职，或者改到别的机构。"),
    )


def same_organ_name(name: str) -> Conflict:
    """Refuse an organ that nobody could tell from another of its division."""
    return Conflict(
        "same_organ_name",
        _("这里已经有%(name)s，没有保存。", name=name),
        _("是同一个机构的，不用再登记；不是的，请改名称。"),
    )


def station_apart() -> Conflict:
    """Refuse to move a station away from its main station or its sub-points."""
    return Conflict(
        "station_apart",
        _("总站和联络点应在同一个县（市、区），没有保存。"),
        _("请先导入联络站表，改联络点的总站，再改地方。"),
    )


def main_elsewhere(name: str) -> Forbidden:
    """Refuse to move a sub-point to an administrator who does not administer its main station."""
    return Forbidden(
        "main_elsewhere",
        _("总站%(name)s不归您管理，它的站长会管到这个联络点的新地方，没有保存。", name=name),
        _("请由管到总站和联络点的上一级管理员办理。"),
    )


def changed_meanwhile() -> Conflict:
    """Refuse a change that rests on an older state."""
    return Conflict(
        "entry_changed",
        _("刚才有人改过这一项，您看到的不是最新情况，没有保存。"),
        _("请看最新情况，再决定是否修改；您填的内容还在。"),
    )


def directory_changed() -> Conflict:
    """Refuse to import a table by a plan that is out of date."""
    return Conflict(
        "directory_changed",
        _("您看过以后名录有了改动，什么也没有登记。"),
        _("下面是按最新情况重新核对的结果，请再看一遍后登记。"),
    )


def same_names(number: int) -> Conflict:
    """Refuse new people with the names of registered ones, until an administrator has checked."""
    return Conflict(
        "same_names",
        n_("有%(num)s个新增的人与已有的人同名，什么也没有登记。", number),
        _("请核对：是同一个人的，改用原来的编号；确是另外的人，请勾选说明后登记。"),
    )


def same_unit_name(name: str) -> Conflict:
    """Refuse a unit that nobody could tell from another of its division."""
    return Conflict(
        "same_unit_name",
        _("这里已经有%(name)s，名称或简称相同，没有保存。", name=name),
        _("是同一个单位的，不用再登记；不是的，请改名称和简称。"),
    )

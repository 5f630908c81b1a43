"""May this person do this to that? A pure answer out of the table."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from shared.contracts.router import Grant
from shared.errors import Forbidden
from shared.ids import Id, to_text
from shared.rights.table import RIGHTS, Action, Relation
from shared.rights.table import Action as A  # noqa: N817  read as a table
from shared.text import Sentence, _


class Holder(Protocol):
    """Somebody with the grants in force today (`shared.directory.grants_of`)."""

    @property
    def code(self) -> str:
        """The opaque reference events carry."""

    @property
    def leads_as(self) -> Mapping[str, Collection[str]]:
        """References of leaders in office, their own and of those for whom they stand in today,
        each with the divisions of that office."""

    @property
    def grants(self) -> Sequence[Grant]:
        """The rights in force."""


@dataclass(frozen=True, slots=True)
class Resource:
    """Places and people a thing is related to; an omitted field relates it to nobody.

    `division` is its own, `within` that one and all above it. `stations` are its station and the
    main station above; `units` handle it, `organ` gives it out, `leader` (a person's code) leads
    its supervision, and whoever stands in for that person does. Of a report `receiver` is the
    division it goes to; of a county's form `lines` are the divisions it is the sum of. `proposers`
    are the codes of the people who raised it, `invited` of those asked to come to it or who came.
    """

    division: str = ""
    within: Collection[str] = ()
    stations: Collection[Id | None] = ()
    units: Collection[Id] = ()
    organ: Id | None = None
    leader: str = ""
    receiver: str = ""
    lines: Collection[str] = ()
    proposers: Collection[str] = ()
    invited: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Allowed:
    """Yes, and by which grant; None when no right is needed."""

    grant: Grant | None = None


@dataclass(frozen=True, slots=True)
class Denied:
    """No: none of their roles does this, or it is not theirs."""

    reason: Literal["not_their_role", "not_theirs"]


def authorize(by: Holder, action: Action, resource: Resource) -> Allowed | Denied:
    """Decide by the table; what does not stand there is denied."""
    if action is Action.PUBLIC:
        return Allowed()
    of_role = False
    for grant in by.grants:
        for relation, actions in RIGHTS[grant.role].items():
            if action in actions:
                of_role = True
                if _is_related(relation, grant, by, resource):
                    return Allowed(grant)
    return Denied("not_theirs" if of_role else "not_their_role")


def _is_related(relation: Relation, grant: Grant, by: Holder, to: Resource) -> bool:  # noqa: C901, PLR0911  one line a relation
    match relation:
        case Relation.ANYWHERE:
            return True
        case Relation.STATION:
            return grant.station_id is not None and grant.station_id in to.stations
        case Relation.UNIT:
            return grant.unit_id is not None and grant.unit_id in to.units
        case Relation.ORGAN:
            return grant.organ_id is not None and grant.organ_id == to.organ
        case Relation.OWN:
            return grant.division_code == to.division
        case Relation.SUBTREE:
            return grant.division_code in to.within
        case Relation.LINE:
            return grant.division_code in to.lines
        case Relation.RECEIVER:
            return grant.division_code == to.receiver
        case Relation.SUPERVISED:
            return to.division in by.leads_as.get(to.leader, ())
        case Relation.PROPOSED:
            return by.code in to.proposers
        case Relation.INVITED:
            return by.code in to.invited


def held(by: Holder, action: Action, relation: Relation) -> list[Grant]:
    """List the grants that give an action by a relation: where a list has to look."""
    return [grant for grant in by.grants if action in RIGHTS[grant.role].get(relation, frozenset())]


def may(by: Holder, action: Action, resource: Resource) -> bool:
    return isinstance(authorize(by, action, resource), Allowed)


def may_ever(by: Holder, action: Action) -> bool:
    """Tell whether any of their roles does this to something."""
    return authorize(by, action, Resource()) != Denied("not_their_role")


def require(by: Holder, action: Action, resource: Resource) -> None:
    """Raise Forbidden, saying who may, unless this is theirs to do."""
    if not may(by, action, resource):
        raise not_yours(action)


def require_door(by: Holder, actions: Iterable[Action]) -> None:
    """Let somebody in whose roles may do one of these to something; raises Forbidden.

    The answer is the same whatever the address names, so it does not reveal what exists.
    """
    wanted = tuple(actions)
    if not any(may_ever(by, one) for one in wanted):
        raise not_yours(*wanted[:1])


@dataclass(frozen=True, slots=True)
class RowScope:
    """Codes and keys by kind; which kind opens which table, the service's migrations say."""

    codes: Mapping[str, Collection[str]]
    keys: Mapping[str, Collection[Id]]

    def as_json(self) -> str:
        """Write it as the policies read it (shared/rights/migrations)."""
        keys = {kind: [to_text(one) for one in of_kind] for kind, of_kind in self.keys.items()}
        codes = {kind: list(of_kind) for kind, of_kind in self.codes.items()}
        return json.dumps(codes | keys)


_HEAD = _("这一步由本站站长办理。")
_STATION = _("这一步由代表联络站办理。")
_DISPATCHER = _("这一步由负责交办的机构办理。")
_UNIT = _("这一步由承办单位办理。")
_CLERK = _("这一步由承办单位经办人办理。")
_UNIT_HEAD = _("这一步由承办单位负责人办理。")
_OFFICE = _("这一步由市人大办公室办理。")
_OPERATORS = _("这里由系统运维办理。")
_ROLES = _("您的身份看不到这一项。")

WHO_MAY: Mapping[A, Sentence] = {
    A.ITEM_READ: _STATION,
    A.ITEM_SUBMIT: _STATION,
    A.ITEM_COSIGN: _STATION,
    A.ITEM_RESUBMIT: _STATION,
    A.ITEM_SUPPLEMENT: _STATION,
    A.ITEM_PROTECT: _STATION,
    A.ITEM_WITHDRAW: _STATION,
    A.ITEM_RATE: _("评价由提出人自己作出：用查询链接，或由联络站电话回访记录并由第二人核对。"),
    A.ITEM_CALL_BACK: _STATION,
    A.ITEM_TELL: _STATION,
    A.LINK_GIVE: _STATION,
    A.POSTER_READ: _("海报由联络站和人大办公室打印。"),
    A.RAISED_READ: _("这里是人大代表自己的页面。"),
    A.ITEM_ERASE: _("删除由本级或上级代表工委负责人负责。"),
    A.SOURCE_READ: _ROLES,
    A.ACCESS_LOG_READ: _ROLES,
    A.ACTIVITY_READ: _ROLES,
    A.ACTIVITY_ANSWER: _("由受邀的代表本人答复。"),
    A.ACTIVITY_HOLD: _("活动由代表联络站或人大机构记录。"),
    A.ITEM_ACCEPT: _HEAD,
    A.ITEM_RETURN: _HEAD,
    A.ITEM_REJECT: _HEAD,
    A.ITEM_TRANSFER: _HEAD,
    A.ITEM_MERGE: _HEAD,
    A.ASSIGNMENT_READ: _DISPATCHER,
    A.ASSIGNMENT_DISPATCH: _DISPATCHER,
    A.ASSIGNMENT_ESCALATE: _DISPATCHER,
    A.ASSIGNMENT_DECIDE: _DISPATCHER,
    A.ASSIGNMENT_REHOME: _DISPATCHER,
    A.DIRECTORY_READ: _ROLES,
    A.PEOPLE_READ: _ROLES,
    A.DIRECTORY_EDIT: _("名录由本级系统管理员维护。"),
    A.ACCOUNT_MANAGE: _("账号由本级系统管理员办理。"),
    A.STATION_KEY_MANAGE: _("联络站的密钥由本级系统管理员办理。"),
    A.DUTY_READ: _ROLES,
    A.CASE_READ: _ROLES,
    A.CASE_SIGN: _CLERK,
    A.CASE_DRAFT: _CLERK,
    A.CASE_CONTACT: _UNIT,
    A.CASE_OPINE: _UNIT,
    A.CASE_OBJECT: _UNIT_HEAD,
    A.CASE_SIGN_OFF: _UNIT_HEAD,
    A.CASE_FULFIL: _UNIT_HEAD,
    A.CASE_SUPERVISE: _("督办由交办机关或领衔督办的领导决定。"),
    A.REPORT_READ: _ROLES,
    A.REPORT_OPEN: _ROLES,
    A.REPORT_CHECK: _("这一步由联络员办理。"),
    A.REPORT_CONFIRM: _("这一步由代表工委负责人办理。"),
    A.REPORT_SUBMIT: _("这一步由联络员或代表工委负责人办理。"),
    A.REPORT_SUBMIT_INCOMPLETE: _("有事项没有计入时，是否报送由代表工委负责人决定。"),
    A.REPORT_RECEIVE: _OFFICE,
    A.REPORT_RETURN: _OFFICE,
    A.LETTER_READ: _OPERATORS,
    A.LETTER_RELEASE: _OPERATORS,
    A.LETTER_DISCARD: _OPERATORS,
}
"""For each action, the sentence that names who may do it."""
_NOBODY = _("这里没有登记权限，谁都不能用。")


def not_yours(action: A | None = None) -> Forbidden:
    """Refuse an action and name who may do it."""
    return Forbidden(
        "not_yours",
        WHO_MAY.get(action, _NOBODY) if action else _NOBODY,
        _("请交给有这项职责的同事；需要权限请联系本地系统管理员。"),
    )

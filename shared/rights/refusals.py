"""Who may do what somebody else tried, in whole sentences."""

from collections.abc import Mapping

from shared.errors import Forbidden
from shared.rights.actions import Action as A  # noqa: N817  read as a table
from shared.text import Sentence, _

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
    A.ITEM_RESUBMIT: _STATION,
    A.ITEM_RATE: _STATION,
    A.SOURCE_READ: _ROLES,
    A.LOOK_READ: _ROLES,
    A.ACTIVITY_HOLD: _STATION,
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
"""For each action the sentence that says whose it is."""
_NOBODY = _("这里没有登记权限，谁都不能用。")


def not_yours(action: A | None = None) -> Forbidden:
    """Refuse what is not somebody's to do, saying whose it is."""
    return Forbidden(
        "not_yours",
        WHO_MAY.get(action, _NOBODY) if action else _NOBODY,
        _("请交给有这项职责的同事；需要权限请联系本地系统管理员。"),
    )

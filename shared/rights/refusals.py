"""Who may do what somebody else tried, in whole sentences."""

from collections.abc import Mapping

from shared.errors import Forbidden
from shared.rights.actions import Action as A  # noqa: N817  read as a table

_HEAD = ("这一步由本站站长办理。", "Only the head of the station does this.")
_STATION = ("这一步由代表联络站办理。", "A deputies' station does this.")
_DISPATCHER = (
    "这一步由负责交办的机构办理。",
    "The organ that gives the item out does this.",
)
_UNIT = ("这一步由承办单位办理。", "The unit that handles the matter does this.")
_CLERK = ("这一步由承办单位经办人办理。", "The clerk of the handling unit does this.")
_UNIT_HEAD = ("这一步由承办单位负责人办理。", "The head of the handling unit does this.")
_OFFICE = ("这一步由市人大办公室办理。", "The office of the city's congress does this.")
_OPERATORS = ("这里由系统运维办理。", "This is for the operators of the system.")
_ROLES = ("您的身份看不到这一项。", "Your role does not see this.")

WHO_MAY: Mapping[A, tuple[str, str]] = {
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
    A.DIRECTORY_EDIT: (
        "名录由本级系统管理员维护。",
        "The administrator of the division keeps the directory.",
    ),
    A.ACCOUNT_MANAGE: (
        "账号由本级系统管理员办理。",
        "The administrator of the division manages accounts.",
    ),
    A.DUTY_READ: _ROLES,
    A.CASE_READ: _ROLES,
    A.CASE_SIGN: _CLERK,
    A.CASE_DRAFT: _CLERK,
    A.CASE_CONTACT: _UNIT,
    A.CASE_OPINE: _UNIT,
    A.CASE_OBJECT: _UNIT_HEAD,
    A.CASE_SIGN_OFF: _UNIT_HEAD,
    A.CASE_FULFIL: _UNIT_HEAD,
    A.CASE_SUPERVISE: (
        "督办由交办机关或领衔督办的领导决定。",
        "The organ that gave the matter out, or the leader who supervises it, decides.",
    ),
    A.REPORT_READ: _ROLES,
    A.REPORT_OPEN: _ROLES,
    A.REPORT_CHECK: ("这一步由联络员办理。", "The liaison does this."),
    A.REPORT_CONFIRM: ("这一步由代表工委负责人办理。", "The committee's head does this."),
    A.REPORT_SUBMIT: (
        "这一步由联络员或代表工委负责人办理。",
        "The liaison or the committee's head does this.",
    ),
    A.REPORT_SUBMIT_INCOMPLETE: (
        "有事项没有计入时，是否报送由代表工委负责人决定。",
        "While something is not counted, the committee's head decides whether to submit.",
    ),
    A.REPORT_RECEIVE: _OFFICE,
    A.REPORT_RETURN: _OFFICE,
    A.LETTER_READ: _OPERATORS,
    A.LETTER_RELEASE: _OPERATORS,
    A.LETTER_DISCARD: _OPERATORS,
}
"""For each action the sentence that says whose it is, in Chinese and English."""
_NOBODY = ("这里没有登记权限，谁都不能用。", "No right is declared here, so nobody may use it.")


def not_yours(action: A | None = None) -> Forbidden:
    """Refuse what is not somebody's to do, saying whose it is."""
    zh, en = WHO_MAY.get(action, _NOBODY) if action else _NOBODY
    return Forbidden(
        "not_yours",
        zh,
        en,
        todo_zh="请交给有这项职责的同事；需要权限请联系本地系统管理员。",
        todo_en="Hand it to whoever has this duty; if you need the right, call your administrator.",
    )

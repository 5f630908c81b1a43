"""The sentence that confirms an act, on the page to which it leads."""

from collections.abc import Mapping

from fastapi import Request
from fastapi.responses import RedirectResponse

from shared.text import Sentence, _
from shared.web import components as ui

JOINED, ATTACHED, REMOVED = "joined", "attached", "removed"
PLANNED, RECORDED = "planned", "recorded"
_DID = "did"
DONE: Mapping[str, Sentence] = {
    "accept": _("已受理并编号"),
    "return": _("已退回补充，等提出人补充后再交"),
    "resubmit": _("已补充并交回，等站长受理"),
    "cosign": _("已加上一位联名的人"),
    "supplement": _("已补充，接在原文后面"),
    "protect": _("来源已保密，承办单位以后看不到是谁提出的"),
    "withdraw": _("已撤回，不再办理"),
    "reject": _("已决定不予受理，请告诉提出人并记下来"),
    "transfer": _("已转到其他渠道，请告诉提出人并记下来"),
    "merge": _("已并入另一件，一起办理"),
    "tell": _("已记下告诉了提出人"),
    "call-back": _("回访已记下，等第二个人核对后生效"),
    "check-call-back": _("回访已核对，评价生效"),
    "discard-call-back": _("回访已作废，不算评价"),
    "rating": _("评价已提交"),
    "reopen": _("已请求重新办理"),
    JOINED: _("您已联名"),
    ATTACHED: _("附件已添加"),
    REMOVED: _("附件已移除，原因已记下"),
    PLANNED: _("活动计划已保存"),
    RECORDED: _("活动已记录，计入活动次数"),
    "answer": _("答复已记下，主办方看得到"),
    "change": _("活动计划已改"),
    "hold": _("已记录举办，计入活动次数"),
    "confirm": _("已补记到场的人"),
    "notes": _("活动记录已保存"),
    "revoke": _("已撤销到场，不再计入"),
    "cancel": _("活动已取消"),
}
"""The sentence of each act by its name."""


def led_to(page: str, act: str) -> RedirectResponse:
    """Lead to a page after an act, which it confirms."""
    return RedirectResponse(f"{page}?{_DID}={act}", 303)


def done_notes(request: Request) -> list[ui.Note]:
    """Confirm the act that led to this page, if one did."""
    words = DONE.get(request.query_params.get(_DID, ""))
    return [ui.Note("blue", words)] if words else []

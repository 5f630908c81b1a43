"""The words of the tracker's pages: states, duties, acts, outcomes, refusals."""

from collections.abc import Mapping

from services.tracker.domain.commands import ActName
from shared.contracts.codes import ClockKind, ContactChannel, Outcome
from shared.text import Sentence, _
from shared.web.components import Link
from shared.web.labels import RATINGS

STATES: Mapping[str, Sentence] = {
    "UNKNOWN": _("还没有受理"),
    "SUBMITTED": _("待受理"),
    "SUPPLEMENT": _("退回补充"),
    "REJECTED": _("不予受理"),
    "TRANSFERRED": _("转其他渠道"),
    "MERGED": _("已并案"),
    "ACCEPTED": _("已受理，待交办"),
    "DISPATCHED": _("待签收"),
    "OBJECTED": _("退办审核中"),
    "IN_PROGRESS": _("办理中"),
    "SIGNOFF": _("待签发"),
    "REPLIED": _("已答复，待评价"),
    "REWORK": _("重新办理"),
    "TRACKING": _("跟踪落实"),
    "CLOSED": _("办结"),
}
OUTCOMES: Mapping[Outcome, Sentence] = {
    "solved": _("已解决"),
    "in_progress": _("正在解决"),
    "planned": _("列入计划"),
    "deferred": _("暂不能解决"),
    "reference": _("供参考"),
}
PROFILES: Mapping[str, Sentence] = {
    "station_item": _("民意件"),
    "legal_suggestion": _("代表建议"),
}
CHANNELS: Mapping[ContactChannel, Sentence] = {
    "visit": _("上门"),
    "phone": _("电话"),
    "meeting": _("面谈"),
    "survey": _("现场查看"),
    "online": _("网上"),
}
ACTS: Mapping[ActName, Sentence] = {
    "sign": _("签收"),
    "sign_off": _("签发答复"),
    "draft": _("起草答复"),
    "contact": _("登记联系"),
    "opinion": _("提交会办意见"),
    "fulfil": _("核对兑现"),
    "object": _("退办"),
}
"""In the order of the act bar: the first that is open is the primary one."""

NEXT: Mapping[ClockKind, Sentence] = {
    "accept": _("受理"),
    "dispatch": _("交办"),
    "sign": _("签收"),
    "decide_objection": _("审核退办"),
    "reply": _("答复"),
    "rating": _("评价"),
    "promise": _("核对兑现"),
}
"""What the debtor of a duty does next."""

WAITING: Mapping[ClockKind, Sentence] = {
    "accept": _("站点受理"),
    "dispatch": _("上级交办"),
    "sign": _("单位签收"),
    "decide_objection": _("交办机关审核退办"),
    "reply": _("单位答复"),
    "rating": _("提出人评价"),
    "promise": _("单位兑现"),
}
"""What others wait for."""

NOTE_WAITING: Sentence = _("单位答复，已督办")
OPINION_WAITING: Sentence = _("会办意见")

BY_CLERK = _("由单位经办人办理")
BY_HEAD = _("由单位负责人办理")

TIMELINE: Mapping[str, Sentence] = {
    "task.signed": _("已签收"),
    "task.objected": _("提出退办"),
    "case.handed_back": _("退回交办机关"),
    "task.contact_logged": _("联系提出人"),
    "task.opinion_filed": _("会办意见已提交"),
    "task.reply_drafted": _("起草答复，待签发"),
    "case.replied": _("答复"),
    "case.rated": _("提出人评价"),
    "case.rating_refused": _("评价未计入"),
    "case.rating_window_closed": _("评价期满，未评价"),
    "case.rework_ordered": _("重新办理"),
    "case.promise_kept": _("承诺已兑现"),
    "case.closed": _("办结"),
    "deadline.breached": _("超过期限"),
    "case.urged": _("催办"),
    "supervision.raised": _("督办"),
    "supervision.decided": _("督办决定"),
}
BY_SILENCE: Sentence = _("到期未签收，视为签收")
DOCUMENTS: Mapping[str, Link] = {
    "task.objected": Link(_("退办理由"), "#words"),
    "task.contact_logged": Link(_("联系记录"), "#words"),
    "task.opinion_filed": Link(_("会办意见"), "#words"),
    "case.rated": Link(_("评价理由"), "#words"),
    "case.replied": Link(_("答复"), "#replies"),
    "case.promise_kept": Link(_("答复"), "#replies"),
}
"""Where on the page the words of a happening stand."""

DETAILS: Mapping[str, Sentence] = {
    "case.urged:reply": _("未按时答复"),
    "case.urged:promise": _("未按时兑现"),
    "case.urged:accept": _("未按时受理"),
    "case.urged:dispatch": _("未按时交办"),
    "case.urged:decide_objection": _("未按时审核退办"),
    **{f"case.replied:{name}": words for name, words in OUTCOMES.items()},
    **{f"case.rated:{name}": words for name, words in RATINGS.items()},
    **{f"task.contact_logged:{name}": words for name, words in CHANNELS.items()},
    "case.closed:unrated": _("未评价，不算满意"),
    "supervision.raised:key": _("建议重点督办，待决定"),
    "supervision.raised:supervised": _("督办单位负责人"),
    "supervision.decided:key": _("重点督办"),
    "supervision.decided:agenda": _("转常委会议题"),
}
"""More about a happening: its type and detail."""

"""The words that stations, organs and units write in a simulated month."""

from collections.abc import Mapping

from shared.contracts.codes import Outcome

REPLIES: Mapping[Outcome, tuple[str, str]] = {
    "solved": (
        "您反映的问题已经解决。",
        "我单位收到后到现场核实，已按规定办理完毕，并当面向您说明了结果。",
    ),
    "in_progress": (
        "问题正在解决，会按约定的日期办好。",
        "我单位已制定整改措施，目前正在推进，办好后再次向您答复。",
    ),
    "planned": (
        "已列入工作计划，会按约定的日期落实。",
        "您的建议很好，我单位已列入近期计划，落实后再次向您答复。",
    ),
    "deferred": (
        "目前条件还不具备，暂时不能解决。",
        "经研究，受现有条件限制暂不能解决，我单位会继续关注，条件具备时优先安排。",
    ),
    "reference": (
        "您的意见我们留作参考，原因已向您说明。",
        "经研究，现行规定不支持这样办理，我单位已把您的意见留作工作参考。",
    ),
}
"""The plain sentence and the text of an answer, by its outcome."""

LINES: Mapping[str, str] = {
    "reject": "没有具体内容，无法办理，请补充事实后重新提出。",
    "withdraw": "企业说已经自行解决。",
    "supplement": "补充：企业今天又来电，情况还在。",
    "merge": "同一家企业昨天已反映过这件事，并入办理。",
    "return": "请写明发生的地点和时间。",
    "resubmit": "补充：地点在企业厂区门口，近两周每天都有。",
    "on_spot": "代表当场联系有关人员，已经解决，企业认可。",
    "escalate": "本级没有这项权限，请上级办理。",
    "object": "这件事不属于我单位职责。",
    "reassign": "经核对职责，改由另一单位办理。",
    "refuse": "经研究，仍由你单位办理。",
    "contact": "到企业当面了解情况，听取意见。",
    "opinion": "我单位没有不同意见，配合主办单位办理。",
    "contact_person": "办公室，工作日均可联系",
    "reason": "受现行政策和条件限制。",
    "dissatisfied": "答复没有说到点子上，问题还在。",
    "link": "给提出人查询链接。",
    "supervise": "超期较久，请领导领衔督办。",
}

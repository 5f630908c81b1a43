"""What the gallery's pages show: invented data for every component."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from shared.calendar import Calendar
from shared.text import _, n_
from shared.web import components as ui
from shared.web.labels import PAUSED, Light, light

TODAY = date(2022, 9, 19)
CALENDAR = Calendar({})


def _light(days: int) -> Light:
    return light(TODAY, CALENDAR.add_working_days(TODAY, days), CALENDAR)


def _row(days: int | None, matter: str, place: str, unit: str, **more: Any) -> dict[str, Any]:
    shown = PAUSED if days is None else _light(days)
    usual = {"letter": "", "outcome": "", "next": _("交办")}
    return {"light": shown, "matter": matter, "place": place, "unit": unit} | usual | more


_HIGH = {"level": 3, "sure": "高", "next": "改单位", "with": "无会办"}
_MIDDLE = {
    "level": 2,
    "sure": "中",
    "next": "人工判断",
    "with": "会办：区住建局",
    "ticked": False,
}
_QUEUED = [
    _row(
        -1,
        "厂区门口雨后积水，货车进出困难",
        "横街镇",
        "区住建局",
        why="市政排水属区级，住建主管",
        ticked=True,
        **_HIGH,
    ),
    _row(
        0,
        "稳岗补贴需向两个窗口重复交材料",
        "峰江街道",
        "区人力社保局",
        why="稳岗补贴由人社部门经办",
        ticked=True,
        **_HIGH,
    ),
    _row(
        1,
        "一次性留工培训补助如何申请",
        "路北街道",
        "区人力社保局",
        why="政策咨询，答复5个工作日",
        ticked=True,
        **_HIGH,
    ),
    _row(
        1,
        "村级工业点厂房无法办产权证",
        "新桥镇",
        "区自然资源局",
        why="涉及两家，按事项表主办在前",
        **_MIDDLE,
    ),
    _row(
        1,
        "港口查验预约等候时间过长",
        "金清镇",
        "上报市级",
        why="海关垂直管理，本区无分支机构",
        **_MIDDLE,
    ),
    _row(
        2,
        "企业间货款拖欠，希望协调",
        "桐屿街道",
        "区经信局",
        why="无明确主管，按兜底规则",
        **_MIDDLE | {"level": 1, "sure": "低"},
    ),
    _row(
        2,
        "园区食堂食材检测费用过高",
        "螺洋街道",
        "区市场监管局",
        why="与3件已办事项相似",
        ticked=False,
        **_HIGH,
    ),
]


def today() -> dict[str, Any]:
    """Fill the first page."""
    planned = {"letter": "B", "outcome": _("列入计划")}
    return {
        "today": TODAY,
        "week": ui.Link(n_("本周到期%(num)s件", 14), "/today"),
        "all": ui.Link(n_("查看全部%(num)s件", 37), "/today"),
        "due": [
            _row(-1, "厂区门口雨后积水，货车进出困难", "横街镇", "未定（拟：区住建局）"),
            _row(0, "园区道路路灯长期不亮", "金清镇", "区综合执法局", next=_("审核退办")),
            _row(0, "留抵退税申请两个月未到账", "路南街道", "区税务局", next=_("审批延期")),
            _row(0, "老厂房消防改造补助何时兑现", "新桥镇", "区应急管理局", **planned),
            _row(0, "<script>alert(1)</script>稳岗补贴", "峰江街道", "未定（拟：区人力社保局）"),
        ],
        "waiting": _waiting(),
        "report_light": _light(1),
        "first": date(2022, 8, 21),
        "last": date(2022, 9, 20),
        "due_at": datetime(2022, 9, 20, 16, tzinfo=UTC),
        "figures": [
            (_("活动次数"), ui.Figure(42, "/form")),
            (_("参与人次"), ui.Figure(386, "/form")),
            (_("收集建议"), ui.Figure(127, "/form")),
            (_("解决问题"), ui.Figure(96, "/form")),
            (_("上报市级"), ui.Figure(4, "/form")),
            (_("典型案例"), ui.Figure(0, "/form")),
        ],
        "progress": [
            ui.TimelineStep("done", _("联络员已核对"), "9月16日"),
            ui.TimelineStep("now", _("待您确认"), "镇街已确认9/10"),
            ui.TimelineStep("todo", _("报送市级，市级接收")),
        ],
    }


def _waiting() -> list[dict[str, Any]]:
    solved = {"letter": "A", "outcome": _("已解决")}
    planned = {"letter": "B", "outcome": _("列入计划")}
    answer = _("单位答复")
    return [
        _row(-4, "村道限高杆拦住进厂货车", "蓬街镇", "区交通运输局", next=answer),
        _row(3, "冷库执行分时电价后成本上升", "蓬街镇", "区发改局", next=answer),
        _row(9, "工人夜班下班没有公交", "金清镇", "区交通运输局", next=answer),
        _row(12, "厂区宽带价格高于市区", "横街镇", "区经信局", **solved | {"next": _("企业评价")}),
        _row(14, "外贸订单报关资料审核慢", "路北街道", "区商务局", letter="C", outcome=_("供参考")),
        _row(None, "排污管网二期延伸到工业区", "螺洋街道", "区住建局", **planned),
    ]


def case() -> dict[str, Any]:
    """Fill the page of a case."""
    return {
        "facts": [
            ui.Fact("内容", "希望明确增容接入时间", "供电事项，附照片2张"),
            ui.Fact("承办单位", "区供电公司（主办）", "会办：区经信局"),
            ui.Fact("责任人", "周明远", "负责人：何立群"),
            ui.Fact("时限", "", "9月30日24:00前", _light(9)),
            ui.Fact("进度", "办理中", "第1轮，已过6个工作日"),
            ui.Fact("结果", "未答复", "承诺：无", quiet=True),
        ],
        "papers": ui.Link("只看文书", "/case"),
        "steps": _steps(),
        "acts": [
            ui.ActionButton("起草答复", "/fill"),
            ui.ActionButton("登记联系", "/fill", {"basis": "tracker.case.v1:7"}),
            ui.ActionButton("写进展", "/fill"),
        ],
        "closed": [
            ui.ClosedAction("申请延期", "由负责人提出，9月30日24:00前"),
            ui.ClosedAction("退办", "已过期限（9月13日），如确不属本单位，请联系交办机关"),
        ],
        "days": _september(),
    }


def _steps() -> list[ui.TimelineStep]:
    return [
        ui.TimelineStep(
            "done",
            "企业提出，代表联络站代录",
            "9月5日 09:12",
            "金清镇代表联络总站",
            ui.Link("原文", "/case"),
        ),
        ui.TimelineStep("done", "受理，编号路桥2022-0418", "9月5日 15:40", "站长"),
        ui.TimelineStep("done", "上报区级：供电不属镇级事权", "9月6日 10:05", "金清镇人大主席团"),
        ui.TimelineStep(
            "done",
            "交办：主办区供电公司，会办区经信局",
            "9月8日 09:30",
            "区人大代表工委",
            ui.Link("交办单", "/case"),
        ),
        ui.TimelineStep("done", "签收", "9月8日 16:20", "区供电公司 经办人"),
        ui.TimelineStep("now", "办理中，等待单位答复", "今天", "区供电公司"),
        ui.TimelineStep("todo", "答复，由负责人签发", "9月30日前", "区供电公司 负责人"),
        ui.TimelineStep("todo", "企业评价", "答复后15个工作日内", "提出人"),
        ui.TimelineStep("todo", "办结；评价不满意则重新办理", "评价后", "系统"),
    ]


def _september() -> list[ui.GridDay]:
    days, counted = [], 0
    for offset in range(28):
        day = date(2022, 9, 5) + timedelta(offset)
        if day == date(2022, 9, 8):
            days.append(ui.GridDay(day, mark="交办", kind="start"))
        elif day < date(2022, 9, 8):
            days.append(ui.GridDay(day, kind="before"))
        elif day.weekday() > 4 or day == date(2022, 9, 12):
            days.append(ui.GridDay(day, mark="中秋" if day.day in {10, 11, 12} else "", kind="off"))
        else:
            counted += 1
            due = day == date(2022, 9, 30)
            days.append(
                ui.GridDay(day, counted, kind="due" if due else "counted", today=day == TODAY)
            )
    return days


def queue() -> dict[str, Any]:
    """Fill the dispatch queue."""
    everything = [ui.Option("", "全部"), ui.Option("1", "有")]
    return {
        "filters": [
            ui.Filter(name, words, everything)
            for name, words in [
                ("time", "时限"),
                ("town", "镇街"),
                ("unit", "建议单位"),
                ("sure", "把握"),
            ]
        ],
        "rows": _QUEUED,
        "holiday": ui.Note("amber", "国庆假期不计入；10月8日、9日上班，计入。"),
    }


def form() -> dict[str, Any]:
    """Fill the monthly form."""
    plain = [("椒江区", 38), ("黄岩区", 51), ("路桥区", 42), ("临海市", 63), ("温岭市", 71)]
    rows = [_form_row(name, value) for name, value in plain]
    rows[3]["figures"][3] = (
        ui.Figure(153, "/form", mark=_("更正"), corrected=True, chosen=True),
        ui.Figure(441, "/form"),
    )
    rows[4] = _form_row("温岭市", 71, "waiting") | {"done": 4, "words": "待接收", "kind": "now"}
    rows.append(_form_row("仙居县", 0, "missing") | {"done": 1, "words": "未报", "kind": "soon"})
    rows.append(
        _form_row("三门县", 27, "waiting") | {"done": 1, "words": "已退回，请重报", "kind": "soon"}
    )
    return {
        "heads": ["活动次数", "参与人次", "收集意见建议", "解决问题", "上报市级", "典型案例"],
        "rows": rows,
        "sums": [
            (ui.Figure(v, "/form"), ui.Figure(v * 4, "/form")) for v in (272, 2429, 785, 579, 20, 8)
        ],
        "parts": ui.Link("打开这153件", "/form"),
        "sum": [
            ("", ui.Figure(155, "/form"), "系统计数"),
            ("−", ui.Figure(2, "/form"), "更正：评价不满意，重新办理"),
            ("+", ui.Figure(0, "/form"), "手工调整"),
            ("=", ui.Figure(153, "/form"), "表上的数"),
        ],
        "steps": [
            ui.TimelineStep("done", "系统起草", "9月15日"),
            ui.TimelineStep("done", "联络员核对", "9月19日"),
            ui.TimelineStep("done", "工委确认", "9月20日"),
            ui.TimelineStep("done", "报送市级", "9月20日"),
            ui.TimelineStep("now", "市级接收", "等您"),
        ],
        "acts": [
            ui.ActionButton("接收", "/form", {"version": "1"}),
            ui.ActionButton("退回，说明理由", "/fill"),
        ],
    }


def _form_row(name: str, value: int, state: Any = "counted") -> dict[str, Any]:
    figures = [
        (ui.Figure(value * k, "/form", state), ui.Figure(value * k * 3, "/form"))
        for k in (1, 8, 3, 2, 0, 0)
    ]
    return {"name": name, "figures": figures, "done": 5, "words": "已接收", "kind": ""}


def fill(*, wrong: bool, reason: str = "") -> dict[str, Any]:
    """Fill a form, right or wrong."""
    units = [ui.Option("1", "区住建局"), ui.Option("2", "区水利局")]
    ways = [
        ui.Option("a", "列为重点督办", "领导牵头，单位主要负责人办理"),
        ui.Option("b", "不列入", "须写理由"),
    ]
    error = _("写明为什么不属本单位") if wrong else ""
    return {
        "fields": [
            ui.Field("unit", _("建议改交的单位"), options=units, control="select"),
            ui.Field("reason", _("理由"), reason, error=error, control="textarea"),
            ui.Field("phone", _("联系电话"), hint=_("想收到答复才填"), required=False),
            ui.Field("way", _("会议决定"), options=ways, control="choices"),
            ui.Field("hide", _("不让承办单位看到是哪家企业"), required=False, control="check"),
        ],
        "week": ui.Link(n_("本周到期%(num)s件", 14), "/today"),
    }

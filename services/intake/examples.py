"""Examples of the JSON interface for apps, by endpoint: shown in its OpenAPI document."""

from collections.abc import Mapping
from typing import Any

from shared.web.documented import Example

_ITEM_ID = "0192f3c4-5a6b-7abc-8def-00112233aabb"
_BASIS = {"topic": "intake.item.v1", "seq": 1}
_DEPUTY = {"person_id": "0192f3c4-5a6b-7d00-8000-000000000001"}
_NEW = {
    "id": "0192f3c4-5a6b-7c8d-9e0f-112233445566",
    "title": "园区用电增容排队，新设备无法投产",
    "body": "园区变压器容量不足，增容申请排到三个月以后，新到的两台注塑机没有电用。",
    "division_code": "331004106",
    "occurred_at": "2022-09-05T09:12:00+08:00",
    "item_type": "problem",
    "source_kind": "enterprise",
    "enterprise_code": "91331004MA2AK0001R",
    "policy_codes": ["GJ-21"],
    "contact": {"name": "王建国", "phone": "13800000001"},
    "entered_by_proxy": True,
}
_TAKEN = {"id": _NEW["id"], "item_id": _ITEM_ID, "state": "SUBMITTED", "number": None}
_ITEM = {
    **_TAKEN,
    "basis": {"topic": "intake.item.v1", "seq": 2},
    "state": "ACCEPTED",
    "number": "331004106-2022-0418",
    "reason": None,
    "division_code": "331004106",
    "item_type": "problem",
    "policy_codes": ["GJ-21"],
    "occurred_at": "2022-09-05T01:12:00Z",
    "clock_ahead": False,
    "entered_by_proxy": True,
    "solved_by": None,
    "received_at": "2022-09-05T01:12:30Z",
    "accepted_at": "2022-09-05T07:40:00Z",
    "merged_into": None,
    "members": [],
    "dispatch_no": 1,
    "owner_level": "county",
    "lead_unit": "0192f3c4-5a6b-7a00-8000-000000000001",
    "reply_no": 1,
    "outcome": "planned",
    "promised_on": "2022-11-30",
    "rating": None,
    "rating_until": "2022-10-14T16:00:00Z",
    "rating_refused": None,
    "is_closed": False,
    "reply_plain": "增容列入十一月计划。",
    "reply_text": "已安排增容，十一月底前完成。",
    "erased": False,
}
_VISIT = {
    "id": "0192f3c4-5a6b-7c8d-9e0f-112233445588",
    "kind": "research",
    "place_division": "331004106",
    "first_day": "2022-09-07",
    "last_day": "2022-09-07",
    "enterprises": ["91331004MA2AK0001R"],
    "attendance": [_DEPUTY],
    "theme_codes": ["LFLC"],
    "function_codes": ["F1"],
}
_ACTIVITY = {
    "activity_id": "0192f3c4-5a6b-7def-8abc-00112233ccdd",
    "basis": {"topic": "intake.activity.v1", "seq": 2},
    "id": _VISIT["id"],
    "state": "HELD",
    "kind": "research",
    "station_id": "0192f3c4-5a6b-7b00-8000-000000000001",
    "organ_id": None,
    "organiser_division": "331004106",
    "place_division": "331004106",
    "partners": [],
    "first_day": "2022-09-07",
    "last_day": "2022-09-07",
    "enterprises": ["91331004MA2AK0001R"],
    "traders": [],
    "theme_codes": ["LFLC"],
    "function_codes": ["F1"],
    "group_codes": [],
    "expected": [_DEPUTY["person_id"]],
    "attendance": [{**_DEPUTY, "is_deputy": True, "is_street_rep": False}],
    "notes": "企业希望九月底前通电。",
    "visit_reason": "",
    "cancel_reason": "",
}


def _act(state: str, number: str | None = None) -> Mapping[str, Any]:
    """The answer to an act on an item."""
    basis = {"topic": "intake.item.v1", "seq": 2}
    seen = f"intake.item.v1:{_ITEM_ID}:2"
    return {"item_id": _ITEM_ID, "state": state, "number": number, "basis": basis, "seen": seen}


def _acted(state: str) -> Mapping[str, Any]:
    """The answer to an act on an activity."""
    key, topic = _ACTIVITY["activity_id"], "intake.activity.v1"
    basis = {"topic": topic, "seq": 2}
    return {"activity_id": key, "state": state, "basis": basis, "seen": f"{topic}:{key}:2"}


_OPEN = _act("ACCEPTED", "331004106-2022-0418")

_PHOTO = {
    "attachment_id": "0192f3c4-5a6b-7f00-8000-000000000001",
    "name": "变压器.jpg",
    "kind": "jpg",
    "size": 834112,
}
EXAMPLES: Mapping[str, Example] = {
    "POST /v1/items": Example(body=_NEW, answer={**_TAKEN, "basis": _BASIS}),
    "POST /v1/items/batch": Example(
        body={
            "items": [_NEW, {"id": "0192f3c4-5a6b-7c8d-9e0f-112233445577", "title": "没有写内容"}]
        },
        answer={
            "results": [
                {"status": 201, **_TAKEN, "basis": _BASIS},
                {
                    "id": "0192f3c4-5a6b-7c8d-9e0f-112233445577",
                    "type": "about:blank",
                    "title": "有内容不符合要求，没有保存。",
                    "status": 422,
                    "code": "invalid",
                },
            ]
        },
    ),
    "GET /v1/items": Example(answer={"items": [_ITEM]}),
    "GET /v1/items/changes": Example(
        answer={
            "items": [_ITEM],
            "next": "7421.0192f3c45a6b7abc8def00112233aabb.2f7a19c03e5b",
            "more": False,
        }
    ),
    "GET /v1/items/{item_id}": Example(answer=_ITEM),
    "POST /v1/items/{item_id}/attachments": Example(answer=_PHOTO),
    "POST /v1/items/{item_id}/attachments/{attachment_id}/remove": Example(
        body={"reason": "照片里有别人的身份证"}, answer={"attachments": []}
    ),
    "GET /v1/items/{item_id}/attachments": Example(answer={"attachments": [_PHOTO]}),
    "POST /v1/items/{item_id}/accept": Example(
        body={
            "profile": "station_item",
            "complexity": "normal",
            "basis": _BASIS,
        },
        answer=_OPEN,
    ),
    "POST /v1/items/{item_id}/return": Example(
        body={"reason": "missing_place", "note": "请写明是哪个园区。"}, answer=_act("SUPPLEMENT")
    ),
    "POST /v1/items/{item_id}/resubmit": Example(
        body={"supplement": "在金清镇工业园区三期。"}, answer=_act("SUBMITTED")
    ),
    "POST /v1/items/{item_id}/cosign": Example(body=_DEPUTY, answer=_act("SUBMITTED")),
    "POST /v1/items/{item_id}/supplement": Example(
        body={"supplement": "供电所昨天来看过现场。"}, answer=_OPEN
    ),
    "POST /v1/items/{item_id}/protect": Example(body={"confirmed": True}, answer=_OPEN),
    "POST /v1/items/{item_id}/withdraw": Example(
        body={"note": "已经通电。"}, answer=_act("WITHDRAWN")
    ),
    "POST /v1/items/{item_id}/reject": Example(
        body={"reason": "R4", "note": "没有具体内容。"}, answer=_act("REJECTED")
    ),
    "POST /v1/items/{item_id}/transfer": Example(
        body={
            "channel": "hotline_12345",
            "other_channel_ref": "TZ20220905001",
            "note": "热线已受理。",
        },
        answer=_act("TRANSFERRED"),
    ),
    "POST /v1/items/{item_id}/merge": Example(
        body={"into": "0192f3c4-5a6b-7abc-8def-00112233aacc", "note": "同一园区同一件事。"},
        answer=_act("MERGED"),
    ),
    "POST /v1/items/{item_id}/tell": Example(
        body={"reply_no": 1, "channel": "phone", "day": "2022-09-20"}, answer=_OPEN
    ),
    "POST /v1/items/{item_id}/call-back": Example(
        body={
            "reply_no": 1,
            "result": "satisfied",
            "attitude": "satisfied",
            "reason": "电已经通了。",
            "channel": "phone",
            "number": "13800001234",
            "called_on": "2022-09-21",
        },
        answer=_OPEN,
    ),
    "POST /v1/items/{item_id}/check-call-back": Example(body={"n": 1}, answer=_OPEN),
    "POST /v1/items/{item_id}/discard-call-back": Example(
        body={"n": 1, "reason": "接电话的不是提出人。"}, answer=_OPEN
    ),
    "POST /v1/items/{item_id}/rating": Example(
        body={
            "reply_no": 1,
            "result": "dissatisfied",
            "attitude": "satisfied",
            "reason": "仍然没有增容。",
        },
        answer=_OPEN,
    ),
    "POST /v1/items/{item_id}/preview": Example(
        body={"mask": ["金清注塑"]},
        answer={
            "name_unknown": False,
            "title": "园区用电增容排队，新设备无法投产",
            "body": "****的变压器容量不足。",
            "supplements": [],
            "decision_note": "",
            "members": [],
        },
    ),
    "POST /v1/items/{item_id}/link": Example(
        body={"reason": "链接丢失，提出人来电要新的。"},
        answer={"path": "/intake/p/q1w2e3r4t5y6u7i8o9p0a1s2d3f4"},
    ),
    "POST /v1/items/{item_id}/source-access": Example(
        body={"reason": "contact", "words": "约企业看现场"},
        answer={
            "proposers": [
                {
                    "proposer_id": "0192f3c4-5a6b-7e00-8000-000000000001",
                    "kind": "enterprise",
                    "firm": "台州金清注塑有限公司",
                    "firm_code": "91331004MA2AK0001R",
                    "person": "",
                    "name": "王建国",
                    "phone": "13800000001",
                    "is_lost": False,
                },
            ],
        },
    ),
    "GET /v1/items/{item_id}/source-access": Example(
        answer={
            "accesses": [
                {
                    "accessed_at": "2022-09-08T01:30:00Z",
                    "person_id": "0192f3c4-5a6b-7d00-8000-000000000002",
                    "fields": ["firm", "name", "phone"],
                    "reason": "contact",
                    "words": "约企业看现场",
                },
            ],
        }
    ),
    "GET /v1/lookups/deputies": Example(
        answer={
            "deputies": [
                {
                    "person_id": _DEPUTY["person_id"],
                    "name": "陈国华",
                    "station": "331004106-01",
                    "levels": ["county"],
                },
            ],
        }
    ),
    "GET /v1/lookups/staff": Example(
        answer={
            "staff": [
                {
                    "person_id": "0192f3c4-5a6b-7d00-8000-000000000003",
                    "name": "林敏",
                    "station": "331004106-01",
                    "roles": ["station_staff"],
                },
            ],
        }
    ),
    "GET /v1/lookups/sub-points": Example(
        answer={
            "sub_points": [
                {
                    "station": "331004106-02",
                    "name": "金清镇工业园区联络点",
                    "main_station": "331004106-01",
                },
            ],
        }
    ),
    "GET /v1/lookups/policies": Example(
        answer={
            "policies": [
                {
                    "code": "GJ-21",
                    "name": "抓紧推动实施一批能源项目",
                    "level": "national",
                    "category": "保粮食能源安全政策",
                    "source": "国发〔2022〕12号 第21条",
                },
            ],
        }
    ),
    "GET /v1/lookups/themes": Example(
        answer={
            "themes": [
                {
                    "code": "LFLC",
                    "name": "六访六促",
                    "category": "代表主题活动",
                    "source": "台人大常办通〔2022〕25号",
                },
            ],
        }
    ),
    "GET /v1/lookups/functions": Example(
        answer={
            "functions": [{"code": "F1", "name": "联", "category": "", "source": ""}],
        }
    ),
    "GET /v1/lookups/groups": Example(
        answer={
            "groups": [
                {
                    "code": "331004-1",
                    "name": "路桥区制造业代表小组",
                    "category": "制造业",
                    "source": "",
                },
            ],
        }
    ),
    "GET /v1/lookups/matters": Example(
        answer={
            "matters": [{"code": "power_supply", "name_zh": "供电", "name_en": "Power supply"}],
        }
    ),
    "GET /v1/lookups/firms": Example(
        answer={"firms": [{"code": "91331004MA2AK0001R", "name": "台州金清注塑有限公司"}]}
    ),
    "POST /v1/activities": Example(body=_VISIT, answer=_acted("HELD")),
    "POST /v1/activities/plan": Example(body=_VISIT, answer=_acted("PLANNED")),
    "GET /v1/activities": Example(answer={"activities": [_ACTIVITY]}),
    "GET /v1/activities/{activity_id}": Example(answer=_ACTIVITY),
    "GET /v1/activities/visits": Example(
        answer={
            "recent_days": 30,
            "visits": [
                {
                    "state": "HELD",
                    "organiser": "金清镇代表联络站",
                    "first_day": "2022-08-29",
                    "last_day": "2022-08-29",
                    "enterprise_ids": ["0192f3c4-5a6b-7f00-8000-000000000001"],
                    "activity_id": None,
                    "notes": "",
                },
            ],
            "week_start": "2022-09-05",
            "week_end": "2022-09-11",
            "in_week": 2,
        }
    ),
    "POST /v1/activities/{activity_id}/answer": Example(
        body={"coming": False, "reason": "那天在省里开会"}, answer=_acted("PLANNED")
    ),
    "POST /v1/activities/{activity_id}/change": Example(
        body={name: one for name, one in _VISIT.items() if name not in ("id", "notes")}
        | {"first_day": "2022-09-14", "last_day": "2022-09-14"},
        answer=_acted("PLANNED"),
    ),
    "POST /v1/activities/{activity_id}/hold": Example(
        body={
            "first_day": "2022-09-07",
            "last_day": "2022-09-07",
            "attendance": [_DEPUTY],
        },
        answer=_acted("HELD"),
    ),
    "POST /v1/activities/{activity_id}/confirm": Example(
        body={"attendance": [_DEPUTY]}, answer=_acted("HELD")
    ),
    "POST /v1/activities/{activity_id}/notes": Example(
        body={"notes": "企业希望九月底前通电。"}, answer=_acted("HELD")
    ),
    "POST /v1/activities/{activity_id}/revoke": Example(
        body={"people": [_DEPUTY["person_id"]], "reason": "临时有事没有来"}, answer=_acted("HELD")
    ),
    "POST /v1/activities/{activity_id}/cancel": Example(
        body={"reason": "台风"}, answer=_acted("CANCELLED")
    ),
}

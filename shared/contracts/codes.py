"""The codes that events, rows and pages share."""

from typing import Literal

Level = Literal["township", "county", "city", "province"]
LEVELS: tuple[Level, ...] = ("township", "county", "city", "province")

HandlingProfile = Literal["station_item", "legal_suggestion"]
ItemType = Literal["problem", "suggestion", "opinion"]
SourceKind = Literal["enterprise", "deputy", "station", "scan"]
"""How an item came: an enterprise or a deputy raised it, the station itself, or a scanned code."""
ProposerKind = Literal["enterprise", "deputy", "street_rep", "station", "scan"]
Complexity = Literal["policy_question", "normal", "complex"]

RejectReason = Literal["R1", "R2", "R3", "R4", "R5", "R6", "R7"]
"""Not admissible, 浙江省代表建议办理规定 (2016) §6: R1 own matter, R2 forwarded letter or appeal,
R3 academic or promotion, R4 no concrete content, R5 pending case, R6 running tender, R7 other."""

TransferChannel = Literal["petition", "court", "arbitration", "hotline_12345", "emergency"]
EraseReason = Literal["asked", "purpose_ended", "retention_ended", "unlawful"]
"""Why what is known of a person is deleted, 个人信息保护法 §47: consent was withdrawn or deletion
asked for; the purpose is reached or void; the time to keep it is over; it was taken unlawfully."""

ReturnReason = Literal["unclear", "several_matters", "missing_place", "missing_contact", "other"]

ActivityKind = Literal["inspection", "research", "meeting", "contact"]
"""视察 inspection, 调研 research, 座谈 meeting, 联系群众 contact."""

TaskRole = Literal["lead", "co", "separate"]
Outcome = Literal["solved", "in_progress", "planned", "deferred", "reference"]
ReopenReason = Literal["untrue", "new_facts"]
RatingResult = Literal["satisfied", "basically_satisfied", "dissatisfied"]
RatingChannel = Literal["phone", "visit", "web"]
"""How a rating came: said on the phone and checked by a second person, or given on a page."""
ContactChannel = Literal["visit", "phone", "meeting", "survey", "online"]

ClockKind = Literal[
    "accept",
    "resubmit",
    "dispatch",
    "sign",
    "object",
    "decide_objection",
    "decide_supervision",
    "reply",
    "rating",
    "promise",
    "report",
]
SupervisionLevel = Literal["urged", "supervised", "key", "agenda"]
OrganKind = Literal[
    "committee_office", "general_office", "research_office", "leading_group", "work_group"
]
"""An organ of a congress; the committee office (代表工委) is the one that dispatches."""
Role = Literal[
    "deputy",
    "station_staff",
    "station_head",
    "dispatcher",
    "liaison",
    "committee_head",
    "city_office",
    "research_office",
    "clerk",
    "unit_head",
    "leader",
    "admin",
    "ops",
]
FigureColumn = Literal["C1", "C2", "C3", "C4", "C5", "C6"]
ReportStage = Literal[
    "",
    "drafted",
    "checked",
    "confirmed",
    "outdated",
    "submitted",
    "received",
    "returned",
    "lapsed",
]
"""How far a report is; empty before its draft."""

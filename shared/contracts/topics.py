"""Every topic: its owner, its events, its retention; deploy and consumers read it here."""

from dataclasses import dataclass, field
from typing import get_args

from shared.contracts import intake, reporting, router, tracker
from shared.contracts.envelope import Event

PARTITIONS = 12
_PERMANENT = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}
_COMPACTED = {
    "cleanup.policy": "compact",
    "max.compaction.lag.ms": str(24 * 3600 * 1000),
    "delete.retention.ms": str(30 * 24 * 3600 * 1000),
}


@dataclass(frozen=True)
class Topic:
    """A topic of ours: 12 partitions, key = the subject's id, one producing service.

    `readers` are the services that consume it; no other may read it (deploy/kafka/acls.py).
    """

    name: str
    owner: str
    events: tuple[type[Event], ...]
    readers: tuple[str, ...]
    compacted: bool = False
    partitions: int = PARTITIONS
    types: dict[str, type[Event]] = field(init=False, repr=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "types", {event.type: event for event in self.events})

    @property
    def config(self) -> dict[str, str]:
        """Kafka's settings of this topic: events for ever, compacted ones whole state per key."""
        return dict(_COMPACTED if self.compacted else _PERMANENT)


INTAKE_ITEM = Topic(
    "intake.item.v1", "intake", get_args(intake.IntakeItem), ("router", "tracker", "reporting")
)
INTAKE_ACTIVITY = Topic(
    "intake.activity.v1", "intake", get_args(intake.IntakeActivity), ("reporting",)
)
INTAKE_TEXT = Topic(
    "intake.text.v1", "intake", (intake.ItemText,), ("router", "tracker"), compacted=True
)
ROUTER_ASSIGNMENT = Topic(
    "router.assignment.v1",
    "router",
    get_args(router.RouterAssignment),
    ("intake", "tracker", "reporting"),
)
ROUTER_DIRECTORY = Topic(
    "router.directory.v1",
    "router",
    get_args(router.RouterDirectory),
    ("intake", "router", "tracker", "reporting"),
    compacted=True,
)
ROUTER_TEXT = Topic(
    "router.text.v1", "router", (router.AssignmentText,), ("tracker",), compacted=True
)
TRACKER_CASE = Topic(
    "tracker.case.v1", "tracker", get_args(tracker.TrackerCase), ("intake", "router", "reporting")
)
TRACKER_TEXT = Topic("tracker.text.v1", "tracker", (tracker.CaseText,), ("intake",), compacted=True)
REPORTING_REPORT = Topic(
    "reporting.report.v1", "reporting", get_args(reporting.ReportingReport), ("tracker",)
)

TOPICS: tuple[Topic, ...] = (
    INTAKE_ITEM, INTAKE_ACTIVITY, INTAKE_TEXT, ROUTER_ASSIGNMENT, ROUTER_DIRECTORY, ROUTER_TEXT,
    TRACKER_CASE, TRACKER_TEXT, REPORTING_REPORT,
)  # fmt: skip
OWNERS = tuple(dict.fromkeys(topic.owner for topic in TOPICS))
"""The services, in the order in which an item meets them."""

BY_NAME: dict[str, Topic] = {topic.name: topic for topic in TOPICS}
TOPIC_OF: dict[type[Event], Topic] = {event: topic for topic in TOPICS for event in topic.events}

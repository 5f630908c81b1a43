"""Which labels figures may bear, and which values: never an id, a name or a text."""

import re
from collections.abc import Mapping
from typing import get_args

from prometheus_client import CollectorRegistry

from shared.contracts.codes import LEVELS
from shared.contracts.topics import BY_NAME
from shared.messaging import subject
from shared.notices.channel import ChannelName

VALUES: Mapping[str, frozenset[str]] = {
    "outcome": frozenset({"fresh", "duplicate"}),
    "topic": frozenset(BY_NAME),
    "reason": frozenset(
        word for some in get_args(subject.DeadLetterReason) for word in get_args(some)
    ),
    "level": frozenset({*LEVELS, "none"}),
    "channel": frozenset(get_args(ChannelName)),
}
CODE = re.compile(r"[a-z]+(_[a-z0-9]+)*")
"""The codes of refusals are words of the source; `test_refusals` sees that each is."""


def label_names(registry: CollectorRegistry) -> set[str]:
    """Name every label that figures of a registry may bear, counted already or not."""
    return {name for it in registry._collector_to_names for name in getattr(it, "_labelnames", ())}


def strays(registry: CollectorRegistry) -> list[tuple[str, str, str]]:
    """List what stands in a label though it may not: figure, label, value."""
    return [
        (sample.name, label, value)
        for family in registry.collect()
        for sample in family.samples
        for label, value in sample.labels.items()
        if not _may(label, value)
    ]


def _may(label: str, value: str) -> bool:
    if label == "code":
        return CODE.fullmatch(value) is not None
    return value in VALUES.get(label, ())

"""Prometheus metrics of one service; labels are never ids."""

import time
from collections import Counter as Tally
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from prometheus_client import CollectorRegistry, Counter, Gauge

from shared.contracts.envelope import Envelope
from shared.db.pool import Tx
from shared.messaging.dead_letters import DeadLetter
from shared.messaging.fence import Verdict
from shared.messaging.subject import DatabaseMetric

FIGURES_SECONDS = 60.0
"""Interval between reads of the figures of a service's tables, which count many rows."""


@dataclass(frozen=True, slots=True)
class Measured:
    """State of one service at an instant; ages in seconds, `lag_events` -1 without Kafka."""

    at: datetime
    blocked_keys: int
    unreadable: int
    forks: int
    pending: int
    pending_seconds: Decimal
    relay_seconds: Decimal
    lag_events: int
    lag_seconds: float


@dataclass(frozen=True, slots=True)
class Reading:
    """Last value of one figure read from a service's tables."""

    figure: DatabaseMetric
    label: str
    value: float


class Metrics:
    """One service's own registry, the figures of its messaging and those of its tables."""

    def __init__(self, service: str, figures: Iterable[DatabaseMetric] = ()) -> None:
        self.service = service
        self.registry = CollectorRegistry()
        self.events = self._counter("events", "Events, by outcome.", ["outcome"])
        self.emitted = self._counter("emitted", "Events written to the outbox.", ["topic"])
        self.blocked = self._counter("dead_letters", "Dead letters, by reason.", ["reason"])
        self.refused = self._counter("requests_refused", "Requests refused, by code.", ["code"])
        self.waiting = self.gauge("waiting", "1 while the database is unavailable.")
        self.lag_seconds = self.gauge("lag_seconds", "Age of the oldest event not yet applied.")
        self.lag_events = self.gauge("lag_events", "Events in Kafka not yet applied.")
        self.blocked_keys = self.gauge("blocked_keys", "Keys blocked until an operator acts.")
        self.unreadable = self.gauge("unreadable_messages", "Messages without a readable key.")
        self.forks = self.gauge("forks", "Events that conflict with earlier ones.")
        self.pending = self.gauge("outbox_pending_events", "Events written and not yet sent.")
        self.pending_age = self.gauge(
            "outbox_oldest_pending_seconds", "Age of the oldest event not yet sent."
        )
        self.relay_age = self.gauge(
            "relay_owner_age_seconds", "Seconds since the present relay took over."
        )
        self._figures = {
            figure: self.gauge(figure.name, figure.text, [figure.label] if figure.label else [])
            for figure in figures
        }
        self.readings: tuple[Reading, ...] = ()
        self._read_at = -FIGURES_SECONDS

    def _counter(self, name: str, text: str, labels: Sequence[str]) -> Counter:
        return Counter(f"{self.service}_{name}", text, labels, registry=self.registry)

    def gauge(self, name: str, text: str, labels: Sequence[str] = ()) -> Gauge:
        return Gauge(f"{self.service}_{name}", text, labels, registry=self.registry)

    def show(self, measured: Measured) -> None:
        self.blocked_keys.set(measured.blocked_keys)
        self.unreadable.set(measured.unreadable)
        self.forks.set(measured.forks)
        self.pending.set(measured.pending)
        self.pending_age.set(float(measured.pending_seconds))
        self.relay_age.set(float(measured.relay_seconds))

    async def read_figures(self, tx: Tx) -> None:
        """Refresh the figures of the service's own tables, unless they are recent."""
        if time.monotonic() - self._read_at < FIGURES_SECONDS:
            return
        read: list[Reading] = []
        for figure, gauge in self._figures.items():
            rows = await tx.fetch(figure.sql, tx.now)
            gauge.clear()
            for row in rows:
                label = row["label"] if figure.label else ""
                one = gauge.labels(label) if label else gauge
                value = max(0.0, float(row["value"]))  # an age, after the clock was moved back
                one.set(value)
                read.append(Reading(figure, label, value))
        self.readings = tuple(read)
        self._read_at = time.monotonic()

    def applied(
        self, verdicts: Iterable[Verdict], dead: Sequence[DeadLetter], emitted: Sequence[Envelope]
    ) -> None:
        """Count one committed batch."""
        counted = [(len(one.fresh), one.duplicates) for one in verdicts]
        self.events.labels("fresh").inc(sum(fresh for fresh, _ in counted))
        self.events.labels("duplicate").inc(sum(duplicates for _, duplicates in counted))
        for letter in dead:
            self.blocked.labels(letter.reason).inc()
        for topic, n in Tally(envelope.topic for envelope in emitted).items():
            self.emitted.labels(topic).inc(n)

"""What every course plays in: the stage, the city, its people and the count of what happened."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from deploy.simulator.cast import Cast
from deploy.simulator.city import City
from deploy.simulator.stage import Stage
from deploy.simulator.station import StationClient
from deploy.simulator.tally import Tally


@dataclass(frozen=True, slots=True)
class World:
    """Shared by all courses; `items` are ids by plan number, `due` the answers still owed."""

    stage: Stage
    city: City
    cast: Cast
    stations: Mapping[str, StationClient]
    tally: Tally = field(default_factory=Tally)
    items: dict[int, str] = field(default_factory=dict)
    due: dict[str, datetime] = field(default_factory=dict)
    windows: dict[str, tuple[datetime, str]] = field(default_factory=dict)

    def close(self, now: datetime) -> None:
        """Count what came about by time alone: answers overdue, windows closed in silence."""
        for item, (until, filer) in self.windows.items():
            if until <= now:
                self.tally.count("C4", filer, item)
        self.tally.late |= {item for item, due in self.due.items() if due <= now}

"""The input of a decision on an item, besides the item."""

from dataclasses import dataclass
from datetime import datetime

from services.router.routing.domain.routing_table import RoutingTable
from services.router.settings import RouterSettings


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """The instant, the prepared directory, and the settings."""

    now: datetime
    table: RoutingTable
    settings: RouterSettings

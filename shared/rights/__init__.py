"""Who may do what: one table, one pure decision, deny by default."""

from shared.rights.actions import Action
from shared.rights.authorizing import (
    Allowed,
    Denied,
    Holder,
    Resource,
    authorize,
    held,
    may,
    may_ever,
    require,
    require_door,
)
from shared.rights.row_scope import RowScope
from shared.rights.table import Relation

__all__ = [
    "Action",
    "Allowed",
    "Denied",
    "Holder",
    "Relation",
    "Resource",
    "RowScope",
    "authorize",
    "held",
    "may",
    "may_ever",
    "require",
    "require_door",
]

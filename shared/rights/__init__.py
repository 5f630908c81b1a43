"""Authorisation: one table, one pure decision, deny by default."""

from shared.rights.authorizing import (
    Allowed,
    Denied,
    Holder,
    Resource,
    RowScope,
    authorize,
    held,
    may,
    may_ever,
    not_yours,
    require,
    require_door,
)
from shared.rights.table import Action, Relation

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
    "not_yours",
    "require",
    "require_door",
]

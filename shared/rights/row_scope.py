"""Which rows of a service the database lets somebody read, should a question forget to ask."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from shared.ids import Id, to_text


@dataclass(frozen=True, slots=True)
class RowScope:
    """Codes and keys by kind; which kind opens which table, the service's migrations say."""

    codes: Mapping[str, Collection[str]]
    keys: Mapping[str, Collection[Id]]

    def as_json(self) -> str:
        """Write it as the policies read it (shared/rights/migrations)."""
        keys = {kind: [to_text(one) for one in of_kind] for kind, of_kind in self.keys.items()}
        codes = {kind: list(of_kind) for kind, of_kind in self.codes.items()}
        return json.dumps(codes | keys)

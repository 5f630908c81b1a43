"""Who keeps which part of the directory, and who may read it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shared.contracts.router import Grant
from shared.directory.snapshot import Directory


@dataclass(frozen=True, slots=True)
class Keeper:
    """Somebody and the divisions in or below which they may; None is everywhere."""

    actor: str = "import"
    places: Sequence[str] | None = None

    def may(self, directory: Directory, code: str) -> bool:
        """Tell whether what lies in a division is theirs."""
        return self.places is None or any(directory.covers(one, code) for one in self.places)


COMMAND_LINE = Keeper()


def keeper(actor: str, grants: Iterable[Grant]) -> Keeper:
    """Give who edits: an administrator, in their division and below."""
    return Keeper(actor, [grant.division_code for grant in grants if grant.role == "admin"])


def reader(actor: str, grants: Iterable[Grant]) -> Keeper:
    """Give who reads the people of a division and below: every officer but the operators."""
    return Keeper(actor, [grant.division_code for grant in grants if grant.role != "ops"])

"""Which facts make one report: its divisions, its periods, and the cuts between which they came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from services.reporting.domain.facts import COUNTED_TOPICS, Column
from services.reporting.domain.freezing import Frozen
from shared.contracts.reporting import CutOffset

LONG_AGO = date(1, 1, 1)
EVERYTHING: tuple[CutOffset, ...] = tuple(
    CutOffset(topic=topic.name, partition=partition, offset=2**63 - 1)
    for topic in COUNTED_TOPICS
    for partition in range(topic.partitions)
)
"""The cut before which all that was ever read lies."""

_CUT = TypeAdapter(Sequence[CutOffset])


@dataclass(frozen=True, slots=True)
class Window:
    """Which facts make one report.

    `through` is its period's first day, `after` that of the report before; `since` and `upto`
    are the cuts of both.
    """

    divisions: Sequence[str]
    through: date
    after: date = LONG_AGO
    since: Sequence[CutOffset] = ()
    upto: Sequence[CutOffset] = EVERYTHING

    def arguments(self) -> tuple[object, ...]:
        """Lay the window out as the arguments of `member`."""
        cuts = (_CUT.dump_json(self.since), _CUT.dump_json(self.upto))
        return (self.divisions, self.after, self.through, *cuts)


def window_of(
    divisions: Sequence[str],
    through: date,
    before: Frozen | None,
    upto: Sequence[CutOffset] | None = None,
) -> Window:
    """Make the window of a report after the version received before it.

    `through` is the first day of its period. Without a cut everything read so far counts.
    """
    cut = EVERYTHING if upto is None else upto
    if before is None:
        return Window(divisions, through, upto=cut)
    last = before.version
    return Window(divisions, through, last.period_start, last.cut, cut)


def whole(divisions: Sequence[str], last: Frozen) -> Window:
    """Make the window of all that was ever counted in these divisions up to a version."""
    return window_of(divisions, last.version.period_start, None, last.version.cut)


class Asked(BaseModel):
    """Which number: a filer's, one division's line in it, or the city's total.

    `version` names a frozen one and 0 what was read so far; without it, what the form shows.
    `since_first` asks for the sum since the first period; with the scope `received` it ends at
    the last versions the city has received, as the sums of its sheet do.
    """

    model_config = ConfigDict(frozen=True)

    division: str = Field(max_length=12)
    column: Column
    period_end: date | None = None
    since_first: bool = False
    scope: Literal["filer", "line", "received", "total"] = "filer"
    version: int | None = Field(None, ge=0)
    page: int = Field(1, ge=1, le=10_000)

    def picked(self, counted: Sequence[str], filer: str) -> Sequence[str]:
        """Pick of the divisions counted those whose facts make the number.

        C5 is all in the filer's own line.
        """
        if self.scope != "line" or (self.column == "C5" and self.division == filer):
            return counted
        return [one for one in counted if one == self.division and self.column != "C5"]

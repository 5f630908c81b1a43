"""Entries of the lists that offices keep, on the directory's topic."""

from typing import ClassVar, Literal

from shared.contracts.dates import Day
from shared.contracts.envelope import Code, Event


class DirectoryListed(Event):
    """An entry of a list that an office keeps, for its division and those below.

    After its last day nobody can choose it any more; what it was chosen for keeps it.
    """

    type: ClassVar[str] = "directory.listed"
    code: Code
    name: str
    category: str = ""
    source: str = ""
    valid_to: Day | None = None
    end_reason: str = ""


PolicyLevel = Literal["national", "province", "city", "county"]


class DirectoryPolicy(DirectoryListed):
    """A policy measure that items may concern; `level` is that of the authority that issued it."""

    type: ClassVar[str] = "directory.policy"
    level: PolicyLevel


class DirectoryTheme(DirectoryListed):
    """A theme of deputies' activities, such as 六访六促."""

    type: ClassVar[str] = "directory.theme"


class DirectoryFunction(DirectoryListed):
    """A function of the stations that activities serve, such as 联, contact with the voters."""

    type: ClassVar[str] = "directory.function"


class DirectoryGroup(DirectoryListed):
    """A group of deputies of one trade or field, which `category` names."""

    type: ClassVar[str] = "directory.group"

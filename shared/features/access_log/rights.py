"""Whose looks somebody may see."""

from shared.directory.snapshot import Directory
from shared.rights import Action, Holder, Relation, RowScope, held


def overseen(by: Holder, directory: Directory) -> list[str]:
    """List the divisions the asker supervises: their own and all below."""
    above = {grant.division_code for grant in held(by, Action.LOOK_READ, Relation.SUBTREE)}
    return list({code for one in above for code in (one, *directory.below(one))})


def row_scope_of(by: Holder, directory: Directory) -> RowScope:
    """Say which rows of a log somebody may read as its supervisor."""
    return RowScope(codes={"overseen": overseen(by, directory)}, keys={})

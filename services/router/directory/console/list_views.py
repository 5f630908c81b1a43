"""View models of the lists that an office keeps."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.router.directory.console import labels
from services.router.directory.console.view_models import ViewContext
from shared.contracts.lists import DirectoryListed, DirectoryPolicy
from shared.directory.snapshot import listed_key
from shared.directory.succession import has_ended
from shared.ids import to_text
from shared.text import Text, _
from shared.web import components as ui


@dataclass(frozen=True, slots=True)
class ListedLine:
    code: str
    name: str
    href: str
    category: str
    place: Text
    marks: Sequence[ui.Mark]


def listed_lines(view: ViewContext, found: Sequence[DirectoryListed]) -> list[ListedLine]:
    """Show the entries of a list, those ended or ending last."""
    lines = [
        ListedLine(
            one.code,
            one.name,
            f"{labels.HERE}/listed/{to_text(listed_key(type(one), one.code))}",
            one.category,
            labels.place_name(view.directory, one.division_code),
            _marks(view, one),
        )
        for one in found
    ]
    return sorted(lines, key=lambda line: bool(line.marks))


def _marks(view: ViewContext, entry: DirectoryListed) -> list[ui.Mark]:
    if entry.valid_to is None:
        return []
    return [ui.Mark(_("已停用") if has_ended(entry, view.today) else _("将停用"))]


def listed_facts(view: ViewContext, entry: DirectoryListed) -> list[ui.Fact]:
    place = labels.place_name(view.directory, entry.division_code)
    level = (
        [ui.Fact(_("级别"), labels.level_words(view.directory, entry.level))]
        if isinstance(entry, DirectoryPolicy)
        else []
    )
    return [
        ui.Fact(_("地方"), place, note=_("这里和下级都可以用")),
        ui.Fact(_("代码"), entry.code),
        *level,
        ui.Fact(_("分类"), entry.category or _("没有"), quiet=not entry.category),
        labels.end_fact(entry, "", ended=has_ended(entry, view.today)),
        *([ui.Fact(_("原因"), entry.end_reason)] if entry.end_reason else []),
    ]

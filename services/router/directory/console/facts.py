"""The facts at the head of the directory's pages."""

from services.router.directory.console.labels import level_words, name_of, place_name
from services.router.directory.console.view_models import ViewContext
from services.router.directory.domain import role_holders
from shared.contracts.router import (
    DirectoryDivision,
    DirectoryPerson,
    DirectoryStation,
    DirectoryUnit,
)
from shared.directory.succession import has_ended
from shared.ids import Id
from shared.text import Text, _
from shared.web import components as ui


def division_facts(
    sight: ViewContext, division: DirectoryDivision, organ: Id | None
) -> list[ui.Fact]:
    """Say what a division is, and how much waits for its organ."""
    into = division.successor_code
    return [
        ui.Fact(
            _("级别"), level_words(sight.directory, division.level), note=division.division_code
        ),
        ui.Fact(
            _("交办机构"),
            name_of(sight.directory, organ) if organ else _("没有"),
            quiet=organ is None,
        ),
        ui.Fact(_("等交办机构决定"), f"{sight.duties.get(organ, 0):,}" if organ else "–"),
        end_fact(
            division,
            place_name(sight.directory, into) if into else "",
            ended=has_ended(division, sight.today),
        ),
    ]


def end_fact(
    entry: DirectoryDivision | DirectoryUnit | DirectoryStation, heir: Text, *, ended: bool
) -> ui.Fact:
    """Say whether a division, unit or station is there, and who goes on for it."""
    if entry.valid_to is None:
        return ui.Fact(_("状态"), _("存续"))
    words: Text = _("已撤并") if ended else _("将撤并")
    if isinstance(entry, DirectoryStation):
        words = _("已撤销") if ended else _("将撤销")
    last = entry.valid_to.isoformat()
    note = _("最后一天%(day)s", day=last)
    if heir:
        note = _("最后一天%(day)s，由%(heir)s接续", day=last, heir=heir)
    return ui.Fact(_("状态"), words, note=note)


def person_facts(sight: ViewContext, person: DirectoryPerson) -> list[ui.Fact]:
    """Say where a person belongs and how much is open where they act."""
    directory = sight.directory
    running = [one for one in person.grants if role_holders.state_of(one, sight.today) == "now"]
    units = {one.unit_id for one in running if one.unit_id}
    organs = {one.organ_id for one in running if one.organ_id and one.role == "dispatcher"}
    tasks = sum(sight.tasks.get(unit, 0) for unit in units)
    duties = sum(sight.duties.get(organ, 0) for organ in organs)
    station = name_of(directory, person.station_id) if person.station_id else ""
    return [
        ui.Fact(_("地方"), place_name(directory, person.division_code), note=person.code or ""),
        ui.Fact(_("所在单位在办"), f"{tasks:,}" if units else "–"),
        ui.Fact(_("等交办机构决定"), f"{duties:,}" if organs else "–"),
        ui.Fact(_("联络站"), station or _("没有"), quiet=not station),
    ]

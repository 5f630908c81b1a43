"""Places to choose for a role: a division, its units, and the stations near it."""

from collections.abc import Iterable
from typing import Any

from services.router.directory.console.labels import place_name
from services.router.directory.console.view_models import ViewContext
from services.router.directory.domain.model import DISPATCHING
from shared.contracts import router as entries
from shared.directory import Directory
from shared.ids import Id, to_text
from shared.text import Text
from shared.web import components as ui


def offices(view: ViewContext, code: str, at: str = "") -> list[ui.Option]:
    """List the offices of a division and the stations below it; `at` is added if missing."""
    directory = view.directory
    found = [ui.Option(code, place_name(directory, code))]
    for key, organ in directory.organs_in(code):
        if organ.valid_to is None and organ.kind != DISPATCHING:
            found.append(ui.Option(f"{code}/organ:{to_text(key)}", organ.name))
    for key, unit in directory.units_in(code):
        if unit.valid_to is None:
            found.append(ui.Option(f"{code}/unit:{to_text(key)}", unit.short_name))
    for key, station in stations_near(view.directory, code):
        value = f"{station.division_code}/station:{to_text(key)}"
        found.append(ui.Option(value, station.name))
    if at and all(one.value != at for one in found):
        found.append(ui.Option(at, place_of_choice(view, at)))
    return found


def stations_near(directory: Directory, code: str) -> list[tuple[Id, entries.DirectoryStation]]:
    """List the lasting stations of a division and of those right below it, by code."""
    near = {code, *(one.division_code for one in directory.children(code))}
    every = sorted(directory.stations().items(), key=lambda it: it[1].code)
    return [it for it in every if it[1].division_code in near and it[1].valid_to is None]


def place_of_choice(view: ViewContext, at: str) -> Text:
    """Name a chosen place; an unknown one by its division."""
    division, _slash, place = at.partition("/")
    kind, _colon, key = place.partition(":")
    named: Iterable[tuple[Id, Any]] = view.directory.units_in(division)
    if kind == "station":
        named = view.directory.stations().items()
    if kind == "organ":
        named = view.directory.organs_in(division)
    found = next((one.name for at_key, one in named if to_text(at_key) == key), "")
    return found or place_name(view.directory, division)

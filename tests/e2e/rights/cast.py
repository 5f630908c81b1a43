"""One holder of every role at every place around Luqiao: there, below, above and beside."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from shared.ids import Id, named_id
from tests.support.city import jianyi

COUNTY, TOWNSHIP, CITY, OTHER_COUNTY = "331004", "331004106", "331000", "331003"
OTHER_TOWNSHIP = "331004104"
PLACES = ("own", "child", "parent", "sibling")
ROLES = (
    "deputy", "station_staff", "station_head", "dispatcher", "committee_head", "liaison",
    "city_office", "research_office", "clerk", "unit_head", "leader", "admin", "ops",
)  # fmt: skip
_DIVISIONS = (COUNTY, TOWNSHIP, CITY, OTHER_COUNTY)
_UNITS = ((COUNTY, "tax"), (COUNTY, "finance"), (CITY, "tax"), (OTHER_COUNTY, "tax"))
"""The unit that leads, another of its county, its like in the city and beside."""
STATIONS = (
    (TOWNSHIP, f"{TOWNSHIP}-01"),
    (TOWNSHIP, f"{TOWNSHIP}-02"),
    (TOWNSHIP, f"{TOWNSHIP}-00"),
    (OTHER_TOWNSHIP, f"{OTHER_TOWNSHIP}-01"),
)
"""The station of the item, a sub-point of its main station, that main station, another one."""


def person(role: str, place: str) -> Id:
    return named_id("person", f"{role}-{place}")


def _grants() -> Iterator[tuple[str, ...]]:
    for role in ROLES[1:]:
        for n, place in enumerate(PLACES):
            division, unit, station = _DIVISIONS[n], "", ""
            if role in ("clerk", "unit_head"):
                division, unit = _UNITS[n]
            if role in ("station_staff", "station_head"):
                division, station = STATIONS[n]
            code = f"{role}-{place}"
            yield (code, code, role, division, unit, station, "2022-01-01", "")


def _deputies() -> Iterator[tuple[str, ...]]:
    """Deputies of the four divisions, attached to the four stations: no grant makes them so."""
    levels = ("county", "township", "city", "county")
    for place, level, division, (_, station) in zip(
        PLACES, levels, _DIVISIONS, STATIONS, strict=True
    ):
        yield (f"deputy-{place}", f"deputy-{place}", level, division, station)


async def hire(folder: Path) -> None:
    stations = folder / "stations.csv"
    main = f"{TOWNSHIP}-00"
    rows = [("code", "name", "division_code", "parent_code"), (main, "中心站", TOWNSHIP, "")]
    rows += [(f"{TOWNSHIP}-0{n}", f"站点{n}", TOWNSHIP, main) for n in (1, 2)]
    _write(stations, rows)
    await jianyi("router", "import-stations", str(stations))
    deputies = folder / "deputies.csv"
    seats = ("code", "name", "level", "division_code", "station_code")
    _write(deputies, [seats, *_deputies()])
    await jianyi("router", "import-deputies", str(deputies))
    officers = folder / "officers.csv"
    head = ("code", "name", "role", "division_code", "unit_kind", "station_code", "valid_from")
    _write(officers, [(*head, "valid_to"), *_grants()])
    await jianyi("router", "import-officers", str(officers))


def _write(file: Path, rows: Sequence[tuple[str, ...]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows(rows)

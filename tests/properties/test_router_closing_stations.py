"""What holds of stations whatever an administrator asks to close, in whatever order."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.router.directory.domain.commands import edited
from services.router.directory.domain.edits import EndStation
from services.router.directory.domain.rights import COMMAND_LINE, EditContext
from shared.contracts.router import DirectoryStation
from shared.directory import Directory
from shared.directory.succession import has_ended
from shared.errors import Refused
from tests.support.places import TODAY, directory, station, station_id
from tests.support.shanghai import at

MAINS, POINTS = ("M1", "M2"), ("M1-1",)
KNOWN = directory(
    *(station(code) for code in MAINS),
    *(station(code, parent_id=station_id(code[:2])) for code in POINTS),
)
CODES = st.sampled_from((*MAINS, *POINTS))
DAYS = st.integers(-1, 2).map(lambda days: TODAY + timedelta(days))
Asked = tuple[str, date, str | None]


def closed(known: Directory, asked: Asked) -> Directory:
    """Do what is asked, or nothing when it is refused."""
    code, last_day, heir = asked
    key, entry = station_id(code), known.station(station_id(code))
    edit = EndStation(
        do="end_station", basis=0, last_day=last_day,
        successor_id=UUID(bytes=station_id(heir)) if heir else None,
        without_successor=heir is None, reason="两站并站",
    )  # fmt: skip
    try:
        done = edited(
            key, entry, edit, EditContext(at(TODAY.isoformat()), TODAY, known, COMMAND_LINE)
        )
    except Refused:
        return known
    assert entry is not None
    assert not has_ended(entry, TODAY), "what is over stays as it was"
    return known.changed([(key, done.type, done.model_dump_json(exclude_none=True))])


def found(known: Directory, code: str) -> DirectoryStation:
    one = known.station(station_id(code))
    assert one is not None
    return one


@given(st.lists(st.tuples(CODES, DAYS, st.none() | CODES), min_size=3, max_size=12))
def test_no_sub_point_outlives_its_main_station_and_none_goes_on_for_itself(
    acts: Sequence[Asked],
) -> None:
    known = KNOWN
    for asked in acts:
        known = closed(known, asked)
        for code in POINTS:
            last, mains = found(known, code).valid_to, found(known, code[:2]).valid_to
            assert mains is None or (last is not None and last <= mains)
        for code in (*MAINS, *POINTS):
            assert found(known, code).successor_id != station_id(code)

"""By no form, table, command or stand-in does anybody give what they may not give themselves."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.router.directory.domain.commands import edited
from services.router.directory.domain.edits import EDITS
from services.router.directory.domain.import_plan import ImportContext
from services.router.directory.domain.rights import AdminScope, EditContext, reaches
from services.router.directory.domain.tables import COLUMNS, READERS, TableKind
from shared.contracts.envelope import EVERYWHERE, Event
from shared.contracts.router import DirectoryAccount, Grant
from shared.directory import grants_of
from shared.directory.credentials import credentials_hold
from shared.directory.snapshot import Directory, account_key
from shared.errors import Refused
from shared.ids import Id
from tests.support.places import (
    CITY,
    COUNTY,
    NEIGHBOUR,
    NEW_TOWN,
    OLD_TOWN,
    OTHER_COUNTY,
    TODAY,
    directory,
    grant,
    person,
    person_id,
    station,
    station_id,
    unit,
    unit_id,
    with_entries,
)
from tests.support.shanghai import at

NOW = at("2026-03-10")
NAMES = ("a", "b", "c", "d")
DAYS = [TODAY + timedelta(days=n) for n in (-40, -1, 0, 20, 60, 400)]
SPANS = st.sampled_from([(DAYS[0], None), (DAYS[0], DAYS[1]), (DAYS[2], DAYS[3]), (DAYS[4], None)])
ROLES = ("admin", "ops", "leader", "city_office", "deputy")
PLACES = (CITY, COUNTY, NEW_TOWN, OTHER_COUNTY, NEIGHBOUR)
SCOPES = st.sampled_from([(COUNTY,), (NEW_TOWN,), (CITY,), (COUNTY, NEIGHBOUR), (EVERYWHERE,)])
CLERK = grant("clerk", unit_id=unit_id("finance"))
STAFF = grant("station_staff", station_id=station_id("S1"))
POINT = station_id("S1-1")


def grants() -> st.SearchStrategy[Grant]:
    own = st.builds(grant, st.sampled_from(ROLES), st.sampled_from(PLACES))
    return st.builds(
        lambda one, span: one.model_copy(update={"valid_from": span[0], "valid_to": span[1]}),
        st.one_of(own, st.sampled_from([CLERK, STAFF])), SPANS,
    )  # fmt: skip


@st.composite
def directories(draw: st.DrawFn) -> Directory:
    people = []
    for n, name in enumerate(NAMES):
        links = draw(st.lists(st.tuples(st.sampled_from(NAMES[n + 1 :]), SPANS), max_size=2)
                     if NAMES[n + 1 :] else st.just([]))  # fmt: skip
        key, made = person(
            name, *draw(st.lists(grants(), max_size=2)), home=draw(st.sampled_from(PLACES)),
            stands_in_for=[(other, *span) for other, span in links],
        )  # fmt: skip
        people.append((key, made.model_copy(update={"code": name})))
    main, point = (draw(st.sampled_from([COUNTY, NEW_TOWN, NEIGHBOUR])) for _ in "ab")
    return directory(*people, unit("finance"), *stations(main, point))


def stations(main: str, point: str) -> list[tuple[Id, Event]]:
    below = station("S1-1", division_code=point, parent_id=station_id("S1"))
    return [station("S1", division_code=main), below]


Fields = dict[str, st.SearchStrategy[Any]]
Act = Callable[[Directory, AdminScope], Directory]


def by_form(name: str, body: dict[str, Any], known: Directory, by: AdminScope) -> Directory:
    key, edit = person_id(name), EDITS[body["do"]].model_validate(body | {"basis": 1})
    after = edited(key, known.person(key), edit, EditContext(NOW, TODAY, known, by))
    return with_entries(known, (key, after))


def by_move(place: str, known: Directory, by: AdminScope) -> Directory:
    body = {"do": "change_station", "basis": 1, "name": "站", "division_code": place}
    edit = EDITS["change_station"].model_validate(body)
    context = EditContext(NOW, TODAY, known, by)
    return with_entries(known, (POINT, edited(POINT, known.station(POINT), edit, context)))


def by_table(
    lines: Sequence[str], known: Directory, by: AdminScope, kind: TableKind = "officers"
) -> Directory:
    text = "\n".join([",".join(COLUMNS[kind]), *lines])
    report = READERS[kind](text, ImportContext(known, NOW, by))
    return with_entries(known, *((put.key, put.entry) for put in report.entries))


def forms() -> st.SearchStrategy[dict[str, Any]]:
    some: st.SearchStrategy[Any] = st.sampled_from(DAYS)
    which, until = st.sampled_from([0, 1]), st.none() | some
    since: Fields = {"valid_from": some, "valid_to": until}
    whose: Fields = {"person_id": st.sampled_from([UUID(bytes=person_id(name)) for name in NAMES])}
    role: Fields = {"role": st.sampled_from(ROLES), "division_code": st.sampled_from(PLACES)}
    staff: Fields = {
        "role": st.sampled_from(["station_head", "station_staff"]),
        "division_code": st.sampled_from(PLACES),
        "station_id": st.just(UUID(bytes=station_id("S1"))),
    }
    end: Fields = {"which": which, "last_day": some}
    return st.one_of(
        st.fixed_dictionaries(role | since | {"do": st.just("add_grant")}),
        st.fixed_dictionaries(staff | since | {"do": st.just("add_grant")}),
        st.fixed_dictionaries(end | {"do": st.just("end_grant")}),
        st.fixed_dictionaries(whose | since | {"do": st.just("add_stand_in")}),
        st.fixed_dictionaries(end | {"do": st.just("end_stand_in")}),
    )


def lines() -> st.SearchStrategy[str]:
    days, place = st.sampled_from(DAYS), st.sampled_from(PLACES)
    offices = st.sampled_from([*((role, "") for role in ROLES), ("station_head", "S1")])
    return st.builds(
        lambda code, at, where, since, until:
            f"{code},{code},{at[0]},{where},,{at[1]},{since},{until}",
        st.sampled_from([*NAMES, "new"]), offices, place, days,
        st.one_of(st.just(""), days.map(str)),
    )  # fmt: skip


def station_lines() -> st.SearchStrategy[str]:
    mains = st.sampled_from(["", "S1"])
    return st.builds(
        "{0},{0},{1},{2}".format,
        st.sampled_from(["S1", "S1-1", "S1-2"]), st.sampled_from(PLACES), mains,
    )  # fmt: skip


ACTS: st.SearchStrategy[Act] = st.one_of(
    st.builds(lambda name, body: partial(by_form, name, body), st.sampled_from(NAMES), forms()),
    st.lists(lines(), min_size=1, max_size=3).map(lambda found: partial(by_table, found)),
    st.sampled_from(PLACES).map(lambda place: partial(by_move, place)),
    st.lists(station_lines(), min_size=1, max_size=3).map(
        lambda found: partial(by_table, found, kind="stations")
    ),
)


def foreign(known: Directory, by: AdminScope, name: str, day: date) -> set[tuple[Grant, str]]:
    """List what somebody may do on a day, and where, that the administrator may not give."""
    ignored = {"valid_from": date.min, "valid_to": None}
    return {
        (one.model_copy(update=ignored), where)
        for one in grants_of(known, person_id(name), day)
        for where in places_of(known, one)
        if not is_theirs(known, by, one, where)
    }


def places_of(known: Directory, one: Grant) -> set[str]:
    """List by hand where a right reaches: a main station's also where its points lie."""
    found = known.stations().items() if one.station_id else ()
    at = {it.division_code for key, it in found if one.station_id in (key, it.parent_id)}
    return {one.division_code, *at}


def is_theirs(known: Directory, by: AdminScope, one: Grant, where: str) -> bool:
    """Say by hand what may be given: operators act everywhere, whatever their place is."""
    assert by.places is not None
    office = known.station(one.station_id) if one.station_id else None
    needed = {one.division_code, office.division_code if office else where, where}
    inside = all(any(known.covers(place, code) for place in by.places) for code in needed)
    return EVERYWHERE in by.places or (inside and one.role != "ops")


CITY_WIDE = directory(
    *((key, made.model_copy(update={"code": name})) for name, (key, made) in {
        "a": person("a"),
        "b": person("b", stands_in_for=[("c", DAYS[0], None)]),
        "c": person("c", grant("leader", CITY), home=CITY),
        "d": person("d", grant("ops"), stands_in_for=[("c", DAYS[0], DAYS[1])]),
    }.items()),
    unit("finance"), station("S1"),
)  # fmt: skip
MOVED = directory(
    *((key, made.model_copy(update={"code": name})) for name, (key, made) in {
        "a": person("a", STAFF.model_copy(update={"valid_to": DAYS[1]})),
        "b": person("b", STAFF), "c": person("c"), "d": person("d"),
    }.items()),
    unit("finance"), station("S1", division_code=NEIGHBOUR),
)  # fmt: skip


def apart(main: str) -> Directory:
    """Make a main station with one of its staff, and a sub-point in the old town."""
    staff = STAFF.model_copy(update={"division_code": main})
    people = person("a", home=main), person("b", staff, home=main)
    coded = ((key, one.model_copy(update={"code": one.name})) for key, one in people)
    return directory(*coded, *stations(main, OLD_TOWN))


B = {"person_id": UUID(bytes=person_id("b"))}
NOW_ON = {"valid_from": TODAY, "valid_to": None}
AT_S1 = f"station_head,{NEW_TOWN},,S1"
GIVE_S1 = {
    "do": "add_grant", "role": "station_head", "division_code": NEW_TOWN,
    "station_id": UUID(bytes=station_id("S1")),
}  # fmt: skip
OPS = {"do": "add_grant", "role": "ops", "division_code": COUNTY}


@settings(max_examples=60)
@given(directories(), SCOPES, ACTS)
@example(CITY_WIDE, (COUNTY,), partial(by_form, "a", OPS | NOW_ON))
@example(CITY_WIDE, (COUNTY,), partial(by_form, "a", {"do": "add_stand_in"} | B | NOW_ON))
@example(
    CITY_WIDE,
    (COUNTY,),
    partial(by_form, "d", {"do": "end_stand_in", "which": 0, "last_day": DAYS[5]}),
)
@example(
    MOVED, (COUNTY,), partial(by_form, "a", {"do": "end_grant", "which": 0, "last_day": DAYS[5]})
)
@example(MOVED, (COUNTY,), partial(by_form, "c", {"do": "add_stand_in"} | B | NOW_ON))
@example(CITY_WIDE, (COUNTY,), partial(by_table, [f"a,a,ops,{COUNTY},,,{TODAY},"]))
@example(apart(NEW_TOWN), (NEW_TOWN,), partial(by_form, "a", GIVE_S1 | NOW_ON))
@example(apart(NEW_TOWN), (NEW_TOWN,), partial(by_table, [f"a,a,{AT_S1},{TODAY},"]))
@example(apart(COUNTY), (OLD_TOWN, NEW_TOWN), partial(by_move, NEW_TOWN))
def test_nobody_causes_anybody_to_do_what_he_may_not_give(
    known: Directory, places: tuple[str, ...], act: Act
) -> None:
    by = AdminScope("somebody", places)
    try:
        after = act(known, by)
    except Refused:
        return
    for name in (*NAMES, "new"):
        for day in DAYS[2:]:
            more = foreign(after, by, name, day) - foreign(known, by, name, day)
            assert not more, (name, day)


def handed_out(name: str, places: tuple[str, ...]) -> tuple[Id, Event]:
    """Tell that administrators of these places handed out somebody's password."""
    key = person_id(name)
    return account_key(key, "reset"), DirectoryAccount(
        occurred_at=NOW, division_code=COUNTY, actor="somebody", person_id=key, act="reset",
        acted_at=NOW, places=places,
    )  # fmt: skip


@settings(max_examples=60)
@given(directories(), st.dictionaries(st.sampled_from(NAMES), SCOPES), SCOPES, ACTS)
@example(
    CITY_WIDE,
    {"a": (COUNTY,)},
    (CITY,),
    partial(by_form, "a", {"do": "add_grant", "role": "leader", "division_code": CITY} | NOW_ON),
)
@example(
    CITY_WIDE, {"a": (COUNTY,)}, (CITY,), partial(by_table, [f"a,a,leader,{CITY},,,{DAYS[3]},"])
)
@example(CITY_WIDE, {"a": (COUNTY,)}, (EVERYWHERE,), partial(by_form, "a", OPS | NOW_ON))
@example(CITY_WIDE, {"b": (COUNTY,)}, (COUNTY,), partial(by_move, NEW_TOWN))
@example(apart(NEW_TOWN), {"b": (NEW_TOWN,)}, (CITY,), partial(by_move, COUNTY))
def test_no_password_is_good_for_more_than_whoever_handed_it_out_may_give(
    known: Directory, passwords: dict[str, tuple[str, ...]], places: tuple[str, ...], act: Act
) -> None:
    known = with_entries(known, *(handed_out(name, by) for name, by in passwords.items()))
    with suppress(Refused):
        known = act(known, AdminScope("somebody", places))
    for name, theirs in passwords.items():
        if credentials_hold(known, person_id(name), TODAY):
            for day in DAYS[2:]:
                assert not foreign(known, AdminScope("giver", theirs), name, day), (name, day)


@settings(max_examples=40)
@given(directories(), SCOPES, st.sampled_from(NAMES))
@example(CITY_WIDE, (COUNTY,), "d")
@example(MOVED, (COUNTY,), "b")
@example(apart(NEW_TOWN), (NEW_TOWN,), "b")
def test_nobody_gets_the_password_of_whoever_may_do_more(
    known: Directory, places: tuple[str, ...], name: str
) -> None:
    by = AdminScope("somebody", places)
    if reaches(by, known, person_id(name), TODAY):
        assert not any(foreign(known, by, name, day) for day in DAYS[2:])

"""What a file would do is said line by line, and the same plan does the same."""

from services.router.directory.domain.import_plan import Plan, plan_of
from services.router.directory.domain.model import DirectoryState, EntryRow
from tests.support.router.play import COUNTY, ENTRIES
from tests.support.router.tables import read

ROWS = (
    EntryRow(key=put.key, text_seq=7, type=put.entry.type, body=put.entry.model_dump_json())
    for put in ENTRIES
)
STANDING = DirectoryState({row.key: row for row in ROWS})
FINANCE = next(
    one for _key, one in STANDING.directory.units_in(COUNTY) if one.kind_code == "finance"
)


def plan(*lines: str, standing: DirectoryState = STANDING) -> Plan:
    return plan_of(read("units", *lines, known=STANDING.directory), standing)


SAME = f"{COUNTY},finance,{FINANCE.name},{FINANCE.short_name}"


def test_every_line_has_its_verdict_and_every_change_its_before_and_after() -> None:
    made = plan(f"{COUNTY},econ_it,经信新名,经信", f"{COUNTY},lab,实验室,实验室", SAME, "9,x,甲,甲")
    assert [(one.verdict, one.lines, one.put.basis) for one in made.entries] == [
        ("changed", [2], 7),
        ("new", [3], 0),
        ("unchanged", [4], 7),
    ]
    assert {(it.field, it.after) for it in made.entries[0].changes} == {
        ("name", "经信新名"),
        ("short_name", "经信"),
    }
    assert made.counts == {"wrong": 1, "changed": 1, "new": 1, "unchanged": 1}


def test_a_plan_is_the_same_until_an_entry_it_rests_on_is_another() -> None:
    one, again = plan(SAME), plan(SAME, "9,x,甲,甲")
    assert one.digest == again.digest
    assert not one.counts["new"] + one.counts["changed"]
    (put,) = one.puts
    row = STANDING.rows[put.key].model_copy(update={"text_seq": 8})
    later = plan(SAME, standing=DirectoryState({**STANDING.rows, put.key: row}))
    assert later.digest != one.digest

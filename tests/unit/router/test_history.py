"""What changed in an entry, by whom, before and after."""

from datetime import UTC, date, datetime
from typing import Any

from services.router.domain.history import FieldChange, Said, revisions
from shared.contracts.router import DirectoryPerson, Grant
from shared.ids import named_id

KEY = named_id("person", "lin")
FIRST = Grant(role="clerk", division_code="331004", valid_from=date(2022, 1, 1))
SECOND = Grant(role="unit_head", division_code="331004", valid_from=date(2026, 1, 1))


def said(seq: int, actor: str, **more: Any) -> Said:
    at = datetime(2026, 1, seq, tzinfo=UTC)
    values: dict[str, Any] = {"name": "林晓岚", "division_code": "331004"} | more
    entry = DirectoryPerson(occurred_at=at, actor=actor, **values)
    return Said(KEY, seq, entry.type, at, entry.model_dump_json(exclude_none=True).encode())


def test_each_change_names_who_made_it_and_the_fields_before_and_after() -> None:
    renamed, entered = revisions(
        [said(1, "import"), said(2, "person-1", name="林小岚", is_leadership=True)]
    )
    assert (entered.actor, list(entered.changes)) == ("import", [])
    assert renamed.actor == "person-1"
    assert list(renamed.changes) == [
        FieldChange("name", "林晓岚", "林小岚"),
        FieldChange("is_leadership", False, True),
    ]


def test_of_a_list_only_what_went_and_what_came_is_shown() -> None:
    ended = FIRST.model_copy(update={"valid_to": date(2026, 3, 1)})
    newest, _ = revisions(
        [said(1, "a", grants=(FIRST, SECOND)), said(2, "b", grants=(ended, SECOND))]
    )
    assert list(newest.changes) == [FieldChange("grants", (FIRST,), (ended,))]


def test_what_was_erased_is_left_out() -> None:
    gone = Said(KEY, 2, DirectoryPerson.type, datetime(2026, 1, 2, tzinfo=UTC), None)
    found = revisions([said(3, "c", name="新名"), gone, said(1, "a")])
    assert [one.seq for one in found] == [3, 1]
    assert list(found[0].changes) == [FieldChange("name", "林晓岚", "新名")]

"""What changed in an entry, by whom, before and after."""

from datetime import UTC, date, datetime
from typing import Any

from services.router.directory.domain.model import EntryVersion, FieldChange, Revision, revisions
from shared.contracts.router import DirectoryPerson, Grant
from shared.ids import named_id

KEY = named_id("person", "lin")
AT = datetime(2026, 1, 2, tzinfo=UTC)
FIRST = Grant(role="clerk", division_code="331004", valid_from=date(2022, 1, 1))
SECOND = Grant(role="unit_head", division_code="331004", valid_from=date(2026, 1, 1))


def said(actor: str, **more: Any) -> bytes:
    values: dict[str, Any] = {"name": "林晓岚", "division_code": "331004"} | more
    entry = DirectoryPerson(occurred_at=AT, actor=actor, **values)
    return entry.model_dump_json(exclude_none=True).encode()


def changed(body: bytes | None, before: bytes | None = None) -> list[Revision]:
    return revisions([EntryVersion(KEY, 2, DirectoryPerson.type, AT, body, before)])


def test_each_change_names_who_made_it_and_the_fields_before_and_after() -> None:
    [entered] = changed(said("import"))
    assert (entered.actor, list(entered.changes)) == ("import", [])
    renamed = said("person-1", name="林小岚", is_leadership=True)
    [found] = changed(renamed, said("import"))
    assert found.actor == "person-1"
    assert list(found.changes) == [
        FieldChange("name", "林晓岚", "林小岚"),
        FieldChange("is_leadership", False, True),
    ]


def test_of_a_list_only_what_went_and_what_came_is_shown() -> None:
    ended = FIRST.model_copy(update={"valid_to": date(2026, 3, 1)})
    [found] = changed(said("b", grants=(ended, SECOND)), said("a", grants=(FIRST, SECOND)))
    assert list(found.changes) == [FieldChange("grants", (FIRST,), (ended,))]


def test_what_was_erased_is_left_out_and_what_follows_it_was_entered_anew() -> None:
    assert changed(None, said("a")) == []
    [found] = changed(said("c", name="新名"), None)
    assert list(found.changes) == []

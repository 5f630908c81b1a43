"""The directory's entries: kept as they were said, said only when they changed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.router.directory.domain.commands import PutEntry, decide
from services.router.directory.domain.model import Entry, EntryRow
from services.router.directory.domain.rights import EntryContext
from shared.contracts.router import DirectoryDivision
from shared.directory import Directory
from shared.directory.succession import label_at
from shared.errors import Conflict
from shared.ids import named_id
from shared.messaging.subject import State
from shared.text import _

KEY = named_id("division", "331004")
NOW = datetime(2022, 9, 1, tzinfo=UTC)
CONTEXT = EntryContext(NOW, NOW.date(), Directory())


def _put(name: str, day: int, actor: str = "seed") -> PutEntry:
    said = {"occurred_at": datetime(2022, 7, day, tzinfo=UTC), "actor": actor, "name": name}
    place = {"division_code": "331004", "level": "county", "parent_code": "331000"}
    return PutEntry(KEY, DirectoryDivision.model_validate(said | place))


EMPTY: Entry = State(EntryRow(key=KEY))


def test_what_is_kept_can_be_read_as_the_directory() -> None:
    state, said = decide(EMPTY, _put("路桥区", 1), CONTEXT)
    assert len(said) == 1
    directory = Directory().changed([(KEY, state.row.type, state.row.body)])
    assert directory.division("331004") == said[0]


def test_an_entry_is_said_again_when_it_changed_and_not_when_another_puts_the_same() -> None:
    state, _said = decide(EMPTY, _put("路桥区", 1), CONTEXT)
    assert decide(state, _put("路桥区", 2, "demo"), CONTEXT) == (state, ())
    state, said = decide(state, _put("路桥新区", 2), CONTEXT)
    assert [event.name for event in said if isinstance(event, DirectoryDivision)] == ["路桥新区"]


def test_an_edit_on_an_old_state_is_refused_and_one_that_stands_is_not() -> None:
    state, _said = decide(EMPTY, _put("路桥区", 1), CONTEXT)
    state = State(state.row.model_copy(update={"text_seq": 1}))
    edit = replace(_put("路桥新区", 2), basis=0)
    with pytest.raises(Conflict, match="entry_changed"):
        decide(state, edit, CONTEXT)
    assert decide(state, replace(_put("路桥区", 2), basis=0), CONTEXT) == (state, ())
    changed, said = decide(state, replace(edit, basis=1), CONTEXT)
    assert (changed.row.holds(edit.entry), len(said)) == (True, 1)


@given(st.lists(st.sampled_from(("路桥区", "路桥新区", "新区")), min_size=1), st.integers(0, 9))
def test_an_entry_keeps_what_it_was_called_at_every_moment(names: list[str], day: int) -> None:
    state = EMPTY
    for n, name in enumerate(names):
        context = replace(CONTEXT, now=NOW + timedelta(n))
        state, _said = decide(state, _put(name, 1), context)
    then, today = names[min(day, len(names) - 1)], names[-1]
    entry = Directory().changed([(KEY, state.row.type, state.row.body)]).division("331004")
    assert entry is not None
    shown = today if then == today else _("%(then)s（现%(today)s）", then=then, today=today)
    assert label_at(entry, NOW + timedelta(day, hours=1)) == shown

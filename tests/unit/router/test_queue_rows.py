"""Rows of the queue: what is due, and until when."""

from datetime import date

from services.router.routing.actions import ItemView
from services.router.routing.console.queue import Row, facts_of, row_of
from services.router.routing.domain.model import Item
from services.router.routing.domain.views import queue_line
from shared.web.i18n import CHINESE
from tests.support.router.play import CONTEXT, NOW, SETTINGS, given_out, waiting


def row(item: Item) -> Row:
    view = ItemView(item, queue_line(item, CONTEXT.table), CONTEXT.table, NOW)
    return row_of(view, SETTINGS)


def test_nothing_is_due_on_an_item_already_given_out() -> None:
    given = row(given_out().item)
    assert (given.light, given.when, given.due_on) == (None, None, None)
    due = next(fact for fact in facts_of(given) if str(fact.label) == "时限")
    assert (str(due.value), due.light, due.note) == ("没有要您办的时限", None, "")


def test_the_due_day_and_its_light_are_of_one_count() -> None:
    waits = row(waiting().item)
    assert waits.due_on == date(2022, 9, 13)
    due = next(fact for fact in facts_of(waits) if str(fact.label) == "时限")
    assert due.light == waits.light
    assert "9月13日" in CHINESE.say(due.note)

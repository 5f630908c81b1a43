"""A record told line by line: before and after, what is no change, what is erased."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.envelope import Event
from shared.contracts.tracker import ReworkOrdered
from shared.directory import Directory
from shared.features.trail import Description, Names, TrailChange, TrailField, lines_of
from shared.ids import new_id
from shared.messaging.outbox import OutboxEvent
from shared.text import _

NOW = datetime(2022, 9, 8, 1, 30, tzinfo=UTC)
NAME = _("第几轮")


def said(round_: int | None, *, erases: bool = False, actor: str = "tracker") -> OutboxEvent:
    """One event of the record; without a round its words are gone."""
    event = round_ and ReworkOrdered(
        occurred_at=NOW, division_code="331004", actor=actor, round=round_
    )
    topic = "tracker.case.v1"
    return OutboxEvent(topic, 7, new_id(NOW), "case.rework_ordered", NOW, "", event or None, erases)


def tell(event: Event) -> Description:
    """Tell the round, as what stands and as what belongs to this event alone."""
    assert isinstance(event, ReworkOrdered)
    return Description(
        NAME, values=(TrailField(NAME, event.round, "round"), TrailField(NAME, -event.round))
    )


@given(st.lists(st.integers(1, 3), max_size=6))
def test_each_change_leads_from_what_stood_to_what_stands(rounds: list[int]) -> None:
    lines = lines_of(map(said, rounds), tell, Names(Directory()))
    before = None
    for round_, line in zip(rounds, lines, strict=True):
        moved = [] if before == round_ else [TrailChange(NAME, before, round_)]
        assert line.changes == [*moved, TrailChange(NAME, None, -round_)]
        before = round_


def test_what_stood_before_the_record_is_told_once() -> None:
    def told(event: Event) -> Description:
        assert isinstance(event, ReworkOrdered)
        return Description(NAME, values=(TrailField(NAME, event.round, "round", was=9),))

    lines = lines_of([said(1), said(2), said(9)], told, Names(Directory()))
    assert [line.changes for line in lines] == [
        [TrailChange(NAME, 9, 1)], [TrailChange(NAME, 1, 2)], [TrailChange(NAME, 2, 9)],
    ]  # fmt: skip


def test_of_erased_words_nothing_is_left_but_that_they_were_there() -> None:
    lines = lines_of([said(None), said(None, erases=True)], tell, Names(Directory()))
    assert [line.act for line in lines] == [_("写下的文字，已按规定删除"), _("文字删除")]
    assert [(line.actor, line.changes) for line in lines] == [("", [])] * 2


def test_a_system_part_a_stranger_and_a_word_are_named_as_well_as_can_be() -> None:
    names = Names(Directory())
    assert names.who("tracker", NOW) == _("系统")
    assert names.who("officer-7", NOW) == "officer-7"
    assert names.who("0199d0d1-c1a2-7b3c-8d4e-5f60718293a4", NOW) == "718293a4"
    assert names.who("", NOW) == ""

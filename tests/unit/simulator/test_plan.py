"""The script of the play: the same seed, the same script, and trouble enough in every size."""

import gzip
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from deploy.simulator.plan import (
    AT_DOOR,
    EXAMPLES,
    LEFT,
    Author,
    ItemPlan,
    Plan,
    credit_code,
    headline,
    read_texts,
)
from services.intake.domain.enterprises import is_credit_code
from shared.calendar import Calendar

FIRST, LAST = date(2022, 8, 1), date(2022, 9, 15)
STATIONS = [f"33100{n}10{m}-01" for n in range(2, 5) for m in range(5)]
TROUBLES: dict[str, Callable[[ItemPlan], bool]] = {
    "late": lambda plan: plan.dispatch_after > 2,
    "objected": lambda plan: bool(plan.objection),
    "displeased": lambda plan: plan.rating == "dissatisfied",
    "sent again": lambda plan: plan.sent_again,
    "the same": lambda plan: plan.same_as is not None,
    "typed late": lambda plan: plan.is_typed_late,
    "unanswered": lambda plan: plan.reply_after >= 30,
}


def written(items: int, seed: int = 1) -> Plan:
    author = Author(seed, Calendar({}), STATIONS, STATIONS, read_texts(None))
    return author.write(items, FIRST, LAST)


def test_the_same_seed_writes_the_same_plan_and_another_seed_another() -> None:
    assert written(60) == written(60)
    assert written(60) != written(60, seed=2)
    sizes = [len(written(items).items) - len(AT_DOOR) for items in (1, 2, 5)]
    assert sizes == [1, 2, 5], "a tiny play too"


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("items", [10, 25, 60, 150, 500])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_trouble_befalls_three_in_a_hundred_at_least(
    items: int, seed: int, trouble: str
) -> None:
    plans = written(items, seed).items
    accepted = [plan for plan in plans if not (plan.on_spot or plan.rejected)]
    troubled = [plan for plan in accepted if TROUBLES[trouble](plan)]
    assert len(troubled) >= max(1, 0.03 * items)


@pytest.mark.parametrize("items", [10, 40, 150])
def test_some_items_are_returned_rejected_and_solved_on_the_spot(items: int) -> None:
    plans = written(items).items
    for befell in ("returned", "rejected", "on_spot"):
        assert any(getattr(plan, befell) for plan in plans), befell


def test_nothing_is_planned_before_it_happened_or_after_the_last_day() -> None:
    plan = written(300)
    for item in plan.items:
        assert FIRST <= item.happened <= item.typed <= LAST
    for activity in plan.activities:
        assert FIRST <= activity.first <= activity.last <= activity.typed <= LAST
        assert activity.planned is None or FIRST <= activity.planned <= activity.first


def test_some_activities_are_planned_taken_back_and_cancelled() -> None:
    activities = written(150).activities
    for befell in ("planned", "revoked", "cancelled"):
        assert 0 < sum(bool(getattr(one, befell)) for one in activities) < len(activities), befell


def test_what_is_the_same_comes_from_the_same_enterprise_a_working_day_later() -> None:
    plans = {plan.number: plan for plan in written(150).items}
    for plan in plans.values():
        if plan.same_as is not None:
            first = plans[plan.same_as]
            assert (plan.station, plan.enterprise) == (first.station, first.enterprise)
            assert plan.typed == Calendar({}).add_working_days(first.typed, 1)
            assert first.is_ordinary


def test_invented_enterprises_have_codes_that_hold() -> None:
    codes = {credit_code(n) for n in range(300)}
    assert len(codes) == 300
    assert all(is_credit_code(code) for code in codes)


def test_texts_are_read_from_a_file_gzipped_or_not_and_cut_to_what_stations_may_send(
    tmp_path: Path,
) -> None:
    content = f"created_at,subject,body\n2019,{'题' * 120},{'字' * 9000}\n2019,空,\n"
    plain, packed = tmp_path / "messages.csv", tmp_path / "messages.csv.gz"
    plain.write_text(content, encoding="utf-8")
    packed.write_bytes(gzip.compress(content.encode()))
    (words,) = read_texts(plain)
    assert (len(words.title), len(words.body)) == (100, 8000)
    assert read_texts(packed) == [words]
    assert len(read_texts(None)) == len(EXAMPLES.read_text(encoding="utf-8").splitlines()) - 1


@pytest.mark.parametrize("content", ["", "created_at,title\n1,2\n", "subject,body\n,\n"])
def test_a_file_without_texts_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "messages.csv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match="subject and body"):
        read_texts(file)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("厂区雨后积水，货车进出困难。希望尽快疏通门口的排水沟。", "厂区雨后积水，货车进出困难"),
        ("4S店反映购车补贴一天就抢完，建议增加额度并延长到年底。", "4S店反映购车补贴一天就抢完"),
        ("没有停顿的一句话" * 8, ("没有停顿的一句话" * 8)[:30]),
        ("短句", "短句"),
    ],
)
def test_a_title_ends_where_a_clause_ends(text: str, title: str) -> None:
    assert headline(text) == title


def test_the_text_of_an_item_names_no_place_but_one_its_station_lies_in() -> None:
    plans = written(500).items
    assert all(plan.station.startswith(plan.words.place) for plan in plans)
    assert {plan.words.place for plan in plans} > {""}


@pytest.mark.parametrize("items", [1, 20, 150])
def test_work_is_left_to_the_people_at_the_door_in_a_play_of_any_size(items: int) -> None:
    plan = written(items)
    at_door = [one for one in plan.items if one.stays_at]
    assert Counter((one.stays_at, one.left_at) for one in at_door) == Counter(
        (level, step) for level, step, _ago in AT_DOOR
    )
    assert {one.station for one in at_door} == {STATIONS[0]}
    (forgotten,) = (one for one in plan.activities if one.forgotten)
    assert forgotten.station == STATIONS[0]
    assert forgotten.planned is not None


@pytest.mark.parametrize("items", [10, 20, 150])
def test_items_come_in_by_every_door(items: int) -> None:
    plans = written(items).items
    assert {plan.source for plan in plans if not plan.stays_at} == {"enterprise", "deputy", "scan"}
    offline = Counter((plan.station, plan.typed) for plan in plans if plan.is_typed_late)
    assert max(offline.values()) > 1, "a device sends several at once"
    assert any(plan.sent_again and plan.is_typed_late for plan in plans)


@pytest.mark.parametrize("items", [20, 40, 150, 500])
def test_the_played_month_leaves_work_at_every_step_and_spreads_it(items: int) -> None:
    left = [plan for plan in written(items).items if plan.left_at and not plan.stays_at]
    assert len(left) >= min(items // 2, items - 12)
    stations = Counter(plan.station for plan in left)
    assert max(stations.values()) - min(stations[code] for code in STATIONS) <= 1
    if len(left) >= len(LEFT):
        assert {plan.left_at for plan in left} == {step for step, _ago in LEFT}
    assert len({plan.words.matter for plan in left}) >= min(len(left), 100)
    assert all(plan.happened > LAST - timedelta(20) for plan in left)

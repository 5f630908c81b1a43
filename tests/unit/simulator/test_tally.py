"""What was played is compared with what the forms say, and their figures have one hash."""

from typing import Any

from deploy.simulator.tally import Difference, Tally, differences, figures_hash


def form(end: str = "2022-09-20", report: str = "r1", **figures: int) -> dict[str, Any]:
    cells: dict[str, Any] = {
        f"C{n}": {"printed": 0, "cumulative": figures.get(f"C{n}", 0)} for n in range(1, 7)
    }
    cells["C5"] = None  # a column without meaning in this row
    row = {"division_code": "331004103", "status": "draft", "figures": cells, "report": report}
    return {"division_code": "331004", "period_end": end, "name": "路桥区", "rows": [row, row]}


def test_a_subject_counts_once() -> None:
    tally = Tally()
    tally.count("C3", "331004", "a")
    tally.count("C3", "331004", "a")
    tally.count("C3", "331003", "b")
    assert (tally.figure("C3", "331004"), tally.total("C3")) == (1, 2)


def test_a_figure_that_differs_is_named_with_both_numbers() -> None:
    tally = Tally()
    for subject in "ab":
        tally.count("C3", "331004", subject)
    tally.count("C4", "331004", "a")
    assert differences(tally, {"331004": form(C3=1)}) == [Difference("331004", "C4", 1, 0)]


def test_the_hash_follows_figures_and_nothing_else() -> None:
    one = figures_hash([form(C1=1), form("2022-10-20")])
    assert figures_hash([form("2022-10-20", "r9"), form(report="r8", C1=1)]) == one
    assert figures_hash([form(C1=2), form("2022-10-20")]) != one

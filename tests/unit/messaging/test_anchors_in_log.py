"""Anchors are read from logs as collectors hand them on, and a log that lacks some is no proof."""

import json

from shared.messaging.audit import ANCHORED, anchors_in_log, gaps

LINE = {
    "event": ANCHORED,
    "of": "tracker",
    "range": "0000000000000000-0000000000000010",
    "since": "2026-11-28T00:00:00+00:00",
    "events": 3,
    "root": "00",
    "anchored_at": "2026-11-29T00:00:00+00:00",
}


def test_what_stands_before_a_line_is_passed_over_and_what_is_broken_is_counted() -> None:
    whole = json.dumps(LINE)
    beyond = json.dumps(LINE | {"range": "0-ffffffffffffffffff"})
    lines = [f"tracker-1  | {whole}", whole[:-9], json.dumps({"event": ANCHORED}), beyond, "x"]
    anchors, unreadable = anchors_in_log(lines, "tracker")
    assert ([(one.after, one.upto) for one in anchors], unreadable) == ([(0, 16)], 3)
    assert anchors_in_log(lines, "router") == ([], 2)


def test_a_range_that_is_left_out_is_a_gap() -> None:
    ranges = ("0-10", "10-20", "30-40", "30-40")
    anchors, _ = anchors_in_log([json.dumps(LINE | {"range": it}) for it in ranges], "tracker")
    assert gaps(anchors) == 1

"""100 reports of a station on a line that fails by chance: each arrives once, in bounded time."""

import random
import re
import time
from statistics import median

import pytest
from playwright.async_api import expect

from tests.e2e.station.hands import StationDevice

pytestmark = [pytest.mark.browser, pytest.mark.proof]
WALKS = 100
FAULTS = ("none", "cut_before", "cut_while_typing", "answers_lost", "page_killed")
ARRIVES_IN = 60.0
"""Seconds from the line being whole to the last item being there."""


async def _walk(device: StationDevice, title: str, fault: str) -> float:
    """Report one item and give the seconds from opening the form to submitting it."""
    if fault == "cut_before":
        device.line.cut()
    begun = time.monotonic()
    await device.reopen()
    await device.type(title)
    if fault == "cut_while_typing":
        device.line.cut()
    elif fault in ("answers_lost", "page_killed"):
        device.line.lose_answers("POST /intake/v1/items")
    await device.send()
    took = time.monotonic() - begun
    if fault == "page_killed":
        await device.reopen()
    elif fault == "none":
        await expect(device.page).to_have_url(re.compile("/receipt$"))
    else:
        await device.sees(title)
    device.line.mend()
    return took


async def test_a_hundred_reports_on_a_failing_line_arrive_once_each(
    device: StationDevice, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(20220919)
    await device.sign_in()
    await device.ready()
    titles, seconds = [], []
    for n in range(WALKS):
        fault, title = chance.choice(FAULTS), f"第{n}次走访记下的"
        titles.append(title)
        seconds.append(await _walk(device, title, fault))
    mended = time.monotonic()
    await device.reopen()
    for title in titles:
        await device.arrives(title)
    waited = time.monotonic() - mended
    assert [await device.arrived(title) for title in titles] == [1] * WALKS
    assert waited < ARRIVES_IN
    with capsys.disabled():
        print(  # noqa: T201  what the proof found
            f"\n{WALKS} reports: {median(seconds):.1f} s each (longest {max(seconds):.1f} s);"
            f" all there {waited:.1f} s after the last fault"
        )

"""The row of reporting counted anew from the whole history, by the operators' command."""

import asyncio
import re
import time

from tests.bench import denominators
from tests.bench.place import Place
from tests.bench.rows import Row


async def rebuild(place: Place) -> Row:
    """One process hears all again, compares it with what stands and swaps it in; nothing else runs.

    Its start, the migrations and the comparison are in the time.
    """
    facts = await place.count("SELECT count(*) FROM reporting.fact")
    bare = denominators.limits(facts, place.system)["getmany"]
    place.only()
    began, is_same = time.perf_counter(), True
    try:
        said = await asyncio.to_thread(place.system.jianyi, "reporting", "rebuild")
    except RuntimeError as error:
        said, is_same = str(error), False
    seconds = time.perf_counter() - began
    found = re.search(r"(\d+) events", said)
    rate = int(found[1]) / seconds if found else 0.0
    same = "all the same" if is_same else "DIFFERENCES"
    return Row(
        "rebuild of reporting", f"{rate:,.0f} events/s, {same}", f"{bare:,.0f}/s",
        f"{rate / bare:.3f}", "≥ 0.1", rate / bare >= 0.1 and is_same,
    )  # fmt: skip

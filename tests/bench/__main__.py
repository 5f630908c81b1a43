"""`make bench`: the goals' table, ours beside the bare parts of the same machine and hour."""

import asyncio
import sys
import tempfile
from pathlib import Path

import typer
from rich.console import Console

from tests.bench import paced, rights, rows
from tests.bench.place import Place, open_place
from tests.bench.rebuild import rebuild
from tests.bench.rows import Row, table_of

console = Console(width=160)


def main(
    items: int = 100_000,
    posts: int = 3_000,
    rounds: int = 3,
    samples: int = 200,
    seconds: int = 30,
) -> None:
    """Measure everything in one run; ends with 1 when the checker finds a fault.

    Set BENCH_DIR to the folder of the bare scripts.
    """
    with tempfile.TemporaryDirectory(prefix="jianyi-bench-") as folder:
        sys.exit(asyncio.run(_measure(Path(folder), items, posts, rounds, samples, seconds)))


async def _measure(
    folder: Path, items: int, posts: int, rounds: int, samples: int, seconds: int
) -> int:
    async with open_place(folder) as place:
        table = [rows.memory("memory, idle", place.memory(), 100)]
        _say(table[-1])
        await rows.latency(place, 20)
        table.append(await rows.latency(place, samples))
        _say(table[-1])
        table.append(await paced.latency(place, seconds))
        _say(table[-1])
        table += await _alone(place, posts, items // 10, rounds)
        measured, most = await rows.pipeline(place, items // rounds, rounds)
        table += [*measured, rows.memory("memory, backlog", most, 200)]
        table.append(await rows.while_dumped(place, items // rounds))
        for row in table[-len(measured) - 2 :]:
            _say(row)
        table += await rights.first_page(place, samples // 4, 4 * rounds)
        for row in table[-2:]:
            _say(row)
        verdict = await place.judged()
        table.append(await rebuild(place))
    console.print(table_of(table))
    if verdict.faults:
        console.print("[red]The checker found faults: every figure is void.[/]", verdict.faults)
        return 1
    console.print(
        f"Checker: {verdict.items} items, {verdict.events} events, "
        f"{verdict.wire_copies} copies on the wire, 0 lost, 0 double, 0 invented."
    )
    return 0


async def _alone(place: Place, posts: int, items: int, rounds: int) -> list[Row]:
    """Measure intake's two doors while nobody listens; then let the others catch up."""
    place.only()
    async with place.one_more("intake") as url:
        table = [await rows.single(place, url, posts, rounds)]
        _say(table[-1])
        table.append(await rows.batch(place, url, items, rounds))
        _say(table[-1])
        table.append(await rights.single(place, url, posts, rounds))
        _say(table[-1])
    await place.all_again()
    return table


def _say(row: Row) -> None:
    console.print(f"{row.what}: {row.ours} / {row.bare} = {row.ratio}")


if __name__ == "__main__":
    typer.run(main)

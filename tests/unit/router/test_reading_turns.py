"""However many tables people bring, one is read at a time and nobody has two in hand."""

import asyncio

import pytest

from shared.errors import TooManyRequests
from shared.features.table_import.turns import MAX_TABLES, Turns


async def test_one_table_is_read_at_a_time_and_each_person_has_one_in_hand() -> None:
    turns, finish = Turns(), asyncio.Event()
    at_work = 0

    async def read(person: int) -> int:
        nonlocal at_work
        async with turns.take(bytes([person] * 16)):
            at_work += 1
            assert at_work == 1
            await finish.wait()
            at_work -= 1
        return person

    reading = [asyncio.create_task(read(n)) for n in range(MAX_TABLES)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyRequests) as refused:
        await read(0)
    assert (refused.value.code, refused.value.retry_after) == ("table_in_hand", 5)
    with pytest.raises(TooManyRequests):
        await read(MAX_TABLES)
    finish.set()
    assert await asyncio.gather(*reading) == list(range(MAX_TABLES))
    assert await read(0) == 0


async def test_a_table_that_cannot_be_read_frees_the_turn() -> None:
    turns = Turns()

    async def fail() -> None:
        async with turns.take(bytes(16)):
            raise ValueError

    for _ in range(2):
        with pytest.raises(ValueError, match=r"^$"):
            await fail()

"""An item that is left open at a step gets every step before it and none after."""

from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest

from deploy.simulator.courses import ItemCourse
from deploy.simulator.plan import AT_DOOR, LEFT, Author, Step, read_texts
from deploy.simulator.stage import Stage, World
from shared.calendar import Calendar

FIRST, LAST = date(2022, 8, 1), date(2022, 9, 15)
UNIT, STATION = "u", "331004102-01"
DONE: dict[Step, list[str]] = {
    "accept": [],
    "resubmit": ["return"],
    "escalate": ["accept"],
    "dispatch": ["accept", "escalate"],
    "sign": ["accept", "escalate", "dispatch"],
    "decide_objection": ["accept", "escalate", "dispatch", "object"],
    "reply": ["accept", "escalate", "dispatch", "sign"],
    "sign_off": ["accept", "escalate", "dispatch", "sign", "contact", "draft"],
    "rate": ["accept", "escalate", "dispatch", "sign", "contact", "draft", "sign-off"],
    "check": ["accept", "dispatch", "sign", "contact", "draft", "sign-off", "call-back"],
}


class City:
    """A city in which every request succeeds; `did` are the acts."""

    def __init__(self) -> None:
        self.did: list[str] = []
        self.level = "township"

    async def sent(self, send: Any) -> Any:
        return await send()

    def expect(self, answer: Any, *_statuses: int) -> Any:
        return answer

    async def get(self, _by: Any, path: str, **_query: str) -> Any:
        if path == "/router/v1/queue":
            proposal = {"at_level": self.level == "county", "lead": {"unit_id": UNIT}, "co": []}
            line = {"proposal": proposal | {"complexity": "normal"}}
            return SimpleNamespace(one=lambda *_, **__: line)
        due = datetime(2022, 10, 1, tzinfo=UTC).isoformat()
        task = {"state": "given", "unit_id": UNIT, "role": "lead", "task_id": "t", "due_at": due}
        return {"tasks": [task]}

    async def record(self, _by: Any, _path: str, _body: Any) -> Any:
        return {"item_id": "i"}

    async def fill_in(self, path: str, _fields: Any, by: Any = None) -> Any:
        return await self.act(by, path)

    async def act(self, _by: Any, path: str, _body: Any = None) -> Any:
        self.did.append(path.rpartition("/")[2])
        self.level = "county" if self.did[-1] == "escalate" else self.level
        return {"level": self.level}


@pytest.mark.parametrize("step", DONE)
async def test_an_item_left_open_goes_no_further_than_its_step(step: Step) -> None:
    usual = {one for one, _ago in LEFT}
    assert usual | {one for _level, one, _ago in AT_DOOR} == DONE.keys()
    plan = Author(1, Calendar({}), [STATION], [STATION], read_texts(None)).write(60, FIRST, LAST)
    item = next(
        one
        for one in plan.items
        if one.left_at == step and bool(one.stays_at) == (step not in usual)
    )
    city, station, cast = City(), MagicMock(), MagicMock(stations={STATION: "331004102"})

    async def submit(_body: Any) -> Any:
        return {"item_id": "i"}

    async def act(_item: str, name: str, *_: Any) -> Any:
        city.did.append(name)
        return {}

    async def nothing(*_: Any) -> None:
        return None

    cast.first_office.return_value = UNIT
    station.submit, station.act = submit, act
    stage = Stage(Calendar({}), nothing, nothing, lambda _day: None)
    world = World(stage, city, cast, {STATION: station})  # type: ignore[arg-type]
    stage.start(ItemCourse(world, replace(item, sent_again=False)).run())
    await stage.play(FIRST, LAST)
    assert (city.did, world.tally.happened["left_open"]) == (DONE[step], 1)

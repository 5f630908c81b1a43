"""Taizhou's September of 2022: six counties received, one waits, one was returned, one is open.

The returned one is to go into its neighbour in October.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shared.contracts.envelope import Event
from shared.ids import Id, named_id
from tests.support.entries import division
from tests.support.reporting import counting
from tests.support.reporting.running import RunningReporting

AUGUST, SEPTEMBER = date(2022, 8, 20), date(2022, 9, 20)
COUNTIES: Sequence[tuple[str, str]] = (
    ("331002", "椒江区"),
    ("331003", "黄岩区"),
    ("331004", "路桥区"),
    ("331022", "三门县"),
    ("331023", "天台县"),
    ("331024", "仙居县"),
    ("331081", "温岭市"),
    ("331082", "临海市"),
    ("331083", "玉环市"),
)
CITY = "331000"
SIZES = {"331002": 4, "331003": 7, "331004": 6, "331022": 3, "331023": 5, "331024": 4,
         "331081": 8, "331082": 9, "331083": 2, CITY: 1}  # fmt: skip


@dataclass
class Story(RunningReporting):
    def directory(self) -> list[tuple[Id, Event]]:
        counties = [division(code, name, "county", CITY) for code, name in COUNTIES]
        return [*super().directory(), *counties]

    async def happen(self, month: str, code: str, size: int) -> None:
        """Let activities be held, items be taken in, solved and sent up in one division."""
        pairs: list[tuple[Id, Event]] = []
        for n in range(size):
            activity, item = (named_id(kind, f"{month}{code}{n}") for kind in ("a", "i"))
            deputies = [named_id("deputy", str(one)) for one in range(2 + n % 3)]
            day = f"{month}-{1 + n:02}"
            pairs.append((activity, counting.held(day, division=code)))
            pairs += [(activity, counting.attended(day, one, division=code)) for one in deputies]
            pairs.append((item, counting.accepted(day, code, f"{code}-2022-{n + 1}")))
            if n % 4 == 3:
                pairs.append((item, counting.escalated(day, division=code)))
            if n % 3:
                said = (
                    one.model_copy(update={"division_code": code})
                    for one in (counting.replied(day), counting.rated(day))
                )
                pairs += [(item, one) for one in said]
        await self.hear_all(pairs)


async def tell(story: Story) -> None:
    """Let the months pass until 20 September, 16:30."""
    everyone = [*SIZES.items()]
    for code, size in everyone:
        await story.happen("2022-08", code, size)
    await story.move("2022-08-20 09:00")
    for code, _ in everyone:
        await story.submit(code, AUGUST)
        await story.receive(code, AUGUST)
    await story.move("2022-09-20 09:00")
    for code, size in everyone:
        await story.happen("2022-09", code, size + 2)
    await corrections(story)
    for code, _ in everyone:
        if code != "331024":
            await story.submit(code, SEPTEMBER)
        if code not in ("331024", "331081", "331022"):
            await story.receive(code, SEPTEMBER)
    await story.give_back("331022", SEPTEMBER)
    await story.tick(filer="331024", end=SEPTEMBER)
    await story.hear_all([sanmen_goes_into_tiantai()])
    await story.service.copy.refresh()
    await story.move("2022-09-20 16:30")


def sanmen_goes_into_tiantai() -> tuple[Id, Event]:
    ends = {"valid_to": date(2022, 10, 5), "successor_code": "331023"}
    return division("331022", "三门县", "county", CITY, **ends)


async def corrections(story: Story) -> None:
    """Let Linhai lose what was counted in August, and Tiantai type in what was forgotten."""
    linhai = {"division_code": "331082"}
    for n in (1, 2):
        lost = named_id("i", f"2022-08331082{n}")
        said = counting.rated("2022-08-25", "dissatisfied"), counting.rework("2022-08-25")
        await story.hear(*(one.model_copy(update=linhai) for one in said), key=lost)
    taken_back = counting.rejected("2022-08-30").model_copy(update=linhai)
    await story.hear(taken_back, key=named_id("i", "2022-083310820"))
    late = named_id("i", "forgotten")
    await story.hear(counting.accepted("2022-08-19", "331023", "331023-2022-99"), key=late)
    await story.hear(counting.held("2022-08-18", division="331023"), key=named_id("a", "forgotten"))

"""The register of enterprises of a play: invented names for exactly the credit codes it uses."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from deploy.simulator.cast import Cast
from deploy.simulator.plan import ENTERPRISES, ActivityPlan, ItemPlan, Plan, credit_code

COLUMNS = ("credit_code", "name", "division_code")
TRADES = (
    "注塑", "模具", "水泵", "阀门", "汽配", "缝纫机", "制鞋", "五金", "电机", "包装", "食品",
    "水产", "家具", "卫浴", "纸箱", "工艺品", "眼镜", "橡胶", "机床", "铸造", "灯具", "印刷",
)  # fmt: skip
_KIND = re.compile("(?<=..)(街道|[区市县镇乡])$")


def enterprises(plan: Plan, cast: Cast) -> Iterator[tuple[str, str, str]]:
    """Name every enterprise by its place and trade, as rows of the register.

    One of the plan lies where it is first met, the others all over the city.
    """
    places = sorted({*cast.stations.values()})
    lies_in = {credit_code(n): places[n % len(places)] for n in range(ENTERPRISES)}
    met: Sequence[ItemPlan | ActivityPlan] = (*plan.items, *plan.activities)
    for one in reversed(met):
        lies_in[one.enterprise] = cast.stations[one.station]
    named: Counter[str] = Counter()
    for code, place in lies_in.items():
        turn, n = divmod(named[place], len(TRADES))
        named[place] += 1
        trade = TRADES[(places.index(place) + n) % len(TRADES)]
        yield code, f"{_name(cast, place)}某{trade}{turn + 1 if turn else ''}厂", place


def _name(cast: Cast, place: str) -> str:
    """Name a place as firms do: the county, then the township, without what kind they are."""
    divisions = dict.fromkeys((cast.filer(place), place))
    return "".join(_KIND.sub("", cast.name(one)) for one in divisions)

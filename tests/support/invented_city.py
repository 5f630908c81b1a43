"""An invented city whose levels and codes are like no real one's, filled in as a city would."""

from pathlib import Path

from services.__main__ import app
from tests.support.commands import run

LEVELS = """code,level,name_zh,name_en,organ_zh,office_zh
prefecture,province,域级,realm,{name}人大办公室,
port,city,港级,port,{name}人大代表处,
quarter,county,区级,quarter,{name}人大代表组,
block,township,街区级,block,{name}街区人大联络处,{name}街区公所
"""
DIVISIONS = """code,name,level,parent_code
YUN,云海域,prefecture,
BEI,北屿港,port,YUN
DON,东湾区,quarter,BEI
XIS,西山区,quarter,BEI
kA7,灯塔街区,block,DON
kB2,船坞街区,block,DON
ZZ9,盐场街区,block,XIS
"""
CALENDAR = "day,is_workday,note\n2022-09-14,no,港庆日\n"
LIMITS = 'JIANYI_LIMITS__SIGN={"n": 3, "kind": "wd"}\nJIANYI_LIMITS__URGE_AFTER=2\n'
CITY, QUARTER, BLOCK = "BEI", "DON", "kA7"


async def fill_in(folder: Path) -> None:
    code, said = await run(app, {}, "init", str(folder))
    assert code == 0, said
    for name, text in (
        ("levels.csv", LEVELS),
        ("divisions.csv", DIVISIONS),
        ("calendar.csv", CALENDAR),
        ("limits.env", LIMITS),
    ):
        (folder / name).write_text(text, encoding="utf-8")
    code, said = await run(app, {}, "init", "--check", str(folder))
    assert code == 0, said

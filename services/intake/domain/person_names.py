"""Names of people as patterns: how they are named and addressed, in part, and by their sound."""

import re
from collections.abc import Iterator

from services.intake.domain.folding import fold, letters_of
from services.intake.domain.traces import HAN, loosely, sounds_of, surname_sounds, words_of

SHORTEST_NAME = 2
"""A single character would match inside unrelated words."""
LONGEST_SOUND = 5
"""Of a name, of a firm without words of its trade, so many characters are known by their sound."""

_TWO_CHARACTER_SURNAMES = (
    "欧阳", "司马", "上官", "诸葛", "夏侯", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "长孙",
)  # fmt: skip
_TITLE = (
    r"(?:总经理|总工程师|总工(?!会)|总监|总裁|总(?!额|量|数|计|体|局|站|部|队|价|值|共|之|结|产[值量能]|面积|投资|"
    r"成本|长度|人口|人数|工会|装机|用电|用水|能耗|排放|收入|支出|任务|需求|目标|规模|的来[说看讲]|的说来)|"
    r"(?:董事|厂|会|校|院|科|局|处|部|镇|乡|村|社|站|所|行|店|组|班|队|馆|园|场|区|县|市|团)长|"
    r"董事(?!会)|董(?!事会)|老板娘?|老总|经理|主管|助理|秘书|书记|主任|主席|委员|代表|法人|股东|监事|"
    r"会计|出纳|工程师|律师|医生|大夫|教授|博士|老师|师[傅父]|先生|女士|小姐|太太|夫人|同志|阿姨|"
    r"大[姐哥叔伯嫂妈爷娘]|[姐哥叔伯婶嫂姨妈爷]|氏(?:兄弟|姐妹|父子|夫妇|家族)?|某+)"
)
_FRONT = "(?:厂长|老板|经理|董事长|法人|代表人|负责人|老总)"
"""Titles that stand before a surname."""
_IS_TITLE = re.compile(_TITLE)
_LEADS_TO = "找问跟和给让叫请由是到对见与及被的说因据向"
_CALLED = r"(?:总(?![线成量体数计额价公共结])|[哥姐叔伯婶嫂姨](?!们)|老板|董(?!事)|大[哥姐叔伯])"
_LEFT_OUT = r"[*x×✕✖○〇●■□▲△#_?某]"
"""What stands for a character that is left out: folded, 张＊明 and 张〇明 are 张*明 and 张〇明."""
_ENGINEER = r"工(?!作(?!为)|程|资|业|人|地(?!址)|厂|商(?!量)|会|具(?!体)|期|艺|序|伤|种|况|信)"
"""Both name the words in which the character is no title: any other may follow one."""
_BEFORE = {
    "金": "资现奖基薪租押税罚佣本定", "方": "地对双甲乙各一官多供需警南北东西贵后前",
    "江": "浙长珠", "高": "提最新更较偏升", "周": "一每上下本两三四", "成": "完建组形达",
    "张": "紧扩主",
    "常": "日正经非", "平": "水公", "安": "公治保", "程": "工流过进全", "文": "中语上下发",
    "明": "说证表", "经": "已曾", "时": "同及按小临当", "于": "关对由属等",
}  # fmt: skip
"""Characters that make a word with a surname: only there may 总 and 工 be no titles."""
_PARTICLES = "和从由有能"
"""Surnames that are words by themselves."""
_BUILDER_SURNAMES = "施包"
"""With 工 these make an ordinary word."""
_BETWEEN = "·•‧∙⋅・･"
"""What stands between the parts of a name."""


def person_patterns(written: str) -> Iterator[str]:
    """How people are named and addressed, as patterns over folded text."""
    whole = letters_of(fold(written)).text
    yield whole if len(whole) >= SHORTEST_NAME else ""
    for one in re.split(rf"[^\w{_BETWEEN}]+", written):
        name = letters_of(fold(one)).text
        if not _is_name(name):
            continue
        surname, given = _split(name)
        yield from (loosely(name), f"{surname}{_TITLE}", f"[老小姓阿]{surname}", f"{surname}姓")
        is_word = surname in {*_PARTICLES, *_BUILDER_SURNAMES, *_BEFORE}
        yield f"{_FRONT}{surname}(?:[x某]?{given[-1:]}){'' if is_word else '?'}"
        titles = "总" if surname in _BUILDER_SURNAMES else "总工"
        if surname not in _PARTICLES:
            yield f"{_not_behind(_BEFORE.get(surname, ''))}{surname}[{titles}]"
        if surname not in _BUILDER_SURNAMES:
            yield f"{surname}{_ENGINEER}"
        parts = [letters_of(fold(part)).text for part in re.split(f"[{_BETWEEN}]", one)]
        yield from (re.escape(part) for part in parts if len(part) >= SHORTEST_NAME)
        if SHORTEST_NAME <= len(given) <= 3 and not _IS_TITLE.fullmatch(given):
            yield loosely(given[-SHORTEST_NAME:])


def _is_name(name: str) -> bool:
    return len(name) >= SHORTEST_NAME and not name.isascii() and not _IS_TITLE.fullmatch(name)


def _split(name: str) -> tuple[str, str]:
    """Split a name into surname and given name."""
    at = 2 if name.startswith(_TWO_CHARACTER_SURNAMES) else 1
    return name[:at], name[at:]


def person_parts(written: str) -> Iterator[str]:
    """How people are named in part, over folded text with its blanks: 张*明, 张**, 明总."""
    for one in re.split(rf"[^\w{_BETWEEN}]+", written):
        surname, given = _split(letters_of(fold(one)).text)
        if not _is_name(surname + given) or not given or _IS_TITLE.fullmatch(given):
            continue
        yield f"{surname}{_LEFT_OUT}{{1,2}}{given[-1]}"
        yield f"{surname}{_LEFT_OUT}{{2,3}}(?![a-z0-9])"
        yield f"{given[-1]}(?:(?<![{HAN}].)|(?<=[{_LEADS_TO}].)){_CALLED}"


def person_sounds(written: str) -> Iterator[str]:
    """How a person is spelled by sound, with the surname before or behind, or without it."""
    surname, given = _split(letters_of(fold(written)).text)
    if SHORTEST_NAME <= len(surname + given) <= LONGEST_SOUND:
        for one in (surname + given, given + surname, given):
            yield from sounds_of(one)
        yield from surname_sounds(surname)
    yield from words_of(fold(written).text.lower())


def _not_behind(characters: str) -> str:
    return f"(?<![{characters}])" if characters else ""

"""Redaction of numbers, addresses, and of who raised a confidential item.

Names are matched on the letters and digits of folded text: so blanks, invisible characters,
full-width and traditional forms and punctuation inside a name do not let it through.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from services.intake.domain.folding import (
    DIGITS,
    HIDDEN,
    NUMERALS,
    Folded,
    Span,
    fold,
    letters_of,
    span_of,
)
from services.intake.domain.person_names import (
    LONGEST_SOUND,
    SHORTEST_NAME,
    person_parts,
    person_patterns,
    person_sounds,
)
from services.intake.domain.traces import loosely, sounds_of, traces
from shared.observability.masking import mask_phone

LONGEST_NAME = 40
"""Behind so many characters a name goes on as a whole only."""

_ASIDE = re.compile(r"[（(][^）)]{0,60}[）)]")
_LATIN_WORD = re.compile("[a-z0-9]+")
_SUFFIX = r"(?:街道|市(?![场政民容])|[省县区镇乡村])"
_VILLAGE = re.compile(r"(?P<stem>[\u4e00-\u9fff]{2,4}?(?:村|社区|工业园?区|开发区))")
_ELSEWHERE = (
    "中国", "北京", "上海", "天津", "重庆", "河北", "河南", "湖北", "湖南", "山东", "山西", "江苏",
    "江西", "安徽", "福建", "广东", "广西", "海南", "四川", "贵州", "云南", "陕西", "甘肃", "青海",
    "辽宁", "吉林", "黑龙江", "内蒙古", "宁夏", "新疆", "西藏", "香港", "澳门", "台湾", "南京",
    "苏州", "广州", "深圳",
)  # fmt: skip
"""Places that firms are called after and that a city's directory does not hold."""
_ORDINARY = re.compile(
    r"(?:机械|机电|电子|电器|电气|电机|科技|技术|实业|工贸|贸易|制造|模具|塑料|塑胶|塑业|橡胶|五金|"
    r"金属|铸造|汽配|汽车|配件|零部件|设备|仪器|阀门|水泵|泵业|医药|药业|化工|材料|新材料|服饰|服装|"
    r"鞋业|纺织|家具|包装|印刷|食品|水产|农业|建筑|建设|建材|装饰|工程|物流|运输|能源|新能源|环保|"
    r"智能|信息|网络|软件|文化|旅游|酒店|餐饮|投资|控股|产业|工业|制品|进出口|国际|精密|光电|卫浴|"
    r"轴承|眼镜|船舶|工艺品|第[一二三四五]|人民|农村|城市|公共|交通|环境|安全|供电|供水|电力|"
    r"自来水|市政|市场|中心|商业|银行|医院|学校|超市|小店|小吃|专业|联合|连锁|股份|有限|责任|"
    r"集团|分?公司|个人独资|企业|合伙|合作社|工厂|分厂|商行|经营部|商店|[厂店行社]$)*"
)
"""Words that name no firm by themselves. One missing here masks too much, never too little."""
_EXTENSION, _AREA = re.compile(r"-\d{1,6}$"), re.compile(r"^(?:010|02\d|0\d{3})")
_SEP, _GAP = r"[\W_]{0,3}", r"[\W_]{0,8}"
_CODE = rf"(?:(?:\+|00)?86{_SEP}|0{_SEP})?"
_MOBILE = rf"(?P<mobile>{_CODE}1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}})"
_IDENTITY = (
    rf"(?P<id>[1-9]\d{{5}}{_SEP}(?:18|19|20)\d\d{_SEP}(?:0[1-9]|1[0-2]){_SEP}[0-3]\d{_SEP}"
    rf"\d{{3}}{_SEP}[\dXx×])"
)
_LANDLINE = rf"(?P<landline>0\d{{2,3}}{_SEP}[2-8]\d{{2,3}}{_SEP}\d{{4}})"
_USUAL = f"(?:{_IDENTITY}|{_MOBILE}|{_LANDLINE})"
"""Numbers in the groups people write them in: these come first."""
_ANY = (
    rf"(?:(?P<mobile>{_CODE}1{_SEP}[3-9](?:{_SEP}\d){{9}})"
    rf"|(?P<id>[1-9](?:{_SEP}\d){{16}}{_SEP}[\dXx×])"
    rf"|(?P<landline>0\d{{2,3}}{_SEP}[2-8](?:{_SEP}\d){{6,7}}))"
)
_START = r"(?:(?<!\d)|(?<=1[3-9]\d{9})|(?<=0\d{11})|(?<=\D\d{4}))"
_NEXT = rf"(?!\d)|(?=1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}})"
"""Between digits a number begins behind a number only, and ends before one."""
_MORE = rf"(?P<more>(?:{_SEP}\d){{4,}})?"
"""With so many digits more it may be another number that is hidden in these."""
_IN_DIGITS = (
    re.compile(f"{_START}{_USUAL}(?P<more>)(?:{_NEXT})"),
    re.compile(rf"(?<!\d){_ANY}(?!\d){_MORE}"),
)
_SPELLED = (re.compile(rf"{_USUAL}(?P<more>\d{{4,}})?"), re.compile(_ANY + _MORE))
_NO_DIGITS = re.compile(r"\D+")
_SHORTEST_NUMBER = 10

_LATIN = r"a-z0-9\u00c0-\u024f\u0370-\u052f"
_HAN = r"\u4e00-\u9fff"
_OPEN, _CLOSE = r"[\[({<【]\s?", r"\s?[\])}>】]"
_AT = rf"(?:@|艾特|\bat\b|{_OPEN}(?:at|@){_CLOSE})"
_DOT = rf"(?:[.。点]|\bdot\b|{_OPEN}(?:dot|[.点]){_CLOSE})"
_APART = r"[\W_]{0,2}"
_BRAND = rf"(?:[微薇徽威v]{_APART}信|扣{_APART}扣|wechat|weixin|[vw]x|q{_APART}q)"
_ADDRESSES = re.compile(
    rf"(?P<mail>(?:(?<![{_LATIN}._%+-])[{_LATIN}._%+-]+|[{_HAN}]{{1,4}})\s?{_AT}\s?"
    rf"(?:[{_LATIN}-]+|[{_HAN}]{{1,20}})"
    rf"(?:\s?{_DOT}\s?(?:[{_LATIN}-]+|中国|公司|网络|网址|政务|公益|在线|中文网|集团|商标|商城))+)"
    rf"|{_BRAND}{_APART}(?:号码|[账帐]号|群号|[号名群]|昵称|id)?"
    rf"(?:\s?(?:[:=]|是|为)\s{{0,3}}(?P<said>[^\s，。；,;、）)]{{2,30}})"
    rf"|[\W_]{{0,3}}(?P<account>[a-z][a-z0-9_-]{{5,19}}|[\d{NUMERALS}]{{5,11}}))",
    re.IGNORECASE,
)
_LETTER = re.compile("[a-z]")
_HINT = re.compile(rf"@|艾特|at|{_BRAND}", re.IGNORECASE)
"""Stands in every address: most texts hold none, and this finds it out ten times as fast."""


@dataclass(frozen=True, slots=True)
class Places:
    """Names of divisions: `wide` are counties and what is above, `narrow` the rest."""

    wide: tuple[str, ...]
    narrow: tuple[str, ...]


@lru_cache(maxsize=8)
def _fronts(names: tuple[str, ...]) -> re.Pattern[str]:
    """Match a place at the front of a firm's name, written with its kind of division or without."""
    stems = {re.sub(f"(?<=..){_SUFFIX}$", "", one) for one in names} - {""}
    longest_first = sorted(map(re.escape, stems), key=len, reverse=True)
    return re.compile(f"(?P<stem>{'|'.join(longest_first) or '(?!)'}){_SUFFIX}?")


def firm_patterns(name: str, places: Places) -> Iterator[str]:
    """List, as patterns over folded letters, how people may write a firm.

    What it is called begins behind the places: two characters of that are enough, whatever the
    trade. One that is called after nothing but its place and trade is known by both together.
    """
    for written in dict.fromkeys((name, _ASIDE.sub("", name))):
        whole = letters_of(fold(written)).text
        before, stem, core = _without_places(whole, places)
        ordinary = _ordinary(core)
        if ordinary == len(core) and stem:
            before, stem, core, ordinary = before[:-1], "", stem + core, 0
        front = f"(?:{'|'.join(before)})" if before else "(?:)"
        if ordinary < len(core):
            least = min(ordinary + SHORTEST_NAME if ordinary else SHORTEST_NAME, len(core))
            yield f"{front}{{0,{len(before)}}}(?:{_heads(core, least)})"
        elif before:
            yield f"{front}{{1,{len(before)}}}(?:{_heads(core, SHORTEST_NAME)})"
        if stem:
            yield f"{stem}(?:{_heads(core, 1)})"
        yield from re.findall(r"[a-z]{3,}", core)
        if len(whole) >= SHORTEST_NAME:
            yield re.escape(whole)


def firm_sounds(name: str, places: Places) -> Iterator[str]:
    """List, as patterns over folded letters, how what a firm is called may be spelled by sound."""
    _, stem, core = _without_places(letters_of(fold(_ASIDE.sub("", name))).text, places)
    called = _LATIN_WORD.split(core)[0] if core != stem else ""
    ends = (n for n in range(SHORTEST_NAME, LONGEST_SOUND) if _ORDINARY.fullmatch(called, n))
    return sounds_of(called[: next(ends, LONGEST_SOUND)])


def _without_places(name: str, places: Places) -> tuple[list[str], str, str]:
    """Split a name into its places, as patterns, and what it is called.

    Between them stands the last place if it is a township without the word for it: a firm may be
    called after one, or by a word that only begins like it.
    """
    before, stem, core = list[str](), "", name
    wide, narrow = _fronts((*places.wide, *_ELSEWHERE)), _fronts(places.narrow)
    while found := wide.match(core) or narrow.match(core) or _VILLAGE.match(core):
        if found.end() == len(core):
            break
        stem = found.group() if found.re is narrow and found["stem"] == found.group() else ""
        before.append(f"{re.escape(found['stem'])}{_SUFFIX}?")
        core = core[found.end() :]
    return before, stem, core


def _ordinary(core: str) -> int:
    """Count the characters of ordinary words that a name begins with."""
    found = _ORDINARY.match(core)
    return found.end() if found else 0


def _heads(core: str, least: int) -> str:
    """Match the beginning of a name from so many characters on; a Latin word counts as a whole."""
    units = re.findall(r"[a-z0-9]+|.", core[:LONGEST_NAME])
    heads = [one for one in accumulate(units) if len(one) >= least]
    return "|".join(_alone(one) for one in reversed(heads))


def _alone(head: str) -> str:
    """Let a number or two Latin letters, which stand in many words, match by themselves only."""
    is_short = head.isascii() and (len(head) <= SHORTEST_NAME or head.isdigit())
    return rf"(?<![a-z0-9]){head}(?![a-z0-9])" if is_short else loosely(head)


def code_patterns(code: str) -> Iterator[str]:
    """A credit code, and any part of six characters that is not the one of its place."""
    folded = letters_of(fold(code)).text
    yield folded
    own = folded[8:]
    yield from (own[at : at + 6] for at in range(len(own) - 5))


@dataclass(frozen=True, slots=True)
class Secrets:
    """Names and numbers to redact from the words of one item; of a confidential one traces too.

    `patterns` are looked for in the letters and digits, `parts` in the text with its blanks, and
    `sounds` in both: there a name ends where a word does, here it may be spelled apart.
    """

    patterns: Sequence[re.Pattern[str]]
    phone: re.Pattern[str] | None = None
    sounds: Sequence[re.Pattern[str]] = ()
    parts: Sequence[re.Pattern[str]] = ()
    hides_traces: bool = False

    def redact(self, text: str) -> str:
        """Remove the secret names and all addresses; mask every phone and identity number."""
        folded = fold(text)
        found = [*_numbers(folded), *_addresses(folded), *self._named(folded)]
        if self.hides_traces:
            found += traces(folded)
        return _replaced(text, found)

    def remove_named(self, text: str) -> str:
        """Remove the secret names and phones alone."""
        return _replaced(text, self._named(fold(text)))

    def _named(self, text: Folded) -> Iterator[Span]:
        folded = letters_of(text) if self.patterns or self.phone else text
        has_sounds = self.sounds and _LETTER.search(folded.text)
        sounds = self.sounds if has_sounds else ()
        whole = Folded(text.text.lower(), text.places) if self.parts or sounds else text
        yield from _found(folded, (*self.patterns, *sounds))
        yield from _found(whole, (*self.parts, *sounds))
        if self.phone is not None:
            for found in self.phone.finditer(folded.text.translate(DIGITS)):
                yield span_of(folded, found.start(), found.end(), HIDDEN)


def _replaced(text: str, found: Iterable[Span]) -> str:
    done: list[Span] = []
    for span in sorted(found):
        if done and span.start < done[-1].end:
            last = done.pop()
            done.append(Span(last.start, max(last.end, span.end), HIDDEN))
        else:
            done.append(span)
    for start, end, instead in reversed(done):
        text = text[:start] + instead + text[end:]
    return text


def _found(text: Folded, patterns: Iterable[re.Pattern[str]]) -> Iterator[Span]:
    for pattern in patterns:
        for found in pattern.finditer(text.text):
            yield span_of(text, found.start(), found.end(), HIDDEN)


def secrets_of(
    firm: Iterable[str] = (),
    people: Iterable[str] = (),
    masks: Iterable[str] = (),
    phones: Iterable[str] = (),
    *,
    sounds: Iterable[str] = (),
    is_confidential: bool = False,
) -> Secrets:
    """Compile patterns of a firm, names of people, masks of any length, and phones.

    A phone is known without its area code too, a person also by sound and in part.
    """
    people = tuple(people)
    heard = {*sounds, *(it for one in people for it in person_sounds(one))}
    patterns = {*firm, *(it for one in people for it in person_patterns(one))}
    patterns |= {re.escape(letters_of(fold(one)).text) for one in masks}
    return Secrets(
        [re.compile(one) for one in sorted(patterns - {""})],
        _spellings(phones),
        [re.compile(one) for one in sorted(heard)],
        [re.compile(one) for one in sorted({it for one in people for it in person_parts(one)})],
        is_confidential,
    )


def _spellings(phones: Iterable[str]) -> re.Pattern[str] | None:
    digits = {_EXTENSION.sub("", one).replace("-", "") for one in phones}
    spelled = [_AREA.sub(r"(?:\g<0>)?", one) for one in sorted(digits)]
    return re.compile("|".join(spelled)) if spelled else None


def _numbers(folded: Folded) -> Iterator[Span]:
    """Find numbers in digits, and those with Chinese numerals, which may touch other numerals."""
    text = folded.text
    spelled = text.translate(DIGITS)
    if len(_NO_DIGITS.sub("", spelled)) < _SHORTEST_NUMBER:
        return
    for pattern in _IN_DIGITS:
        found = [*pattern.finditer(text)]
        text = _without(found, text)
        yield from (_number(folded, one) for one in found)
    if spelled == folded.text:
        return
    for pattern in _SPELLED:
        found = [*filter(_has_numeral(folded), pattern.finditer(text.translate(DIGITS)))]
        text = _without(found, text)
        yield from (_number(folded, one) for one in found)


def _has_numeral(folded: Folded) -> Callable[[re.Match[str]], bool]:
    return lambda found: found[_kind(found)] != folded.text[slice(*found.span(_kind(found)))]


def _without(found: Sequence[re.Match[str]], text: str) -> str:
    """Put letters in the place of numbers, so that no other begins or ends in them."""
    left = list(text)
    for one in found:
        left[one.start() : one.end()] = "x" * len(one.group())
    return "".join(left)


def _kind(found: re.Match[str]) -> str:
    return "id" if found["id"] else "mobile" if found["mobile"] else "landline"


def _number(folded: Folded, found: re.Match[str]) -> Span:
    digits = re.sub(r"[^\dXx×]", "", found[_kind(found)])
    masked = f"{digits[:3]}{'*' * 11}{digits[-4:]}" if found["id"] else mask_phone(digits)
    return span_of(folded, *found.span(), HIDDEN if found["more"] else masked)


def _addresses(folded: Folded) -> Iterator[Span]:
    for found in _ADDRESSES.finditer(folded.text) if _HINT.search(folded.text) else ():
        kind = found.lastgroup or "mail"
        yield span_of(folded, found.start(kind), found.end(kind), HIDDEN)

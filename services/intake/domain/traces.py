"""Traces of who raised a confidential item: addresses, accounts and documents, and how names sound.

In other items they stay: there a web address or a number plate is what the item is about.
"""

import re
from bisect import bisect
from collections.abc import Iterator

from services.intake.domain.folding import HIDDEN, NUMERALS, Folded, Span, span_of

_REST = "[a-z0-9._~/?#=&%:@+-]"
_CODE = "[0-9a-hj-npqrtuwxy]"
_ALONE, _END = "(?<![0-9a-z])", "(?![0-9a-z])"
_DIGIT = rf"[\d{re.escape(NUMERALS)}]"
_LOCAL = rf"[2-8二三四五六七八两]{_DIGIT}{{2,3}}[ -]?{_DIGIT}{{4}}(?!\d)"
_CALL = r"(?:电话|座机|固话|传真|致电|来电|拨打|\btel\b\.?|\bphone\b)"
_PLATE = "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]"
_SITE = (
    r"(?:加我?微信?|[加➕+]我?[vqw薇]|微信搜索?|(?:公众|视频|抖音|快手|支付宝)号|抖音|快手|小红书|"
    r"钉钉|支付宝|绿泡泡|企鹅号?|薇信?)"
)
_TRACES = re.compile(
    rf"https?://{_REST}+|www\.{_REST}+"
    r"|(?<![a-z0-9.-])(?:[a-z0-9-]+\.)+(?:com|cn|net|org|cc|top|vip|shop|xyz|co|biz|info|site)"
    rf"{_END}(?:[/:]{_REST}*)?"
    rf"|{_ALONE}{_CODE}{{2}}[ -]?\d{{6}}[ -]?(?:{_CODE}[ -]?){{9}}{_CODE}{_END}"
    rf"|{_ALONE}(?:[eghmpdsc]\d{{8}}|e[a-z]\d{{7}}|[1l][3-9][\doil]{{9}}){_END}"
    r"|(?<!\d)(?:[48]00(?:[ -]?\d){7}|\d(?:[ -]?\d){15,18}"
    r"|[1-9]\d{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3})(?!\d)"
    rf"|{_PLATE}[a-hj-np-z][ ·-]?[a-hj-np-z0-9]{{5,6}}{_END}"
    rf"|{_CALL}[^\d{NUMERALS}]{{0,4}}(?P<local>{_LOCAL})|(?<!\d){_LOCAL}(?=\W?{_CALL})"
    rf"|(?:{_SITE}[\W_]{{0,3}}|{_ALONE}[vq]\s?[:=]\s?)"
    r"(?P<account>[a-z][a-z0-9_-]{4,19}|\d{5,11})",
    re.IGNORECASE,
)
"""Web addresses, credit codes, documents, accounts at banks, plates, local numbers, accounts."""
_HINT = re.compile(rf"[a-z0-9./-]{{5}}|{_DIGIT}{{4}}", re.IGNORECASE)
"""Stands in every trace, and in few texts."""


def traces(folded: Folded) -> Iterator[Span]:
    """Find what leads to who raised an item without naming them."""
    for found in _TRACES.finditer(folded.text) if _HINT.search(folded.text) else ():
        kind = found.lastgroup or 0
        yield span_of(folded, found.start(kind), found.end(kind), HIDDEN)


HAN = r"\u4e00-\u9fff"
_IN_NAME = re.compile(f"(?<=[{HAN}])(?=[{HAN}])")
_SHORTEST = 2
_SEP = r"[\s._·'*-]{0,3}"
_NO_LETTER, _ENDED = "(?<![a-z])", "(?![a-z])"
"""Around a name that is spelled by sound: in a text with its blanks, or of letters only."""
_ADDRESS = (
    "(?:老?总(?![线成量体数计额价长])|总?经理|老板|董(?!事会)|先生|女士|小姐|厂长|书记|工程师)"
)
_NO_NAMES = re.compile("mrs|miss|ceo|cto|cfo|and|the|manager|director|sales|boss|general|deputy")
"""Words that stand with a name as a contact is entered, and in many others."""
_INITIALS = "abcdefghjklmnopqrstwxyz"
_FIRST = (
    0xB0A1, 0xB0C5, 0xB2C1, 0xB4EE, 0xB6EA, 0xB7A2, 0xB8C1, 0xB9FE, 0xBBF7, 0xBFA6, 0xC0AC, 0xC2E8,
    0xC4C3, 0xC5B6, 0xC5BE, 0xC6DA, 0xC8BB, 0xC8F6, 0xCBFA, 0xCDDA, 0xCEF4, 0xD1B9, 0xD4D1, 0xD7FA,
)  # fmt: skip
"""Where each initial begins in GB 2312, which lists its 3,755 common characters by sound."""


def initial_of(character: str) -> str:
    """The letter that a common character's pinyin begins with; empty for any other."""
    code = int.from_bytes(character.encode("gb2312", "ignore"), "big")
    place = bisect(_FIRST, code)
    return _INITIALS[place - 1] if 0 < place < len(_FIRST) else ""


def loosely(name: str) -> str:
    """Match a name also with one letter or digit between two of its characters."""
    return _IN_NAME.sub("[a-z0-9]?", re.escape(name))


def sounds_of(name: str) -> Iterator[str]:
    """How a name is spelled by its sound, wholly, in part or by initials.

    Any syllables with the same initials count; of a name of two characters none is an initial
    only. A name with a rare character is not known by its sound.
    """
    initials = [initial_of(one) for one in name]
    if len(name) >= _SHORTEST and all(initials):
        whole = len(name) == _SHORTEST
        parts = zip(name, initials, strict=True)
        spelled = (f"(?:{re.escape(one)}|{_syllable(by, whole)})" for one, by in parts)
        yield f"{_NO_LETTER}{_SEP.join(spelled)}{_ENDED}"


def surname_sounds(surname: str) -> Iterator[str]:
    """How a surname of one character is spelled by its sound beside a form of address."""
    if initial := initial_of(surname):
        alone = f"(?:{re.escape(surname)}|{_syllable(initial, whole=False)})"
        yield f"{_NO_LETTER}{alone}{_SEP}{_ADDRESS}"
        spelled = _syllable(initial, whole=False)
        yield f"(?<![a-z0-9])(?:mrs?|ms|miss|dr){_SEP}{spelled}{_ENDED}"


def words_of(name: str) -> Iterator[str]:
    """The words of a name in Latin letters, each of which names its bearer; ü is ue too."""
    for word in re.findall(r"[a-z]{3,}", name):
        if not _NO_NAMES.fullmatch(word):
            spelled = re.sub("([aou])e?", r"\1e?", word)
            yield f"{_NO_LETTER}{spelled}{_ENDED}"


def _syllable(initial: str, whole: bool) -> str:
    rest = "[aeiou]?(?:ng|n|r)?" if initial in "aeo" else "h?[aeiouv]{1,3}(?:ng|n)?"
    return initial + (rest if whole else f"(?:{rest})?")

"""A person recognises a browser they are signed in with by its name and its system."""

import pytest

from services.router.identity.console.my_account import program_words
from shared.text import Sentence
from shared.web.i18n import CHINESE, english

WEBKIT, CHROME = "AppleWebKit/537.36 (KHTML, like Gecko)", "Chrome/130.0.0.0 Safari/537.36"
WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT}"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15"


@pytest.mark.parametrize(
    ("program", "zh", "en"),
    [
        (f"{WINDOWS} {CHROME}", "Chrome（Windows）", "Chrome on Windows"),
        (f"{WINDOWS} {CHROME} Edg/130.0.0.0", "Edge（Windows）", "Edge on Windows"),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0",
            "Firefox（Linux）",
            "Firefox on Linux",
        ),
        (
            f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT} Version/18.0 Safari/605.1",
            "Safari（macOS）",
            "Safari on macOS",
        ),
        (
            f"Mozilla/5.0 (Linux; Android 14; V2309A) {WEBKIT} {CHROME} MicroMessenger/8.0.50",
            "微信（Android）",
            "WeChat on Android",
        ),
        (f"{PHONE} CriOS/130.0 Mobile/15E148 Safari/604.1", "Chrome（iPhone）", "Chrome on iPhone"),
        ("curl/8.5.0", "其他浏览器", "Another browser"),
        ("", "其他浏览器", "Another browser"),
    ],
)
def test_a_browser_is_named_in_words(program: str, zh: str, en: str) -> None:
    words = program_words(program)
    assert isinstance(words, Sentence)
    assert (CHINESE.say(words), english("router").say(words)) == (zh, en)

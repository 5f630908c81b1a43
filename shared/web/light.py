"""The deadline light: how much time is left, as shape, word and colour."""

from dataclasses import dataclass
from typing import Literal

from shared.text import Sentence, _, n_


@dataclass(frozen=True, slots=True)
class Light:
    """One light; `kind` gives shape and colour, `words` says the same."""

    kind: Literal["ok", "soon", "late", "pause"]
    words: Sentence
    provisional: bool = False


PAUSED = Light("pause", _("挂账，暂停计时"))


def light(
    days_left: int, *, working: bool = True, soon: int = 5, provisional: bool = False
) -> Light:
    """Light a running clock: days to the due day (0 = today, below 0 = late).

    `working` says what the clock counts, `soon` from how many days on it is amber,
    `provisional` that the due date rests on a calendar not yet published.
    """
    if days_left > soon:
        kind: Literal["ok", "soon", "late"] = "ok"
    else:
        kind = "soon" if days_left >= 0 else "late"
    return Light(kind, _words(days_left, working), provisional)


def _words(days_left: int, working: bool) -> Sentence:
    if days_left == 0:
        return _("今日到期")
    if days_left < 0:
        late = -days_left
        return n_("超期%(num)s个工作日", late) if working else n_("超期%(num)s天", late)
    return n_("剩%(num)s个工作日", days_left) if working else n_("剩%(num)s天", days_left)

"""How often a station may ask: evenly so many requests a minute, or a minute's worth at once."""

MINUTE = 60 * 1_000_000_000


def admit(used_up_to: int, now: int, per_minute: int) -> tuple[int, int]:
    """Admit one more request, or say how long to wait (the generic cell rate algorithm).

    Each request uses up its share of a minute; a station may be up to a minute ahead of the time.
    All times are nanoseconds; `used_up_to` (0 at first) is how far it has used time up. Gives that
    anew, and 0 when the request is admitted; one that is not uses nothing up.
    """
    used = max(used_up_to, now) + MINUTE // per_minute
    wait = used - (now + MINUTE)
    return (used_up_to, wait) if wait > 0 else (used, 0)

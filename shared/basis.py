"""What a request rests on, as a form sends it: `tracker.case.v1:7`."""


def parse_basis(value: object) -> object:
    """Split topic and number; an empty text is none, anything but text is left as it is."""
    if not isinstance(value, str):
        return value
    topic, _, seq = value.rpartition(":")
    return {"topic": topic, "seq": seq} if value else None

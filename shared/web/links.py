"""Addresses of pages that other services link to."""

from shared.ids import Id, to_text

SIGN_IN = "/router/sign-in"
REAUTHENTICATE = "/router/reauthenticate"
LEAVE = "/router/leave"
ACCOUNT = "/router/account"
ACCOUNTS = "/router/accounts"
DIRECTORY = "/router/directory"
QUEUE = "/router/queue"
TODAY = "/tracker/"
CASES = "/tracker/cases"
CANDIDATES = "/tracker/cases?show=candidate"
SUPERVISED = "/tracker/cases?show=supervised"
REPORTS = "/reporting/"
ACCESS_LOG = "/intake/access-log"
STATION = "/intake/"
"""What waits at the stations of a person."""
NEW_ITEM = "/intake/new"
STATION_ITEMS = "/intake/items"
ACTIVITIES = "/intake/activities"
NEW_ACTIVITY = "/intake/activities/new"
YEAR_PLAN = "/intake/activities/plan"
FIRMS = "/intake/firms"
"""The search by the name of a firm, with `firm` filled in."""


def case_page(item: Id | str) -> str:
    return f"/tracker/items/{_text(item)}"


def routing_page(item: Id | str) -> str:
    return f"/router/items/{_text(item)}"


def station_item(item: Id | str) -> str:
    """The page of an item at its station."""
    return f"/intake/items/{_text(item)}"


def activity_page(activity: Id | str) -> str:
    """The page of an activity at its station or organ."""
    return f"/intake/activities/{_text(activity)}"


def source_page(item: Id | str) -> str:
    """The page in intake that shows the people who raised an item."""
    return f"/intake/items/{_text(item)}/source"


def dead_letters_page(service: str) -> str:
    """The operators' page of a service."""
    return f"/{service}/dead-letters"


def _text(key: Id | str) -> str:
    return key if isinstance(key, str) else to_text(key)

"""Addresses of pages that other services link to."""

from starlette.requests import Request

from shared.ids import Id, to_text

FIRST_PAGE = "/router/"
"""Leads to the page where one's work begins (`shared.web.menu.first_page`)."""
SIGN_IN = "/router/sign-in"
REAUTHENTICATE = "/router/reauthenticate"
LEAVE = "/router/leave"
ACCOUNT = "/router/account"
ACCOUNTS = "/router/accounts"
CHECKLIST = "/router/checklist"
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
DEPUTY = "/intake/deputy"
"""Where the work of a deputy begins."""
DEPUTY_ITEMS = "/intake/deputy/items"
DEPUTY_RESULTS = "/intake/deputy/results"
DEPUTY_YEAR = "/intake/deputy/year"
NEW_ITEM = "/intake/new"
OFFLINE = "/intake/offline"
STATION_ITEMS = "/intake/items"
ACTIVITIES = "/intake/activities"
NEW_ACTIVITY = "/intake/activities/new"
YEAR_PLAN = "/intake/activities/plan"
STATION_KEYS = "/intake/keys"
MISSING_KEYS = "/intake/keys/missing"
"""The part of a page that says how many stations have no key."""
NOTICES = "/intake/notices"
MISSING_NOTICES = "/intake/notices/missing"
ENTERPRISES = "/intake/enterprises"
MISSING_ENTERPRISES = "/intake/enterprises/missing"
"""The part of a page that counts who cannot be told anything: proposers, stations."""
REPORT = "/intake/report"
"""Where anybody reports something without an account."""
PROPOSER = "/intake/p/"
"""Before the secret of a proposer's link; no log line holds such an address."""
POSTER = "/intake/poster"
TOUR_LINK = "/intake/tour"
"""Where the tour of a trial system, by POST, leads on to a proposer's page."""
FIRMS = "/intake/firms"
"""The search by the name of a firm, with `firm` filled in."""


def site_of(request: Request) -> str:
    """The address of this site as the browser that posts a form knows it: `https://host`."""
    origin = request.headers.get("origin", "null")
    return str(request.base_url.replace(path="")).rstrip("/") if origin == "null" else origin


def case_page(item: Id | str) -> str:
    return f"/tracker/items/{_text(item)}"


def routing_page(item: Id | str) -> str:
    return f"/router/items/{_text(item)}"


def station_item(item: Id | str) -> str:
    """The page of an item at its station."""
    return f"/intake/items/{_text(item)}"


def deputy_item(item: Id | str) -> str:
    """The page of an item for a deputy who raised it, or may join it."""
    return f"{DEPUTY_ITEMS}/{_text(item)}"


def activity_page(activity: Id | str) -> str:
    """The page of an activity at its station or organ."""
    return f"/intake/activities/{_text(activity)}"


def tour_step(number: int) -> str:
    """Address that enters a step, by POST; 0 ends the tour."""
    return f"/router/tour/{number}"


def keys_of_station(code: str) -> str:
    """The page of a station's keys, by the station's code."""
    return f"{STATION_KEYS}/stations/{code}"


def source_page(item: Id | str) -> str:
    """The page in intake that shows the people who raised an item."""
    return f"/intake/items/{_text(item)}/source"


def attachments_page(item: Id | str) -> str:
    """The page in intake of the files attached to an item."""
    return f"/intake/items/{_text(item)}/attachments"


def dead_letters_page(service: str) -> str:
    """The operators' page of a service."""
    return f"/{service}/dead-letters"


def _text(key: Id | str) -> str:
    return key if isinstance(key, str) else to_text(key)

"""What pages and interfaces read of items they read as their asker, behind row security."""

import ast
from collections.abc import Iterator

from tests.contracts.sources import Source, python

ROOMS = ("api.py", "actions.py", "actions/", "console/", "identity/")
OF_OPERATORS = (
    "_erase_items",
    "import_enterprises",
    "plan_erasure",
    "list_erasures",
    "list_troubled",
)
"""What only the command line of intake does."""
OF_ACTIVITIES = ("match_firms", "now", "_recent", "_recorded_by_partners", "open", "look_up")
"""Names of firms, and on which days which station visits one; the rest is read as the asker."""
WITHOUT_ITEMS = (
    "services/intake/actions/stations.py:_firms",
    "services/intake/actions/stations.py:_draw",
    "services/intake/actions/stations.py:preview",
    "services/intake/actions/stations.py:read_waiting",
    "services/intake/actions/stations.py:list_titled",
    "services/intake/actions/stations.py:match_firms",
    "services/intake/actions/stations.py:context",
    "services/intake/actions/stations.py:now",
    "services/intake/actions/deidentified.py",
    "services/intake/actions/deputies.py:read_work",
    "services/intake/actions/deputies.py:list_raised",
    "services/intake/actions/links.py:give",
    "services/intake/actions/notices.py",
    "services/intake/actions/public.py:report",
    "services/intake/actions/public.py:read",
    "services/intake/actions/public.py:open",
    *(f"services/intake/actions/activities.py:{name}" for name in OF_ACTIVITIES),
    "services/intake/actions/officers.py:find_by_firm",
    *(f"services/intake/actions/operators.py:{name}" for name in OF_OPERATORS),
    "services/intake/actions/keys.py",
    "services/intake/actions/register.py",
    "services/router/directory/actions.py",
    "services/router/identity/api.py",
    "services/router/identity/console/demo_login.py",
    "services/router/identity/console/sign_in.py",
    "services/router/identity/actions.py",
    "services/router/directory/console/",
    "services/router/identity/console/sign_in_log.py",
    "services/router/identity/console/account_admin.py",
    "services/router/identity/console/bulk_accounts.py",
    "services/router/identity/console/checklist.py",
    "services/router/identity/console/my_account.py",
    "services/reporting/actions.py",
    "services/tracker/actions.py:read_worklist",
    "services/tracker/actions.py:list_cases",
    "services/tracker/actions.py:list_tasks",
    "services/tracker/actions.py:search_cases",
)
"""Where a transaction may see all: it reads keys, people, sessions, or figures, and no item.

The words of items are shown without names to deputies who do not see the items: the names have to
be read to be masked.

Who files which form, and what it comes to, rests on all reports and facts: reporting reads as the
asker what stands behind a number, and what was said of a report. The first page counts so. A report
without an account asks whether it is there already and how many came today, the link of a proposer
which item it opens, the page of a proposer how many raised it. A notice is sent to whoever raised
an item; nobody asks for it. The searches and the lists of what somebody owes or waits for give keys
only, whose rows are read as the asker: under row security PostgreSQL would not use their indexes.
"""


def _places() -> Iterator[str]:
    for source in python("services/"):
        if any(f"/{room}" in source.path for room in ROOMS):
            yield from _in(source)


def _in(source: Source) -> Iterator[str]:
    for function in source.functions():
        for node in ast.walk(function):
            if isinstance(node, ast.Attribute) and node.attr == "begin":
                yield f"{source.path}:{function.name}"


def test_only_what_is_no_item_is_read_with_all_rights() -> None:
    assert [place for place in _places() if not place.startswith(WITHOUT_ITEMS)] == []


def test_every_exception_is_needed() -> None:
    places = list(_places())
    assert [one for one in WITHOUT_ITEMS if not any(it.startswith(one) for it in places)] == []

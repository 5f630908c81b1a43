"""Which period the form opens with."""

from datetime import UTC, datetime

import pytest

from services.reporting.settings import ReportingSettings


@pytest.mark.parametrize(
    ("now", "due_on"),
    [
        ("2022-09-14T15:59:59", "2022-08-20"),
        ("2022-09-14T16:00:00", "2022-09-20"),
        ("2022-09-20T15:59:59", "2022-09-20"),
        ("2022-09-25T01:00:00", "2022-09-20"),
        ("2022-07-06T01:00:00", "2022-07-20"),
        ("2022-07-01T00:00:00", None),
    ],
)
def test_the_form_opens_with_the_period_people_work_on(now: str, due_on: str | None) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    found = ReportingSettings.model_construct().current_period(moment)
    assert due_on == (found and found.due_on.isoformat())

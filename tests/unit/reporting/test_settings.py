"""Which period the form opens with."""

from datetime import UTC, date, datetime

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
    ],
)
def test_the_form_opens_with_the_period_people_work_on(now: str, due_on: str) -> None:
    found = ReportingSettings.model_construct().current_period(
        datetime.fromisoformat(now).replace(tzinfo=UTC)
    )
    assert found is not None
    assert found.due_on == date.fromisoformat(due_on)


def test_before_the_first_period_there_is_no_form() -> None:
    early = datetime(2022, 7, 1, tzinfo=UTC)
    assert ReportingSettings.model_construct().current_period(early) is None

"""The house stays small: every measure is within its bound."""

import pytest

from deploy.local.servers import Servers
from tests.contracts.measures import FILES_OF_A_NEW_ACT, FILES_OF_A_REPLY, MEASURES, Measure
from tests.contracts.reply_journey import files_of_a_reply
from tests.contracts.sources import ROOT
from tests.support.servers import fresh_database


@pytest.mark.parametrize("measure", MEASURES, ids=lambda one: one.name)
def test_a_measure_is_within_its_bound(measure: Measure) -> None:
    assert measure.read() <= measure.bound, measure.value()


def test_what_was_found_by_hand_is_there() -> None:
    assert [file for file in FILES_OF_A_NEW_ACT if not (ROOT / file).is_file()] == []


async def test_a_reply_crosses_few_files(servers: Servers, dsn: str, bootstrap: str) -> None:
    async with fresh_database(servers.dsn) as other:
        files = await files_of_a_reply(dsn, other, bootstrap)
    assert "services/reporting/store.py" in files
    assert len(files) <= FILES_OF_A_REPLY.bound, "\n".join(files)

"""An item of a registered firm, and access to its source."""

from datetime import UTC, datetime
from typing import Any

from deploy.simulator.station import StationClient
from services.intake import enterprise_store
from services.intake.domain.enterprises import EnterpriseRow, enterprise_id
from shared.contracts.router import ItemDispatched, TaskGiven
from shared.ids import Id, from_text, named_id
from shared.text import fold
from tests.support.intake.desk import UNIT, Desk, an_item
from tests.support.intake.stations import COUNTY, CREDIT_CODE, TOWNSHIP

FIRM, NAME, PHONE = "台州市新桥模具有限公司", "王小明", "13812341234"
WHY = {"reason": "contact", "words": "核实停电的时间"}


async def register(desk: Desk, code: str = CREDIT_CODE) -> None:
    """Enter a firm in the register of enterprises."""
    row = EnterpriseRow(
        key=enterprise_id(code), credit_code=code, name=FIRM, folded=fold(FIRM),
        division_code=TOWNSHIP,
    )  # fmt: skip
    async with desk.service.db.begin() as tx:
        await enterprise_store.save_enterprises(tx, [row])


async def raised(desk: Desk, station: StationClient, level: str = "county", **more: Any) -> str:
    """Raise an item of a registered firm and give it to a unit."""
    await register(desk)
    contact = {"name": NAME, "phone": PHONE}
    item = an_item(contact=contact, enterprise_code=CREDIT_CODE, **more)
    item_id: str = (await station.submit(item)).json()["item_id"]
    await desk.hear_all([(from_text(item_id), given_out(item_id, level))])
    return item_id


def given_out(item_id: str, level: Any, unit: Id = UNIT) -> ItemDispatched:
    return ItemDispatched(
        occurred_at=datetime.now(UTC), division_code=TOWNSHIP, actor="d", dispatch_no=1,
        tasks=(TaskGiven(task_id=named_id("task", item_id), unit_id=unit, role="lead"),),
        limits=(), profile="station_item", complexity="normal", owner_level=level,
        dispatcher_organ=named_id("organ", COUNTY), matter_code="M01", reason="r", rule_id="r",
    )  # fmt: skip


async def view_source(desk: Desk, who: str, item_id: str, **body: str) -> Any:
    return await desk.post(who, f"/v1/items/{item_id}/source-access", WHY | body)


async def logged(desk: Desk, item_id: str) -> list[Any]:
    return await desk.sql("SELECT * FROM access_log WHERE subject = $1", from_text(item_id))

"""Figures are told without ids: every label and every value comes from a closed set."""

import httpx
import pytest
from prometheus_client import CollectorRegistry, Gauge

from shared.ids import named_id, to_text
from shared.service import Service
from tests.contracts.sources import SERVICES
from tests.support.environment import idle_services
from tests.support.labels import VALUES, label_names, strays

ID = to_text(named_id("person", "one"))


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> Service:
    return idle_services()[request.param]


def test_every_label_of_a_service_is_of_the_closed_set(service: Service) -> None:
    assert label_names(service.messaging.metrics.registry) <= {*VALUES, "code"}
    assert {"outcome", "topic", "reason", "code"} <= label_names(service.messaging.metrics.registry)


async def test_requests_that_are_refused_leave_no_id_in_a_label(service: Service) -> None:
    transport = httpx.ASGITransport(service.web)
    async with httpx.AsyncClient(transport=transport, base_url="http://jianyi.test") as client:
        for path in (
            f"/{ID}",
            f"/v1/items/{ID}",
            f"/dead-letters/{ID}",
            "/dead-letters",
            f"/v1/{ID}?q={ID}",
        ):
            for method in ("GET", "POST", "DELETE"):
                await client.request(method, path, headers={"Authorization": f"Bearer {ID}"})
    registry = service.messaging.metrics.registry
    refused = f"{service.name}_requests_refused_total"
    assert registry.get_sample_value(refused, {"code": "not_found"})
    assert strays(registry) == []


@pytest.mark.parametrize(
    ("label", "value"), [("level", ID), ("code", ID), ("code", "新桥镇"), ("person", "county")]
)
def test_an_id_or_a_name_in_a_label_is_found(label: str, value: str) -> None:
    registry = CollectorRegistry()
    gauge = Gauge("told", "Something.", [label], registry=registry)
    gauge.labels(value).set(1)
    assert strays(registry) == [("told", label, value)]

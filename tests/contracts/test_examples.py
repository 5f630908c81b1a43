"""The interface for apps: each body and answer has an example that keeps to its schema."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from services.intake.app import build
from services.intake.settings import IntakeSettings
from tests.support.environment import NOWHERE, environment
from tests.support.servers import NO_KAFKA

JSON = "application/json"


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("built")
    environ = environment(NOWHERE, NO_KAFKA, folder)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environ.items():
            patch.setenv(name, value)
        return build(IntakeSettings()).web.openapi()


def contents(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """All bodies and successful answers in JSON, by endpoint."""
    found = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if not path.startswith("/v1/"):
                continue
            place = f"{method.upper()} {path}"
            if body := operation.get("requestBody", {}).get("content", {}).get(JSON):
                found[f"{place} body"] = body
            for code in ("200", "201"):
                if answer := operation["responses"].get(code, {}).get("content", {}).get(JSON):
                    found[f"{place} {code}"] = answer
    return found


def test_each_body_and_answer_has_an_example_that_keeps_to_its_schema(
    document: dict[str, Any],
) -> None:
    wrong = {}
    found = contents(document)
    assert len(found) > 60
    for place, content in found.items():
        schema = content["schema"] | {"components": document["components"]}
        if "example" not in content:
            wrong[place] = "none"
        elif errors := list(Draft202012Validator(schema).iter_errors(content["example"])):
            wrong[place] = errors[0].message
    assert wrong == {}

"""An interface whose OpenAPI document shows an example of each body and answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Example:
    """Content of a request, if the endpoint takes any, and of its answer on success."""

    answer: Mapping[str, Any]
    body: Mapping[str, Any] | None = None


class DocumentedApi(FastAPI):
    """`examples` by method and path, as `POST /v1/items`."""

    def __init__(self, *, examples: Mapping[str, Example], **options: Any) -> None:
        super().__init__(**options)
        self._examples = examples

    def openapi(self) -> dict[str, Any]:
        """Build the document; raises KeyError for an example of an endpoint that is none."""
        document = super().openapi()
        for address, example in self._examples.items():
            method, _space, path = address.partition(" ")
            operation = document["paths"][path][method.lower()]
            if example.body is not None:
                operation["requestBody"]["content"][_JSON]["example"] = example.body
            for code in operation["responses"]:
                if code in ("200", "201"):
                    content = operation["responses"][code].setdefault("content", {})
                    content.setdefault(_JSON, {})["example"] = example.answer
        return document

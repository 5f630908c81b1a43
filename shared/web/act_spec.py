"""One act, declared once: its address, right, command, label and form."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar, get_type_hints

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from shared.errors import Invalid
from shared.ids import Id
from shared.messaging.subject import Command
from shared.rights import Action
from shared.text import Sentence
from shared.web.actor import requires
from shared.web.components import Field

V = TypeVar("V")
Target = tuple[Id, ...]
"""The ids in an act's address: the subject first, then what is inside it."""


@dataclass(frozen=True, slots=True)
class ActSpec(Generic[V]):
    """An act: `name` ends its address, `summary` is its line in the OpenAPI document.

    `fields` lays out its form from what the page shows (V), for choices that depend on it; an act
    without fields is a button. The right is the command's `action`, the body the command's `body`;
    `form_body` is a subclass of that body, where a form asks for it in another way. `wrong` finds
    what is wrong with a body beyond its model, to show all errors of a refused form at once.
    """

    name: str
    command: type[Any]
    label: Sentence
    summary: str
    fields: Callable[[V], Sequence[Field]] | None = None
    form_body: type[BaseModel] | None = None
    wrong: Callable[[V, Any], Mapping[str, Invalid]] | None = None

    @property
    def action(self) -> Action:
        action: Action = self.command.action
        return action

    @property
    def body(self) -> type[BaseModel]:
        body: type[BaseModel] = get_type_hints(self.command)["body"]
        return body

    def to_command(self, target: Target, by: Any, body: BaseModel) -> Command:
        command: Command = self.command(*target, by, body)
        return command


def add_endpoint(
    api: APIRouter,
    path: str,
    spec: ActSpec[Any],
    target: Callable[..., Target],
    asker: Callable[..., Awaitable[Any]],
    perform: Callable[[Any, Any], Awaitable[Any]],
) -> None:
    """Add the JSON endpoint of an act: POST `path`/`name`, answered with what `perform` returns.

    `target` is a dependency that reads the ids of `path`, `asker` one that authenticates. A body
    whose fields all have defaults may be left out.
    """
    model = spec.body
    is_needed = any(field.is_required() for field in model.model_fields.values())

    async def endpoint(
        ids: Annotated[Target, Depends(target)],
        by: Annotated[Any, Depends(asker)],
        body: Any = ... if is_needed else None,
    ) -> Any:
        return await perform(spec.to_command(ids, by, body or model()), by)

    returned = get_type_hints(perform)["return"]
    endpoint.__annotations__ |= {"body": model if is_needed else model | None, "return": returned}
    declare = api.post(f"{path}/{spec.name}", name=spec.name, summary=spec.summary)
    declare(requires(spec.action)(endpoint))

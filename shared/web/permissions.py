"""Every endpoint says what it does: `@does(Action.…)` below its route, one line."""

from collections.abc import Callable
from typing import Any, TypeVar

from shared.rights import Action

E = TypeVar("E", bound=Callable[..., Any])
_DECLARED = "declared_actions"


def requires(*actions: Action) -> Callable[[E], E]:
    """Declare what an endpoint does; several actions when its address names which."""

    def declare(endpoint: E) -> E:
        setattr(endpoint, _DECLARED, actions)
        return endpoint

    return declare


def required_action(endpoint: Any) -> tuple[Action, ...]:
    """Tell what an endpoint declares, nothing when it does not."""
    actions: tuple[Action, ...] = getattr(endpoint, _DECLARED, ())
    return actions

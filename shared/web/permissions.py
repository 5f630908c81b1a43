"""Every endpoint declares its actions: `@requires(Action.…)` below its route."""

from collections.abc import Callable
from typing import Any, TypeVar

from shared.rights import Action

E = TypeVar("E", bound=Callable[..., Any])
_DECLARED = "declared_actions"


def requires(*actions: Action) -> Callable[[E], E]:
    """Declare the actions of an endpoint; several when its address selects one."""

    def declare(endpoint: E) -> E:
        setattr(endpoint, _DECLARED, actions)
        return endpoint

    return declare


def required_action(endpoint: Any) -> tuple[Action, ...]:
    """Return the declared actions; empty when none are."""
    actions: tuple[Action, ...] = getattr(endpoint, _DECLARED, ())
    return actions

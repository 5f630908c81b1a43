"""JSON endpoints: sign out; on a trial system also whom one may be, and sign in as anyone."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict

from services.router.identity.actions import Sessions
from shared.contracts.codes import Role
from shared.directory import Directory, DirectoryCopy
from shared.errors import NotFound
from shared.ids import Id, to_text
from shared.rights import Action
from shared.text import _
from shared.web.actor import requires


class DemoLogin(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    person_id: UUID


def routes(sessions: Sessions) -> APIRouter:
    api = APIRouter(prefix="/v1")

    @api.delete("/session", status_code=204)
    @requires(Action.PUBLIC)
    async def sign_out(request: Request, response: Response) -> None:
        """End the session of this browser."""
        await sessions.end_here(request, response)

    return api


def demo_routes(
    sessions: Sessions, copy: DirectoryCopy, here: Callable[[Request], None]
) -> APIRouter:
    """The endpoints of a trial system; `here` refuses other machines."""
    api = APIRouter(prefix="/v1", dependencies=[Depends(here)])

    @api.get("/people")
    @requires(Action.PUBLIC)
    async def people(role: Role, division: str | None = None) -> dict[str, list[dict[str, Any]]]:
        """List the holders of a role."""
        found = copy.snapshot.people_with(role, division=division)
        return {"people": [_person(key, person.name, person.grants) for key, person in found]}

    @api.get("/deputies")
    @requires(Action.PUBLIC)
    async def deputies(division: str = "") -> dict[str, list[dict[str, Any]]]:
        """List deputies and street representatives, optionally of one division."""
        return {"people": _deputies(copy.snapshot, division)}

    @api.post("/session", status_code=204)
    @requires(Action.PUBLIC)
    async def sign_in(request: Request, body: DemoLogin, response: Response) -> None:
        """Sign in as this person."""
        person = body.person_id.bytes
        if copy.snapshot.person(person) is None:
            raise NotFound("unknown_person", _("名录里没有这个人。"), _("请从名录里选择。"))
        await sessions.begin(request, response, person, "trial")

    return api


def _person(key: Id, name: str, grants: Sequence[Any]) -> dict[str, Any]:
    shown = [_with_text_ids(grant.model_dump(mode="python", exclude_none=True)) for grant in grants]
    return {"person_id": to_text(key), "name": name, "grants": shown}


def _with_text_ids(grant: dict[str, Any]) -> dict[str, Any]:
    return {n: to_text(v) if isinstance(v, bytes) else str(v) for n, v in grant.items()}


def _deputies(directory: Directory, division: str) -> list[dict[str, Any]]:
    people = directory.people
    return [
        {
            **_person(key, person.name, person.grants),
            "division_code": person.division_code,
            "is_deputy": bool(person.mandates),
            "is_street_rep": person.is_street_rep,
        }
        for key, person in people.read(people.bodies)
        if (person.mandates or person.is_street_rep) and division in ("", person.division_code)
    ]

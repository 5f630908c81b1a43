"""The page that asks for the link of a proposer, to which notices lead."""

from services.intake.domain.proposer_links import new_secret
from tests.support.intake.desk import Desk
from tests.support.intake.visitors import a_visitor, reported, the_form
from tests.support.officers import inputs


async def test_a_notice_leads_to_a_page_that_takes_the_link_pasted_or_typed(desk: Desk) -> None:
    async with a_visitor(desk) as visitor:
        path = await reported(visitor, await the_form(visitor))
        secret = path.rsplit("/", 1)[1]
        form = inputs((await visitor.get("/intake/p/")).text)
        for typed in (secret, f" {secret.upper()} ", f"https://jianyi.test{path}?new=1"):
            opened = await visitor.post("/intake/p/", data=form | {"link": typed})
            assert (opened.status_code, opened.headers["location"]) == (303, path)
        for typed in ("", "x", f"{secret}a", secret[1:], "a" * 400):
            again = await visitor.post("/intake/p/", data=form | {"link": typed})
            assert (again.status_code, 'id="e-link"' in again.text) == (422, True), typed
        lost = await visitor.get(f"/intake/p/{new_secret()}")
        assert 'href="/intake/p/"' in lost.text

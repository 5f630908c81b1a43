"""What the tests' officers do in the browser."""

from dataclasses import dataclass

from playwright.async_api import Page, expect

from tests.e2e.officers.story import COUNTY
from tests.support.city import City


@dataclass
class Desk:
    page: Page
    city: City

    async def sign_in(self, role: str, division: str = COUNTY, unit: str = "") -> None:
        await self.sign_in_as(await self.city.person(role, division, unit))

    async def sign_in_as(self, person: str) -> None:
        answer = await self.page.context.request.post(
            f"{self.city.url}/router/v1/session",
            data={"person_id": person},
            headers={"Origin": self.city.url},
        )
        assert answer.ok

    async def of_unit(self, name: str, role: str) -> None:
        """Sign in as the clerk or head of the unit that leads an item."""
        dispatcher = await self.city.person("dispatcher", COUNTY)
        task = await self.city.task(name, dispatcher)
        await self.sign_in(role, COUNTY, task["unit_id"])

    async def open(self, path: str) -> None:
        await self.page.goto(f"{self.city.url}{path}")

    async def case(self, name: str) -> None:
        await self.open(f"/tracker/items/{self.city.items[name]}")

    async def press(self, name: str) -> None:
        """Press a button, or a link that looks like one."""
        target = self.page.locator("main button, main a.button").filter(has_text=name)
        await target.first.click()

    async def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            field = self.page.locator(f"[name={name}]")
            kind = await field.first.get_attribute("type")
            if kind == "radio":
                await self.page.locator(f"[name={name}][value={value}]").check()
            elif await field.evaluate("(field) => field.tagName") == "SELECT":
                await field.select_option(value)
            else:
                await field.fill(value)

    async def sees(self, *words: str) -> None:
        for one in words:
            await expect(self.page.locator("main")).to_contain_text(one)
